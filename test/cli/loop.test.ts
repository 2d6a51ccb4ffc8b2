import { writesOf } from '../support/scenario';
import { editAgreement, openPlace, tableLines, type Place } from './support';

/* One day with the command line, from two empty-handed CRMs to a rejection that marketing reads: each test goes on where the one before it ended. */

describe('the command line, told as one story', () => {
  let place: Place;
  let contact: string;
  let lead: string;
  beforeAll(async () => {
    place = await openPlace({ setup: false });
    const marketer = place.sandbox.hubspot.state.act({ sourceType: 'CRM_UI', userId: 7 });
    contact = marketer.create('contacts', { email: 'ana@cliente.example', firstname: 'Ana', lastname: 'Paz', company: 'Cliente SA', country: 'Mexico', lifecyclestage: 'lead' }).id;
    marketer.create('contacts', { email: 'leo@otra.example', firstname: 'Leo', lastname: 'Sol', company: 'Otra SA', country: 'Mexico', lifecyclestage: 'lead' });
    await place.settle();
  });
  afterAll(() => place.close());

  const clearCalls = (): void => {
    place.sandbox.hubspot.calls.clear();
    place.sandbox.salesforce.calls.clear();
  };
  const properties = (): Record<string, string> => place.sandbox.hubspot.state.contact(contact)?.properties ?? {};

  test('check: what is missing is a line with a remedy, and exit 2', async () => {
    const found = await place.document('check', 2, ['check']);
    expect(found['ok']).toBe(false);
    expect(found['checks']?.filter((line) => !line['ok'] && line['blocks']).every((line) => /concord setup|by hand/.test(String(line['remedy'])))).toBe(true);
    const told = await place.concord(['check']);
    expect(told.code).toBe(2);
    expect(told.stdout).toMatch(/^ok {3}the agreement is valid/m);
    expect(told.stdout).toMatch(/^FAIL HubSpot: .*concord_stage/m);
  });

  test('setup: without a yes nothing is created; with one everything, once', async () => {
    clearCalls();
    const plan = await place.concord(['setup', '--plan']);
    expect(plan).toMatchObject({ code: 0, stdout: expect.stringContaining('Nothing was changed.') });
    const asked = await place.document('setup', 0, ['setup']);
    expect(asked['applied']).toBe(false);
    // Salesforce's metadata is read by POST as well.
    const made = (): string[] => writesOf(place.sandbox).filter((call) => !call.includes('/services/Soap/m/'));
    const hasField = (): boolean => {
      try {
        return place.sandbox.salesforce.state.query('SELECT Concord_Stage__c FROM Lead').length >= 0;
      } catch {
        return false;
      }
    };
    expect(made()).toEqual([]);
    expect(hasField()).toBe(false);

    const done = await place.concord(['setup', '--yes']);
    expect(done).toMatchObject({ code: 0, stdout: expect.stringMatching(/done .*Lead\.Concord_Stage__c[^]*\[ \] salesforce: /) });
    expect(hasField()).toBe(true);
    clearCalls();
    const again = await place.document('setup', 0, ['setup', '--yes']);
    expect(again).toMatchObject({ applied: false });
    expect(made()).toEqual([]);
    expect((await place.concord(['setup'])).stdout).toContain('Both CRMs have everything the agreement needs.');
  });

  test('check: everything in place is exit 0', async () => {
    const found = await place.document('check', 0, ['check']);
    expect(found['ok']).toBe(true);
  });

  test('plan: every write with its reason, and nothing is sent; the first run waits for a yes (L7, W6)', async () => {
    clearCalls();
    const planned = await place.document('plan', 0, ['plan']);
    expect(planned['guard']).toMatchObject([{ limit: 'adoption' }]);
    expect(planned['writes']?.find((write) => write['field'] === 'concord_stage' && write['id'] === contact)).toMatchObject({ crm: 'hubspot', object: 'contact', op: 'update', before: null, after: 'lead', rule: 'L7' });
    const stopped = await place.document('sync', 3, ['sync']);
    expect(stopped).toMatchObject({ status: 'stopped', adoption: true, exit_code: 3 });
    expect(writesOf(place.sandbox)).toEqual([]);
    expect(properties()['concord_stage']).toBeUndefined();
    const told = await place.concord(['sync']);
    expect(told.code).toBe(3);
    expect(told.stdout).toContain('run again with --allow-large-change');
  });

  test('sync --allow-large-change adopts; a second run writes nothing (W2)', async () => {
    const adopted = await place.document('sync', 0, ['sync', '--allow-large-change']);
    expect(adopted).toMatchObject({ status: 'ok', adoption: true, people: { seen: 2 }, parity: { percent: 100 } });
    expect(properties()['concord_stage']).toBe('lead');
    await place.settle();
    clearCalls();
    const again = await place.document('sync', 0, ['sync']);
    expect(again).toMatchObject({ adoption: false, writes: { hubspot: { planned: 0 }, salesforce: { planned: 0 } } });
    expect(writesOf(place.sandbox)).toEqual([]);
    const plan = await place.concord(['plan']);
    expect(plan.stdout).toContain('Nothing to write: both CRMs are on the agreement.');
  });

  test('sync --dry-run is plan: the same document, nothing sent; sync --only takes one person (W8)', async () => {
    place.sandbox.hubspot.state.act({ sourceType: 'FORM' }).update('contacts', contact, { hubspotscore: '72' });
    const leo = place.sandbox.hubspot.state.byEmail('leo@otra.example')?.id as string;
    place.sandbox.hubspot.state.act({ sourceType: 'FORM' }).update('contacts', leo, { hubspotscore: '80' });
    await place.settle();
    clearCalls();
    const dry = await place.document('plan', 0, ['sync', '--dry-run']);
    const plan = await place.document('plan', 0, ['plan']);
    const changes = (document: typeof dry): unknown => document['writes']?.filter((write) => !/_at$|_At__c$|due/i.test(String(write['field'])));
    expect(changes(dry)).toEqual(changes(plan));
    expect(dry['totals']).toEqual(plan['totals']);
    expect(dry['totals']).toMatchObject({ creates: 2 });
    expect(writesOf(place.sandbox)).toEqual([]);

    const only = await place.document('sync', 0, ['sync', '--only', ' Ana@Cliente.example ']);
    expect(only).toMatchObject({ people: { seen: 1, created: 1 }, transitions: { mql: 1 } });
    expect(place.sandbox.hubspot.state.contact(leo)?.properties['concord_stage']).toBe('lead');
    const rest = await place.document('sync', 0, ['sync']);
    expect(rest).toMatchObject({ people: { created: 1 }, transitions: { mql: 1 } });
    const [made] = place.sandbox.salesforce.state.query("SELECT Id FROM Lead WHERE Email = 'ana@cliente.example'");
    lead = String(made?.['Id']);
  });

  test('a rep rejects in Salesforce; the next run carries reason and note to marketing (F1, F2)', async () => {
    place.sandbox.salesforce.state.act(place.rep).update('Lead', lead, { Status: 'Closed - Not Converted', Concord_Rejection_Reason__c: 'no_budget', Concord_Rejection_Note__c: '=Sin presupuesto\u001b[2J hasta 2027' });
    await place.settle();
    const told = await place.concord(['sync']);
    expect(told).toMatchObject({ code: 0, stdout: expect.stringMatching(/rejected {2}1/) });
    expect(properties()).toMatchObject({ concord_stage: 'recycled', concord_rejection_reason: 'no_budget', concord_rejected_by: 'Rita Rep', concord_route: 'recycle' });
  });

  test('explain: by e-mail, by HubSpot id, by lead id; JSON and words', async () => {
    const person = await place.document('explain', 0, ['explain', 'ANA@cliente.example']);
    expect(person).toMatchObject({ person: { hubspot: contact, salesforce: lead }, stage: 'recycled', handoffs: [{ cycle: 1, reason: 'no_budget', rejected_by: 'Rita Rep', rejected_in: 'salesforce', route: 'recycle', closed_as: 'rejected' }] });
    expect(person['transitions']?.map((each) => each['to'])).toEqual(['lead', 'mql', 'recycled']);
    expect(person['writes']?.some((write) => write['changes']?.some((change) => change['field'] === 'concord_rejection_reason' && change['rule'] === 'F1'))).toBe(true);
    expect(await place.document('explain', 0, ['explain', contact])).toMatchObject({ person: person['person'] });
    expect(await place.document('explain', 0, ['explain', lead])).toMatchObject({ person: person['person'] });
    expect(await place.document('explain', 0, ['explain', String(person['person']?.['id'])])).toMatchObject({ person: person['person'] });

    const told = await place.concord(['explain', 'ana@cliente.example']);
    expect(told.code).toBe(0);
    expect(told.stdout).toContain('Recycled (back to nurture)');
    expect(told.stdout).toContain('Rita Rep');
  });

  test('tables fit 100 columns, cut nothing, and carry no colours or control characters when piped', async () => {
    for (const args of [['explain', 'ana@cliente.example'], ['plan', '--full'], ['runs'], ['report', 'parity']]) {
      // CI makes the colour library think that pipes take colours.
      const told = await place.concord(args, { CI: 'true', FORCE_COLOR: '1' });
      expect(Math.max(...tableLines(told.stdout).map((line) => line.length), 0)).toBeLessThanOrEqual(100);
      expect(told.stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
      expect(told.stdout).not.toContain('…│');
      expect(told.stderr).toBe('');
    }
    const told = await place.concord(['explain', lead]);
    expect(told.stdout.replace(/[\s│]/g, '')).toContain(`salesforce:lead:${lead}`);
  });

  test('runs: newest first, each with what it was; --limit', async () => {
    const all = await place.document('runs', 0, ['runs']);
    expect(all['runs']?.length).toBeGreaterThan(6);
    expect(all['runs']?.map((run) => run['run'])).toEqual([...(all['runs'] ?? [])].map((run) => String(run['run'])).sort().reverse());
    expect(all['runs']?.some((run) => run['mode'] === 'dry-run')).toBe(true);
    const two = await place.document('runs', 0, ['runs', '--limit', '2']);
    expect(two['runs']).toHaveLength(2);
  });

  test('report parity: every format, the same people (W11)', async () => {
    place.sandbox.hubspot.state.act({ sourceType: 'CRM_UI', userId: 7 }).update('contacts', contact, { concord_stage: 'customer' });
    await place.settle();
    await place.document('plan', 0, ['plan']);
    const report = await place.document('report-parity', 0, ['report', 'parity']);
    expect(report['stages']?.reduce((sum, row) => sum + Number(row['people']), 0)).toBe(2);
    expect(await place.document('report-parity', 0, ['report', 'parity', '--sandbox', '--agreement', place.env['CONCORD_AGREEMENT'] as string])).toMatchObject({ stages: [] });
    const formats = { table: /stage +│ people/, csv: /^person,hubspot,salesforce,agreed,hubspot shows,salesforce shows,reason\n/, md: /^\| stage \| people \|/, json: /^\{"report":"parity"/ };
    for (const [format, shape] of Object.entries(formats)) {
      const told = await place.concord(['report', 'parity', '--format', format]);
      expect(told.code).toBe(0);
      expect(told.stdout).toMatch(shape);
    }
  });

  test('an agreement of its own by --agreement, and a run under it decides everybody again', async () => {
    const stricter = editAgreement(place, 'stricter.yaml', (text) => text.replace('at_least: 60', 'at_least: 90'));
    const plan = await place.document('plan', 0, ['plan', '--agreement', stricter]);
    expect(plan['totals']).toMatchObject({ people: 2 });
  });
});
