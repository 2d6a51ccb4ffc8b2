import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { openStoreAt } from '../../src/wire';
import { concordProgram } from '../support/program';
import { openPlace, type Place } from './support';

/* Commands whose caller wants them to stop, or takes their words no more. */

describe('a command whose caller goes away', () => {
  let place: Place;
  beforeAll(async () => {
    place = await openPlace();
    // The first run adopts, while there is nobody whom it would change.
    await place.document('sync', 0, ['sync']);
  });
  afterAll(() => place.close());

  const begin = (args: string[], stdio: StdioOptions, more: Record<string, string> = {}): ChildProcess =>
    spawn(process.execPath, [...concordProgram(), ...args], { cwd: place.folder, env: { PATH: process.env['PATH'], HOME: place.folder, ...place.env, ...more }, stdio });
  const ended = (child: ChildProcess): Promise<{ code: number | null; stdout: string; stderr: string }> => {
    const heard = { stdout: '', stderr: '' };
    child.stdout?.on('data', (text: Buffer) => (heard.stdout += String(text)));
    child.stderr?.on('data', (text: Buffer) => (heard.stderr += String(text)));
    return new Promise((done) => child.once('close', (code) => done({ ...heard, code })));
  };

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s during a run: it ends between two batches and gives the lock back, so that the next run begins at once', async (signal) => {
    place.sandbox.hubspot.state.act({ sourceType: 'CRM_UI' }).create('contacts', { email: `${signal.toLowerCase()}@cliente.example`, lastname: 'Paz', lifecyclestage: 'lead' });
    await place.settle();
    place.sandbox.hubspot.faults.add({ match: { path: '/contacts' }, action: { do: 'delay', milliseconds: 1500 }, times: 0 });
    place.sandbox.hubspot.calls.clear();
    const child = begin(['sync', '--json'], ['ignore', 'pipe', 'pipe']);
    const end = ended(child);
    while (place.sandbox.hubspot.calls.calls.length === 0) await new Promise((done) => setTimeout(done, 20));
    child.kill(signal);
    const { code, stdout, stderr } = await end;
    place.sandbox.hubspot.faults.clear();
    expect({ code, error: (JSON.parse(stdout) as { error: { code: string } }).error.code }).toEqual({ code: 1, error: 'interrupted' });
    expect(stderr).toContain('Stopping: the batch under way is finished first.');
    // Somebody wanted it: nobody is to be woken up.
    expect(stderr).toContain('run stopped');
    expect(stderr).not.toContain('"level":"error"');
    const store = await openStoreAt(`sqlite:${join(place.folder, 'data', 'concord.db')}`);
    const lock = await store.acquireLock('the next run', Date.now(), 1000);
    expect(lock.ok).toBe(true);
    if (lock.ok) await store.releaseLock(lock.fence);
    await store.close();
    await place.document('sync', 0, ['sync']);
  });

  test('a log whose reader is gone ends no run', async () => {
    const child = begin(['sync', '--full', '--json'], ['ignore', 'pipe', 'pipe'], { LOG_LEVEL: 'debug' });
    child.stderr?.destroy();
    const { code, stdout } = await ended(child);
    expect({ code, status: (JSON.parse(stdout) as { status: string }).status }).toEqual({ code: 0, status: 'ok' });
  });

  (existsSync('/dev/full') ? test : test.skip)('a disk without room for the log or the result: the run is done all the same, and a lost result is told with exit code 1', async () => {
    const full = openSync('/dev/full', 'w');
    try {
      expect(await ended(begin(['sync', '--json'], ['ignore', 'pipe', full], { LOG_LEVEL: 'debug' }))).toMatchObject({ code: 0 });
      const lost = await ended(begin(['sync', '--full'], ['ignore', full, 'pipe']));
      expect(lost.code).toBe(1);
      expect(lost.stderr).toMatch(/^error the work is done, but its result could not be written to stdout\n {2}where: stdout \(ENOSPC\)\n {2}what to do: /);
      expect(await place.document('runs', 0, ['runs', '--limit', '1'])).toMatchObject({ runs: [{ status: 'ok' }] });
      expect((await ended(begin(['export', 'people'], ['ignore', full, 'pipe']))).code).toBe(1);
    } finally {
      closeSync(full);
    }
  });
});
