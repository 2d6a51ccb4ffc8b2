import type { CrmName, ObjectName } from '../domain/record';
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
