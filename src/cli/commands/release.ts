import { ConcordError, EXIT, type ExitCode } from '../../domain/problem';
import type { PersonState } from '../../domain/person';
import { findPerson } from '../../run/explain';
import { now } from '../../wire';
import { json, say } from '../print';
import { withStore, type CommonOptions } from '../session';
import { localJudging } from './explain';

/** With a field only some of what is held goes, and the rest must not hide it: the holds of one run or person at once. */
const ALL = 1_000_000;

/** W9, W12: gives fields held after a rollback, or contested with somebody else, back to Concord: by run, or by person and field. */
export async function release(options: CommonOptions, what: string, field: string | undefined): Promise<ExitCode> {
  return withStore(options, async (session) => {
    const { store } = session;
    const byRun = await store.run(what);
    const person = byRun === null ? await findPerson(localJudging(session, false), what) : null;
    let released = 0;
    for (;;) {
      const holds = (await store.holds({ ...(byRun === null ? { personId: person?.id ?? '' } : { run: what, kind: 'rolled_back' }), limit: field === undefined ? 500 : ALL })).filter((hold) => field === undefined || hold.field === field);
      if (holds.length === 0) break;
      // A contested field is counted where its contest ends.
      released += holds.filter((hold) => hold.kind === 'rolled_back').length;
      await store.transaction(null, async (tx) => {
        await tx.releaseHolds(holds.map((hold) => hold.id));
        await tx.enqueue([...new Set(holds.map((hold) => hold.personId).filter((id): id is string => id !== null))], 'released', now());
      });
    }
    if (person !== null) released += await endContests(session, person.id, field);
    if (released === 0 && field !== undefined) {
      throw new ConcordError({ code: 'nothing_held', message: `the field ${field} is not held`, where: field, remedy: 'concord explain shows what is held.', exit: EXIT.usage });
    }
    if (options.json === true) json({ released });
    else say(released === 0 ? 'Nothing was held.' : `${released} fields given back: the next run may write them again.`);
    return EXIT.done;
  });
}

/** Forgets how often others changed a field back, so that Concord tries again. */
async function endContests({ store }: Parameters<Parameters<typeof withStore>[1]>[0], personId: string, field: string | undefined): Promise<number> {
  const row = (await store.people([personId]))[0];
  const state = (row?.state ?? null) as PersonState | null;
  if (row === undefined || state === null) return 0;
  const ended = Object.keys(state.contests).filter((key) => field === undefined || key.endsWith(`.${field}`));
  if (ended.length === 0) return 0;
  const contests = Object.fromEntries(Object.entries(state.contests).filter(([key]) => !ended.includes(key)));
  await store.transaction(null, async (tx) => {
    await tx.putPeople([{ ...row, state: { ...state, contests } }]);
    await tx.enqueue([personId], 'released', now());
  });
  return ended.length;
}
