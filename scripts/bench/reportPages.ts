import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { EXPORT_TABLES } from '../../src/report/export';
import { REPORTS } from '../../src/report/make';
import { startStoreServer } from './children';
import { figures, median, type Figure } from './figure';

/*
 * The same reports as readers meet them: pages and documents over HTTP, from the server's own application with its counting processes, over a ledger of
 * many people; and everything remembered as files, with the memory of all processes meanwhile.
 */

const PASSWORD = 'the password of the measurement';
const TOKEN = 'the token of the measurement';
const WARM_MS = 300;
const FREE_MS = 2_000;
const ROUNDS = 10;

export interface Served {
  url: string;
  cookie: string;
  /** Bytes of memory, of the server and of the processes that count for it. */
  memory(): number;
}

/** Lets the browser's side in. */
async function logIn(url: string, pid: number): Promise<Served> {
  const login = await fetch(`${url}/login`, { method: 'POST', body: new URLSearchParams({ password: PASSWORD }), redirect: 'manual' });
  const cookie = (login.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  return { url, cookie, memory: () => [pid, ...childrenOf(pid)].reduce((sum, each) => sum + residentOf(each), 0) };
}

/** Of Linux alone; elsewhere nothing is known of other processes. */
function readOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function childrenOf(pid: number): number[] {
  return (readOf(`/proc/${pid}/task/${pid}/children`).match(/\d+/g) ?? []).map(Number);
}

function residentOf(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readOf(`/proc/${pid}/status`))?.[1] ?? 0) * 1024;
}

interface Exported {
  rows: number;
  /** The most memory that was taken at once. */
  peak: number;
}

/** A table written out twice; the memory of all processes the second time. */
async function exported(served: Served, table: (typeof EXPORT_TABLES)[number]): Promise<Exported> {
  const path = `/api/v1/export/${table}.csv`;
  await fetched(served, path);
  let peak = served.memory();
  const { lines } = await fetched(served, path, () => (peak = Math.max(peak, served.memory())));
  return { rows: lines - 1, peak };
}

const NEW_LINE = 10;

/** Reads an answer and lets go of it; its length in bytes and lines. */
function fetched({ url, cookie }: Pick<Served, 'url' | 'cookie'>, path: string, onData: () => void = () => undefined): Promise<{ bytes: number; lines: number }> {
  return new Promise((done, failed) => {
    const asked = request(url + path, { headers: { cookie, authorization: `Bearer ${TOKEN}` } }, (answer) => {
      let [bytes, lines] = [0, 0];
      answer.on('data', (part: Buffer) => {
        bytes += part.length;
        for (let at = part.indexOf(NEW_LINE); at !== -1; at = part.indexOf(NEW_LINE, at + 1)) lines += 1;
        onData();
      });
      answer.on('end', () => (answer.statusCode === 200 ? done({ bytes, lines }) : failed(new Error(`${path} was answered with ${answer.statusCode ?? 0}`))));
      answer.on('error', failed);
    });
    asked.on('error', failed);
    asked.end();
  });
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

const p95 = (took: number[]): number => [...took].sort((a, b) => a - b)[Math.ceil(took.length * 0.95) - 1] as number;

/** Measures over a ledger that is there. `now`: the ledger's own. */
export async function reportPages(file: string, now: number, tell: (line: string) => void): Promise<Figure[]> {
  const server = await startStoreServer({ file, now, password: PASSWORD, token: TOKEN });
  const served = await logIn(server.url, server.pid);
  const ms = (value: number): string => `${figures(value)} ms`;
  const out: Figure[] = [];
  const take = (figure: Figure): void => {
    out.push(figure);
    tell(`${figure.name}: ${figure.measured}`);
  };
  try {
    const filled = await timed(() => server.filled());
    take({ name: 'reports: all default ones counted anew after a run', target: 'no target', measured: `${figures(filled / 1000)} s, beside the server`, met: null, values: { ms: filled } });
    for (const { id, by } of REPORTS) {
      // Asked for once: from then on they are counted anew after each run.
      for (const each of [undefined, ...by]) await fetched(served, `/reports/${id}${each === undefined ? '' : `?by=${each}`}`);
    }
    for (const [name, path] of [['page', (id: string, by?: string) => `/reports/${id}${by === undefined ? '' : `?by=${by}`}`], ['API', (id: string, by?: string) => `/api/v1/reports/${id}${by === undefined ? '' : `?by=${by}`}`]] as const) {
      const took: number[] = [];
      for (let round = 0; round < ROUNDS; round += 1) for (const { id, by } of REPORTS) for (const each of [undefined, ...by]) took.push(await timed(() => fetched(served, path(id, each))));
      take({ name: `default reports over HTTP, ${name}`, target: `p95 under ${WARM_MS} ms`, measured: `p95 ${ms(p95(took))}, median ${ms(median(took))}, ${took.length} requests`, met: p95(took) < WARM_MS, values: { p95: p95(took), median: median(took) } });
    }
    await server.runEnded();
    let through = false;
    const counting = timed(() => server.filled()).finally(() => (through = true));
    const meanwhile: number[] = [];
    // Whatever is asked first: from the last that is counted anew on, so that none is new yet.
    for (const { id } of [...REPORTS].reverse()) for (const path of [`/reports/${id}`, `/api/v1/reports/${id}`]) meanwhile.push(await timed(() => fetched(served, path)));
    const early = through ? '; the counting was through before the last of them' : '';
    take({ name: 'default reports over HTTP right after a run, while they are counted anew', target: `p95 under ${WARM_MS} ms`, measured: `p95 ${ms(p95(meanwhile))}, longest ${ms(Math.max(...meanwhile))}, ${meanwhile.length} requests; counted anew in ${figures((await counting) / 1000)} s${early}`, met: p95(meanwhile) < WARM_MS, values: { p95: p95(meanwhile), longest: Math.max(...meanwhile) } });

    const pages: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) for (const path of ['/', '/reports', '/people', '/handoffs', '/runs', '/errors']) pages.push(await timed(() => fetched(served, path)));
    take({ name: 'other pages over HTTP', target: `p95 under ${WARM_MS} ms`, measured: `p95 ${ms(p95(pages))}, median ${ms(median(pages))}`, met: p95(pages) < WARM_MS, values: { p95: p95(pages), median: median(pages) } });

    let slowest = { id: '', ms: 0 };
    const waits: number[] = [];
    for (const { id, by, period, whole } of REPORTS) {
      let going = true;
      const query = new URLSearchParams({ ...(period === null ? {} : { from: '2020-01-01', to: '2026-12-31' }), ...(whole === true ? {} : { segment: 'Mexico' }), ...(by[0] === undefined ? {} : { by: by[0] }) });
      const free = timed(() => fetched(served, `/api/v1/reports/${id}?${query.toString()}`)).then((took) => {
        going = false;
        if (took > slowest.ms) slowest = { id, ms: took };
      });
      // What is counted elsewhere keeps nobody waiting here.
      while (going) waits.push(await timed(() => fetched(served, '/healthz')));
      await free;
    }
    take({ name: 'free filters over HTTP (all times, divided, filtered), slowest', target: `under ${FREE_MS} ms`, measured: `${slowest.id}: ${ms(slowest.ms)}`, met: slowest.ms < FREE_MS, values: { ms: slowest.ms } });
    take({ name: 'another request meanwhile', target: `p95 under ${WARM_MS} ms`, measured: `p95 ${ms(p95(waits))}, longest ${ms(Math.max(...waits))}`, met: p95(waits) < WARM_MS, values: { p95: p95(waits), longest: Math.max(...waits) } });

    // Each once before, so that caches and heaps are what they become: then one of a row for each person, and one of ten.
    const small = await exported(served, 'people');
    const large = await exported(served, 'transitions');
    const grown = (large.peak - small.peak) / 2 ** 20;
    const peaks = ({ peak, rows }: Exported): string => `${figures(peak / 2 ** 20)} MB at most for ${rows.toLocaleString('en-US')} rows`;
    take({ name: 'a table exported as CSV over HTTP, ten times the rows', target: 'memory flat: under 50 MB more', measured: `${peaks(small)}, ${peaks(large)}; server and counting processes together`, met: grown < 50, values: { small: small.peak, large: large.peak, grown } });
    let bytes = 0;
    const took = await timed(async () => {
      for (const table of EXPORT_TABLES) bytes += (await fetched(served, `/api/v1/export/${table}.csv?personal=true`)).bytes;
    });
    take({ name: 'everything exported as CSV over HTTP', target: 'no target', measured: `${figures(bytes / 2 ** 20)} MB in ${figures(took / 1000)} s`, met: null, values: { bytes, ms: took } });
  } finally {
    await server.close();
  }
  return out;
}
