import { EXIT, type ExitCode } from '../../domain/problem';
import { refKey } from '../../domain/record';
import { linkByHand } from '../../run/link';
import { json, say } from '../print';
import { withStore, type CommonOptions } from '../session';

/** I8: RevOps picks between candidates. Exit 2 for an id that no run has read. */
export async function link(options: CommonOptions, hubspotId: string, salesforceId: string): Promise<ExitCode> {
  return withStore(options, async ({ store }) => {
    const { contact, record } = await linkByHand(store, hubspotId, salesforceId);
    if (options.json === true) json({ linked: { hubspot: contact.id, salesforce: refKey(record) } });
    else say(`HubSpot contact ${contact.id} and ${refKey(record)} are one person from the next run on.`);
    return EXIT.done;
  });
}
