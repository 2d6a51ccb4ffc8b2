import { ConcordError, EXIT, type ExitCode } from '../../domain/problem';
import type { MirrorRecord } from '../../domain/record';
import { refKey } from '../../domain/record';
import { handLinkKey } from '../../core/match/match';
import { json, say } from '../print';
import { withStore, type CommonOptions } from '../session';

/** I8: RevOps picks between candidates. The choice is stronger than every other evidence; the next run acts on it. */
export async function link(options: CommonOptions, hubspotId: string, salesforceId: string): Promise<ExitCode> {
  return withStore(options, async ({ store }) => {
    const contact = (await store.records([{ crm: 'hubspot', object: 'contact', id: hubspotId }]))[0];
    const people = await store.records([
      { crm: 'salesforce', object: 'lead', id: salesforceId },
      { crm: 'salesforce', object: 'contact', id: salesforceId },
    ]);
    const record = people[0];
    const missing = contact === undefined ? `HubSpot contact ${hubspotId}` : record === undefined ? `Salesforce lead or contact ${salesforceId}` : null;
    if (contact === undefined || record === undefined) {
      throw new ConcordError({ code: 'unknown_record', message: `${missing ?? ''} is not known`, where: missing ?? '', remedy: 'Records are known after the first run that reads them.', exit: EXIT.usage });
    }
    await store.transaction(null, async (tx) => {
      await tx.setMeta('hand_links', 'yes');
      await tx.setMeta(`hand_link:${handLinkKey(record.ref)}`, contact.ref.id);
      // Both are matched anew: a record without a person is read as new by the next run.
      const concerned = [contact, record, ...(await tx.recordsOfPeople([contact.personId, record.personId].filter((id): id is string => id !== null)))];
      const apart = [...new Map(concerned.map((each): [string, MirrorRecord] => [refKey(each.ref), { ...each, personId: null }])).values()];
      await tx.putRecords(apart);
      await tx.setMeta('rematch', JSON.stringify([...new Set([...(JSON.parse((await tx.meta('rematch')) ?? '[]') as string[]), ...apart.map((each) => refKey(each.ref))])]));
    });
    if (options.json === true) json({ linked: { hubspot: contact.ref.id, salesforce: refKey(record.ref) } });
    else say(`HubSpot contact ${contact.ref.id} and ${refKey(record.ref)} are one person from the next run on.`);
    return EXIT.done;
  });
}
