import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connectStore } from '../../src/wire';
import { documentOf, editAgreement, openPlace, runIn, type Place } from './support';

/* Every way to end but "done": what is said, where, what to do about it, and the exit code of the contract (design.md section 6). */

describe('exit codes and errors', () => {
  let place: Place;
  beforeAll(async () => {
    place = await openPlace();
  });
  afterAll(() => place.close());

  describe('2: bad usage', () => {
    test.each([
      ['an unknown command', ['sink']],
      ['an unknown flag', ['sync', '--fulll']],
      ['a flag of another command', ['plan', '--allow-large-change']],
      ['a missing argument', ['explain']],
      ['too many arguments', ['runs', 'all']],
      ['a number that is none', ['runs', '--limit', 'many']],
      ['a number out of range', ['runs', '--limit', '0']],
      ['an e-mail that is none', ['sync', '--only', 'ana']],
      ['flags that do not go together', ['sync', '--full', '--only', 'ana@cliente.example']],
      ['a yes to a plan', ['setup', '--plan', '--yes']],
      ['a limit lifted where nothing is written', ['sync', '--dry-run', '--allow-large-change']],
      ['a format that does not exist', ['report', 'parity', '--format', 'pdf']],
      ['two formats', ['report', 'parity', '--format', 'csv', '--json']],
    ])('%s', async (_what, args) => {
      const asked = args.includes('--json') ? args : [...args, '--json'];
      const ended = await runIn(place.folder, asked, place.env);
      expect(documentOf('error', ended)).toMatchObject({ error: { code: 'bad_usage', remedy: expect.stringContaining('--help') } });
      expect(ended).toMatchObject({ code: 2, stderr: '' });
    });

    test('in words it stands on stderr, with nothing on stdout; no command at all shows the help', async () => {
      const ended = await place.concord(['sync', '--fulll']);
      expect(ended).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(/unknown option '--fulll'[^]*--help/) });
      expect(await place.concord([])).toMatchObject({ code: 2, stderr: expect.stringContaining('dead-letters') });
      expect(await place.concord(['--help'])).toMatchObject({ code: 0, stdout: expect.stringContaining('dead-letters') });
      expect(await place.concord(['sync', '--help'])).toMatchObject({ code: 0, stdout: expect.stringContaining('--allow-large-change') });
      expect(await place.concord(['--version'])).toMatchObject({ code: 0, stdout: '0.1.0\n' });
    });

    test('an unknown person, run or report', async () => {
      for (const [args, code] of [
        [['explain', 'nobody@nowhere.example'], 'unknown_person'],
        [['explain', '999999'], 'unknown_person'],
        [['forget', 'nobody@nowhere.example', '--yes'], 'unknown_person'],
        [['sync', '--only', 'nobody@nowhere.example'], 'unknown_person'],
        [['rollback', '01K0000000000000000000000X'], 'unknown_run'],
        [['report', 'nonsense'], 'unknown_report'],
      ] as const) {
        const document = await place.document('error', 2, [...args]);
        expect(document['error']?.['code']).toBe(code);
        expect(JSON.stringify(document)).not.toContain('nobody@nowhere.example');
      }
    });
  });

  describe('2: the agreement', () => {
    test('five mistakes are five located messages with what to write instead', async () => {
      const file = editAgreement(place, 'wrong.yaml', (text) =>
        text
          .replace('time_zone: America/Mexico_City', 'time_zone: America/Mexiko')
          .replace('route: disqualify', 'route: discard')
          .replace('at_least: 60', 'at_leest: 60')
          .replace('mode: standalone', 'mode: alone')
          .replace('share: 0.2 ', 'share: 20 '),
      );
      for (const command of [['sync'], ['explain', 'ana@cliente.example'], ['plan']]) {
        const document = await place.document('error', 2, [...command, '--agreement', file]);
        const lines = String(document['error']?.['message']).split('\n').slice(1);
        expect(document['error']?.['code']).toBe('bad_agreement');
        expect(lines).toHaveLength(5);
        for (const line of lines) expect(line).toMatch(/wrong\.yaml:\d+:\d+ \S+: .+\. .+/);
        expect(document['error']?.['where']).toMatch(/wrong\.yaml:\d+:\d+$/);
      }
      const checked = await place.document('check', 2, ['check', '--agreement', file]);
      expect(checked).toMatchObject({ ok: false, checks: [{ id: 'bad_agreement', ok: false }] });
    });

    test('a file that is not there', async () => {
      const document = await place.document('error', 2, ['sync', '--agreement', 'nowhere.yaml']);
      expect(document).toMatchObject({ error: { code: 'no_agreement', where: 'nowhere.yaml' } });
      // By its whole path: the folder is what is mostly wrong.
      expect(document['error']?.['message']).toContain(join(place.folder, 'nowhere.yaml'));
      expect(document['error']?.['remedy']).toContain('CONCORD_AGREEMENT or with --agreement');
    });

    test('a folder in its place', async () => {
      expect(await place.document('error', 2, ['sync', '--agreement', place.folder])).toMatchObject({ error: { code: 'no_agreement', message: expect.stringMatching(/is a folder, not a file$/) } });
    });
  });

  describe('2: environment and credentials', () => {
    test('every fault of the environment at once, by name and never by value', async () => {
      const ended = await place.concord(['sync', '--json'], { HUBSPOT_API_URL: 'http://crm.elsewhere.example', SALESFORCE_LOGIN_URL: undefined, CONCORD_SECRET: 'short', LOG_LEVEL: 'loud', DATABASE_URL: 'mysql://root:hunter2@db/concord' });
      const document = documentOf('error', ended);
      expect(ended.code).toBe(2);
      expect(document['error']?.['code']).toBe('bad_environment');
      for (const name of ['HUBSPOT_API_URL', 'SALESFORCE_LOGIN_URL', 'CONCORD_SECRET', 'LOG_LEVEL', 'DATABASE_URL']) expect(document['error']?.['message']).toContain(name);
      for (const value of ['hunter2', 'short', place.env['HUBSPOT_ACCESS_TOKEN'] as string]) expect(ended.stdout + ended.stderr).not.toContain(value);
    });

    test('no credentials at all: what is missing and where to begin; nothing is made', async () => {
      const file = join(place.folder, 'nobody.db');
      expect(await place.document('error', 2, ['sync'], { HUBSPOT_ACCESS_TOKEN: undefined, SALESFORCE_CLIENT_ID: undefined, DATABASE_URL: `sqlite:${file}` })).toMatchObject({ error: { code: 'no_credentials', message: expect.stringMatching(/HUBSPOT_ACCESS_TOKEN and SALESFORCE_CLIENT_ID/) } });
      expect(existsSync(file)).toBe(false);
    });

    test('.env is read; a variable that is set already stands; an .env that cannot be read is said', async () => {
      const file = join(place.folder, '.env');
      const { HUBSPOT_ACCESS_TOKEN, ...rest } = place.env;
      writeFileSync(file, `HUBSPOT_ACCESS_TOKEN=${HUBSPOT_ACCESS_TOKEN ?? ''}\nLOG_LEVEL=loud\n`);
      const ended = await runIn(place.folder, ['plan', '--json'], { ...rest, LOG_LEVEL: 'error' });
      expect(ended.code).toBe(0);
      rmSync(file);
      mkdirSync(file);
      const unreadable = await runIn(place.folder, ['runs', '--json'], place.env);
      rmSync(file, { recursive: true });
      expect(documentOf('error', unreadable)).toMatchObject({ error: { code: 'bad_environment', where: '.env' } });
      expect(unreadable.code).toBe(2);
    });

    test('a credential that a CRM refuses', async () => {
      for (const wrong of [{ HUBSPOT_ACCESS_TOKEN: 'pat-na1-00000000-dead-beef-0000-000000000000' }, { SALESFORCE_CLIENT_SECRET: 'not-the-secret-of-this-app' }]) {
        const ended = await place.concord(['sync', '--json'], wrong);
        expect(documentOf('error', ended)).toMatchObject({ error: { code: 'unauthorized' } });
        expect(ended.code).toBe(2);
        expect(ended.stdout + ended.stderr).not.toContain(Object.values(wrong)[0]);
        const checked = documentOf('check', await place.concord(['check', '--json'], wrong));
        expect(checked['checks']?.filter((line) => !line['ok'] && line['blocks'])).toHaveLength(1);
      }
    });

    test('another portal’s credentials on the same store: nothing is read or written', async () => {
      await place.document('sync', 0, ['sync']);
      place.sandbox.hubspot.state.set({ portalId: 777002 });
      try {
        place.sandbox.salesforce.calls.clear();
        for (const args of [['sync'], ['plan'], ['setup', '--yes']]) {
          const document = await place.document('error', 2, args);
          expect(document).toMatchObject({ error: { code: 'wrong_connection', message: expect.stringMatching(/555001[^]*777002/), where: 'DATABASE_URL' } });
        }
        expect(place.sandbox.salesforce.calls.calls.filter((call) => call.url.includes('/query'))).toEqual([]);
        const checked = await place.document('check', 2, ['check']);
        expect(checked['checks']?.filter((line) => !line['ok'] && line['blocks'])).toMatchObject([{ id: 'store.connection' }]);
        await place.document('sync', 0, ['sync'], { DATABASE_URL: 'sqlite:data/other.db' });
      } finally {
        place.sandbox.hubspot.state.set({ portalId: 555001 });
      }
    });
  });

  test('1: a CRM that refuses a call for no reason of ours; the run is in the history as failed', async () => {
    place.sandbox.hubspot.faults.add({ match: { path: '/contacts(\\?|/search)' }, action: { do: 'answer', status: 400, body: { status: 'error', category: 'VALIDATION_ERROR', message: 'No such property Secreta' } }, times: 0 });
    const ended = await place.concord(['sync', '--json']);
    place.sandbox.hubspot.faults.clear();
    const document = documentOf('error', ended);
    expect(ended.code).toBe(1);
    expect(String(document['error']?.['remedy']).length).toBeGreaterThan(10);
    expect(ended.stdout).not.toContain('Secreta');
    expect(await place.document('runs', 0, ['runs', '--limit', '1'])).toMatchObject({ runs: [{ status: 'failed', summary: { error: { code: document['error']?.['code'] } } }] });
    await place.document('sync', 0, ['sync']);
  });

  test('1: a store that is none, or that cannot be written', async () => {
    writeFileSync(join(place.folder, 'notes.txt'), 'this is not a database at all, but it is long enough to be looked at as if it were one'.repeat(20));
    expect(await place.document('error', 1, ['runs'], { DATABASE_URL: 'sqlite:notes.txt' })).toMatchObject({ error: { code: 'store_corrupt' } });
    const checked = await place.document('check', 2, ['check'], { DATABASE_URL: 'sqlite:notes.txt' });
    expect(checked['checks']).toMatchObject([{ id: 'store_corrupt', message: expect.stringContaining(`${join(place.folder, 'notes.txt')} (SQLITE_NOTADB)`) }]);
    if (process.getuid?.() === 0) return; // Nothing is forbidden to root.
    mkdirSync(join(place.folder, 'shut'));
    chmodSync(join(place.folder, 'shut'), 0o555);
    expect(await place.document('error', 1, ['runs'], { DATABASE_URL: 'sqlite:shut/concord.db' })).toMatchObject({ error: { code: expect.stringMatching(/^store_/) } });
  });

  test('5: another run holds the lock; who, and until when', async () => {
    const store = await connectStore({ databaseUrl: `sqlite:${join(place.folder, 'data', 'concord.db')}` } as never);
    const lock = await store.acquireLock('the night shift', Date.now(), 600_000);
    try {
      for (const args of [['sync'], ['plan'], ['rollback', String((await place.document('runs', 0, ['runs', '--limit', '1']))['runs']?.[0]?.['run']), '--yes']]) {
        expect(await place.document('error', 5, args)).toMatchObject({ error: { code: 'locked', message: expect.stringContaining('the night shift') } });
      }
      // What only looks is not kept waiting.
      await place.document('runs', 0, ['runs']);
      await place.document('report-parity', 0, ['report', 'parity']);
    } finally {
      if (lock.ok) await store.releaseLock(lock.fence);
      await store.close();
    }
    await place.document('sync', 0, ['sync']);
  });

  test('whoever reads the output may stop early (a closed pipe): no crash, and a run ends as it should', async () => {
    const { start } = await import('./support');
    const child = start(place.folder, ['plan'], place.env);
    child.stdout?.destroy();
    let stderr = '';
    child.stderr?.on('data', (text: Buffer) => (stderr += String(text)));
    const code = await new Promise((done) => child.once('close', done));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });
});
