import { EXIT, type ExitCode } from '../../domain/problem';
import { refKey } from '../../domain/record';
import { findPerson } from '../../run/explain';
import { withLock } from '../../run/lock';
import { json, say } from '../print';
import { withSession, type CommonOptions } from '../session';
import { localJudging } from './explain';

/** Blanks a person everywhere in Concord's memory and remembers only keyed hashes, so that no run stores or recreates them. Writes no CRM. */
export async function forgetPerson(options: CommonOptions & { yes?: boolean }, email: string): Promise<ExitCode> {
  return withSession(options, async (session) => {
    const { parts, store } = session;
    const person = await findPerson(localJudging(session, false), email);
    const records = await store.recordsOfPeople([person.id]);
    if (options.yes !== true) {
      if (options.json === true) json({ forgotten: false, records: records.length });
      else say(`This would blank ${records.length} records and their whole history in Concord’s memory, for good. The CRMs are not touched. Add --yes.`);
      return EXIT.done;
    }
    await withLock(parts, async (fence) => {
      const values = new Set([...records.flatMap((record) => [refKey(record.ref), ...record.emails.map((each) => each.trim().toLowerCase())]), email.trim().toLowerCase()]);
      // The hashes first: a kill between the two must not let a run store the person again.
      await store.transaction(fence, (tx) => tx.addForgotten([...values].map(parts.hash), parts.clock()));
      await store.forget([person.id], records.map((record) => record.ref));
    });
    if (options.json === true) json({ forgotten: true, records: records.length });
    else say(`Forgotten: ${records.length} records blanked. Erase the person in HubSpot and Salesforce as well: Concord writes no CRM for this.`);
    return EXIT.done;
  });
}
