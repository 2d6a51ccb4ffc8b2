import { ConcordError, EXIT, type ExitCode } from '../../domain/problem';
import { MESSAGE_CHANNELS } from '../../domain/notification';
import { deadLetterDocument } from '../../run/documents';
import type { DeadLetter, OutboxRow, Store } from '../../store/port';
import { settleLetters } from '../../run/letters';
import { now } from '../../wire';
import { json, jsonWithList, moment, say, table } from '../print';
import { withStore, type CommonOptions } from '../session';

/** How many the terminal lists; --json has them all. */
const SHOWN = 200;

/** W5: lists what could not be written by its cause; `retry` lets the next run try again, `drop` gives up on it. Unknown ids: exit 2, and nothing is changed. */
export async function deadLetters(options: CommonOptions & { all?: boolean }, action: string | undefined, ids: string[]): Promise<ExitCode> {
  if (action !== undefined && action !== 'retry' && action !== 'drop') throw badUsage(`dead-letters knows retry and drop, not ${action}`, action);
  if (action === undefined && options.all === true) throw badUsage('--all says what to retry or to drop', '--all');
  if (options.all === true && ids.length > 0) throw badUsage('either --all or ids, not both', '--all');
  return withStore(options, async ({ store, timeZone }) => {
    if (action === undefined) await list(store, timeZone, options.json === true);
    else await act(store, action, options.all === true ? null : ids, options.json === true);
    return EXIT.done;
  });
}

function badUsage(message: string, where: string): ConcordError {
  return new ConcordError({ code: 'bad_usage', message, where, remedy: 'concord dead-letters; concord dead-letters retry|drop ID …; concord dead-letters retry|drop --all', exit: EXIT.usage });
}

async function* open(store: Store): AsyncGenerator<DeadLetter> {
  let afterId: string | null = null;
  for (;;) {
    const page: DeadLetter[] = await store.deadLetters({ state: 'open', afterId, limit: 500 });
    if (page.length === 0) return;
    yield* page;
    afterId = page.at(-1)?.id ?? null;
  }
}

/** Slack messages and e-mails that were given up on after about three days: no write, but somebody was to know. */
async function* deadMessages(store: Store): AsyncGenerator<OutboxRow> {
  let afterKey: string | null = null;
  for (;;) {
    const page: OutboxRow[] = await store.deadPosts([...MESSAGE_CHANNELS], afterKey, 500);
    if (page.length === 0) return;
    yield* page;
    afterKey = page.at(-1)?.key ?? null;
  }
}

async function list(store: Store, timeZone: string, asJson: boolean): Promise<void> {
  if (asJson) return jsonWithList({}, 'dead_letters', documents(store));
  const rows: string[][] = [];
  for await (const letter of open(store)) {
    rows.push([letter.id, `${letter.crm} ${letter.object} ${letter.recordId ?? ''}`, letter.field ?? 'all', `${letter.problem.message}${letter.problem.vendorCode === undefined ? '' : ` (${letter.problem.vendorCode})`}`, letter.problem.remedy, moment(letter.createdAt, timeZone)]);
    if (rows.length === SHOWN) break;
  }
  for await (const row of deadMessages(store)) {
    if (rows.length === SHOWN) break;
    rows.push([row.mark, `${row.channel} message`, row.kind, row.problem?.message ?? '', row.problem?.remedy ?? '', moment(row.createdAt, timeZone)]);
  }
  if (rows.length === 0) return say('No dead letters.');
  table(['id', 'record', 'field', 'why', 'what to do', 'since'], rows);
  const more = (await store.countDeadLetters('open')) - rows.length;
  if (more > 0) say(`… and ${more} more (concord dead-letters --json lists all)`);
}

async function* documents(store: Store): AsyncGenerator<unknown> {
  for await (const letter of open(store)) yield deadLetterDocument(letter);
  for await (const row of deadMessages(store)) {
    yield {
      id: row.mark,
      crm: null,
      object: `${row.channel}_message`,
      record: null,
      person: row.personId,
      field: row.kind,
      value: null,
      code: row.problem?.code ?? 'unknown',
      vendor_code: null,
      message: row.problem?.message ?? '',
      remedy: row.problem?.remedy ?? '',
      tries: row.tries,
      since: new Date(row.createdAt).toISOString(),
    };
  }
}

async function act(store: Store, action: 'retry' | 'drop', ids: string[] | null, asJson: boolean): Promise<void> {
  const chosen: DeadLetter[] = [];
  if (ids === null) for await (const letter of open(store)) chosen.push(letter);
  else if (ids.length > 0) chosen.push(...(await store.deadLetters({ state: 'open', ids, limit: ids.length })));
  const messages: OutboxRow[] = [];
  for await (const row of deadMessages(store)) if (ids === null || ids.includes(row.mark)) messages.push(row);
  const taken = [...chosen.map((letter) => letter.id), ...messages.map((row) => row.mark)];
  const unknown = (ids ?? []).filter((id) => !taken.includes(id));
  if (unknown.length > 0 || (ids !== null && taken.length === 0)) {
    throw new ConcordError({ code: 'unknown_dead_letter', message: unknown.length > 0 ? `no open dead letter ${unknown.join(', ')}` : 'no dead letter named', where: unknown[0] ?? 'dead-letters', remedy: 'List them with `concord dead-letters`, or use --all.', exit: EXIT.usage });
  }
  await settleLetters(store, chosen, action, now());
  const keys = messages.map((row) => row.key);
  if (keys.length > 0) await store.transaction(null, (tx) => (action === 'retry' ? tx.repost(keys, now()) : tx.dropPosts(keys)));
  if (asJson) json({ [action]: taken });
  else if (taken.length === 0) say('No dead letters.');
  else say(action === 'retry' ? `${taken.length} will be tried again by the next run.` : `${taken.length} dropped: no run tries them again unless the record changes.`);
}
