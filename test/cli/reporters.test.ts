import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileAgreement } from '../../src/agreement/compile';
import { holidayData } from '../../src/agreement/holidays';
import { createReporters } from '../../src/cli/serve/reporterProcess';
import { openStore } from '../../src/store';
import type { ReportTask } from '../../src/run/reportTasks';
import { agreementOf } from '../support/agreement';
import { documentOf, openPlace, start, type Place } from './support';

/* The processes that count for the server: what becomes of a report when one of them ends, hangs, or the store is somebody else's. */

const agreement = agreementOf();
const TASK: ReportTask = { do: 'make', name: 'funnel', request: {}, now: 0 };

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'concord-reporters-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A process that answers a task as `answer` says; `started` counts how often it was started. */
function programThat(answer: string): { program: string; started: () => number } {
  const [program, log] = [join(folder, 'reporter.cjs'), join(folder, 'started')];
  writeFileSync(program, `const fs = require('fs');\nfs.appendFileSync(${JSON.stringify(log)}, 'x');\nconst starts = fs.readFileSync(${JSON.stringify(log)}, 'utf8').length;\nlet told = null;\nprocess.on('message', (message) => { if (message.type === 'agreement') told = message; if (message.type !== 'task') return; const done = (value) => process.send({ type: 'done', id: message.id, answer: value }); ${answer} });\n`);
  return { program, started: () => readFileSync(log, 'utf8').length };
}

const open = (program: string, more: { timeOutMs?: number; agreement?: () => typeof agreement } = {}): ReturnType<typeof createReporters> => createReporters({ databaseUrl: 'sqlite::memory:', agreement: () => agreement, program, ...more });

test('one that is killed in the middle is started again, and whoever asked hears nothing of it', async () => {
  const { program, started } = programThat('if (starts === 1) process.kill(process.pid, "SIGKILL"); else done("counted");');
  const reporters = open(program);
  expect(await reporters.do(TASK)).toBe('counted');
  expect(started()).toBe(2);
  await reporters.close();
});

test('one that always ends says so, with what to do', async () => {
  const { program, started } = programThat('process.exit(1);');
  const reporters = open(program);
  await expect(reporters.do(TASK)).rejects.toMatchObject({ code: 'reporter_lost', remedy: expect.stringMatching(/./) });
  expect(started()).toBe(2);
  await reporters.close();
});

test('one that never answers is ended with its report; the next report has a process of its own', async () => {
  const { program, started } = programThat('if (message.task.name === "sla") done("counted");');
  const reporters = open(program, { timeOutMs: 300 });
  await expect(reporters.do(TASK)).rejects.toMatchObject({ code: 'report_timeout' });
  expect(reporters.pids).toEqual([]);
  const patient = open(program);
  expect(await patient.do({ ...TASK, name: 'sla' })).toBe('counted');
  expect(started()).toBeGreaterThanOrEqual(1);
  await reporters.close();
  await patient.close();
});

test('two at once go to two processes, one after the other to one; an edited agreement is told once, as the server has it', async () => {
  let current = agreement;
  const { program, started } = programThat('done(told && told.hash);');
  const reporters = open(program, { agreement: () => current });
  expect(await Promise.all([reporters.do(TASK), reporters.do(TASK)])).toEqual([agreement.hash, agreement.hash]);
  expect(reporters.pids).toHaveLength(2);
  current = { ...agreement, hash: 'edited' };
  expect(await reporters.do(TASK)).toBe('edited');
  expect(started()).toBe(2);
  const ended = reporters.pids.length;
  await reporters.close();
  expect(ended).toBe(2);
  await expect(reporters.do(TASK)).rejects.toMatchObject({ code: 'interrupted' });
});

test('an agreement that went over the channel is the same one', () => {
  const settings = JSON.parse(JSON.stringify(agreement.settings)) as typeof agreement.settings;
  expect(compileAgreement(settings, holidayData() ?? undefined).hash).toBe(agreement.hash);
});

describe('in `concord serve`', () => {
  const TOKEN = 'an API token of enough length';
  let place: Place;
  beforeAll(async () => {
    place = await openPlace();
    place.sandbox.hubspot.state.act({ sourceType: 'CRM_UI', userId: 7 }).create('contacts', { email: 'ana@cliente.example', lastname: 'Paz', company: 'Cliente SA', country: 'Mexico', lifecyclestage: 'lead' });
    await place.settle();
    await place.document('sync', 0, ['sync', '--allow-large-change']);
  });
  afterAll(() => place.close());

  test('reports are counted beside it: also after a kill, and while somebody else writes to the store', async () => {
    const child = start(place.folder, ['serve', '--json'], { ...place.env, CONCORD_PORT: '0', CONCORD_API_TOKEN: TOKEN });
    const ended = once(child, 'close');
    let [stdout, stderr] = ['', ''];
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const up = new Promise<void>((done) => child.stdout?.setEncoding('utf8').on('data', (text: string) => ((stdout += text).includes('}\n') ? done() : undefined)));
    try {
      await Promise.race([up, ended]);
      const { url } = documentOf('serve', { code: child.exitCode, stdout, stderr }) as unknown as { url: string };
      const get = (path: string): Promise<Response> => fetch(`${url}${path}`, { headers: { authorization: `Bearer ${TOKEN}` } });
      const report = async (path: string): Promise<unknown> => {
        const answer = await get(`/api/v1/reports/${path}`);
        return documentOf('report', { code: answer.status, stdout: await answer.text(), stderr });
      };
      expect(await report('funnel?fresh=true')).toMatchObject({ report: 'funnel' });
      expect((await get('/api/v1/export/people.csv')).status).toBe(200);

      const reporters = childrenOf(child.pid as number).filter((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('reporter'));
      expect(reporters.length).toBeGreaterThanOrEqual(1);
      for (const pid of reporters) process.kill(pid, 'SIGKILL');
      expect(await report('sla?from=2026-01-01')).toMatchObject({ report: 'sla' });

      const store = await openStore(`sqlite:${join(place.folder, 'data', 'concord.db')}`);
      try {
        await store.transaction(null, async (tx) => {
          await tx.setMeta('written_meanwhile', 'yes');
          expect(await report('velocity?from=2026-01-01')).toMatchObject({ report: 'velocity' });
          expect((await get('/healthz')).status).toBe(200);
        });
      } finally {
        await store.close();
      }
    } finally {
      child.kill('SIGTERM');
      expect((await ended)[0]).toBe(0);
    }
  });
});

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter((each) => each !== '').map(Number);
}
