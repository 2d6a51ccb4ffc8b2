import { ConcordError, EXIT } from '../domain/problem';
import { CRM_NAMES, type CrmName, type ObjectName } from '../domain/record';
import type { RunRow } from '../store/port';
import { OBJECTS } from './read';
import { port, type LostField, type Parts } from './parts';

const KEY = 'fields_seen';
/** Stands for all fields of an object: the CRM does not show the object at all. */
export const WHOLE_OBJECT = '*';

/**
 * M5: asks both CRMs afresh which fields and objects they show, and names those that were there at the last run and are gone. Nothing is written to, cleared or
 * concluded from what is not returned; this only makes the loss heard.
 */
export async function lostFields(parts: Parts, fence: number): Promise<LostField[]> {
  const now: Record<string, string[]> = {};
  const described = await Promise.all((['hubspot', 'salesforce'] as const).map(async (crm) => ({ crm, description: await port(parts, crm).describe(true) })));
  for (const { crm, description } of described) {
    for (const object of OBJECTS[crm]) {
      const fields = description[object];
      const wanted = parts.fields.select[crm][object] ?? [];
      now[`${crm}:${object}`] = fields === undefined ? [] : [WHOLE_OBJECT, ...wanted.filter((name) => name in fields)];
    }
  }
  const kept = await parts.store.meta(KEY);
  const before = kept === null ? {} : (JSON.parse(kept) as Record<string, string[]>);
  const lost: LostField[] = [];
  for (const [place, fields] of Object.entries(before)) {
    const [crm, object] = place.split(':') as [CrmName, ObjectName];
    // Of an object that is gone its fields need not be named one by one.
    const isGone = fields.includes(WHOLE_OBJECT) && now[place]?.length === 0;
    const wanted = new Set(isGone ? [WHOLE_OBJECT] : (parts.fields.select[crm][object] ?? []));
    for (const field of fields) if (wanted.has(field) && now[place]?.includes(field) !== true) lost.push({ crm, object, field });
  }
  const text = JSON.stringify(now);
  // What was lost stays lost, and is announced, until it is seen again.
  if (lost.length === 0 && text !== kept) await parts.store.transaction(fence, (tx) => tx.setMeta(KEY, text));
  for (const each of lost) parts.log.warn('a field of the agreement is not returned any more', { crm: each.crm, object: each.object, field: each.field });
  return lost;
}

/**
 * Before the first writes (L7): a CRM that cannot show the agreed stage would be changed without anybody seeing why, and everything else of it would end
 * among the dead letters. A dry run goes on, and says so. Later a field that is gone is M5's matter. Throws ConcordError `not_set_up` (exit 2).
 */
export async function requireStageFields(parts: Parts, mode: RunRow['mode']): Promise<void> {
  const missing: string[] = [];
  for (const [crm, object] of [['hubspot', 'contact'], ['salesforce', 'lead'], ['salesforce', 'contact']] as const) {
    const name = parts.terms.agreement.ownField('stage')[crm];
    const fields = (await port(parts, crm).describe())[object];
    // An object that is not shown at all is not written to either.
    if (name !== null && fields !== undefined && !(name in fields)) missing.push(`${CRM_NAMES[crm]} ${object}.${name}`);
  }
  if (missing.length === 0) return;
  const message = `the CRMs do not have what Concord writes to, or hide it from its user: ${missing.join(', ')}`;
  if (mode === 'apply') throw new ConcordError({ code: 'not_set_up', message, where: 'the first run', remedy: 'Run `concord setup`, then `concord check`.', exit: EXIT.usage });
  parts.log.warn(`${message}; after \`concord setup\` more would be written`);
}
