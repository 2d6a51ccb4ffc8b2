import { EXIT, type ExitCode } from '../../domain/problem';
import type { MirrorRecord } from '../../domain/record';
import { refKey } from '../../domain/record';
import { findPerson } from '../../run/explain';
import { unlinkByHand } from '../../run/link';
import { withLock } from '../../run/lock';
import { json, say } from '../print';
import { withSession, type CommonOptions } from '../session';
import { localJudging } from './explain';

/** Blanks a person everywhere in Concord's memory and remembers only keyed hashes, so that no run stores or recreates them. Writes no CRM. */
export async function forgetPerson(options: CommonOptions & { yes?: boolean }, email: string): Promise<ExitCode> {
  return withSession(options, async (session) => {
    const { parts, store } = session;
    const known = async (): Promise<{ personId: string; records: MirrorRecord[] }> => {
      const person = await findPerson(localJudging(session, false), email);
      return { personId: person.id, records: await store.recordsOfPeople([person.id]) };
    };
    if (options.yes !== true) {
      const { records } = await known();
      if (options.json === true) json({ forgotten: false, records: records.length });
      else say(`This would blank ${records.length} records and their whole history in Concord’s memory, for good. The CRMs are not touched. Add --yes.`);
      return EXIT.done;
    }
    const records = await withLock(parts, async (fence) => {
      const found = await known();
      const values = new Set([...found.records.flatMap((record) => [refKey(record.ref), ...record.emails.map((each) => each.trim().toLowerCase())]), email.trim().toLowerCase()]);
      await store.transaction(fence, async (tx) => {
        // The hashes first: a kill between the two must not let a run store the person again.
        await tx.addForgotten([...values].map(parts.hash), parts.clock());
        await unlinkByHand(tx, found.records.map((record) => record.ref));
      });
      await store.forget([found.personId], found.records.map((record) => record.ref));
      return found.records;
    });
    if (options.json === true) json({ forgotten: true, records: records.length });
    else say(`Forgotten: ${records.length} records blanked. Erase the person in HubSpot and Salesforce as well: Concord writes no CRM for this.`);
    return EXIT.done;
  });
}
