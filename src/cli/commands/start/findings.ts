import { CRM_NAMES } from '../../../domain/record';
import type { CompiledAgreement } from '../../../agreement/compile';
import type { PersonRow, Store } from '../../../store/port';
import { knownPeople } from './look';

/** Something that no run decides: it waits for a person. */
export interface Finding {
  kind: 'ambiguous' | 'missing' | 'duplicate' | 'inferred' | 'dead_letter';
  who: string;
  email: string | null;
  what: string;
  toDo: string;
}

interface Notes {
  duplicates?: string[];
  inferred?: string[];
}

/** Everything that waits for a person, at most `limit` of each kind, and how many there are. */
export async function findingsOf(store: Store, agreement: CompiledAgreement, limit: number): Promise<{ list: Finding[]; counts: Record<Finding['kind'], number> }> {
  const counts: Record<Finding['kind'], number> = { ambiguous: 0, missing: 0, duplicate: 0, inferred: 0, dead_letter: 0 };
  const list: Finding[] = [];
  const add = async (row: PersonRow, kind: Finding['kind'], what: string, toDo: string): Promise<void> => {
    counts[kind] += 1;
    if (counts[kind] > limit) return;
    const [known] = await knownPeople(store, [row.id]);
    const email = known?.records.flatMap((record) => record.emails)[0]?.toLowerCase() ?? null;
    const names = new Set(known?.records.map((record) => nameOf(record.fields)).filter((name) => name !== ''));
    list.push({ kind, who: kind === 'ambiguous' && names.size > 0 ? [...names].join(' / ') : (known?.name ?? row.id), email, what, toDo });
  };
  let after: string | null = null;
  for (;;) {
    const page: PersonRow[] = await store.pagePeople(after, 500);
    if (page.length === 0) break;
    after = page.at(-1)?.id ?? null;
    for (const row of page) {
      const notes = (row.notes ?? {}) as Notes;
      if (row.held !== null) await add(row, 'ambiguous', `held (I8): ${row.held}`, 'pick with concord link');
      else {
        if (row.missing !== null) {
          const fields = row.missing.split(';').map((id) => agreement.fieldById(id)?.settings.label?.[agreement.language] ?? id);
          await add(row, 'missing', `meets the MQL criteria, not handed over (L6): ${fields.join(', ')} missing`, 'fill it in, in HubSpot');
        }
        if (notes.duplicates !== undefined) {
          await add(row, 'duplicate', `${notes.duplicates.length + 1} live Salesforce records for one person (I4); ${row.salesforceObject ?? ''} ${row.salesforceId ?? ''} is written`, 'merge them in Salesforce');
        }
        if (notes.inferred !== undefined) await add(row, 'inferred', `an opportunity without a contact role counts as theirs, inferred (I7)`, 'add the role in Salesforce');
      }
    }
  }
  counts.dead_letter = await store.countDeadLetters('open');
  for (const letter of await store.deadLetters({ state: 'open', limit })) {
    const [known] = letter.personId === null ? [] : await knownPeople(store, [letter.personId]);
    const email = known?.records.flatMap((record) => record.emails)[0]?.toLowerCase() ?? null;
    list.push({ kind: 'dead_letter', who: known?.name ?? letter.crm, email, what: `${CRM_NAMES[letter.crm]} refuses ${letter.field ?? 'the record'} “${String(letter.value ?? '')}” (W5)`, toDo: letter.problem.remedy });
  }
  return { list, counts };
}

function nameOf(fields: Record<string, unknown>): string {
  const parts = [fields['firstname'] ?? fields['FirstName'], fields['lastname'] ?? fields['LastName']];
  return parts.filter((part) => typeof part === 'string').join(' ');
}
