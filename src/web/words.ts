import type { CompiledAgreement } from '../agreement/compile';
import { labelText } from '../agreement/labels';
import type { Language } from '../agreement/schema';
import { asCalled } from '../domain/person';
import { CRM_NAMES, type CrmName, type MirrorRecord } from '../domain/record';
import { STAGES, type StageId } from '../domain/stage';
import type { StoreReader } from '../store/port';
import { sayIn, type Say, type TextKey } from './texts';

/** A stage's label. What is no stage keeps its own word, so that a value which an older agreement knew keeps nobody from a page. */
export function stageName(agreement: CompiledAgreement, stage: string | null, language: Language): string {
  if (stage === null || stage === 'none') return sayIn(language)('no_stage');
  return STAGES.includes(stage as StageId) ? agreement.stageLabel(stage as StageId, language) : stage;
}

/** Where a stage stands in the order of all of them; what is none comes last. */
export function placeOf(stage: string): number {
  const place = STAGES.indexOf(stage as StageId);
  return place === -1 ? STAGES.length : place;
}

/** A record in words: `HubSpot contact 512`, or the one it is about to be. */
export function recordName({ crm, object, id }: { crm: CrmName; object: string; id?: string | null }): string {
  return `${CRM_NAMES[crm]} ${object}${id == null ? '' : ` ${id}`}`;
}

export interface Named {
  name: string;
  email: string | null;
}

/** What a person is called: the agreement's fields `first_name` and `last_name` as the first of the records has them that has any, else the first e-mail, else the id. */
export function nameOf(agreement: CompiledAgreement, personId: string, records: readonly MirrorRecord[]): Named {
  const email = records.flatMap((record) => record.emails)[0] ?? null;
  for (const { ref, fields } of records) {
    const value = (id: string): unknown => {
      const field = agreement.fieldById(id);
      const name = field === undefined ? null : ref.crm === 'hubspot' ? field.hubspot : ref.object === 'lead' || ref.object === 'contact' ? field[ref.object] : null;
      return name === null ? null : fields[name];
    };
    const name = [value('first_name'), value('last_name')].filter((part) => typeof part === 'string').join(' ');
    if (name !== '') return { name, email };
  }
  return { name: email ?? personId, email };
}

const NOBODY = { hubspotId: null, salesforceId: null };

/** The names of many people, in two looks at the store. */
export async function namesOf(store: Pick<StoreReader, 'people' | 'recordsOfPeople'>, agreement: CompiledAgreement, personIds: string[]): Promise<Map<string, Named>> {
  const ids = [...new Set(personIds)];
  const byPerson = new Map<string, MirrorRecord[]>(ids.map((id) => [id, []]));
  for (const record of await store.recordsOfPeople(ids)) byPerson.get(record.personId ?? '')?.push(record);
  const rows = new Map((await store.people(ids)).map((row) => [row.id, row]));
  return new Map(ids.map((id) => [id, nameOf(agreement, id, asCalled(byPerson.get(id) ?? [], rows.get(id) ?? NOBODY))]));
}

/** The label of a field of the agreement. */
export function fieldName(agreement: CompiledAgreement, id: string, language: Language): string {
  const label = agreement.fieldById(id)?.settings.label;
  return label === undefined ? id : labelText(label, language);
}

export interface Contest {
  field: string;
  /** What others set it to, and who: as the CRM names them, or null. */
  found: string;
  by: string | null;
}

/** W12: the fields that Concord has stopped writing because others set them back, as the last decision found them. `notes`: of the person’s row. */
export function contestsOf(notes: unknown): Contest[] {
  const { drift = [] } = (notes ?? {}) as { drift?: (Contest & { outcome: string })[] };
  return drift.filter((each) => each.outcome === 'contested');
}

export function contestWords(say: Say, { field, found, by }: Contest): string {
  return say('contested_by', { field, found, by: by ?? say('somebody') });
}

/** Why the CRMs do not agree (W11), in words; one that this program does not know stays as it is. */
export function differs(say: Say, reason: string | null): string {
  const known: Record<string, TextKey> = { pending: 'differs_pending', dead_letter: 'differs_dead_letter', held: 'differs_held', rolled_back: 'differs_rolled_back', contested: 'differs_contested', deleted: 'differs_deleted', drift_left_alone: 'differs_drift_left_alone' };
  return reason === null ? '' : known[reason] === undefined ? reason : say(known[reason]);
}
