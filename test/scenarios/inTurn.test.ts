import { releaseHeld } from '../../src/run/release';
import { DAY, HOUR, MINUTE, cast, openScenario, type Scenario } from '../support/scenario';

/* W12: two automations, one in each CRM, that put a field which travels both ways into a form of their own. */

let s: Scenario;
const { handedOver, quiet, rep, ui } = cast(() => s);
afterEach(() => s.close());

const EMAIL = 'ana@cliente.example';
const digits = (value: unknown): string => String(value ?? '').replace(/\D/g, '');
const hubspotForm = (value: unknown): string => `+${digits(value)}`;
const salesforceForm = (value: unknown): string => digits(value).replace(/^(\d\d)(\d\d)(\d{4})(\d{4})$/, '($2) $3-$4 ext. $1');

/** What both automations do as soon as a value is not in their form; Salesforce's acts as whoever saved the record, Concord included. */
function automate(): void {
  const contact = s.contact(EMAIL);
  const lead = s.leadByEmail(EMAIL);
  if (contact['phone'] !== hubspotForm(contact['phone'])) s.sandbox.hubspot.state.act({ sourceType: 'AUTOMATION_PLATFORM', sourceId: 'enrollmentId:12' }).update('contacts', String(contact['hs_object_id']), { phone: hubspotForm(phoneDigits(contact['phone'])) });
  if (lead?.['Phone'] !== salesforceForm(phoneDigits(lead?.['Phone']))) s.sandbox.salesforce.state.act(s.sandbox.salesforce.state.integrationUserId).update('Lead', String(lead?.['Id']), { Phone: salesforceForm(phoneDigits(lead?.['Phone'])) });
}

/** The country code is the extension in Salesforce's form. */
function phoneDigits(value: unknown): string {
  const parts = /^\((\d\d)\) (\d{4})-(\d{4}) ext\. (\d\d)$/.exec(String(value ?? ''));
  return parts === null ? digits(value) : `${parts[4]}${parts[1]}${parts[2]}${parts[3]}`;
}

/** Runs every five minutes, with both automations in between; how many of them wrote the phone. */
async function rounds(count: number): Promise<number> {
  let wrote = 0;
  for (let round = 0; round < count; round += 1) {
    automate();
    s.pass(5 * MINUTE);
    const { run } = await s.sync();
    if ((await s.store.journalOfRun(run, null, 100)).some((entry) => entry.changes.some(({ field }) => /^phone$/i.test(field)))) wrote += 1;
  }
  return wrote;
}

const contested = async (): Promise<string[]> => (await s.store.holds({ kind: 'contested', limit: 10 })).map(({ ref, field }) => `${ref.crm} ${field}`);

test('they do not keep Concord writing for ever: the field is held and said, a new value still travels, and a release begins anew', async () => {
  s = await openScenario();
  const { contact, lead } = await handedOver();
  ui().update('contacts', contact, { phone: '525512345678' });

  expect(await rounds(12)).toBeLessThanOrEqual(8);
  expect(await rounds(3)).toBe(0);
  expect(await contested()).toHaveLength(1);
  const [hold] = await s.store.holds({ kind: 'contested', limit: 10 });
  expect(hold?.because).toMatch(/changes it back whenever Concord writes it$/);
  expect(s.contact(EMAIL)['phone']).toBe('+525512345678');
  expect(s.lead(lead)['Phone']).toBe('(55) 1234-5678 ext. 52');
  await quiet();

  // A rep has another number: it travels, and the two begin again, and end again.
  rep().update('Lead', lead, { Phone: '525587654321' });
  expect(await rounds(12)).toBeLessThanOrEqual(8);
  expect(digits(s.contact(EMAIL)['phone'])).toBe('525587654321');
  expect(await contested()).toHaveLength(1);

  // RevOps switches both off, and gives the field back: the later value travels, and stays.
  expect(await releaseHeld(s.store, { personId: String(hold?.personId) }, undefined, s.clock.now())).toBe(1);
  s.pass(5 * MINUTE);
  await s.sync();
  expect(s.contact(EMAIL)['phone']).toBe(s.lead(lead)['Phone']);
  expect(await contested()).toEqual([]);
  await quiet();
});

test('people who change their minds in turn, in both CRMs, are nobody’s contest when it takes them weeks', async () => {
  s = await openScenario();
  const { contact, lead } = await handedOver();
  for (let week = 0; week < 8; week += 1) {
    if (week % 2 === 0) ui().update('contacts', contact, { jobtitle: 'Directora' });
    else rep().update('Lead', lead, { Title: 'Gerente' });
    s.pass(HOUR);
    await s.sync();
    expect([s.contact(EMAIL)['jobtitle'], s.lead(lead)['Title']]).toEqual(week % 2 === 0 ? ['Directora', 'Directora'] : ['Gerente', 'Gerente']);
    s.pass(5 * DAY);
  }
  expect(await contested()).toEqual([]);
});
