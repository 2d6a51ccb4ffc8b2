import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import request from 'supertest';
import { createReporters } from '../../src/cli/serve/reporterProcess';
import type { ExportValue } from '../../src/report/export';
import { createReportDesk, type ReportDesk, type ReportMaker } from '../../src/web/reportDesk';
import { faultsOf } from '../cli/documents';
import { login, openWeb, TOKEN, VIEWER, wordsOf, type Web } from './support';

/* Reports that are not to be had, and files whose readers are slow: what a page, a document and the server's memory make of it. */

const bearer = { authorization: `Bearer ${TOKEN}` };

let web: Web;
beforeEach(async () => {
  web = await openWeb({ publicUrl: 'http://127.0.0.1:8080' });
});
afterEach(() => web.store.close());

/** The server's desk with somebody else to count for it. */
function deskWith(maker: ReportMaker): ReportDesk {
  const { store, agreement, log } = web.parts;
  return createReportDesk({ store, maker, agreement: () => agreement, clock: () => web.now, log });
}

/** The same refusal as a document and as a page, each with when to come again. */
async function expectRefused(code: string): Promise<void> {
  const { body, headers } = await request(web.app).get('/api/v1/reports/funnel?from=2026-01-02').set(bearer).expect(503);
  expect(faultsOf('error', body)).toEqual([]);
  expect(body).toMatchObject({ error: { code, remedy: expect.stringMatching(/./) } });
  expect(headers['retry-after']).toBe('5');
  const page = await (await login(web, VIEWER)).get('/reports/funnel?from=2026-01-03').expect(503);
  expect(page.headers['retry-after']).toBe('5');
  expect(wordsOf(page.text)).toMatch(/This report cannot be made.*Try again in a few seconds, or ask for a shorter period/);
  // The form to ask for less is still there.
  expect(page.text).toContain('action="/reports/funnel"');
}

test('processes that hang: whoever comes when enough are waiting is refused at once, the others wait', async () => {
  const ends: (() => void)[] = [];
  const desk = deskWith({ size: 2, do: (() => new Promise<void>((_, failed) => void ends.push(() => failed(new Error('ended'))))) as unknown as ReportMaker['do'], close: () => Promise.resolve() });
  web.parts.reports = desk;
  const waiting = Array.from({ length: 34 }, (_, n) => desk.report('sla', { from: `2025-01-${String((n % 28) + 1).padStart(2, '0')}`, filters: { source: String(n) } }).catch((error: unknown) => error));
  await new Promise(setImmediate);
  expect(ends).toHaveLength(2);
  await expectRefused('reports_busy');
  expect(ends).toHaveLength(2);
  const closed = desk.close();
  for (const end of ends) end();
  await closed;
  expect(await Promise.all(waiting)).toHaveLength(34);
});

test('a report that takes too long is given up with its process, and the reader told; the server goes on', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'concord-hang-'));
  const program = join(folder, 'reporter.cjs');
  writeFileSync(program, 'process.on("message", () => undefined); setInterval(() => undefined, 1000);\n');
  const reporters = createReporters({ databaseUrl: 'sqlite::memory:', agreement: () => web.parts.agreement, program, timeOutMs: 200 });
  web.parts.reports = deskWith(reporters);
  try {
    const refused = expectRefused('report_timeout');
    while (reporters.pids.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const [hung] = reporters.pids;
    await refused;
    expect(reporters.pids).not.toContain(hung);
    await request(web.app).get('/healthz').expect(200);
  } finally {
    await web.parts.reports.close();
    rmSync(folder, { recursive: true, force: true });
  }
});

test('whoever takes a file slowly makes the server hold no more than what is on its way: nothing is read from the store meanwhile', async () => {
  const PAGES = 40;
  let read = 0;
  // Pages of some four million characters: what the system holds between the two is used up by a few of them.
  const page = (): ExportValue[][] => Array.from({ length: 1_000 }, (_, n) => [n, 'x'.repeat(4_000)]);
  web.parts.reports.exportPage = async () => {
    read += 1;
    return { rows: page(), next: read < PAGES ? String(read) : null };
  };
  let answer: ServerResponse | null = null;
  const server: Server = createServer((req, res) => {
    answer = res;
    (web.app as (req: IncomingMessage, res: ServerResponse) => void)(req, res);
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const { port } = server.address() as AddressInfo;
  try {
    // A socket of its own: what stands between tests and other hosts reads a whole answer whether asked to or not.
    const taken = connect(port, '127.0.0.1');
    taken.write(`GET /api/v1/export/people.csv HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${TOKEN}\r\nConnection: close\r\n\r\n`);
    await once(taken, 'readable');
    // Not read from here on. The writer waits, or writes to the end: whichever comes first.
    const sent = answer as unknown as ServerResponse;
    let quiet = 0;
    for (let before = -1; quiet < 500 && !sent.writableEnded; ) {
      await new Promise(setImmediate);
      quiet = sent.writableNeedDrain && read === before ? quiet + 1 : 0;
      before = read;
    }
    expect(sent.writableEnded).toBe(false);
    const held = read;
    expect(held).toBeLessThan(PAGES / 2);
    expect(sent.writableLength).toBeLessThan(2 * 4_100_000);
    let bytes = 0;
    taken.on('data', (part: Buffer) => void (bytes += part.length));
    await once(taken, 'end');
    expect(read).toBe(PAGES);
    expect(bytes).toBeGreaterThan(PAGES * 4_000_000);
  } finally {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  }
});
