import { join } from 'node:path';
import { openStore } from '../../src/store';
import { openPlace, tableLines, type Place } from './support';

/* W5 with the command line: a refusal that nobody can retry away, its remedy, and what a person may do. */

describe('dead letters', () => {
  let place: Place;
  let contact: string;
  let lead: string;
  beforeAll(async () => {
    place = await openPlace();
    place.sandbox.salesforce.state.addValidationRule({ object: 'Lead', name: 'Phone_is_Mexican', formula: 'NOT(ISBLANK(Phone)) && NOT(BEGINS(Phone, "+52"))', message: 'The phone 555 of Ana must be Mexican', field: 'Phone' });
    contact = place.sandbox.hubspot.state.act({ sourceType: 'CRM_UI', userId: 7 }).create('contacts', { email: 'ana@cliente.example', firstname: 'Ana', lastname: 'Paz', company: 'Cliente SA', country: 'Mexico', phone: '+1 555 0100', lifecyclestage: 'lead' }).id;
    lead = String(place.sandbox.salesforce.state.act(place.rep).create('Lead', { FirstName: 'Ana', LastName: 'Paz', Company: 'Cliente SA', Email: 'ana@cliente.example', Country: 'Mexico' }));
    await place.settle();
  });
  afterAll(() => place.close());

  const letters = async (): Promise<string[]> => ((await place.document('dead-letters', 0, ['dead-letters']))['dead_letters'] ?? []).map((letter) => String(letter['id']));

  test('done with new dead letters: exit 4, and the rest of the record is written (M3)', async () => {
    expect(await letters()).toEqual([]);
    expect((await place.concord(['dead-letters'])).stdout).toBe('No dead letters.\n');
    const run = await place.document('sync', 4, ['sync', '--allow-large-change']);
    expect(run).toMatchObject({ status: 'ok', dead_letters: 1, exit_code: 4 });
    expect(place.sandbox.salesforce.state.record('Lead', lead)).toMatchObject({ Concord_Stage__c: 'mql', Phone: null });
  });

  test('the list names record, field, code and remedy; not the CRM’s own words, which quote people', async () => {
    const list = await place.document('dead-letters', 0, ['dead-letters']);
    expect(list['dead_letters']).toMatchObject([{ crm: 'salesforce', object: 'lead', record: lead, field: 'Phone', code: 'validation_rule', vendor_code: 'FIELD_CUSTOM_VALIDATION_EXCEPTION', tries: 1 }]);
    const told = await place.concord(['dead-letters']);
    expect(told.stdout).toContain('FIELD_CUSTOM');
    expect(told.stdout).not.toContain('must be Mexican');
    expect(Math.max(...tableLines(told.stdout).map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(tableLines(told.stdout).map((line) => line.replace(/[│ ]/g, '')).join('')).toContain(lead.slice(0, 8));
  });

  test('an open letter does not make later runs end with 4', async () => {
    await place.settle();
    await place.document('sync', 0, ['sync', '--full']);
  });

  test('retry: the next run tries again; refused again it is the same letter', async () => {
    const [id] = await letters();
    expect(await place.document('dead-letters', 0, ['dead-letters', 'retry', id as string])).toEqual({ retry: [id] });
    expect(await letters()).toEqual([]);
    await place.concord(['sync']);
    const list = await place.document('dead-letters', 0, ['dead-letters']);
    expect(list['dead_letters']).toMatchObject([{ id, tries: 2 }]);
  });

  test('drop: given up, and no run tries it again while the record stays as it is', async () => {
    const [id] = await letters();
    const told = await place.concord(['dead-letters', 'drop', id as string]);
    expect(told).toMatchObject({ code: 0, stdout: expect.stringContaining('1 dropped') });
    place.sandbox.salesforce.calls.clear();
    await place.document('sync', 0, ['sync', '--full']);
    await place.document('sync', 0, ['sync', '--only', 'ana@cliente.example']);
    expect(await letters()).toEqual([]);
  });

  test('when the record changes it is tried again; once accepted it is gone', async () => {
    place.sandbox.salesforce.state.removeValidationRule('Lead', 'Phone_is_Mexican');
    place.sandbox.hubspot.state.act({ sourceType: 'CRM_UI', userId: 7 }).update('contacts', contact, { phone: '+1 555 0111' });
    await place.settle();
    await place.document('sync', 0, ['sync']);
    expect(place.sandbox.salesforce.state.record('Lead', lead)?.['Phone']).toBe('+1 555 0111');
    expect(await letters()).toEqual([]);
    expect(await place.document('dead-letters', 0, ['dead-letters', 'retry', '--all'])).toEqual({ retry: [] });
  });

  test('a note that HubSpot refused is left once it is tried again on demand; explain tells of both (F2)', async () => {
    place.sandbox.salesforce.state.act(place.rep).update('Lead', lead, { Status: 'Closed - Not Converted', Concord_Rejection_Reason__c: 'no_budget', Concord_Rejection_Note__c: 'call Ana in 2027' });
    await place.settle();
    place.sandbox.hubspot.faults.add({ match: { path: 'notes/batch/create' }, action: { do: 'answer', status: 403, body: { status: 'error', category: 'MISSING_SCOPES', message: 'scopes' } }, times: 0 });
    expect(await place.document('sync', 4, ['sync', '--allow-large-change'])).toMatchObject({ dead_letters: 1, notes: { planned: 1, sent: 0, failed: 1 } });
    const list = await place.document('dead-letters', 0, ['dead-letters']);
    expect(list['dead_letters']).toMatchObject([{ crm: 'hubspot', object: 'note', record: contact, code: 'missing_scope', value: null }]);
    const before = await place.document('explain', 0, ['explain', 'ana@cliente.example']);
    expect(before).toMatchObject({ told: [{ channel: 'hubspot_note', kind: 'rejected', state: 'dead', code: 'missing_scope', remote_id: null }], dead_letters: [{ code: 'missing_scope' }] });

    place.sandbox.hubspot.faults.clear();
    await place.concord(['dead-letters', 'retry', '--all']);
    expect(await place.document('sync', 0, ['sync'])).toMatchObject({ notes: { planned: 0, sent: 1, failed: 0, waiting: 0 } });
    const left = place.sandbox.hubspot.state.associated('contacts', contact, 'notes');
    expect(left).toHaveLength(1);
    expect(await place.document('explain', 0, ['explain', 'ana@cliente.example'])).toMatchObject({ told: [{ state: 'sent', remote_id: left[0], code: null }], dead_letters: [] });
    expect((await place.concord(['explain', 'ana@cliente.example'])).stdout).toContain('told');
  });

  test('a message that was given up is among them: tried again or dropped (S3)', async () => {
    const store = await openStore(`sqlite:${join(place.folder, 'data', 'concord.db')}`);
    const post = (key: string, channel: 'slack' | 'email') => ({ key, channel, personId: null, target: null, kind: 'breach', text: { title: 'First touch overdue: Ana Paz', lines: [], at: 0 }, run: 'r', createdAt: 0, nextTryAt: 0 });
    const dead = (key: string) => ({ key, state: 'dead' as const, problem: { channel: 'slack' as const, code: 'no_service', message: 'Slack did not take the message.', remedy: 'See whether SLACK_WEBHOOK_URL is still right.' }, remoteId: null, settledAt: 1, nextTryAt: 0 });
    try {
      await store.transaction(null, async (tx) => {
        await tx.post([post('one', 'slack'), post('two', 'email')]);
        await tx.settlePosts([dead('one'), dead('two')]);
      });
      const listed = (await place.document('dead-letters', 0, ['dead-letters']))['dead_letters'];
      expect(listed).toMatchObject([
        { crm: null, object: 'slack_message', field: 'breach', code: 'no_service', value: null },
        { crm: null, object: 'email_message' },
      ]);
      const told = await place.concord(['dead-letters']);
      expect(told.stdout).toContain('slack');
      expect(told.stdout).not.toContain('Ana');
      const [one = '', two = ''] = (listed ?? []).map((letter) => String(letter['id']));
      expect(await place.document('dead-letters', 0, ['dead-letters', 'retry', one])).toEqual({ retry: [one] });
      expect(await place.document('dead-letters', 0, ['dead-letters', 'drop', '--all'])).toEqual({ drop: [two] });
      expect(await letters()).toEqual([]);
      expect(await store.posts(['one', 'two'])).toMatchObject([{ state: 'waiting', tries: 0 }, { state: 'dead', text: null }]);
    } finally {
      await store.close();
    }
  });

  test('an unknown id, an unknown action, or nothing named: exit 2', async () => {
    expect(await place.document('error', 2, ['dead-letters', 'retry', 'no-such-letter'])).toMatchObject({ error: { code: 'unknown_dead_letter', where: 'no-such-letter' } });
    expect(await place.document('error', 2, ['dead-letters', 'drop'])).toMatchObject({ error: { code: 'unknown_dead_letter' } });
    for (const args of [['bury', '1'], ['--all'], ['retry', '1', '--all']]) expect(await place.document('error', 2, ['dead-letters', ...args])).toMatchObject({ error: { code: 'bad_usage' } });
  });
});
