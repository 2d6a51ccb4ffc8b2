import type BetterSqlite3 from 'better-sqlite3';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConcordError, problem } from '../../src/domain/problem';
import type { Store } from '../../src/store/port';
import { contact, entry, handoff, NOW, person, salesforce, staged, transition } from './samples';

/** The connections that the store opened, newest last: some tests make the file misbehave underneath it. */
const opened: BetterSqlite3.Database[] = [];
const prepared = new Set<string>();
let driverError: Error | null = null;

function actual(): typeof import('../../src/sqlite') {
  return jest.requireActual<typeof import('../../src/sqlite')>('../../src/sqlite');
}

/** The driver for this Node, unwatched. */
function actualDriver(): typeof BetterSqlite3 {
  return actual().sqliteDriver();
}

jest.mock('../../src/sqlite', () => {
  const Driver = actualDriver();
  const Watched = class extends Driver {
    constructor(path: string, options: BetterSqlite3.Options) {
      if (driverError !== null) throw driverError;
      super(path, options);
      opened.push(this);
      const prepare = this.prepare.bind(this);
      this.prepare = ((sql: string) => {
        prepared.add(sql);
        return prepare(sql);
      });
    }
  };
  return { ...actual(), sqliteDriver: () => Watched };
});

// Every start of a command would pay for it.
jest.mock('pg', () => {
  throw new Error('a SQLite store has no use for pg');
});

// After the mocks: the store loads the driver when it opens.
import { openStore } from '../../src/store';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'concord-sqlite-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let made = 0;
const newPath = (): string => join(folder, `file${++made}.db`);
const last = (): BetterSqlite3.Database => opened[opened.length - 1] as BetterSqlite3.Database;

async function refusal(address: string): Promise<ConcordError> {
  const outcome: unknown = await openStore(address).then(
    (store) => store.close().then(() => 'opened'),
    (error: unknown) => error,
  );
  expect(outcome).toBeInstanceOf(ConcordError);
  return outcome as ConcordError;
}

test.each([
  [9, 'better-sqlite3'], // Node 20
  [10, 'better-sqlite3-napi'], // Node 22.14 and newer
])('on Node-API %i the driver is %s', (nodeApi, name) => {
  expect(jest.requireActual<typeof import('../../src/sqlite')>('../../src/sqlite').driverPackage(nodeApi)).toBe(name);
});

test('a commit waits for the disk unless it may come soon; after that one, and after one that failed, they wait again (W3)', async () => {
  const store = await openStore(`sqlite:${newPath()}`);
  const waits = (): unknown => last().pragma('synchronous', { simple: true });
  const [FULL, NORMAL] = [2, 1];
  const seen: unknown[] = [];
  const look = (): Promise<void> => Promise.resolve(void seen.push(waits()));

  await store.transaction(null, look);
  await store.transaction(null, look, 'soon');
  seen.push(waits());
  await store.transaction(null, look);
  await expect(store.transaction(null, () => Promise.reject(new Error('no')), 'soon')).rejects.toThrow('no');
  seen.push(waits());

  expect(seen).toEqual([FULL, NORMAL, FULL, FULL, FULL]);
  await store.close();
});

test('transactions that wait and those that do not take turns on the one connection', async () => {
  const store = await openStore(`sqlite:${newPath()}`);
  const order: string[] = [];
  const step = (name: string) => async (): Promise<void> => {
    order.push(`${name} begins`);
    await new Promise((resolve) => setImmediate(resolve));
    order.push(`${name} ends`);
  };

  await Promise.all([store.transaction(null, step('a'), 'soon'), store.transaction(null, step('b')), store.transaction(null, step('c'), 'soon')]);

  expect(order).toHaveLength(6);
  for (const [at, told] of order.entries()) if (told.endsWith('begins')) expect(order[at + 1]).toBe(told.replace('begins', 'ends'));
  await store.close();
});

it('a file that is deleted, or replaced by a backup, while it is open: nothing is read or written that would be lost', async () => {
  const path = newPath();
  const store = await openStore(`sqlite:${path}`);
  await store.transaction(null, (tx) => tx.setMeta('a', 'kept'));
  const asks = [(): Promise<unknown> => store.meta('a'), (): Promise<unknown> => store.acquireLock('a run', NOW, 1000), (): Promise<unknown> => store.transaction(null, (tx) => tx.setMeta('a', 'lost'), 'soon')];
  const gone = expect.objectContaining({ code: 'store_replaced', where: path, exit: 1 }) as unknown;
  const answers = (): Promise<unknown[]> => Promise.all(asks.map((ask) => ask().catch((error: unknown) => error)));

  renameSync(path, `${path}.aside`);
  expect(await answers()).toEqual([gone, gone, gone]);
  writeFileSync(path, readFileSync(`${path}.aside`));
  expect(await answers()).toEqual([gone, gone, gone]);
  renameSync(`${path}.aside`, path);
  expect(await store.meta('a')).toBe('kept');
  await store.close();
});

describe('what the store refuses to open, and the way out it names', () => {
  it('an address that names no database, without quoting it', async () => {
    for (const address of ['', 'data/concord.db', 'sqlite:', 'mysql://root:secret@host/db', 'postgres://u:secret@h/db?schema=No;drop']) {
      const error = await refusal(address);
      expect(error).toMatchObject({ code: 'store_url', exit: 2, where: 'DATABASE_URL' });
      expect(error.message + error.remedy).not.toContain('secret');
    }
  });

  it('a file that is no database', async () => {
    const path = newPath();
    writeFileSync(path, 'name,email\nAna,ana@example.com\n'.repeat(500));
    expect(await refusal(`sqlite:${path}`)).toMatchObject({ code: 'store_corrupt', exit: 1, where: `${path} (SQLITE_NOTADB)` });
    expect(readFileSync(path, 'utf8')).toContain('ana@example.com');
  });

  it('a store whose end is missing', async () => {
    const path = newPath();
    const store = await openStore(`sqlite:${path}`);
    await store.transaction(null, (tx) => tx.putRecords([...Array(200)].map((_, n) => contact(String(n)))));
    await store.close();
    truncateSync(path, 9000);
    expect(await refusal(`sqlite:${path}`)).toMatchObject({ code: 'store_corrupt' });
  });

  it('a store that a newer Concord wrote', async () => {
    const path = newPath();
    await (await openStore(`sqlite:${path}`)).close();
    const Driver = actualDriver();
    const raw = new Driver(path);
    raw.exec("insert into kysely_migration values ('9999-from-the-future', '2030-01-01')");
    raw.close();
    expect(await refusal(`sqlite:${path}`)).toMatchObject({ code: 'store_newer', exit: 2, where: '9999-from-the-future' });
  });

  it('a store from before records told whether they are restricted: everyone may have to be tightened (F7)', async () => {
    const path = newPath();
    const store = await openStore(`sqlite:${path}`);
    await store.transaction(null, (tx) => tx.putRecords([contact('1', { personId: 'p1' })]));
    await store.close();
    const Driver = actualDriver();
    const raw = new Driver(path);
    raw.exec("alter table mirror drop column restricted; delete from kysely_migration where name = '0005-restricted'");
    raw.close();

    const again = await openStore(`sqlite:${path}`);
    expect(await again.mayTighten(['p1'])).toEqual(['p1']);
    await again.transaction(null, (tx) => tx.putRecords([contact('1', { personId: 'p1' })]));
    expect(await again.mayTighten(['p1'])).toEqual([]);
    await again.close();
  });

  it('a store from before the lists: refused writes get their root cause, and whose clock may run is decided by the next run', async () => {
    const path = newPath();
    const store = await openStore(`sqlite:${path}`);
    await store.transaction(null, async (tx) => {
      await tx.putDeadLetters([{ crm: 'salesforce', object: 'lead', recordId: '1', personId: 'p1', field: 'Country', value: 'v', problem: problem('invalid_option', 'salesforce', { vendorCode: 'X' }), lastRun: 'r', lastTriedAt: NOW }]);
      await tx.putHandoffs([handoff('p1', 1, { carriedAt: 1 }), handoff('p2', 1, { carriedAt: 1, closedAt: 2, closedAs: 'won', reason: 'timing' }), handoff('p3', 1)]);
    });
    await store.close();
    const Driver = actualDriver();
    const raw = new Driver(path);
    for (const index of ['people_stage', 'people_held', 'people_missing', 'handoffs_due', 'handoffs_unanswered', 'handoffs_rejected', 'handoffs_reason', 'holds_kind', 'dead_letters_cause']) raw.exec(`drop index ${index}`);
    for (const column of ['clock', 'sla', 'due_at']) raw.exec(`alter table handoffs drop column ${column}`);
    raw.exec("alter table dead_letters drop column cause; delete from kysely_migration where name = '0008-lists'");
    raw.close();

    const again = await openStore(`sqlite:${path}`);
    expect((await again.deadLetterCauses(9)).map((each) => each.cause)).toEqual(['salesforce lead Country invalid_option X']);
    expect((await again.queue(null, 9)).map((each) => each.personId)).toEqual(['p1']);
    expect(await again.handoffsDue({ limit: 9 })).toEqual([]);
    await again.close();
  });

  it('a folder in the file’s place, and a folder that cannot be made', async () => {
    const path = newPath();
    mkdirSync(path);
    expect(await refusal(`sqlite:${path}`)).toMatchObject({ code: 'store_unreadable', message: expect.stringContaining('a folder'), where: `${path} (EISDIR)` });
    writeFileSync(`${path}.txt`, '');
    const refused = await refusal(`sqlite:${path}.txt/concord.db`);
    expect(refused.code).toBe('store_unreadable');
    expect(refused.where).toContain(`${path}.txt/concord.db (`);
  });

  it('a file without permission to write', async () => {
    const path = newPath();
    await (await openStore(`sqlite:${path}`)).close();
    // Root may write anything, so another user looks.
    const root = process.getuid?.() === 0;
    execFileSync('chmod', ['444', path]);
    execFileSync('chmod', ['755', folder]);
    const script = `require('tsx/cjs');require('./src/store').openStore('sqlite:${path}').then(() => console.log('opened'), (error) => console.log(error.code))`;
    const [command, ...args] = [...(root ? ['setpriv', '--reuid=nobody', '--regid=nogroup', '--clear-groups'] : []), process.execPath, '-e', script];
    const answer = execFileSync(command, args, { cwd: join(__dirname, '..', '..'), encoding: 'utf8', env: { ...process.env, HOME: folder } });
    expect(['store_unreadable', 'store_read_only']).toContain(answer.trim());
  });

  it('a driver that does not load, naming three ways out', async () => {
    driverError = Object.assign(new Error('was compiled against a different Node.js version'), { code: 'ERR_DLOPEN_FAILED' });
    const error = await refusal(`sqlite:${newPath()}`);
    driverError = null;
    expect(error).toMatchObject({ code: 'store_driver', where: 'ERR_DLOPEN_FAILED' });
    for (const way of [`npm rebuild ${actual().driverPackage()}\``, 'compiler', 'DATABASE_URL=postgres://']) expect(error.remedy).toContain(way);
  });
});

describe('a file that Concord makes', () => {
  const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8);

  it('is for its user alone, with its log and its folder, whatever the umask', async () => {
    const before = process.umask(0o000);
    try {
      const path = join(folder, 'deep', 'er', 'store.db');
      const store = await openStore(`sqlite:${path}`);
      await store.transaction(null, (tx) => tx.setMeta('k', 'v'));

      expect(['', '-wal', '-shm'].map((end) => mode(path + end))).toEqual(['600', '600', '600']);
      expect([mode(join(folder, 'deep')), mode(join(folder, 'deep', 'er'))]).toEqual(['700', '700']);

      await store.close();
    } finally {
      process.umask(before);
    }
  });

  it('keeps the mode that somebody has given it since', async () => {
    const path = newPath();
    await (await openStore(`sqlite:${path}`)).close();
    chmodSync(path, 0o640);
    await (await openStore(`sqlite:${path}`)).close();
    expect(mode(path)).toBe('640');
  });
});

describe('a disk that fills up', () => {
  it('stops the run, keeps what was committed, and goes on when there is room', async () => {
    const path = newPath();
    const store = await openStore(`sqlite:${path}`);
    await store.transaction(null, (tx) => tx.putPeople([person('before', { stage: 'mql' })]));
    const pages = last().pragma('page_count', { simple: true }) as number;
    last().pragma(`max_page_count = ${pages + 5}`);
    const big = [...Array(500)].map((_, n) => person(`p${n}`, { stage: 'mql', state: { text: 'x'.repeat(500) } }));

    const work = store.transaction(null, async (tx) => {
      await tx.putPeople(big).catch(() => undefined);
      // SQLite has rolled back by itself: without care this would be committed on its own.
      await tx.setMeta('k', 'half').catch(() => undefined);
    });
    await expect(work).rejects.toMatchObject({ code: 'store_full', exit: 1 });
    expect([await store.countPeople(), await store.meta('k'), await store.parity()]).toEqual([1, null, [expect.objectContaining({ people: 1 })]]);

    last().pragma('max_page_count = 1000000');
    await store.transaction(null, (tx) => tx.putPeople(big));
    expect(await store.countPeople()).toBe(501);
    await store.close();
  });
});

describe('forget leaves no trace in the file', () => {
  it('neither e-mail nor name nor note, in the file or its log', async () => {
    const path = newPath();
    const store = await openStore(`sqlite:${path}`);
    const other = await openStore(`sqlite:${path}`);
    const secrets = ['ana.lopez.unique@example.com', 'Xochiquetzalli', 'a note nobody else wrote'];
    const [mail, name, note] = secrets as [string, string, string];
    const fill = (from: number) => [...Array(300)].map((_, n) => contact(String(from + n), { personId: `p${from + n}` }));
    const change = { field: 'email', before: null, after: mail, rule: 'M1', because: note };
    for (const round of [0, 1, 2]) {
      await store.transaction(null, async (tx) => {
        await tx.putRecords([...fill(round * 1000), contact('77', { personId: 'ana', emails: [mail, `${round}${mail}`], fields: { email: mail, name, round } })]);
        await tx.putPeople([person('ana', { stage: 'mql', state: { agreed: { email: mail }, note, round }, notes: { name } })]);
        await tx.putHandoffs([handoff('ana', round, { note })]);
        await tx.addTransitions([transition('ana', { because: note })]);
        // Bodies and plans are deflated: what matters is that they cannot be read back either.
        await tx.intend([entry(`e${round}`, { personId: 'ana', key: `create:${mail}`, changes: [change] })]);
        await tx.stage('run', [staged(round + 1, { person: person('ana', { notes: { name } }) })]);
      });
    }
    // A second process has seen it too.
    expect((await other.people(['ana']))[0]?.notes).toEqual({ name });
    const bytes = (): Buffer => Buffer.concat([path, `${path}-wal`, `${path}-shm`].filter((each) => existsSync(each)).map((each) => readFileSync(each)));
    expect(secrets.filter((secret) => bytes().includes(secret))).toEqual(secrets);

    await store.forget(['ana'], []);

    expect(secrets.filter((secret) => bytes().includes(secret))).toEqual([]);
    expect(await other.countPeople()).toBe(1);
    expect((await other.pagePlan('run', 0, 9)).length).toBe(0);
    await Promise.all([store.close(), other.close()]);
    expect(secrets.filter((secret) => bytes().includes(secret))).toEqual([]);
  });
});

describe('section 10: nothing a run asks reads a whole table', () => {
  it('every statement finds its rows through an index', async () => {
    prepared.clear();
    const store = await openStore(`sqlite:${newPath()}`);
    prepared.clear();
    const ref = { crm: 'salesforce' as const, object: 'lead' as const, id: '00Q' };
    await store.transaction(null, async (tx) => {
      await tx.putRecords([salesforce('lead', '00Q')]);
      await tx.putRecords([salesforce('lead', '00Q', { emails: ['x@y.z'], personId: 'p' })]);
      await tx.putPeople([person('p')]);
      await tx.addTransitions([transition('p')]);
      await tx.putHandoffs([handoff('p', 1)]);
      await tx.enqueue(['p'], 'r', NOW);
      await tx.stage('run', [staged(1)]);
      await tx.intend([entry('e')]);
      await tx.settle([{ id: 'e', state: 'done', settledAt: 1, problem: null, ref }]);
      await tx.resolveDeadLetters([{ ref, fields: ['f'] }]);
      await tx.dequeue(['p']);
    });
    await readEverything(store, ref);
    await store.transaction(null, async (tx) => {
      await tx.deleteRecords([ref]);
      await tx.clearPlan('run');
      await tx.mergePeople('q', ['p']);
      await tx.deletePeople(['p']);
    });

    const scans: string[] = [];
    for (const sql of prepared) {
      if (!/^(select|update|delete)/i.test(sql)) continue;
      const places = (sql.match(/\?/g) ?? []).map(() => 1);
      const steps = last().prepare(`explain query plan ${sql}`).all(...places) as { detail: string }[];
      for (const { detail } of steps) if (/^SCAN|TEMP B-TREE|\(kind=\?\)$/.test(detail)) scans.push(`${detail} in ${sql.slice(0, 160)}`);
    }
    await store.close();
    // Small tables, the head of a table in its own order, and the queue's length (empty after a quiet run); for pages, what a partial index holds up to
    // a limit, and root causes and contested fields, which are few.
    const fine = /^SEARCH holds USING INDEX holds_kind \(kind=\?\) in .*kind = 'contested'|^USE TEMP B-TREE FOR ORDER BY in select "cause"|^SCAN (people USING INDEX people_(held|missing|disagreeing) |handoffs USING INDEX handoffs_unanswered |watermarks|queue|runs|holds|counters|names|run_numbers|plan_totals|journal_bodies|journal(?= in select "(intended_at|body_no|seq)"))/;
    expect(scans.filter((scan) => !fine.test(scan))).toEqual([]);
    expect(prepared.size).toBeGreaterThan(40);
  });
});

async function readEverything(store: Store, ref: { crm: 'salesforce'; object: 'lead'; id: string }): Promise<void> {
  await store.records([ref]);
  await store.recordsByKeys([{ kind: 'email', value: 'x@y.z' }]);
  await store.recordsOfPeople(['p']);
  await store.rolesOfContacts(['1']);
  await store.rolesOfOpportunities(['1']);
  await store.leadsOfOpportunities(['1']);
  await store.opportunitiesOfAccounts(['1']);
  await store.contactsOfAccounts(['1']);
  await store.pageRecords('salesforce', 'lead', 'a', 5);
  await store.people(['p']);
  await store.pagePeople('a', 5);
  await store.duePeople(NOW, null, 5);
  await store.countPeople();
  await store.peopleOfStage('mql', 'a', 5);
  await store.peopleOfStage(null, 'a', 5);
  for (const kind of ['held', 'missing', 'deleted', 'contested'] as const) await store.waitingPeople(kind, 'a', 5);
  for (const kind of ['held', 'missing', 'disagreement', 'deleted', 'contested'] as const) await store.countWaiting(kind, 5);
  for (const filter of [{}, { from: 1 }, { before: 1 }, { clock: 'answer' }, { after: { at: 1, personId: 'p', cycle: 1 } }]) await store.handoffsDue({ ...filter, limit: 5 });
  await store.countDue(NOW, 5);
  await store.unansweredHandoffs({ at: 1, personId: 'p', cycle: 1 }, 5);
  for (const filter of [{}, { reason: 'timing' }, { reason: null }, { before: { at: 1, personId: 'p', cycle: 1 } }]) await store.rejections({ ...filter, limit: 5 });
  await store.holds({ kind: 'contested', afterId: 'a', limit: 5 });
  await store.deadLetters({ state: 'open', cause: 'c', afterId: 'a', limit: 5 });
  await store.deadLetterCauses(5);
  await store.handoffs('p');
  await store.transitions('p');
  await store.handoffsOfPeople(['p']);
  await store.queue(null, 5);
  await store.planTotals('run');
  await store.pagePlan('run', 0, 5);
  await store.openIntents('e', 5);
  await store.journalOfRun('run-1', 'e', 5);
  await store.journalOfPerson('p', 5);
  await store.deadLetters({ state: 'open', limit: 5 });
  await store.openDeadLettersOf([ref]);
  await store.countDeadLetters('open');
  await store.holdsOf([ref]);
  await store.run('run');
  await store.runs(5, 5);
  await store.runs(null, 5);
  await store.meta('k');
  await store.areForgotten(['h']);
  await store.parity();
  await store.disagreements(null, 5);
  await store.prune(1, 5);
}
