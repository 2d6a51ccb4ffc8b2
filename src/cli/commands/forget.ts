import { EXIT, type ExitCode } from '../../domain/problem';
import type { MirrorRecord } from '../../domain/record';
import { findPerson } from '../../run/explain';
import { forget } from '../../run/forget';
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
      await forget(parts, fence, { personIds: [found.personId], records: found.records, also: [email.trim().toLowerCase()] });
      return found.records;
    });
    if (options.json === true) json({ forgotten: true, records: records.length });
    else say(`Forgotten: ${records.length} records blanked. Erase the person in HubSpot and Salesforce as well: Concord writes no CRM for this.`);
    return EXIT.done;
  });
}
