import { EXIT } from '../../src/domain/problem';
import { placeOf } from '../../src/run/portion';
import { DAY, HOUR, MINUTE, openScenario, type Scenario } from '../support/scenario';

/* L7: adoption in portions: some people first, the rest once RevOps has seen that it goes well. */

const PEOPLE = 60;

describe('adoption in portions (L7)', () => {
  let s: Scenario;
  beforeEach(async () => {
    s = await openScenario();
    for (let index = 0; index < PEOPLE; index += 1) {
      s.sandbox.hubspot.state.act({ sourceType: 'CRM_UI', userId: 7 }).create('contacts', { email: emailOf(index), firstname: 'Ana', lastname: 'Paz', company: 'Cliente SA', country: 'Mexico', lifecyclestage: 'lead' });
    }
    s.pass(HOUR);
  });
  afterEach(async () => {
    await s.close();
  });

  const emailOf = (index: number): string => `p${index}@portion.example`;
  const everyone = (): string[] => [...Array(PEOPLE).keys()].map(emailOf);
  const governed = (): string[] => everyone().filter((email) => s.contact(email)['concord_stage'] !== undefined);

  async function belowIn(portion: number): Promise<string[]> {
    const rows = await s.store.pagePeople(null, 1000);
    const records = await s.store.recordsOfPeople(rows.filter((row) => placeOf(row.id) < portion).map((row) => row.id));
    return records.flatMap((record) => record.emails).sort();
  }

  test('only the portion is written, run after run, until a larger one is asked for and said yes to', async () => {
    expect(await s.sync({ portion: 30, allowLargeChange: false })).toMatchObject({ status: 'stopped', exit_code: EXIT.guard, adoption: true, portion: 30 });
    expect(governed()).toEqual([]);
    const first = await s.sync({ portion: 30 });
    const some = await belowIn(30);
    expect(first).toMatchObject({ status: 'ok', adoption: true, portion: 30, people: { seen: some.length } });
    expect(some.length).toBeGreaterThan(5);
    expect(some.length).toBeLessThan(35);
    expect(governed().sort()).toEqual(some);

    // Who waits is read, and not written; who is governed goes on; a new process knows it.
    await s.reopen();
    s.pass(DAY);
    const waiting = everyone().find((email) => !some.includes(email)) as string;
    for (const email of [waiting, some[0] as string]) s.sandbox.hubspot.state.act({ sourceType: 'CRM_UI', userId: 7 }).update('contacts', String(s.sandbox.hubspot.state.byEmail(email)?.id), { lifecyclestage: 'marketingqualifiedlead' });
    s.pass(MINUTE);
    const second = await s.sync({ allowLargeChange: false });
    expect(second).toMatchObject({ status: 'ok', adoption: false, portion: 30, transitions: { mql: 1 } });
    expect(s.leadByEmail(some[0] as string)).toBeDefined();
    expect(s.leadByEmail(waiting)).toBeUndefined();
    expect((await s.explain(waiting)).awaitsAdoption).toBe(true);
    expect((await s.explain(some[0] as string)).awaitsAdoption).toBe(false);
    s.pass(HOUR);
    expect((await s.sync({ full: true })).writes).toMatchObject({ hubspot: { planned: 0 }, salesforce: { planned: 0 } });
    expect(governed().sort()).toEqual(some);

    // More of them take a yes of their own; without it the portion stays.
    s.pass(HOUR);
    const stopped = await s.sync({ portion: 100, allowLargeChange: false });
    expect(stopped).toMatchObject({ status: 'stopped', exit_code: EXIT.guard });
    expect(stopped.stopped_by?.map((finding) => finding.limit)).toContain('adoption');
    s.pass(HOUR);
    expect(await s.sync({ allowLargeChange: false })).toMatchObject({ status: 'ok', portion: 30 });
    expect(governed().sort()).toEqual(some);

    s.pass(HOUR);
    const rest = await s.sync({ portion: 100 });
    expect(rest).toMatchObject({ adoption: true, portion: 100, people: { seen: PEOPLE - some.length } });
    expect(governed()).toHaveLength(PEOPLE);
    // The one who became an MQL meanwhile is found as one: nothing older than the adoption starts a clock.
    const found = await s.explain(waiting);
    expect(found.person.stage).toBe('mql');
    expect(found.handoffs.every((each) => each.adopted || each.openedAt >= Date.parse(rest.started_at))).toBe(true);
    s.pass(MINUTE);
    await s.sync();
    s.pass(MINUTE);
    expect((await s.sync()).writes).toMatchObject({ hubspot: { planned: 0 }, salesforce: { planned: 0 } });
  });

  test('a rejection older than its person’s adoption is carried, and told to nobody', async () => {
    const email = 'rejected@portion.example';
    s.sandbox.hubspot.state.act({ sourceType: 'CRM_UI', userId: 7 }).create('contacts', { email, firstname: 'Ana', lastname: 'Paz', company: 'Cliente SA', country: 'Mexico', lifecyclestage: 'marketingqualifiedlead' });
    const lead = s.sandbox.salesforce.state.act(s.rep).create('Lead', { FirstName: 'Ana', LastName: 'Paz', Company: 'Cliente SA', Email: email, Country: 'Mexico' });
    s.pass(HOUR);
    await s.sync({ portion: 1 });
    const row = (await s.explain(email)).person;
    if (placeOf(row.id) < 1) throw new Error('this person stands in the first percent');
    s.pass(DAY);
    s.sandbox.salesforce.state.act(s.rep).update('Lead', lead, { Status: 'Closed - Not Converted', Concord_Rejection_Reason__c: 'no_budget' });
    s.pass(HOUR);
    await s.sync();
    expect(s.contact(email)['concord_rejection_reason']).toBeUndefined();
    s.pass(HOUR);
    const all = await s.sync({ portion: 100 });
    expect(s.contact(email)).toMatchObject({ concord_rejection_reason: 'no_budget', concord_stage: 'recycled' });
    expect(all.notes.planned + all.tasks.planned + all.messages.sent).toBe(0);
  });

  test('one person can be adopted by name; nobody else is', async () => {
    await s.sync({ portion: 1 });
    const waiting = everyone().find((email) => !governed().includes(email)) as string;
    const before = governed().length;
    s.pass(HOUR);
    expect(await s.sync({ only: waiting, allowLargeChange: false })).toMatchObject({ status: 'stopped' });
    s.pass(HOUR);
    expect(await s.sync({ only: waiting })).toMatchObject({ status: 'ok' });
    expect(governed()).toHaveLength(before + 1);
    s.pass(HOUR);
    expect(await s.sync()).toMatchObject({ portion: 1, adoption: false });
    expect(governed()).toHaveLength(before + 1);
  });

  test('a portion never shrinks', async () => {
    await s.sync({ portion: 30 });
    await expect(s.sync({ portion: 10 })).rejects.toMatchObject({ code: 'portion', exit: EXIT.usage, where: '--portion' });
    await s.sync({ portion: 100 });
    await expect(s.plan({ portion: 50 })).rejects.toMatchObject({ code: 'portion', message: 'everyone is adopted already' });
    expect((await s.store.runs(null, 10)).every((row) => row.status !== 'failed')).toBe(true);
  });
});

test('places are spread evenly and never move', () => {
  const places = [...Array(2000).keys()].map((index) => placeOf(`person-${index}`));
  expect(places.every((place) => place >= 0 && place < 100)).toBe(true);
  expect(places.filter((place) => place < 10).length / 2000).toBeCloseTo(0.1, 1);
  expect(placeOf('person-1')).toBe(places[1]);
});
