import { ConcordError, EXIT, type ExitCode } from '../../domain/problem';
import { now } from '../../wire';
import { json, moment, say, table } from '../print';
import { withStore, type CommonOptions } from '../session';

/** Lists what could not be written by its cause; `retry` lets the next run try again, `drop` gives up on it. */
export async function deadLetters(options: CommonOptions & { all?: boolean }, action: string | undefined, ids: string[]): Promise<ExitCode> {
  if (action !== undefined && action !== 'retry' && action !== 'drop') {
    throw new ConcordError({ code: 'bad_usage', message: `dead-letters knows retry and drop, not ${action}`, where: action, remedy: 'concord dead-letters retry ID …, or --all', exit: EXIT.usage });
  }
  return withStore(options, async ({ store, timeZone }) => {
    const open = await store.deadLetters({ state: 'open', limit: 1000 });
    if (action === undefined) {
      if (options.json === true) json({ dead_letters: open.map((letter) => ({ id: letter.id, crm: letter.crm, object: letter.object, record: letter.recordId, person: letter.personId, field: letter.field, code: letter.problem.code, vendor_code: letter.problem.vendorCode ?? null, message: letter.problem.message, remedy: letter.problem.remedy, tries: letter.tries, since: new Date(letter.createdAt).toISOString() })) });
      else if (open.length === 0) say('No dead letters.');
      else table(['id', 'record', 'field', 'why', 'what to do', 'since'], open.map((letter) => [letter.id, `${letter.crm} ${letter.object} ${letter.recordId ?? ''}`, letter.field ?? 'all', `${letter.problem.message}${letter.problem.vendorCode === undefined ? '' : ` (${letter.problem.vendorCode})`}`, letter.problem.remedy, moment(letter.createdAt, timeZone)]));
      return EXIT.done;
    }
    const chosen = options.all === true ? open : open.filter((letter) => ids.includes(letter.id));
    const unknown = options.all === true ? [] : ids.filter((id) => !open.some((letter) => letter.id === id));
    if (unknown.length > 0 || chosen.length === 0) {
      throw new ConcordError({ code: 'unknown_dead_letter', message: unknown.length > 0 ? `no open dead letter ${unknown.join(', ')}` : 'no dead letter named', where: unknown[0] ?? 'dead-letters', remedy: 'List them with `concord dead-letters`, or use --all.', exit: EXIT.usage });
    }
    await store.transaction(null, async (tx) => {
      await tx.setDeadLetterState(chosen.map((letter) => letter.id), action === 'retry' ? 'retry' : 'dropped');
      const people = chosen.map((letter) => letter.personId).filter((id): id is string => id !== null);
      if (action === 'retry') await tx.enqueue(people, 'retry', now());
    });
    if (options.json === true) json({ [action]: chosen.map((letter) => letter.id) });
    else say(action === 'retry' ? `${chosen.length} will be tried again by the next run.` : `${chosen.length} dropped: no run tries them again unless the record changes.`);
    return EXIT.done;
  });
}
