import { CrmError } from '../../domain/problem';
import type { Activity, OutboxText, SoughtActivity } from '../../domain/outbox';
import type { RecordWrite, WriteOutcome } from '../../domain/write';
import { AssociatedIds, HubspotRecord, parseEach } from './schema';
import { BATCH_SIZE, writeContacts, type Writer } from './write';

/*
 * Notes on a contact's timeline. `hs_note_body` is HTML and takes 65,536 characters; text of a CRM is escaped. A static token can leave no timeline events
 * of its own, so a note it is (https://developers.hubspot.com/docs/guides/api/crm/engagements/notes).
 */

/** Contacts whose associations are read in one call. */
const CONTACTS_PER_CALL = 1000;

/** Leaves at most 100 notes, each once. A token without the scope is a refusal of the notes, not of the run: everything else goes on. */
export async function leaveNotes(writer: Writer, notes: readonly Activity[]): Promise<WriteOutcome[]> {
  if (notes.some((note) => note.kind !== 'note' || note.on.crm !== 'hubspot' || note.on.object !== 'contact')) throw new Error('hubspot: only notes on contacts are left');
  const byKey = new Map(notes.map((note) => [note.key, note]));
  const writes = notes.map((note): RecordWrite => ({ key: note.key, object: 'contact', op: 'create', fields: { hs_timestamp: new Date(note.text.at).toISOString(), hs_note_body: bodyOf(note.text, note.mark) } }));
  const create: Writer['create'] = (inputs, chosen) =>
    writer.api.createNotes(
      chosen.map((write, index) => ({
        properties: { hs_timestamp: inputs[index]?.properties['hs_timestamp'] ?? '', hs_note_body: inputs[index]?.properties['hs_note_body'] ?? '' },
        contactId: byKey.get(write.key)?.on.id ?? '',
        objectWriteTraceId: inputs[index]?.objectWriteTraceId ?? '',
      })),
    );
  try {
    return await writeContacts({ ...writer, create }, writes);
  } catch (error) {
    if (!(error instanceof CrmError) || error.problem.code !== 'missing_scope') throw error;
    return notes.map(({ key }) => ({ key, outcome: 'refused', problem: error.problem }));
  }
}

/** A note as HTML: the title, the lines, and the mark that finds it again. */
export function bodyOf(text: OutboxText, mark: string): string {
  const lines = text.lines.map((line) => escaped(line).replaceAll('\n', '<br>'));
  return `<p><strong>${escaped(text.title)}</strong></p><p>${lines.join('<br>')}</p><p>${markOf(mark)}</p>`;
}

/** The mark as it stands in a body: with brackets, so that no mark is found inside another one. */
function markOf(mark: string): string {
  return `[concord ${escaped(mark)}]`;
}

function escaped(text: string): string {
  return text.replace(/\r\n?/g, '\n').replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;');
}

/** Looks through the notes of the contacts, by their associations: search lags behind, associations do not. */
export async function findNotes(writer: Pick<Writer, 'api'>, sought: readonly SoughtActivity[]): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const ids = await notesOf(writer, [...new Set(sought.map(({ on }) => on.id))]);
  for (const some of parts(ids, BATCH_SIZE)) {
    const { value } = await writer.api.readNotes(some, ['hs_note_body']);
    for (const note of parseEach(HubspotRecord, value.results).good) {
      const body = note.properties['hs_note_body'] ?? '';
      for (const { mark } of sought) if (!found.has(mark) && body.includes(markOf(mark))) found.set(mark, note.id);
    }
    if (found.size === sought.length) break;
  }
  return found;
}

/** Ids of the contacts' notes, the newest first: what is looked for was left a moment ago. */
async function notesOf({ api }: Pick<Writer, 'api'>, contactIds: string[]): Promise<string[]> {
  const ids = new Set<string>();
  for (let asked: { id: string; after?: string }[] = contactIds.map((id) => ({ id })); asked.length > 0; ) {
    const next: { id: string; after?: string }[] = [];
    for (const some of parts(asked, CONTACTS_PER_CALL)) {
      const { value } = await api.readNotesOf(some);
      for (const { from, to, paging } of parseEach(AssociatedIds, value.results).good) {
        for (const { toObjectId } of to) ids.add(toObjectId);
        if (paging?.next != null) next.push({ id: from.id, after: paging.next.after });
      }
    }
    asked = next;
  }
  return [...ids].sort((a, b) => Number(b) - Number(a));
}

function parts<T>(list: readonly T[], size: number): T[][] {
  const out: T[][] = [];
  for (let at = 0; at < list.length; at += size) out.push(list.slice(at, at + size));
  return out;
}
