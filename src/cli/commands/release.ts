import { ConcordError, EXIT, type ExitCode } from '../../domain/problem';
import { findPerson } from '../../run/explain';
import { releaseHeld } from '../../run/release';
import { now } from '../../wire';
import { json, say } from '../print';
import { withStore, type CommonOptions } from '../session';
import { localJudging } from './explain';

/** W9, W12: gives fields held after a rollback, or contested with somebody else, back to Concord: by run, or by person and field. */
export async function release(options: CommonOptions, what: string, field: string | undefined): Promise<ExitCode> {
  return withStore(options, async (session) => {
    const { store } = session;
    const byRun = await store.run(what);
    const released = await releaseHeld(store, byRun === null ? { personId: (await findPerson(localJudging(session, false), what)).id } : { run: what }, field, now());
    if (released === 0 && field !== undefined) {
      throw new ConcordError({ code: 'nothing_held', message: `the field ${field} is not held`, where: field, remedy: 'concord explain shows what is held.', exit: EXIT.usage });
    }
    if (options.json === true) json({ released });
    else say(released === 0 ? 'Nothing was held.' : `${released} fields given back: the next run may write them again.`);
    return EXIT.done;
  });
}
