import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answersOf, type AnswerOptions } from '../../src/cli/commands/init/answers';
import type { Looked } from '../../src/run/propose';
import { customiseAccounts, CUSTOMISED } from '../../src/sandbox/customised';
import { startSandbox, type RunningSandbox } from '../../src/sandbox/server';
import { AGREEMENT } from '../support/agreement';
import { documentOf, endOfSecond, runIn, type Document, type Ended } from './support';

/* `concord init` as a process without a terminal, against a portal and an org that went their own way: Spanish statuses, stages with numeric ids. */

describe('concord init', () => {
  let folder: string;
  let sandbox: RunningSandbox;
  let flags: string[];
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'concord-init-'));
    sandbox = await startSandbox({ file: ':memory:', limits: 'off' });
    customiseAccounts(sandbox);
    flags = ['--hubspot-token', sandbox.hubspot.token, '--hubspot-api-url', sandbox.hubspot.url, '--salesforce-login-url', sandbox.salesforce.url, '--salesforce-client-id', sandbox.salesforce.clientId, '--salesforce-client-secret', sandbox.salesforce.clientSecret];
  });
  afterEach(async () => {
    await sandbox.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const at = (name: string): string => join(folder, name);
  const concord = (args: string[], env: Record<string, string> = {}): Promise<Ended> => runIn(folder, args, env);
  async function document(schema: string, code: number, args: string[], env: Record<string, string> = {}): Promise<Document> {
    const ended = await concord([...args, '--json'], env);
    const value = documentOf(schema, ended);
    if (ended.code !== code) throw new Error(`${args.join(' ')} ended with ${ended.code ?? 'a signal'}:\n${ended.stdout}\n${ended.stderr}`);
    return value;
  }
  const secrets = (): string[] => [sandbox.hubspot.token, sandbox.salesforce.clientId, sandbox.salesforce.clientSecret];

  test('by flags alone: .env for the owner’s eyes only, an agreement for what is there, and everything after it works', async () => {
    writeFileSync(at('.env'), '# mine\nLOG_LEVEL=error\n', { mode: 0o644 });
    const told = await concord(['init', ...flags]);
    expect([told.code, told.stderr]).toEqual([0, '']);
    for (const line of ['Calificado por ventas [81234568]', 'Convertido (converts)', 'Ganada (won)', 'Venta directa (lead)', CUSTOMISED.queue, 'MXN, USD', 'written config/agreement.yaml']) expect(told.stdout).toContain(line);
    expect(secrets().filter((secret) => told.stdout.includes(secret))).toEqual([]);

    expect((statSync(at('.env')).mode & 0o777).toString(8)).toBe('600');
    expect(readFileSync(at('.env'), 'utf8')).toBe(`# mine\nLOG_LEVEL=error\nHUBSPOT_ACCESS_TOKEN=${sandbox.hubspot.token}\nHUBSPOT_API_URL=${sandbox.hubspot.url}\nSALESFORCE_LOGIN_URL=${sandbox.salesforce.url}\nSALESFORCE_CLIENT_ID=${sandbox.salesforce.clientId}\nSALESFORCE_CLIENT_SECRET=${sandbox.salesforce.clientSecret}\n`);

    // From here on nothing but .env and the written agreement.
    const checked = await document('check', 2, ['check']);
    expect(checked['checks']?.filter((line) => !line['ok'] && line['blocks'] && !/concord setup/.test(String(line['remedy'])))).toEqual([]);
    expect((await concord(['setup', '--yes'])).code).toBe(0);
    expect((await document('check', 0, ['check']))['ok']).toBe(true);

    const marketer = sandbox.hubspot.state.act({ sourceType: 'CRM_UI', userId: 7 });
    const rep = sandbox.salesforce.state.act(sandbox.salesforce.state.addUser({ Name: 'Rita Rep' }));
    const settle = endOfSecond;
    await settle();
    expect((await document('sync', 0, ['sync', '--allow-large-change']))['status']).toBe('ok');
    const contact = marketer.create('contacts', { email: 'ana@cliente.example', firstname: 'Ana', lastname: 'Paz', company: 'Cliente SA', country: 'Mexico', lifecyclestage: 'marketingqualifiedlead' }).id;
    await settle();
    expect((await document('sync', 0, ['sync']))['people']?.['created']).toBe(1);
    const lead = String(sandbox.salesforce.state.query("SELECT Id FROM Lead WHERE Email = 'ana@cliente.example'")[0]?.['Id']);
    expect(sandbox.salesforce.state.record('Lead', lead)).toMatchObject({ Status: 'Nuevo', Concord_Stage__c: 'mql', LeadSource: 'Sitio web' });
    expect(sandbox.hubspot.state.contact(contact)?.properties).toMatchObject({ hs_lead_status: 'NUEVO', concord_stage: 'mql' });
    rep.update('Lead', lead, { Status: 'En gestión' });
    await settle();
    await document('sync', 0, ['sync']);
    expect(sandbox.hubspot.state.contact(contact)?.properties).toMatchObject({ lifecyclestage: CUSTOMISED.stages.sal, concord_stage: 'sal' });
    rep.update('Lead', lead, { Status: 'Descalificado', Concord_Rejection_Reason__c: 'no_budget' });
    await settle();
    await document('sync', 0, ['sync']);
    expect(sandbox.hubspot.state.contact(contact)?.properties).toMatchObject({ lifecyclestage: CUSTOMISED.stages.recycled, hs_lead_status: 'MAL_MOMENTO', concord_stage: 'recycled', concord_rejection_reason: 'no_budget' });
  });

  test('as a document: what was found, decided and written, and no credential', async () => {
    const made = await document('init', 0, ['init', ...flags, '--agreement', 'my.yaml']);
    expect(made['env']).toEqual({ file: '.env', written: ['HUBSPOT_ACCESS_TOKEN', 'HUBSPOT_API_URL', 'SALESFORCE_CLIENT_ID', 'SALESFORCE_CLIENT_SECRET', 'SALESFORCE_LOGIN_URL'] });
    expect(made['agreement']).toEqual({ file: 'my.yaml', state: 'created', diff: '' });
    expect(made['decisions']?.find((decision) => decision['id'] === 'stages.sal.hubspot.lifecyclestage')).toMatchObject({ value: CUSTOMISED.stages.sal, how: 'guessed', flag: '--stage sal=VALUE' });
    expect(secrets().filter((secret) => JSON.stringify(made).includes(secret))).toEqual([]);

    // The credentials are in .env now: nothing is asked, and the agreement fits.
    expect(await document('init', 0, ['init', '--agreement', 'my.yaml'])).toMatchObject({ env: { file: null, written: [] }, agreement: { state: 'unchanged' } });
  });

  test('an agreement that is there is never replaced unseen', async () => {
    mkdirSync(at('config'));
    copyFileSync(AGREEMENT, at('config/agreement.yaml'));
    const refused = await concord(['init', ...flags]);
    expect(refused.code).toBe(2);
    expect(refused.stdout).toMatch(/^--- config\/agreement\.yaml\n\+\+\+ config\/agreement\.yaml \(proposed\)\n@@ /m);
    expect(refused.stdout).toMatch(/^- {2}time_zone: America\/Mexico_City .*\n(.*\n)*?\+ {2}time_zone: America\/Monterrey/m);
    expect(refused.stderr).toContain('where: --overwrite');
    expect(readFileSync(at('config/agreement.yaml'), 'utf8')).toBe(readFileSync(AGREEMENT, 'utf8'));

    const written = await document('init', 0, ['init', '--overwrite']);
    expect(written['agreement']).toMatchObject({ state: 'written', diff: expect.stringContaining('+  time_zone: America/Monterrey') });
    expect(readFileSync(at('config/agreement.yaml'), 'utf8')).toContain('time_zone: America/Monterrey');
  });

  test('one with faults is not built on: the shipped one is, and it is said', async () => {
    writeFileSync(at('my.yaml'), 'version: 1\nstages: []\n');
    const ended = await concord(['init', ...flags, '--agreement', 'my.yaml', '--overwrite']);
    expect(ended.code).toBe(0);
    expect(ended.stderr).toMatch(/my\.yaml has \d+ faults/);
    expect(readFileSync(at('my.yaml'), 'utf8')).toContain('lead_status: [Reciclado, Descalificado]');
  });

  test('a missing answer is exit 2 and names its flag; the environment answers as well', async () => {
    expect(await document('error', 2, ['init'])).toMatchObject({ error: { code: 'missing_answer', where: '--hubspot-token' } });
    expect(await document('error', 2, ['init', ...flags.slice(0, 4)])).toMatchObject({ error: { code: 'missing_answer', where: '--salesforce-login-url' } });
    expect(existsSync(at('.env'))).toBe(false);
    const env = { HUBSPOT_ACCESS_TOKEN: sandbox.hubspot.token, HUBSPOT_API_URL: sandbox.hubspot.url, SALESFORCE_LOGIN_URL: sandbox.salesforce.url, SALESFORCE_CLIENT_ID: sandbox.salesforce.clientId, SALESFORCE_CLIENT_SECRET: sandbox.salesforce.clientSecret };
    // What the environment holds is left there: a secret is not copied to the disk unasked.
    expect(await document('init', 0, ['init', '--agreement', 'my.yaml'], env)).toMatchObject({ env: { file: null } });
    expect(existsSync(at('.env'))).toBe(false);
  });

  test('a credential is proven before it is kept', async () => {
    for (const [flag, wrong] of [['--hubspot-token', 'pat-na1-00000000-dead-beef-0000-000000000000'], ['--salesforce-client-secret', 'not-the-secret-of-this-app']] as const) {
      const given = flags.map((value, index) => (flags[index - 1] === flag ? wrong : value));
      const ended = await concord(['init', ...given, '--json']);
      expect([documentOf('error', ended)['error']?.['code'], ended.code]).toEqual(['unauthorized', 2]);
      expect(ended.stdout + ended.stderr).not.toContain(wrong);
    }
    const insecure = await concord(['init', ...flags.map((value, index) => (flags[index - 1] === '--salesforce-login-url' ? 'http://acme.my.salesforce.com' : value)), '--json']);
    expect(documentOf('error', insecure)).toMatchObject({ error: { code: 'bad_usage', where: '--salesforce-login-url' } });
    expect([existsSync(at('.env')), existsSync(at('config/agreement.yaml'))]).toEqual([false, false]);
  });

  test('what nothing tells needs an answer, by flag, or --yes to leave it marked', async () => {
    sandbox.salesforce.state.setLeadStatuses([{ value: 'Uno', default: true }, { value: 'Dos' }, { value: 'Tres' }]);
    const asked = await document('error', 2, ['init', ...flags]);
    expect(asked).toMatchObject({ error: { code: 'missing_answer', where: '--rejecting STATUS', remedy: expect.stringMatching(/one of Uno, Dos, Tres.*--yes/) } });
    const answered = await document('init', 0, ['init', '--agreement', 'a.yaml', '--rejecting', 'tres', '--lead-status', 'sal=Dos']);
    expect(answered['decisions']?.find((decision) => decision['id'] === 'stages.sal.salesforce.lead_status')).toMatchObject({ value: 'Dos', how: 'answered' });
    expect(readFileSync(at('a.yaml'), 'utf8')).not.toContain('to decide: no status');
    const left = await concord(['init', '--agreement', 'b.yaml', '--yes']);
    expect(left.code).toBe(0);
    expect(left.stdout).toMatch(/marked “to decide” in it: .*rejection\.signals\.salesforce\.lead_status/);
    expect(readFileSync(at('b.yaml'), 'utf8')).toContain('# init: to decide: no status sounds like a lead that sales said no to');
  });

  test('an answer that cannot be right is told with its choices, and nothing is written', async () => {
    expect(await document('error', 2, ['init', ...flags, '--lead-status', 'mql=Nope'])).toMatchObject({ error: { code: 'bad_usage', where: '--lead-status', remedy: expect.stringMatching(/one of Nuevo, En gestión, Reciclado, Descalificado/) } });
    expect(existsSync(at('config/agreement.yaml'))).toBe(false);
  });

  test('answers that contradict each other are told by the agreement’s own checks, and nothing is written', async () => {
    const refused = await document('error', 2, ['init', ...flags, '--lead-status', 'mql=Descalificado']);
    expect(refused).toMatchObject({ error: { code: 'bad_agreement', message: expect.stringMatching(/Descalificado.*means rejected/) } });
    expect(existsSync(at('config/agreement.yaml'))).toBe(false);
  });

  test('beside HubSpot’s own Salesforce integration the agreement says alongside', async () => {
    sandbox.hubspot.state.installSalesforceConnector();
    sandbox.hubspot.state.act({ sourceType: 'SALESFORCE' }).create('contacts', { email: 'leo@otra.example', salesforceleadid: '00Q000000000001', salesforcelastsynctime: new Date().toISOString() });
    const made = await document('init', 0, ['init', ...flags]);
    expect(made['found']?.['hubspot']?.['salesforce_integration']).toBe('active');
    const text = readFileSync(at('config/agreement.yaml'), 'utf8');
    expect(text).toMatch(/# init: HubSpot’s own Salesforce integration is at work.*\nmode: alongside/);
    expect(text).toMatch(/creates: nothing/);
  });
});

describe('the flags of init, held against what the CRMs have', () => {
  const field = (name: string, type: 'option' | 'number' | 'text', values: string[] = []) => ({ name, label: name, type, writable: true, options: values.map((value) => ({ value, label: value, ...(value === 'Convertido' ? { converted: true } : {}) })) });
  const looked = (description: Looked['description']) => ({ description }) as Looked;
  const hubspot = looked({ contact: { lifecyclestage: field('lifecyclestage', 'option', ['lead', '81234567']), hs_lead_status: field('hs_lead_status', 'option', ['NUEVO']), puntuacion_acme: field('puntuacion_acme', 'number'), lastname: field('lastname', 'text') } });
  const salesforce = looked({ lead: { Status: field('Status', 'option', ['Nuevo', 'En gestión', 'Convertido']) } });
  const read = (options: AnswerOptions) => answersOf(options, hubspot, salesforce);

  test('are taken in the CRM’s own spelling', () => {
    expect(read({ leadStatus: ['mql=nuevo', 'sal=En gestión'], stage: ['sal=81234567'], hubspotStatus: ['mql=nuevo'], rejecting: ['EN GESTIÓN'], hubspotRejecting: ['nuevo'], language: 'PT-br', mode: 'alongside', score: 'puntuacion_acme', ownDomain: ['ACME.mx'], timeZone: 'America/Bogota', currency: 'COP', company: 'Acme' })).toEqual({
      leadStatus: { mql: 'Nuevo', sal: 'En gestión' }, lifecycle: { sal: '81234567' }, hubspotStatus: { mql: 'NUEVO' }, rejecting: ['En gestión'], hubspotRejecting: ['NUEVO'], language: 'pt-BR', mode: 'alongside', score: 'puntuacion_acme', ownDomains: ['acme.mx'], timeZone: 'America/Bogota', currency: 'COP', company: 'Acme',
    });
  });

  test.each<[AnswerOptions, string, RegExp]>([
    [{ leadStatus: ['mql=Convertido'] }, '--lead-status', /one of Nuevo, En gestión\./],
    [{ rejecting: ['Convertido'] }, '--rejecting', /one of Nuevo/],
    [{ hubspotStatus: ['mql=NEW'] }, '--hubspot-status', /one of NUEVO/],
    [{ hubspotRejecting: ['NEW'] }, '--hubspot-rejecting', /one of NUEVO/],
    [{ stage: ['sal'] }, '--stage', /STAGE=VALUE/],
    [{ stage: ['sal=customer'] }, '--stage', /one of lead, 81234567/],
    [{ stage: ['prospect=lead'] }, '--stage', /one of subscriber/],
    [{ language: 'fr' }, '--language', /en, es, pt-BR/],
    [{ mode: 'both' }, '--mode', /standalone, alongside/],
    [{ timeZone: 'Mexico' }, '--time-zone', /IANA/],
    [{ currency: 'pesos' }, '--currency', /three capital letters/],
    [{ ownDomain: ['ana@acme.mx'] }, '--own-domain', /after the @/],
    [{ score: 'lastname' }, '--score', /puntuacion_acme/],
  ])('%j cannot be right', (options, where, remedy) => {
    expect(() => read(options)).toThrow(expect.objectContaining({ code: 'bad_usage', exit: 2, where, remedy: expect.stringMatching(remedy) as string }) as Error);
  });
});
