import { concord, type SandboxHandle } from './children';
import { figures, median, type Figure } from './figure';
import type { BareResult, Change, RunResult, Sent } from './protocol';
import type { Bench } from './worlds';

/* The figures of the performance contract (design.md section 10), each measured from outside: Concord and the CRMs are processes of their own. */

const HOUR = 3_600_000;
const seconds = (ms: number): string => `${figures(ms / 1000)} s`;

/** HubSpot's and Salesforce's calls that one quiet run may cost. */
const QUIET_CALLS = 5;
const QUIET_MS = 1_000;

/** A run over a world in which nothing happened since Concord's own echoes were read, at each size. */
export async function noChange(bench: Bench, sizes: number[], rounds: number): Promise<Figure[]> {
  const out: Figure[] = [];
  const medians: number[] = [];
  for (const people of sizes) {
    const world = await bench.world(people, true);
    const runs: RunResult[] = [];
    const calls = { hubspot: 0, salesforce: 0 };
    await bench.within(world, 'off', async (sandbox, storeFile) => {
      for (let round = 0; round <= rounds; round += 1) {
        await sandbox.ask({ do: 'calls' });
        const result = await concord(sandbox, storeFile, { job: 'run' });
        const counted = await sandbox.ask({ do: 'calls' });
        // The first round only brings the files into the machine's memory.
        if (round === 0) continue;
        runs.push(result);
        calls.hubspot = Math.max(calls.hubspot, counted.hubspot.count);
        calls.salesforce = Math.max(calls.salesforce, counted.salesforce.count);
      }
    });
    const writes = runs.reduce((sum, { summary }) => sum + summary.writes.hubspot.planned + summary.writes.salesforce.planned, 0);
    const wallMs = median(runs.map((result) => result.wallMs));
    const peakMb = Math.max(...runs.map((result) => result.peakMb));
    medians.push(wallMs);
    out.push({
      name: `no-change run, ${people.toLocaleString('en-US')} people`,
      target: `at most ${QUIET_CALLS} calls each, 0 writes, under 1 s`,
      measured: `${calls.hubspot} HubSpot and ${calls.salesforce} Salesforce calls, ${writes} writes, ${seconds(wallMs)} (${seconds(median(runs.map((result) => result.cpuMs)))} of processor), ${figures(peakMb)} MB`,
      met: calls.hubspot <= QUIET_CALLS && calls.salesforce <= QUIET_CALLS && writes === 0 && wallMs < QUIET_MS,
      values: { people, hubspotCalls: calls.hubspot, salesforceCalls: calls.salesforce, writes, wallMs, peakMb },
    });
  }
  const [least, most] = [medians[0], medians.at(-1)];
  if (medians.length > 1 && least !== undefined && most !== undefined) {
    out.push({ name: 'no-change run, largest against smallest', target: 'the same', measured: `${figures(most / least)} times`, met: most / least < 1.5, values: { ratio: most / least } });
  }
  return out;
}

/** What a settled world claims, seen by a run that reads everything: there is nothing to write. */
export async function settled(bench: Bench, people: number): Promise<Figure[]> {
  const world = await bench.world(people, true);
  const { summary } = await bench.within(world, 'off', async (sandbox, storeFile) => {
    await sandbox.advance(HOUR);
    return concord(sandbox, storeFile, { job: 'run', full: true, dryRun: true });
  });
  const planned = summary.writes.hubspot.planned + summary.writes.salesforce.planned;
  const read = summary.read.hubspot.contacts + summary.read.salesforce.leads + summary.read.salesforce.contacts + summary.read.salesforce.opportunities;
  return [{ name: `a settled world read again in full, ${people.toLocaleString('en-US')} people`, target: 'nothing to write', measured: `${read.toLocaleString('en-US')} records read, ${planned} writes planned`, met: planned === 0, values: { read, planned } }];
}

const CHANGES: Record<Change, string> = {
  reps_accept: 'reps accept leads in Salesforce',
  reps_reject: 'reps reject leads in Salesforce',
  marketing_edits: 'marketing edits job titles in HubSpot',
  marketing_stages: 'marketing sets contacts to MQL in HubSpot',
};
/** Changes of fields whose author and time are asked for (L5), in HubSpot with 50 records a call. */
const WITH_HISTORY: readonly Change[] = ['marketing_stages'];
const HISTORY_BATCH = 50;
const MOST_CALLS = 1.2;

/** Calls per changed record against the least that the same reading and writing can cost. */
export async function calls(bench: Bench, people: number, changed: number): Promise<Figure[]> {
  const world = await bench.world(people, true);
  const out: Figure[] = [];
  for (const kind of Object.keys(CHANGES) as Change[]) {
    const { quiet, done, count } = await bench.within(world, 'off', async (sandbox, storeFile) => {
      const quiet = await counted(sandbox, storeFile);
      await sandbox.advance(HOUR);
      const { changed: count } = await sandbox.ask({ do: 'change', kind, count: changed });
      // Past HubSpot's index lag.
      await sandbox.advance(60_000);
      return { quiet, done: await counted(sandbox, storeFile), count };
    });
    const histories = WITH_HISTORY.includes(kind) ? Math.ceil(count / HISTORY_BATCH) : 0;
    const bound = lowerBound(quiet.calls, done.result) + histories;
    const ratio = done.calls / bound;
    out.push({
      name: `calls, ${count} changed: ${CHANGES[kind]}`,
      target: `at most ${MOST_CALLS} times the lower bound`,
      measured: `${done.calls} calls for ${describe(done.result.sent)}; the bound is ${bound}${histories === 0 ? '' : `, ${histories} of them for histories (L5)`}: ${figures(ratio)} times, ${figures(done.calls / Math.max(1, count))} calls a record`,
      met: ratio <= MOST_CALLS,
      values: { changed: count, calls: done.calls, bound, histories, ratio },
    });
  }
  return out;
}

async function counted(sandbox: SandboxHandle, storeFile: string): Promise<{ result: RunResult; calls: number }> {
  await sandbox.ask({ do: 'calls' });
  const result = await concord(sandbox, storeFile, { job: 'run' });
  const { hubspot, salesforce } = await sandbox.ask({ do: 'calls' });
  return { result, calls: hubspot.count + salesforce.count };
}

function describe({ hubspot, salesforce }: Sent): string {
  return `${hubspot.updates + hubspot.creates} HubSpot and ${salesforce.leadUpdates + salesforce.contactUpdates + salesforce.creates} Salesforce writes`;
}

/**
 * Full pages read, full batches written, one re-reading of what people edit too (W4), one of stages (W12), one of what was created; stages that go back
 * are cleared first (L8). Page and batch sizes are the vendors': HubSpot searches 200 a page and takes and reads 100 a batch, Salesforce gives 2,000
 * rows a page, takes 200 records a call and gives 2,000 by id. Connecting and the first pages cost what a quiet run costs.
 */
export function lowerBound(quietCalls: number, { summary, sent }: Pick<RunResult, 'sent'> & { summary: Pick<RunResult['summary'], 'read'> }): number {
  const full = (count: number, size: number): number => Math.ceil(count / size);
  const more = (count: number, size: number): number => Math.max(0, full(count, size) - 1);
  const { read } = summary;
  const reading = more(read.hubspot.contacts, 200) + more(read.salesforce.leads, 2_000) + more(read.salesforce.contacts, 2_000) + more(read.salesforce.opportunities, 2_000);
  const { hubspot, salesforce } = sent;
  const writing = full(hubspot.updates, 100) + full(hubspot.creates, 100) + full(hubspot.clears, 100) + full(salesforce.leadUpdates, 200) + full(salesforce.contactUpdates, 200) + full(salesforce.creates, 200);
  const again = full(hubspot.contested, 100) + full(hubspot.readBack, 100) + full(salesforce.contestedLeads, 2_000) + full(salesforce.contestedContacts, 2_000) + full(hubspot.creates, 100) + full(salesforce.creates, 2_000);
  return quietCalls + reading + writing + again;
}

const MOST_OVER_BARE = 1.5;
const MOST_BYTES = 4_096;

/** A full first run without limits, against a bare loop; then the runs that read its echoes and nothing. */
export async function firstRun(bench: Bench, people: number, rounds: number): Promise<Figure[]> {
  const world = await bench.world(people, false);
  const concords: RunResult[] = [];
  const bares: BareResult[] = [];
  let echo: RunResult | undefined;
  let quiet: RunResult | undefined;
  for (let round = 0; round < rounds; round += 1) {
    const kept = bench.path(`first-${round}.store.db`);
    await bench.within(world, 'off', async (sandbox) => {
      concords.push(await concord(sandbox, kept, { job: 'run' }));
      if (round > 0) return;
      await sandbox.advance(HOUR);
      echo = await concord(sandbox, kept, { job: 'run' });
      await sandbox.advance(HOUR);
      quiet = await concord(sandbox, kept, { job: 'run' });
    });
    if (round === 0 && rounds > 1) continue;
    const bare = await bench.within(world, 'off', (sandbox) => concord(sandbox, kept, { job: 'bare' }));
    bares.push(bare);
  }
  const counted = rounds > 1 ? concords.slice(1) : concords;
  const [mine, mineCpu] = [median(counted.map((result) => result.wallMs)), median(counted.map((result) => result.cpuMs))];
  const [bare, bareCpu] = [median(bares.map((result) => result.wallMs)), median(bares.map((result) => result.cpuMs))];
  const bytes = (concords[0] as RunResult).storeBytes / people;
  const wrote = echo === undefined ? 0 : echo.summary.writes.hubspot.planned + echo.summary.writes.salesforce.planned;
  const quietCalls = quiet === undefined ? 0 : Math.max(quiet.summary.api_calls.hubspot, quiet.summary.api_calls.salesforce);
  const size = people.toLocaleString('en-US');
  return [
    {
      name: `full first run, limits off, ${size} people`,
      target: `at most ${MOST_OVER_BARE} times a bare loop`,
      measured: `${seconds(mine)} against ${seconds(bare)}: ${figures(mine / bare)} times, ${figures((people / mine) * 1000)} people/s ; processor ${seconds(mineCpu)} against ${seconds(bareCpu)}: ${figures(mineCpu / bareCpu)} times`,
      met: mine / bare <= MOST_OVER_BARE,
      values: { people, wallMs: mine, bareMs: bare, ratio: mine / bare, cpuMs: mineCpu, bareCpuMs: bareCpu, cpuRatio: mineCpu / bareCpu },
    },
    {
      name: `after the first run, ${size} people`,
      target: 'own echoes write nothing; then a quiet run',
      measured: `${echo?.summary.read.hubspot.contacts ?? 0} contacts read again, ${wrote} writes; then ${quietCalls} calls at most in one CRM`,
      met: wrote === 0 && quietCalls <= QUIET_CALLS,
      values: { wrote, quietCalls },
    },
    { name: `store after a first run, ${size} people`, target: 'at most 4 KB a person', measured: `${figures(bytes)} bytes a person`, met: bytes <= MOST_BYTES, values: { bytes } },
  ];
}

const LEAST_SHARE = 0.9;

/** A full first run under the CRMs' limits: how much of HubSpot's ten-second window is used, and that no call runs into it. */
export async function limits(bench: Bench, people: number, perTenSeconds: number): Promise<Figure[]> {
  const world = await bench.world(people, false);
  const { result, counts } = await bench.within(world, 'real', async (sandbox, storeFile) => {
    await sandbox.ask({ do: 'tier', perTenSeconds });
    await sandbox.ask({ do: 'calls' });
    return { result: await concord(sandbox, storeFile, { job: 'run' }), counts: await sandbox.ask({ do: 'calls' }) };
  });
  // A window of ten seconds lets the first calls through at once: the last call cannot come before this.
  const leastMs = Math.floor((counts.hubspot.count - 1) / perTenSeconds) * 10_000;
  const share = leastMs / result.wallMs;
  const refused = counts.hubspot.refused + counts.salesforce.refused;
  return [
    {
      name: `full first run, limits on (${perTenSeconds} HubSpot calls in 10 s), ${people.toLocaleString('en-US')} people`,
      target: `at least ${LEAST_SHARE * 100} % of what the slower limit allows, no 429`,
      measured: `${counts.hubspot.count} HubSpot calls in ${seconds(result.wallMs)}, at best ${seconds(leastMs)}: ${figures(share * 100)} %, ${refused} refused`,
      met: share >= LEAST_SHARE && refused === 0,
      values: { people, hubspotCalls: counts.hubspot.count, wallMs: result.wallMs, leastMs, share, refused },
    },
  ];
}

const LEAST_RATE = 20_000;

export async function engine(bench: Bench, people: number, rounds: number): Promise<Figure[]> {
  // An empty world: only its descriptions are asked for.
  const world = await bench.world(0, false);
  const result = await bench.within(world, 'off', (sandbox, storeFile) => concord(sandbox, storeFile, { job: 'engine', people, seed: 1, rounds }));
  const rate = (result.people / result.cpuMs) * 1000;
  return [
    {
      name: 'engine alone: match, decide, plan',
      target: `at least ${LEAST_RATE.toLocaleString('en-US')} people/s on one core`,
      measured: `${figures(rate)} people/s of processor time, ${figures((result.people / result.wallMs) * 1000)} by the clock`,
      met: rate >= LEAST_RATE,
      values: { people: result.people, writes: result.writes, perCpuSecond: rate, perSecond: (result.people / result.wallMs) * 1000 },
    },
  ];
}

const MOST_MB = 400;

/** Peak memory of Concord's process during first runs, and during a quiet run of the largest size. */
export async function memory(bench: Bench, sizes: number[], quietSize: number | null): Promise<Figure[]> {
  const out: Figure[] = [];
  const push = (what: string, people: number, peakMb: number, more: string): void => {
    out.push({ name: `peak memory, ${what}, ${people.toLocaleString('en-US')} people`, target: `under ${MOST_MB} MB, flat`, measured: `${figures(peakMb)} MB${more}`, met: peakMb < MOST_MB, values: { people, peakMb } });
  };
  for (const people of sizes) {
    const world = await bench.world(people, false);
    const result = await bench.within(world, 'off', (sandbox, storeFile) => concord(sandbox, storeFile, { job: 'run' }));
    push('first run', people, result.peakMb, ` (${seconds(result.wallMs)}, ${figures((people / result.wallMs) * 1000)} people/s, store ${figures(result.storeBytes / people)} bytes a person)`);
  }
  if (quietSize !== null) {
    const world = await bench.world(quietSize, true);
    const result = await bench.within(world, 'off', (sandbox, storeFile) => concord(sandbox, storeFile, { job: 'run' }));
    push('no-change run', quietSize, result.peakMb, '');
  }
  return out;
}
