import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { editAgreement, openPlace, tableLines, type Place } from './support';

/* `concord what-if` as a process: its words, its document, its refusals, and that it leaves everything as it was. */

const NO_CREDENTIALS = Object.fromEntries(['HUBSPOT_ACCESS_TOKEN', 'HUBSPOT_API_URL', 'SALESFORCE_LOGIN_URL', 'SALESFORCE_CLIENT_ID', 'SALESFORCE_CLIENT_SECRET'].map((name) => [name, undefined]));

describe('what-if', () => {
  let place: Place;
  let stricter: string;
  beforeAll(async () => {
    place = await openPlace();
    await place.document('sync', 0, ['sync', '--allow-large-change']);
    const marketer = place.sandbox.hubspot.state.act({ sourceType: 'CRM_UI', userId: 7 });
    const machine = place.sandbox.hubspot.state.act({ sourceType: 'CALCULATED' });
    for (const [email, score] of [['ana@cliente.example', '65'], ['eva@cliente.example', '85'], ['leo@cliente.example', '50']] as const) {
      const { id } = marketer.create('contacts', { email, firstname: 'Ana', lastname: 'Paz', company: 'Cliente SA', country: 'Mexico', lifecyclestage: 'lead' });
      machine.update('contacts', id, { hubspotscore: score });
    }
    await place.settle();
    await place.document('sync', 0, ['sync']);
    stricter = editAgreement(place, 'stricter.yaml', (text) => text.replace('{ field: score, at_least: 60 }', '{ field: score, at_least: 80 }'));
  });
  afterAll(() => place.close());

  /** Every file of Concord's memory, by its content. */
  function memory(): string[] {
    const folder = join(place.folder, 'data');
    return readdirSync(folder).sort().map((name) => `${name} ${createHash('sha256').update(readFileSync(join(folder, name))).digest('hex')}`);
  }

  test('the document; the store’s files stay as they were, and no CRM is asked', async () => {
    const before = memory();
    place.sandbox.hubspot.calls.clear();
    place.sandbox.salesforce.calls.clear();
    const result = await place.document('what-if', 0, ['what-if', '--agreement', stricter, '--people'], NO_CREDENTIALS);
    expect(result).toMatchObject({ days: 90, people: { seen: 3, become_mql: 0, no_longer_mql: 1 }, recorded: { mqls: 2 }, current: { mqls: 2, mqls_per_week: 0.16 }, changed: { mqls: 1, clauses: [{ clause: 'score at_least 80', mqls: 1 }] } });
    expect(result['changed_people']).toMatchObject([{ email: 'ana@cliente.example', name: 'Ana Paz', change: 'no_longer_mql' }]);
    expect(memory()).toEqual(before);
    expect([...place.sandbox.hubspot.calls.calls, ...place.sandbox.salesforce.calls.calls]).toEqual([]);
  });

  test('names nobody unless asked to', async () => {
    const result = await place.document('what-if', 0, ['what-if', '--agreement', stricter, '--days', '7']);
    expect(result).toMatchObject({ days: 7, current: { mqls: 2, mqls_per_week: 2 } });
    expect(result).not.toHaveProperty('changed_people');
    const told = await place.concord(['what-if', '--agreement', stricter]);
    expect(told.stdout).not.toContain('cliente.example');
  });

  test('the table fits 100 columns and says what is approximated', async () => {
    const looser = editAgreement(place, 'looser.yaml', (text) => text.replace('{ field: score, at_least: 60 }', '{ field: score, at_least: 40 }'));
    const told = await place.concord(['what-if', '--agreement', looser, '--people']);
    expect(told.code).toBe(0);
    expect(Math.max(...tableLines(told.stdout).map((line) => [...line].length))).toBeLessThanOrEqual(100);
    expect(told.stdout).toContain('People: 1 would become an MQL, 0 no longer would.');
    expect(told.stdout).toContain('leo@cliente.example');
    expect(told.stdout).toContain('What is approximated:');
  });

  test('a field that was never read is not recorded, which is not false', async () => {
    const other = editAgreement(place, 'other.yaml', (text) => text.replace('{ field: score, at_least: 60 }', '{ field: hubspot.webinar_attendance, is: yes }'));
    const result = await place.document('what-if', 0, ['what-if', '--agreement', other]);
    expect(result).toMatchObject({ people: { no_longer_mql: 0, cannot_tell: 2 }, not_recorded: [{ crm: 'hubspot', object: 'contact', field: 'webinar_attendance', records: 3, recorded: 0 }] });
    expect((await place.concord(['what-if', '--agreement', other])).stdout).toContain('Not recorded: webinar_attendance of the HubSpot contact (0 of 3 records have it).');
  });

  test('faults in the file are located, exit 2; so is bad usage', async () => {
    const faulty = editAgreement(place, 'faulty.yaml', (text) => text.replace('{ field: score, at_least: 60 }', '{ field: score, at_lest: 60 }'));
    const line = readFileSync(faulty, 'utf8').split('\n').findIndex((text) => text.includes('at_lest')) + 1;
    const fault = await place.document('error', 2, ['what-if', '--agreement', faulty]);
    expect(fault).toMatchObject({ error: { code: 'bad_agreement', where: expect.stringContaining(`faulty.yaml:${line}:`) } });
    expect(await place.document('error', 2, ['what-if'])).toMatchObject({ error: { code: 'bad_usage', where: 'what-if' } });
    expect((await place.concord(['what-if', '--agreement', stricter, '--days', '0'])).code).toBe(2);
    expect(await place.document('error', 2, ['what-if', '--agreement', join(place.folder, 'none.yaml')])).toMatchObject({ error: { code: 'no_agreement' } });
  });
});
