import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ownFieldNeeds, salesNeeds } from '../../src/run/needs';
import { components } from '../../src/crm/salesforce/setup/components';
import { parseXml } from '../../src/sandbox/salesforce/soap/xml';
import { readAgreement, setupFiles } from '../../src/wire';
import { writesOf } from '../support/scenario';
import { documentOf, openPlace, runIn, type Document, type Place } from './support';

type Steps = Record<'hubspot' | 'salesforce', { id: string; state: string; drift?: { part: string; then: string }[] }[]>;
const stepsOf = (document: Document): Steps => document['steps'] as unknown as Steps;
const stateOf = (document: Document, crm: 'hubspot' | 'salesforce'): Record<string, string> => Object.fromEntries(stepsOf(document)[crm].map((step) => [step.id, step.state]));
const isOpen = ({ state }: { state: string }): boolean => state === 'missing' || state === 'differs';

describe('setup on two CRMs', () => {
  let place: Place;
  beforeAll(async () => {
    place = await openPlace({ setup: false });
  });
  afterAll(() => place.close());
  const written = (): string[] => writesOf(place.sandbox).filter((call) => !call.includes('/services/Soap/m/'));
  const clear = (): void => {
    place.sandbox.hubspot.calls.clear();
    place.sandbox.salesforce.calls.clear();
  };

  test('cut off in HubSpot’s batches and before Salesforce, the next setup finishes both; then there is nothing left to do', async () => {
    // The group is made, then the batch of properties is lost for good.
    place.sandbox.hubspot.faults.add({ match: { method: 'POST', path: '/properties/.*/batch/create' }, action: { do: 'answer', status: 400, body: { category: 'VALIDATION_ERROR', message: 'no' } } });
    place.sandbox.hubspot.faults.add({ match: { method: 'POST', path: '/properties/[^/]+/contacts$' }, action: { do: 'answer', status: 400, body: { category: 'VALIDATION_ERROR', message: 'no' } }, skip: 5 });
    const cut = await place.concord(['setup', '--yes']);
    expect(cut.code).toBe(1);
    expect(cut.stderr).toContain('HubSpot refuses the property');
    place.sandbox.hubspot.faults.clear();
    const half = await place.document('setup', 0, ['setup', '--plan']);
    expect(stepsOf(half).hubspot.filter(isOpen)).toHaveLength(stepsOf(half).hubspot.length - 6);
    expect(stepsOf(half).salesforce.filter(isOpen).length).toBeGreaterThan(40);

    place.sandbox.salesforce.faults.add({ match: { path: '/services/Soap/m/', body: '<deploy>' }, action: { do: 'answer', status: 401, body: [{ errorCode: 'INVALID_SESSION_ID', message: 'gone' }] }, times: 4 });
    expect((await place.concord(['setup', '--yes'])).code).not.toBe(0);
    place.sandbox.salesforce.faults.clear();
    const hubspotDone = await place.document('setup', 0, ['setup', '--plan']);
    expect(stepsOf(hubspotDone).hubspot.filter(isOpen)).toEqual([]);
    expect(stepsOf(hubspotDone).salesforce.filter(isOpen).length).toBeGreaterThan(40);

    const done = await place.concord(['setup', '--yes']);
    expect(done).toMatchObject({ code: 0, stdout: expect.stringMatching(/done salesforce: Validation rule Lead\.Concord_Reason_Required[^]*Left to an administrator[^]*\[ \] salesforce: Put the reason and note fields/) });
    clear();
    expect(await place.document('setup', 0, ['setup', '--yes'])).toMatchObject({ applied: false });
    expect(written()).toEqual([]);
    expect((await place.concord(['check'])).code).toBe(0);
  });

  test('drift: which part, what it was, what it is, and what setup does about it', async () => {
    const { hubspot, salesforce } = place.sandbox;
    const group = salesforce.state.metadata('GlobalValueSet', 'Concord_Reason');
    salesforce.state.putMetadata('GlobalValueSet', 'Concord_Reason', { ...group, customValue: (group?.['customValue'] as { fullName: string }[]).filter((value) => value.fullName !== 'timing') });
    const [field] = salesforce.state.query("SELECT Id FROM FieldPermissions WHERE Field = 'Lead.Concord_Score__c'");
    salesforce.state.act(salesforce.state.adminUserId).delete('FieldPermissions', String(field?.['Id']));
    const base = `${place.env['HUBSPOT_API_URL'] ?? ''}/crm/properties/2026-09/contacts/concord_rejection_reason`;
    const headers = { authorization: `Bearer ${hubspot.token}`, 'content-type': 'application/json' };
    const { options } = (await (await fetch(base, { headers })).json()) as { options: { value: string; label: string; hidden: boolean }[] };
    const changed = options.map((option) => (option.value === 'timing' ? { ...option, hidden: true } : option.value === 'no_budget' ? { ...option, label: 'Sin plata' } : option));
    expect((await fetch(base, { method: 'PATCH', headers, body: JSON.stringify({ options: changed }) })).status).toBe(200);

    const plan = await place.concord(['setup', '--plan']);

    expect(plan.code).toBe(0);
    expect(plan.stdout).toContain('option timing: agreed “Not the right time”, now “hidden”; put back: records and runs use this value');
    expect(plan.stdout).toContain('label of option no_budget: agreed “No budget”, now “Sin plata”; left: labels are people’s to word');
    expect(plan.stdout).toContain('value timing: agreed “Not the right time”, now “deactivated”; put back');
    expect(plan.stdout).toContain('field Lead.Concord_Score__c: agreed “edit”, not there; put back: a field that the integration user cannot edit cannot be kept');
    const document = await place.document('setup', 0, ['setup', '--plan']);
    expect(stepsOf(document).hubspot.find((step) => step.id.endsWith(':concord_rejection_reason'))).toMatchObject({ state: 'differs', drift: [{ part: 'option timing', then: 'restored' }, { part: 'label of option no_budget', then: 'left' }] });

    expect((await place.concord(['setup', '--yes'])).code).toBe(0);
    const after = await place.document('setup', 0, ['setup', '--plan']);
    expect([...stepsOf(after).hubspot, ...stepsOf(after).salesforce].filter(isOpen)).toEqual([]);
    // What is people's to word is told again and still stands.
    expect(stepsOf(after).hubspot.flatMap((step) => step.drift ?? [])).toMatchObject([{ part: 'label of option no_budget', then: 'left' }]);
  });

  test('--remove plans the way back, keeps every value, and setup makes it again', async () => {
    const contact = place.sandbox.hubspot.state.act({ sourceType: 'CRM_UI', userId: 7 }).create('contacts', { email: 'k@kept.example', concord_rejection_note: 'Kept.' });
    clear();
    const plan = await place.document('setup', 0, ['setup', '--remove']);
    expect(plan).toMatchObject({ applied: false, remove: true, delete_data: false, removed: { hubspot: [], salesforce: [] } });
    expect(written()).toEqual([]);
    expect(stateOf(plan, 'hubspot')).toMatchObject({ 'hubspot:property:contact:concord_rejection_note': 'kept', 'hubspot:group:concord': 'kept' });

    const done = await place.concord(['setup', '--remove', '--yes']);

    expect(done).toMatchObject({ code: 0, stdout: expect.stringContaining('gone salesforce: ValidationRule Lead.Concord_Reason_Required.') });
    expect(place.sandbox.salesforce.state.metadata('PermissionSet', 'Concord_Integration')).toBeUndefined();
    expect(place.sandbox.hubspot.state.contact(contact.id)?.properties['concord_rejection_note']).toBe('Kept.');
    expect((await place.concord(['setup', '--remove', '--yes'])).stdout).toContain('There is nothing to remove.');
    expect((await place.document('setup', 0, ['setup', '--yes']))).toMatchObject({ applied: true });
  });

  test('--remove --delete-data takes the fields as well, and what somebody else made stays', async () => {
    const headers = { authorization: `Bearer ${place.sandbox.hubspot.token}`, 'content-type': 'application/json' };
    const properties = `${place.env['HUBSPOT_API_URL'] ?? ''}/crm/properties/2026-09/contacts`;
    await fetch(`${properties}/concord_score`, { method: 'PATCH', headers, body: JSON.stringify({ description: 'Ours since 2019.' }) });

    const removed = await place.document('setup', 0, ['setup', '--remove', '--delete-data', '--yes']);

    expect(removed['applied']).toBe(true);
    const left = ((await (await fetch(properties, { headers })).json()) as { results: { name: string }[] }).results.map(({ name }) => name).filter((name) => name.startsWith('concord_'));
    expect(left).toEqual(['concord_score']);
    expect(place.sandbox.salesforce.state.metadata('CustomField', 'Lead.Concord_Stage__c')).toBeUndefined();
    expect(place.sandbox.salesforce.state.metadata('GlobalValueSet', 'Concord_Reason')).toBeUndefined();
    const again = await place.document('setup', 0, ['setup', '--remove', '--delete-data']);
    expect([...stepsOf(again).hubspot, ...stepsOf(again).salesforce].filter(({ state }) => state !== 'absent').map(({ id, state }) => `${id} ${state}`)).toEqual(['hubspot:property:contact:concord_score kept', 'hubspot:group:concord kept']);
    // Archived definitions come back by a create of the same name.
    expect((await place.concord(['setup', '--yes'])).code).toBe(0);
    expect((await place.concord(['check'])).code).toBe(0);
  });

  test('what Salesforce says about its own components is on the screen, not in the error', async () => {
    await place.concord(['setup', '--remove', '--yes']);
    const failed = '<?xml version="1.0"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body><checkDeployStatusResponse><result><details><componentFailures><componentType>QuickAction</componentType><fullName>Lead.Concord_Reject</fullName><problem>Words of the org</problem><success>false</success></componentFailures></details><done>true</done><id>0Af000000000001AAA</id><status>Failed</status><success>false</success></result></checkDeployStatusResponse></soapenv:Body></soapenv:Envelope>';
    place.sandbox.salesforce.faults.add({ match: { path: '/services/Soap/m/', body: '<checkDeployStatus' }, action: { do: 'answer', status: 200, body: failed, headers: { 'content-type': 'text/xml' } }, times: 2 });

    const told = await place.concord(['setup', '--yes']);
    const document = await place.document('error', 1, ['setup', '--yes']);

    expect(told).toMatchObject({ code: 1, stderr: expect.stringMatching(/QuickAction Lead\.Concord_Reject: Words of the org\n[^]*none of them was made: QuickAction Lead\.Concord_Reject/) });
    expect(JSON.stringify(document)).not.toContain('Words of the org');
    expect(document).toMatchObject({ error: { code: 'setup_refused', where: 'Lead.Concord_Reject' } });
  });
});

describe('setup --export', () => {
  let place: Place;
  beforeAll(async () => {
    place = await openPlace({ setup: false });
  });
  afterAll(() => place.close());
  const target = (name: string): string => path.join(place.folder, name);
  const withoutCredentials = { HUBSPOT_ACCESS_TOKEN: '', SALESFORCE_CLIENT_ID: '', SALESFORCE_CLIENT_SECRET: '', SALESFORCE_LOGIN_URL: '' };

  function filesIn(folder: string): Map<string, string> {
    const names = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
    return new Map(names.map((name) => [path.relative(folder, name).split(path.sep).join('/'), readFileSync(name, 'utf8')]));
  }

  test('writes both folders without any credential, and asks no CRM', async () => {
    place.sandbox.hubspot.calls.clear();
    place.sandbox.salesforce.calls.clear();

    const document = await place.document('setup', 0, ['setup', '--export', target('out'), '--public-url', 'https://concord.acme.example'], withoutCredentials);

    const files = filesIn(target('out'));
    expect([...files.keys()].sort()).toEqual([...(document['files'] as unknown as string[])].sort());
    expect([...place.sandbox.hubspot.calls.calls, ...place.sandbox.salesforce.calls.calls]).toEqual([]);
    const agreement = readAgreement('config/agreement.yaml');
    const made = components(ownFieldNeeds(agreement, 'salesforce'), salesNeeds(agreement));
    const sources = [...files].filter(([name]) => name.endsWith('-meta.xml'));
    expect(sources).toHaveLength(made.length);
    for (const [name, content] of sources) expect(`${name} ${parseXml(content).name}`).toMatch(/^salesforce\/(force-app|lead-conversion)\/main\/default\/.+ [A-Z]\w+$/);
    // What replaces the org's own mapping stands apart from what is deployed by default.
    expect([...files.keys()].filter((name) => name.includes('LeadConvertSettings'))).toEqual(['salesforce/lead-conversion/main/default/LeadConvertSettings/LeadConvertSettings.LeadConvertSetting-meta.xml']);
    expect(files.get('salesforce/manifest/package.xml')).not.toContain('LeadConvertSettings');
    const app = JSON.parse(files.get('hubspot-app/src/app/app-hsmeta.json') ?? '') as { config: { distribution: string; auth: { type: string } } };
    expect(app.config).toMatchObject({ distribution: 'private', auth: { type: 'static' } });
    expect(files.get('hubspot-app/src/app/webhooks/webhooks-hsmeta.json')).toContain('"https://concord.acme.example/webhooks/hubspot"');
  });

  test('HubSpot’s properties are in it as its API takes them', async () => {
    const exported = await setupFiles(readAgreement('config/agreement.yaml'), 'https://c.example');
    const { group, inputs } = JSON.parse(exported.find((file) => file.path === 'hubspot/properties.json')?.content ?? '') as { group: object; inputs: object[] };
    const base = `${place.env['HUBSPOT_API_URL'] ?? ''}/crm/properties/2026-09/contacts`;
    const headers = { authorization: `Bearer ${place.sandbox.hubspot.token}`, 'content-type': 'application/json' };

    expect((await fetch(`${base}/groups`, { method: 'POST', headers, body: JSON.stringify(group) })).status).toBe(201);
    const made = (await (await fetch(`${base}/batch/create`, { method: 'POST', headers, body: JSON.stringify({ inputs }) })).json()) as { results: object[]; errors?: object[] };
    expect({ made: made.results.length, errors: made.errors ?? [] }).toEqual({ made: inputs.length, errors: [] });

    const plan = await place.document('setup', 0, ['setup', '--plan']);
    expect(stepsOf(plan).hubspot.filter((step) => step.state !== 'ok')).toEqual([]);
  });

  test('the webhooks go to CONCORD_PUBLIC_URL where no address is given, and a bad one is named (exit 2)', async () => {
    const ended = await place.concord(['setup', '--export', target('from-env')], { ...withoutCredentials, CONCORD_PUBLIC_URL: 'https://concord.env.example/' });
    expect(ended).toMatchObject({ code: 0, stdout: expect.stringContaining('The webhooks go to https://concord.env.example.') });
    expect(filesIn(target('from-env')).get('hubspot-app/src/app/webhooks/webhooks-hsmeta.json')).toContain('"https://concord.env.example/webhooks/hubspot"');
    const given = await place.concord(['setup', '--export', target('given'), '--public-url', 'https://given.example'], { ...withoutCredentials, CONCORD_PUBLIC_URL: 'https://concord.env.example' });
    expect(given.stdout).toContain('The webhooks go to https://given.example.');
    const bad = await place.concord(['setup', '--export', target('bad'), '--agreement', path.resolve('config/agreement.yaml'), '--json'], { ...withoutCredentials, CONCORD_PUBLIC_URL: 'concord.example' });
    expect(bad.code).toBe(2);
    expect(documentOf('error', bad)).toMatchObject({ error: { code: 'bad_environment', message: expect.stringContaining('CONCORD_PUBLIC_URL') } });
  });

  test('config/hubspot-app is the export of the agreement that ships', async () => {
    const exported = await setupFiles(readAgreement('config/agreement.yaml'), 'https://concord.example.com');

    const app = exported.filter((file) => file.path.startsWith('hubspot-app/')).map((file) => [file.path.slice('hubspot-app/'.length), file.content]);
    expect(Object.fromEntries(filesIn('config/hubspot-app'))).toEqual(Object.fromEntries(app));
  });

  test('a folder with something in it is left as it is', async () => {
    const ended = await place.concord(['setup', '--export', place.folder, '--json']);

    expect(ended.code).toBe(2);
    expect(documentOf('error', ended)).toMatchObject({ error: { code: 'export_target', where: place.folder } });
    expect(existsSync(path.join(place.folder, 'salesforce'))).toBe(false);
  });

  test.each([
    ['--delete-data alone', ['--delete-data']],
    ['--public-url alone', ['--public-url', 'https://c.example']],
    ['an address with a path', ['--export', 'x', '--public-url', 'https://c.example/x']],
    ['plain http', ['--export', 'x', '--public-url', 'http://c.example']],
    ['--export with --yes', ['--export', 'x', '--yes']],
    ['--export with --remove', ['--export', 'x', '--remove']],
    ['--export with --sandbox', ['--export', 'x', '--sandbox']],
  ])('%s is bad usage', async (_name, args) => {
    const ended = await runIn(place.folder, ['setup', ...args, '--json'], place.env);

    expect(ended.code).toBe(2);
    expect(documentOf('error', ended)).toMatchObject({ error: { code: 'bad_usage' } });
    expect(existsSync(path.join(place.folder, 'x'))).toBe(false);
  });
});
