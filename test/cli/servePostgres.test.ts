import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { startPostgres, type Postgres } from '../support/postgres';
import { describeWith, POSTGRES } from '../support/skips';
import { documentOf, editAgreement, openPlace, start, type Document, type Place } from './support';

/* `concord serve` and `concord sync` as processes on a PostgreSQL server that goes away and comes back (section 9). */

const TOKEN = 'an API token of enough length';

describeWith(POSTGRES, 'a PostgreSQL server that goes away', () => {
  let server: Postgres;
  let place: Place;
  let child: ChildProcess | null = null;
  let said = '';
  beforeAll(async () => {
    const started = await startPostgres();
    if (started === null) throw new Error('PostgreSQL was there when the tests were collected, and is not any more');
    server = started;
    place = await openPlace();
    place.env['DATABASE_URL'] = `${server.url}?schema=served`;
  });
  afterAll(async () => {
    if (child !== null && child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'close');
    }
    await place.close();
    await server.stop();
  });

  async function until<T>(look: () => Promise<T> | T, ms = 90_000): Promise<T> {
    const end = Date.now() + ms;
    for (;;) {
      const found = await look();
      if (found !== false && found !== undefined && found !== null) return found;
      if (Date.now() > end) throw new Error(`it did not happen: ${look.toString()}\n${said}`);
      await wait(100);
    }
  }

  test('serve stays up, says so, and goes on once the server is back; a command ends with 1 and what to do', async () => {
    const contact = (): Record<string, string> => place.sandbox.hubspot.state.byEmail('ana@cliente.example')?.properties ?? {};
    place.sandbox.hubspot.state.act({ sourceType: 'CRM_UI', userId: 7 }).create('contacts', { email: 'ana@cliente.example', firstname: 'Ana', lastname: 'Paz', company: 'Cliente SA', country: 'Mexico', lifecyclestage: 'lead' });
    await place.settle();
    await place.document('sync', 0, ['sync', '--allow-large-change']);

    const agreement = editAgreement(place, 'agreement.yaml', (text) => text.replace('feedback: 45s', 'feedback: 5s').replace('sync: "*/5 * * * *"', 'sync: "0 5 1 1 *"').replace('full: "30 3 * * *"', 'full: "0 6 1 1 *"'));
    const served = (child = start(place.folder, ['serve', '--json', '--agreement', agreement], { ...place.env, CONCORD_PORT: '0', CONCORD_API_TOKEN: TOKEN, LOG_LEVEL: 'info' }));
    let stdout = '';
    served.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text));
    served.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    await until(() => stdout.includes('}\n') || served.exitCode !== null);
    const url = String(documentOf('serve', { code: served.exitCode, stdout, stderr: said })['url']);
    const get = async (path: string): Promise<{ status: number; body: Document }> => {
      const answer = await fetch(url + path, { headers: { authorization: `Bearer ${TOKEN}` } });
      return { status: answer.status, body: (await answer.json()) as Document };
    };
    await until(async () => (await get('/readyz')).body['ready'] === true);

    await server.crash();
    expect((await get('/healthz')).status).toBe(200);
    expect(await get('/readyz')).toMatchObject({ status: 503, body: { ready: false, store: false, reasons: expect.arrayContaining(['store: it does not answer']) } });
    expect(await get('/api/v1/runs')).toMatchObject({ status: 503, body: { error: { code: 'store_unreachable', remedy: expect.any(String) } } });
    await until(() => /"a run failed"[^\n]*store_unreachable|store_unreachable[^\n]*"a run failed"/.test(said));
    await place.document('error', 1, ['sync']).then((failed) => expect(failed).toMatchObject({ error: { code: 'store_unreachable', where: expect.any(String), remedy: expect.any(String) } }));
    expect(served.exitCode).toBeNull();

    await server.restart();
    expect((await get('/readyz')).body).toMatchObject({ store: true });
    place.sandbox.hubspot.state.act({ sourceType: 'FORM' }).update('contacts', contact()['hs_object_id'] as string, { hubspotscore: '72' });
    await place.settle();
    const asked = await fetch(`${url}/api/v1/runs`, { method: 'POST', headers: { authorization: `Bearer ${TOKEN}` } });
    expect(asked.status).toBe(202);
    await until(() => contact()['concord_stage'] === 'mql');
    await until(async () => (await get('/readyz')).body['ready'] === true);
    served.kill('SIGTERM');
    expect(await once(served, 'close')).toEqual([0, null]);
    expect(said).not.toMatch(/cliente\.example|Paz|unexpected/);
  });
});
