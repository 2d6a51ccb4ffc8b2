import { SandboxClock } from '../../src/sandbox/clock';
import { startSandbox, type RunningSandbox } from '../../src/sandbox/server';
import { seedSampleWorld } from '../../src/sandbox/world';
import { newestStamp, storyActs } from '../../src/sandbox/world/storyActs';

const NOW = Date.parse('2026-11-22T17:00:00.000Z');
const DAY = 86_400_000;
const NAMES = { status: 'Closed - Not Converted', reasonField: 'Description', noteField: null, reason: 'no_budget' };

let sandbox: RunningSandbox;
let seeded: boolean;
beforeAll(async () => {
  const clock = new SandboxClock();
  clock.set(NOW);
  sandbox = await startSandbox({ file: ':memory:', clock });
  seeded = seedSampleWorld(sandbox);
});
afterAll(() => sandbox.close());

const contacts = () => [...sandbox.hubspot.state.contacts()];
const soql = (text: string) => sandbox.salesforce.state.query(text);
const emailsOf = (object: 'Lead' | 'Contact', where = '') => soql(`SELECT Email FROM ${object} WHERE Email != null ${where}`).map((row) => String(row['Email']).toLowerCase());

describe('the sample world', () => {
  test('is made once, leaves the clock as it was, and leaves people who are there alone', () => {
    const before = { hubspot: sandbox.hubspot.state.counts(), salesforce: sandbox.salesforce.state.counts() };

    const again = seedSampleWorld(sandbox);

    expect(seeded).toBe(true);
    expect(again).toBe(false);
    expect(sandbox.clock.now()).toBe(NOW);
    expect({ hubspot: sandbox.hubspot.state.counts(), salesforce: sandbox.salesforce.state.counts() }).toEqual(before);
  });

  test('is a small company: 40 to 60 people, three languages, nobody real', () => {
    const people = new Set([...contacts().map((contact) => contact.properties['email'] ?? contact.id), ...emailsOf('Lead'), ...emailsOf('Contact')]);

    expect(people.size).toBeGreaterThanOrEqual(40);
    expect(people.size).toBeLessThanOrEqual(60);
    expect(new Set(contacts().map((contact) => contact.properties['hs_language']).filter(Boolean))).toEqual(new Set(['en', 'es', 'pt-br']));
    for (const email of people) if (email.includes('@')) expect(email).toMatch(/\.example$/);
  });

  test('has its year behind it: nothing happened after now', () => {
    const stamps = [...contacts().flatMap((contact) => [contact.createdAt, contact.updatedAt]), ...['Lead', 'Contact', 'Opportunity'].flatMap((object) => soql(`SELECT CreatedDate, SystemModstamp FROM ${object}`).flatMap((row) => [Date.parse(String(row['CreatedDate'])), Date.parse(String(row['SystemModstamp']))]))];

    expect(Math.max(...stamps)).toBeLessThan(NOW);
    expect(Math.min(...stamps)).toBeGreaterThan(NOW - 400 * DAY);
    expect(Math.max(...stamps) - Math.min(...stamps)).toBeGreaterThan(200 * DAY);
    expect(newestStamp(sandbox)).toBe(Math.max(...stamps));
  });

  test('tells who did what: histories carry people and machines', () => {
    const { state } = sandbox.hubspot;
    const customer = state.byEmail('ana.lima@redelima.example');
    const stages = state.history('contacts', customer?.id ?? '', 'lifecyclestage');

    expect(stages.map((entry) => entry.value)).toEqual(['customer', 'opportunity', 'marketingqualifiedlead', 'lead']);
    expect(stages.map((entry) => entry.sourceType)).toEqual(['CRM_UI', 'CRM_UI', 'CRM_UI', 'FORM']);
    expect(soql("SELECT CreatedBy.Name FROM LeadHistory WHERE Field = 'Status'").length).toBeGreaterThan(3);
  });

  test('I4: several live Salesforce records for one e-mail, as leads and as contact and lead', () => {
    const open = emailsOf('Lead', 'AND IsConverted = false');
    const twice = open.filter((email, at) => open.indexOf(email) !== at);

    expect(twice).toContain('monica.rezende@rezendepapeis.example');
    expect(open.filter((email) => emailsOf('Contact').includes(email))).toContain('daniel.park@parkinstruments.example');
  });

  test('I2, I7, L12: converted leads with opportunities open, won, lost; with and without a role', () => {
    const opportunities = soql('SELECT Id, IsClosed, IsWon FROM Opportunity');
    const withRole = new Set(soql('SELECT OpportunityId FROM OpportunityContactRole').map((row) => row['OpportunityId']));

    expect(opportunities.some((row) => row['IsClosed'] === false && withRole.has(row['Id']))).toBe(true);
    expect(opportunities.filter((row) => !withRole.has(row['Id']))).toHaveLength(2);
    expect(opportunities.some((row) => row['IsWon'] === true)).toBe(true);
    expect(opportunities.some((row) => row['IsClosed'] === true && row['IsWon'] === false)).toBe(true);
    expect(soql('SELECT Id FROM Lead WHERE IsConverted = true AND ConvertedOpportunityId = null').length).toBeGreaterThan(0);
  });

  test('I1, I3, I6, I8: other spellings, additional addresses, a merged contact, nobody’s address, two people under one', () => {
    const { state } = sandbox.hubspot;

    expect(soql("SELECT Email FROM Lead WHERE LastName = 'Ríos'").map((row) => row['Email'])).toEqual(['JOAQUIN.RIOS@TEXTILESDELSUR.EXAMPLE']);
    expect(state.byEmail('veronica@ledesmamuebles.example')?.properties['email']).toBe('vero.ledesma@correo.example');
    expect(state.byEmail('g.barros@barrosquimica.example')?.properties['hs_merged_object_ids']).toMatch(/^\d+;\d+$/);
    expect(contacts().filter((contact) => contact.properties['email'] === undefined)).toHaveLength(1);
    expect(soql('SELECT Id FROM Lead WHERE Email = null')).toHaveLength(1);
    expect(state.byEmail('compras@ferreterialopez.example')?.properties['lastname']).toBe('López');
    expect(soql("SELECT LastName FROM Lead WHERE Email = 'compras@ferreterialopez.example'").map((row) => row['LastName'])).toEqual(['Quintana']);
  });

  test('F7: consent stands in one CRM only, in either direction', () => {
    const { state } = sandbox.hubspot;
    const flag = (email: string) => soql(`SELECT HasOptedOutOfEmail FROM Lead WHERE Email = '${email}'`)[0]?.['HasOptedOutOfEmail'];

    expect([state.subscriptions.optedOut('sabrina.costa@costasul.example'), flag('sabrina.costa@costasul.example')]).toEqual([true, false]);
    expect([state.subscriptions.optedOut('peter.langley@langleyfoods.example'), flag('peter.langley@langleyfoods.example')]).toEqual([false, true]);
  });

  test('F4, L3, L10: rejected in either CRM, stages of nobody’s agreement, a colleague, leads of queues', () => {
    const stages = new Set(contacts().map((contact) => contact.properties['lifecyclestage']));

    expect(soql("SELECT Id FROM Lead WHERE Status = 'Closed - Not Converted'").length).toBe(2);
    expect(contacts().some((contact) => contact.properties['hs_lead_status'] === 'UNQUALIFIED')).toBe(true);
    expect([...stages]).toEqual(expect.arrayContaining(['subscriber', 'lead', 'marketingqualifiedlead', 'salesqualifiedlead', 'opportunity', 'customer', 'evangelist', 'other']));
    expect(contacts().some((contact) => contact.properties['email']?.endsWith('@acme.example'))).toBe(true);
    expect(soql('SELECT Id, OwnerId FROM Lead').filter((row) => String(row['OwnerId']).startsWith('00G')).length).toBeGreaterThanOrEqual(3);
  });

  test('is there as a whole or not at all', async () => {
    const clock = new SandboxClock();
    clock.set(NOW);
    const other = await startSandbox({ file: ':memory:', clock });
    try {
      const real = other.salesforce.state.act.bind(other.salesforce.state);
      let acts = 0;
      other.salesforce.state.act = (...given) => {
        acts += 1;
        if (acts > 10) throw new Error('the disk is full');
        return real(...given);
      };

      expect(() => seedSampleWorld(other)).toThrow('the disk is full');

      expect(other.hubspot.state.counts().contacts).toBe(0);
      expect(other.salesforce.state.counts()['Lead'] ?? 0).toBe(0);
      expect(clock.now()).toBe(NOW);
    } finally {
      await other.close();
    }
  });
});

describe('the acts of the story', () => {
  test('are found in the sample world, and none in another one', async () => {
    const empty = await startSandbox({ file: ':memory:' });
    try {
      expect(storyActs(empty, NAMES)).toEqual([]);
    } finally {
      await empty.close();
    }
    expect(storyActs(sandbox, NAMES).map((act) => act.id)).toEqual(['reject', 'convert', 'phone', 'workflow', 'qualify', 'incomplete', 'duplicate', 'win']);
  });

  test('are done when the world shows them, whoever asks', () => {
    const acts = storyActs(sandbox, NAMES);
    expect(acts.filter((act) => act.isDone())).toEqual([]);

    for (const act of acts) {
      sandbox.clock.advance(60_000);
      act.act();
      expect([act.id, act.isDone()]).toEqual([act.id, true]);
    }

    expect(storyActs(sandbox, NAMES).every((act) => act.isDone())).toBe(true);
    const thiago = sandbox.hubspot.state.byEmail('thiago.almeida@agroalmeida.example');
    expect(sandbox.hubspot.state.history('contacts', thiago?.id ?? '', 'lifecyclestage')[0]).toMatchObject({ value: 'customer', sourceType: 'AUTOMATION_PLATFORM' });
  });
});
