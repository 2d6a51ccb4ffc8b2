import { makeDigest } from '../../src/report/digest/make';
import { linksOf } from '../../src/run/links';
import { reportOf } from '../../src/run/reports';
import { pagesOf } from '../support/dashboard';
import { cast, DAY, HOUR, MINUTE, openScenario, writesOf, type Scenario } from '../support/scenario';
import { login, OPEN, VIEWER, wordsOf, type Web } from '../web/support';

/* Names that people know stand where ids would: owners of sales' records, who are users of the CRM, and deals. Salesforce's records carry ids alone. */

let s: Scenario;
const { handedOver, person, rep } = cast(() => s);
beforeEach(async () => {
  s = await openScenario();
});
afterEach(() => s.close());

const words = async (path: string): Promise<string> => {
  const { app } = pagesOf(s, { ...OPEN, publicUrl: null }, () => 'http://127.0.0.1:8080');
  return wordsOf((await (await login({ app } as Web, VIEWER)).get(path).expect(200)).text);
};
/** The lead that Concord made is a rep’s. */
const assigned = async (lead: string): Promise<void> => {
  rep().update('Lead', lead, { OwnerId: s.rep });
  s.pass(MINUTE);
  await s.sync();
};
const asksForUsers = (): string[] => s.sandbox.salesforce.calls.calls.map((call) => decodeURIComponent(call.url)).filter((url) => /FROM[ +](User|Group) WHERE/i.test(url.replaceAll('+', ' ')));
const digest = async (): ReturnType<typeof makeDigest> => makeDigest(s.store, s.agreement, s.clock.now(), 'review', { publicUrl: null, reviews: { heldAt: null, settings: null, since: null }, recordUrl: await linksOf(s.store) });

test('owners by their names: on the handoffs’ page, in reports divided and filtered by owner, and in digests; asked for once', async () => {
  const { lead } = await handedOver();
  await assigned(lead);
  expect(await words('/handoffs')).toMatch(/Ana Paz .*Rita Rep/);
  const byOwner = await reportOf(s.store, s.agreement, s.clock.now(), 'rejections', { by: 'owner' });
  expect(JSON.stringify(byOwner.sections[0])).toContain('Rita Rep');
  const hers = await reportOf(s.store, s.agreement, s.clock.now(), 'rejections', { filters: { owner: 'rita rep' } });
  expect(hers.sections[0]?.rows[0]?.cells['handed']?.value).toBe(1);
  const waiting = (await digest()).points.flatMap((point) => point.tables).find((table) => table.id === 'waiting');
  expect(waiting?.rows[0]?.at(-1)?.text).toBe('Rita Rep');

  // A new process knows them from the store; one who got another name is asked for by the run that reads everything anew.
  await s.reopen();
  s.sandbox.salesforce.calls.clear();
  rep().update('Lead', String(s.leadByEmail('ana@cliente.example')?.['Id']), { Phone: '1' });
  s.pass(MINUTE);
  await s.sync();
  expect(asksForUsers()).toEqual([]);
  await s.store.transaction(null, (tx) => tx.putOwnerNames(new Map([[s.rep, 'The name before']])));
  expect(await words('/handoffs')).toMatch(/Ana Paz .*The name before/);
  s.pass(HOUR);
  s.sandbox.hubspot.calls.clear();
  s.sandbox.salesforce.calls.clear();
  await s.sync({ full: true });
  expect(await words('/handoffs')).toMatch(/Ana Paz .*Rita Rep/);
  expect(writesOf(s.sandbox)).toEqual([]);
});

test('deals by their names with a link into Salesforce: in the pack for the review and behind a report’s figures; one that names its person by its id (design 6)', async () => {
  const { lead } = await handedOver();
  person('leo@cliente.example', { firstname: 'Leo', lastname: 'Muñoz', lifecyclestage: 'marketingqualifiedlead' });
  s.pass(MINUTE);
  await s.sync();
  await assigned(lead);
  await assigned(String(s.leadByEmail('leo@cliente.example')?.['Id']));
  s.pass(HOUR);
  const win = (leadId: string, opportunityName: string, amount: number): string => {
    const { opportunityId } = rep().convertLead({ leadId, convertedStatus: 'Closed - Converted', opportunityName });
    rep().update('Opportunity', String(opportunityId), { StageName: 'Closed Won', Amount: amount, CloseDate: '2026-11-17' });
    return String(opportunityId);
  };
  const cliente = win(lead, 'Cliente SA: renovación', 2000);
  const leos = win(String(s.leadByEmail('leo@cliente.example')?.['Id']), 'MUNOZ, Leo', 1000);
  s.pass(MINUTE);
  await s.sync();
  s.pass(DAY);
  const won = (await digest()).points.flatMap((point) => point.tables).find((table) => table.id === 'won');
  expect(won?.rows.map(([deal, , owner]) => [deal?.text, deal?.url?.includes(cliente) === true || deal?.url?.includes(leos) === true, owner?.text])).toEqual([['Cliente SA: renovación', true, 'Rita Rep'], [leos, true, 'Rita Rep']]);
  expect(await words('/reports/sources/people?figure=wins.closed.won')).toMatch(/Cliente SA: renovación/);
});
