import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { start, startOnSandbox } from '../../src/cli/commands/start';
import { loadSettings } from '../../src/config/load';
import { EXIT } from '../../src/domain/problem';
import type { RunSummary } from '../../src/run/run';
import type { CallLog } from '../../src/sandbox/control';
import { startSandbox, type RunningSandbox } from '../../src/sandbox/server';
import { seedSampleWorld } from '../../src/sandbox/world';
import { newestStamp } from '../../src/sandbox/world/storyActs';
import { concordProgram } from '../support/program';

const ROOT = path.resolve(__dirname, '..', '..');
const AGREEMENT = path.join(ROOT, 'config', 'agreement.yaml');
const home = process.cwd();
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'concord-start-'));
  process.chdir(folder);
});
afterAll(() => {
  process.chdir(home);
  rmSync(folder, { recursive: true, force: true });
});

/** Runs it and gives what it printed. */
async function printed(work: () => Promise<number>): Promise<{ code: number; text: string }> {
  let text = '';
  const out = jest.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    text += String(chunk);
    return true;
  });
  const err = jest.spyOn(process.stderr, 'write').mockImplementation(() => true);
  try {
    return { code: await work(), text };
  } finally {
    out.mockRestore();
    err.mockRestore();
  }
}

/** The calls that write, of all that a CRM answered. */
function writeCalls(calls: CallLog): string[] {
  // SOAP carries setup's reading and writing alike: what it wrote is looked for in the org itself.
  const reads = /\/(search|batch\/read|get\/access-token-info)(\?|$)|\/oauth2\/|\/composite(\?|$)|\/jobs\/query|\/Soap\//;
  return calls.calls.filter((call) => call.method !== 'GET' && !reads.test(call.url)).map((call) => `${call.method} ${call.url}`);
}

/** What was printed with every table's columns put together, so that wrapped words can be looked for. */
function flat(text: string): string {
  const out: string[] = [];
  let columns: string[][] = [];
  for (const line of [...text.split('\n'), '']) {
    if (line.startsWith('│')) {
      line.split('│').slice(1, -1).forEach((cell, at) => (columns[at] ??= []).push(cell.trim()));
      continue;
    }
    if (/^[┌├└]/.test(line)) continue;
    out.push(...columns.map((cells) => cells.filter((cell) => cell !== '').join(' ')), line.trim());
    columns = [];
  }
  return out.join(' ').replaceAll(/\s+/g, ' ');
}

describe('npm start without credentials', () => {
  let sandbox: RunningSandbox;
  let first: { code: number; text: string };

  beforeAll(async () => {
    sandbox = await startSandbox({ file: 'data/sandbox.db' });
    first = await printed(() => startOnSandbox(sandbox, { once: true, agreement: AGREEMENT }, loadSettings({})));
  });
  afterAll(() => sandbox.close());

  const contact = (email: string) => sandbox.hubspot.state.byEmail(email)?.properties ?? {};
  const lead = (email: string) => sandbox.salesforce.state.query(`SELECT Id, Status, Phone, OwnerId, Concord_Stage__c, Concord_HubSpot_Id__c FROM Lead WHERE Email = '${email}' AND IsConverted = false`);

  test('tells the story to its end: exit 0, in at most 100 columns', () => {
    expect(first.code).toBe(0);
    expect(first.text.split('\n').filter((line) => line.length > 100)).toEqual([]);
    for (const heading of ['1. Two dashboards', '2. Setting both CRMs up', '3. The first run adopts', '4. People work', '5. Once more', 'Where to look next']) expect(first.text).toContain(heading);
  });

  test('says why more records are written than were planned: what was created is written once more', () => {
    const numbers = (text: string, pattern: RegExp): number[] => (pattern.exec(text) ?? []).slice(1).map(Number);
    const planned = ['create', 'update'].flatMap((what) => numbers(first.text, new RegExp(`records to ${what} *│ (\\d+) *│ (\\d+)`)));
    const [hubspot, salesforce, again] = numbers(flat(first.text), /Applied: (\d+) HubSpot and (\d+) Salesforce records written[^(]*\((\d+) of them a second time/);
    expect(planned).toHaveLength(4);
    expect((hubspot ?? 0) + (salesforce ?? 0) - (again ?? 0)).toBe(planned.reduce((sum, n) => sum + n, 0));
  });

  test('the folder that it makes is for the user alone: Concord’s memory lies in it', () => {
    expect((statSync('data').mode & 0o777).toString(8)).toBe('700');
  });

  test('F1, F2: a rejection with reason and note is carried back, by name', () => {
    const text = flat(first.text);

    expect(text).toContain('Bruno Carvalho, Account Executive, Brazil (in Salesforce) rejects the lead of Renata Oliveira');
    expect(text).toContain('Rejection reason');
    expect(text).toContain('(empty) → No budget');
    expect(text).toContain('(empty) → Bruno Carvalho');
    expect(flat(first.text)).toContain('told in a note on the timeline of the HubSpot contact: | Sales rejected the handoff: No budget');
    expect(contact('renata.oliveira@moveisrecife.example')).toMatchObject({ concord_stage: 'recycled', concord_rejection_reason: 'no_budget', concord_route: 'recycle', concord_rejected_by: 'Bruno Carvalho', lifecyclestage: 'lead' });
    expect(contact('renata.oliveira@moveisrecife.example')['concord_rejection_note']).toContain('Sem orçamento até março');
  });

  test('I2, L12: a converted lead is followed to won', () => {
    const text = flat(first.text);

    expect(text).toContain('converts the lead of Diego Fuentes');
    expect(text).toMatch(/Sales accepted lead \(SAL\) → Opportunity \(L1/);
    expect(text).toMatch(/Opportunity → Customer \(L1/);
    expect(contact('diego.fuentes@autopartesfuentes.example')).toMatchObject({ concord_stage: 'customer', lifecyclestage: 'customer' });
  });

  test('M4: a phone number corrected in HubSpot reaches Salesforce', () => {
    expect(lead('valentina.rossi@laboratoriosrossi.example').map((row) => row['Phone'])).toEqual(['+54 11 5550 0321']);
    expect(flat(first.text)).toContain('changed in HubSpot since both agreed');
  });

  test('L3, L8: a drift is restored, in two steps', () => {
    expect(flat(first.text)).toMatch(/set to customer by AUTOMATION_PLATFORM [^(]* \(in two steps: cleared, then set; L8\)/);
    expect(contact('thiago.almeida@agroalmeida.example')['lifecyclestage']).toBe('marketingqualifiedlead');
  });

  test('L1: an MQL is handed over as a lead with an owner', () => {
    const made = lead('mariana.torres@logisticaandina.example');

    expect(made).toHaveLength(1);
    expect(made[0]).toMatchObject({ Status: 'Open - Not Contacted', Concord_Stage__c: 'mql', Concord_HubSpot_Id__c: contact('mariana.torres@logisticaandina.example')['hs_object_id'] });
    const owner = String(made[0]?.['OwnerId']);
    const name = sandbox.salesforce.state.record(owner.startsWith('00G') ? 'Group' : 'User', owner)?.['Name'];
    expect(flat(first.text)).toContain(`created ${String(made[0]?.['Id'])}, status Open - Not Contacted, owner ${String(name)}`);
  });

  test('L6: who lacks something is held, and marketing sees what', () => {
    expect(flat(first.text)).toContain('held back, not handed over (L6): Company missing');
    expect(contact('rafaela.nunes@correiolivre.example')['concord_mql_missing']).toBe('Company');
    expect(lead('rafaela.nunes@correiolivre.example')).toEqual([]);
    // Marketing calls her an MQL already: adopted as one, and still not handed over without a country.
    expect(contact('chloe.bennett@bennettsupply.example')).toMatchObject({ concord_stage: 'mql', concord_mql_missing: 'Country' });
    expect(lead('chloe.bennett@bennettsupply.example')).toEqual([]);
  });

  test('I4, I8, I6: duplicates are reported, the ambiguous are named and held, nobody is guessed at', () => {
    const text = flat(first.text);

    expect(text).toMatch(/reported as a duplicate \(I4\): salesforce:lead:00Q\w+; the pinned lead 00Q\w+/);
    expect(text).toContain('Rosa López / Ernesto Quintana');
    expect(text).toContain('held (I8): one e-mail under clearly different people');
    expect(contact('compras@ferreterialopez.example')['concord_stage']).toBeUndefined();
    expect(text).toContain('2 records have neither an e-mail nor an id of the other CRM');
  });

  test('I1: an address in capitals is the same address', () => {
    expect(contact('joaquin.rios@textilesdelsur.example')['concord_stage']).toBe('mql');
    expect(sandbox.salesforce.state.query("SELECT Concord_Stage__c FROM Lead WHERE LastName = 'Ríos'").map((row) => row['Concord_Stage__c'])).toEqual(['mql']);
  });

  test('F7: an opt-out in one CRM is one in the other', () => {
    expect(sandbox.hubspot.state.subscriptions.optedOut('peter.langley@langleyfoods.example')).toBe(true);
    expect(sandbox.salesforce.state.query("SELECT HasOptedOutOfEmail FROM Lead WHERE Email = 'sabrina.costa@costasul.example'")[0]?.['HasOptedOutOfEmail']).toBe(true);
  });

  test('L10: colleagues and subscribers are left alone', () => {
    expect(contact('patricia.nunez@acme.example')['concord_stage']).toBeUndefined();
    expect(contact('camila.duarte@floraviva.example')['concord_stage']).toBeUndefined();
  });

  test('no secret is printed, and the sandbox’s time is the machine’s again', () => {
    for (const secret of [sandbox.hubspot.token, sandbox.salesforce.clientSecret, sandbox.hubspot.clientSecret]) expect(first.text).not.toContain(secret);
    expect(Math.abs(sandbox.clock.now() - Date.now())).toBeLessThan(5000);
  });

  test('W2: a second start over the kept sandbox writes nothing and says so', async () => {
    sandbox.hubspot.calls.clear();
    sandbox.salesforce.calls.clear();
    const stamp = newestStamp(sandbox);

    const again = await printed(() => startOnSandbox(sandbox, { once: true, agreement: AGREEMENT }, loadSettings({})));

    expect(again.code).toBe(0);
    expect(sandbox.hubspot.calls.count).toBeGreaterThan(0);
    expect([...writeCalls(sandbox.hubspot.calls), ...writeCalls(sandbox.salesforce.calls)]).toEqual([]);
    expect(newestStamp(sandbox)).toBe(stamp);
    expect(again.text).toContain('The sandbox as it was left');
    expect(again.text).toContain('wrote nothing (W2)');
    expect(again.text).not.toContain('4. People work');
  });

  test('--json prints one document of the runs', async () => {
    const { code, text } = await printed(() => startOnSandbox(sandbox, { once: true, json: true, agreement: AGREEMENT }, loadSettings({})));
    const document = JSON.parse(text) as { sandbox: boolean; story: string; runs: RunSummary[]; parity: unknown[] };

    expect(code).toBe(0);
    expect(document).toMatchObject({ sandbox: true, story: 'kept', setup: { hubspot: 0, salesforce: 0 } });
    expect(document.runs.map((run) => [run.mode, run.status, run.writes.hubspot.done + run.writes.salesforce.done])).toEqual([['apply', 'ok', 0]]);
    expect(document.parity.length).toBeGreaterThan(5);
  });
});

test('npm start where no agreement is: exit 2 with the whole path, and nothing is made', async () => {
  const empty = mkdtempSync(path.join(tmpdir(), 'concord-empty-'));
  const before = process.cwd();
  process.chdir(empty);
  try {
    await expect(start({ sandbox: true, once: true, fresh: true })).rejects.toMatchObject({ code: 'no_agreement', exit: EXIT.usage, message: `there is no agreement at ${path.join(empty, 'config', 'agreement.yaml')}` });
    expect(readdirSync(empty)).toEqual([]);
  } finally {
    process.chdir(before);
    rmSync(empty, { recursive: true, force: true });
  }
});

describe('npm start over an interrupted story', () => {
  test('goes on where it ended', async () => {
    process.chdir(mkdtempSync(path.join(folder, 'interrupted-')));
    const sandbox = await startSandbox({ file: 'data/sandbox.db' });
    try {
      const stop = new Error('killed');
      const real = sandbox.salesforce.state.showOnLayout.bind(sandbox.salesforce.state);
      sandbox.salesforce.state.showOnLayout = () => {
        throw stop;
      };
      await expect(printed(() => startOnSandbox(sandbox, { once: true, json: true, agreement: AGREEMENT }, loadSettings({})))).rejects.toBe(stop);
      sandbox.salesforce.state.showOnLayout = real;

      const { code, text } = await printed(() => startOnSandbox(sandbox, { once: true, json: true, agreement: AGREEMENT }, loadSettings({})));

      expect(code).toBe(0);
      const { runs } = JSON.parse(text) as { runs: RunSummary[] };
      expect(runs.map((run) => run.mode)).toEqual(['dry-run', 'apply', 'apply', 'apply', 'apply']);
      expect(runs.at(-1)).toMatchObject({ writes: { hubspot: { done: 0 }, salesforce: { done: 0 } } });
      expect(sandbox.hubspot.state.byEmail('diego.fuentes@autopartesfuentes.example')?.properties['lifecyclestage']).toBe('customer');
    } finally {
      await sandbox.close();
      process.chdir(folder);
    }
  });
});

describe('npm start with credentials', () => {
  let sandbox: RunningSandbox;
  const saved = { ...process.env };
  beforeAll(async () => {
    process.chdir(mkdtempSync(path.join(folder, 'real-')));
    sandbox = await startSandbox({ file: ':memory:' });
    seedSampleWorld(sandbox);
  });
  afterAll(async () => {
    await sandbox.close();
    process.chdir(folder);
  });
  beforeEach(() => {
    Object.assign(process.env, {
      HUBSPOT_API_URL: sandbox.hubspot.url,
      HUBSPOT_ACCESS_TOKEN: sandbox.hubspot.token,
      SALESFORCE_LOGIN_URL: sandbox.salesforce.url,
      SALESFORCE_CLIENT_ID: sandbox.salesforce.clientId,
      SALESFORCE_CLIENT_SECRET: sandbox.salesforce.clientSecret,
      DATABASE_URL: 'sqlite:data/real.db',
      // Jest's console takes the log's stderr for its own.
      LOG_LEVEL: 'error',
    });
    sandbox.hubspot.calls.clear();
    sandbox.salesforce.calls.clear();
  });
  afterEach(() => {
    process.env = { ...saved };
  });
  const wrote = () => [...writeCalls(sandbox.hubspot.calls), ...writeCalls(sandbox.salesforce.calls)];

  test('one CRM without the other: exit 2, naming what is missing', async () => {
    for (const name of ['SALESFORCE_LOGIN_URL', 'SALESFORCE_CLIENT_ID', 'SALESFORCE_CLIENT_SECRET']) delete process.env[name];

    await expect(start({ once: true, agreement: AGREEMENT })).rejects.toMatchObject({ code: 'no_credentials', exit: EXIT.usage, message: expect.stringContaining('SALESFORCE_CLIENT_ID') });
  });

  test('options that do not go together: exit 2', async () => {
    await expect(start({ once: true, fresh: true, agreement: AGREEMENT })).rejects.toMatchObject({ code: 'bad_usage', exit: EXIT.usage });
    await expect(start({ json: true, agreement: AGREEMENT })).rejects.toMatchObject({ code: 'bad_usage', exit: EXIT.usage });
  });

  test('a credential that is not accepted: exit 2, nothing planned', async () => {
    process.env['HUBSPOT_ACCESS_TOKEN'] = 'pat-na1-not-a-token-of-anybody';

    const { code, text } = await printed(() => start({ once: true, agreement: AGREEMENT }));

    expect(code).toBe(EXIT.usage);
    expect(text).toContain('FAIL');
    expect(text).not.toContain('3. The plan');
    expect(wrote()).toEqual([]);
  });

  test('L7: without a terminal and without --yes nothing is created or written: exit 3', async () => {
    const { code, text } = await printed(() => start({ once: true, agreement: AGREEMENT }));

    expect(code).toBe(EXIT.guard);
    expect(text).toContain('Contact property “concord_stage”');
    expect(text).toContain('Nothing was created.');
    expect(wrote()).toEqual([]);
    expect(sandbox.salesforce.state.query('SELECT Id FROM PermissionSet')).toEqual([]);
  });

  test('--yes sets up, shows the plan, adopts; then an ordinary start asks nobody', async () => {
    const first = await printed(() => start({ once: true, yes: true, json: true, agreement: AGREEMENT }));
    const document = JSON.parse(first.text) as { sandbox: boolean; runs: RunSummary[] };

    expect(document.sandbox).toBe(false);
    expect(document.runs.map((run) => [run.mode, run.adoption])).toEqual([['dry-run', true], ['apply', true]]);
    expect(first.code).toBe(document.runs.at(-1)?.dead_letters === 0 ? EXIT.done : EXIT.deadLetters);
    expect(sandbox.hubspot.state.byEmail('brian.sullivan@keystonetools.example')?.properties['lifecyclestage']).toBe('customer');

    sandbox.hubspot.calls.clear();
    sandbox.salesforce.calls.clear();
    const second = await printed(() => start({ once: true, agreement: AGREEMENT }));

    expect(second.code).toBe(EXIT.done);
    expect(second.text).toContain('Both CRMs have everything the agreement needs.');
    expect(wrote()).toEqual([]);
  });

  test('L7: another memory takes back what Concord left in the CRMs, and has nothing to ask for', async () => {
    process.env['DATABASE_URL'] = 'sqlite:data/another.db';

    const { code, text } = await printed(() => start({ once: true, agreement: AGREEMENT }));

    expect(text).not.toContain('takes a yes');
    expect(code).toBe(EXIT.done);
    expect(wrote()).toEqual([]);
  });

  test('W6: after setup, the adoption alone waits for a yes: the plan is shown, exit 3', async () => {
    process.env['DATABASE_URL'] = 'sqlite:data/yet-another.db';
    const edited = String(sandbox.hubspot.state.byEmail('valentina.rossi@laboratoriosrossi.example')?.id);
    sandbox.hubspot.state.act({ sourceType: 'CRM_UI', userId: 7 }).update('contacts', edited, { phone: '+54 11 5550 9999' });

    const { code, text } = await printed(() => start({ once: true, agreement: AGREEMENT }));

    // The CRMs are on the agreement already: a new memory of them has one number to carry over, but it still asks.
    expect(text).toContain('3. The plan');
    expect(text).toContain('takes a yes');
    expect(code).toBe(EXIT.guard);
    expect(wrote()).toEqual([]);
  });
});

describe('npm start as a process', () => {
  test('goes on as serve does, with the dashboard, and ends with 0 when asked to stop', async () => {
    const where = mkdtempSync(path.join(folder, 'process-'));
    const child = spawn(process.execPath, [...concordProgram(), 'start', '--agreement', AGREEMENT], { cwd: where, env: { PATH: process.env['PATH'], TSX_TSCONFIG_PATH: path.join(ROOT, 'tsconfig.json'), NO_COLOR: '1' } });
    let text = '';
    child.stdout.on('data', (chunk) => (text += String(chunk)));
    const ended = new Promise<[number | null, NodeJS.Signals | null]>((resolve) => child.on('exit', (code, signal) => resolve([code, signal])));
    await new Promise<void>((resolve, reject) => {
      child.stdout.on('data', () => {
        if (text.includes('Ctrl-C stops')) resolve();
      });
      child.on('exit', () => reject(new Error(`it ended too early: ${text.slice(-500)}`)));
    });

    child.kill('SIGTERM');

    expect(await ended).toEqual([0, null]);
    expect(text).toMatch(/Concord serves http:\/\/127\.0\.0\.1:\d+/);
    expect(text).toContain('runs      */5 * * * *');
    expect(text).toMatch(/dashboard http:\S+\/ \(password \S{20}, made for this start\)/);
    expect(text).toContain('5. Once more, and nothing to do');
  });
});
