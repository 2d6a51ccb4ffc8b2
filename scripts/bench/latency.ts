import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SandboxHandle } from './children';
import { compile } from './compiled';
import { figures, median, type Figure } from './figure';
import { AGREEMENT } from './session';
import type { Bench } from './worlds';

/* From a person's change in one CRM to its effect in the other, with `concord serve` as it ships: the interval of its feedback pass included. */

const MOST_POLLING_MS = 60_000;
const MOST_WEBHOOK_MS = 10_000;

interface Served {
  url: string;
  stop(): Promise<void>;
}

/** `concord serve` as a process of its own, when it is ready. */
async function serve(sandbox: SandboxHandle, storeFile: string): Promise<Served> {
  const folder = mkdtempSync(join(tmpdir(), 'concord-bench-serve-'));
  const { hubspot, salesforce } = sandbox.addresses;
  const env = {
    HUBSPOT_ACCESS_TOKEN: hubspot.token,
    HUBSPOT_CLIENT_SECRET: hubspot.clientSecret,
    HUBSPOT_API_URL: hubspot.url,
    SALESFORCE_LOGIN_URL: salesforce.url,
    SALESFORCE_CLIENT_ID: salesforce.clientId,
    SALESFORCE_CLIENT_SECRET: salesforce.clientSecret,
    DATABASE_URL: `sqlite:${storeFile}`,
    CONCORD_AGREEMENT: join(__dirname, '..', '..', AGREEMENT),
    CONCORD_PORT: '0',
    LOG_LEVEL: 'error',
  };
  const child: ChildProcess = spawn(process.execPath, [join(compile(), 'src', 'cli', 'main.js'), 'serve', '--json'], { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] });
  const url = await new Promise<string>((found, failed) => {
    let said = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (said.includes('}\n')) found((JSON.parse(said) as { url: string }).url);
    });
    child.once('exit', (code) => failed(new Error(`concord serve ended with ${String(code)}`)));
  });
  const stop = async (): Promise<void> => {
    const ended = once(child, 'close');
    child.kill('SIGTERM');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  for (;;) {
    if ((await fetch(`${url}/readyz`)).ok) return { url, stop };
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

export async function latency(bench: Bench, people: number, rounds: number): Promise<Figure[]> {
  const world = await bench.world(people, true);
  return bench.within(world, 'off', async (sandbox, storeFile) => {
    const served = await serve(sandbox, storeFile);
    try {
      const polled: number[] = [];
      for (let round = 0; round < rounds; round += 1) {
        polled.push((await sandbox.ask({ do: 'reject_and_wait' })).ms);
        // The next one begins at another moment of the interval.
        await new Promise((resolve) => setTimeout(resolve, 7_000 * (round + 1)));
      }
      await sandbox.ask({ do: 'webhooks', url: `${served.url}/webhooks/hubspot` });
      const told: number[] = [];
      for (let round = 0; round < rounds; round += 1) told.push((await sandbox.ask({ do: 'edit_and_wait' })).ms);
      const size = people.toLocaleString('en-US');
      const figure = (name: string, target: string, times: number[], most: number): Figure => ({
        name: `${name}, ${size} people`,
        target,
        measured: `${figures(median(times) / 1000)} s, at most ${figures(Math.max(...times) / 1000)} s of ${times.length}`,
        met: Math.max(...times) < most,
        values: { people, medianMs: median(times), mostMs: Math.max(...times) },
      });
      return [
        figure('rep’s rejection to the marketing record, by feedback pass', 'under 60 s', polled, MOST_POLLING_MS),
        figure('marketer’s edit to the sales record, by webhook', 'under 10 s', told, MOST_WEBHOOK_MS),
      ];
    } finally {
      await served.stop();
    }
  });
}
