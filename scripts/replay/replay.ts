import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { applySetup } from '../../src/cli/commands/setup';
import { quiet, type Progress } from '../../src/run/parts';
import { run, type RunSummary } from '../../src/run/run';
import { onSandbox } from '../../src/cli/commands/sandbox';
import { loadSettings } from '../../src/config/load';
import { SandboxClock } from '../../src/sandbox/clock';
import { startSandbox } from '../../src/sandbox/server';
import { connectCrms, connectStore, joinParts, readAgreement } from '../../src/wire';
import { expectedByOrigin, readFunnel, type OriginRow } from './csv';
import { countByOrigin } from './count';
import { loadFunnel } from './load';

export interface Replay {
  people: number;
  deals: number;
  /** From both CRMs, after Concord's runs. */
  found: OriginRow[];
  /** From the files alone. */
  expected: OriginRow[];
  agrees: boolean;
  first: RunSummary;
  second: RunSummary;
}

/** Loads a funnel into empty sandbox CRMs, runs Concord twice, and compares what the CRMs then say with what the files say. */
export async function replay(folder: string, tell: (line: string) => void = () => undefined, progress: Progress = quiet): Promise<Replay> {
  const funnel = await readFunnel(folder);
  const place = mkdtempSync(join(tmpdir(), 'concord-replay-'));
  const clock = new SandboxClock();
  const sandbox = await startSandbox({ file: join(place, 'sandbox.db'), clock, limits: 'off' });
  const agreement = readAgreement('config/agreement.yaml');
  const settings = { ...onSandbox(loadSettings({}), sandbox), databaseUrl: `sqlite:${join(place, 'concord.db')}` };
  clock.set(Math.min(...funnel.leads.map((lead) => Date.parse(`${lead.firstContact}T00:00:00Z`))));
  const crms = await connectCrms(settings, agreement, { clock: () => clock.now(), limits: 'off' });
  const store = await connectStore(settings);
  try {
    const parts = await joinParts(settings, agreement, crms, store, { clock: () => clock.now(), progress, log: { info: () => undefined, warn: () => undefined, error: () => undefined } });
    tell(`Loading ${funnel.leads.length} leads into HubSpot and ${funnel.deals.length} deals into Salesforce, day by day …`);
    await applySetup(parts, () => undefined);
    await loadFunnel(sandbox, funnel);
    clock.advance(24 * 3_600_000);
    tell('sync …');
    const first = await run(parts, { mode: 'apply', allowLargeChange: true });
    clock.advance(3_600_000);
    tell('sync again …');
    const second = await run(parts, { mode: 'apply' });
    const found = await countByOrigin(sandbox);
    const expected = expectedByOrigin(funnel);
    return { people: funnel.leads.length, deals: funnel.deals.length, found, expected, agrees: JSON.stringify(found) === JSON.stringify(expected), first, second };
  } finally {
    await crms.hubspot.close();
    await crms.salesforce.close();
    await store.close();
    await sandbox.close();
    rmSync(place, { recursive: true, force: true });
  }
}
