import { statSync } from 'node:fs';
import type { JournalEntry, RecordWrite } from '../../src/domain/write';
import { identityOf } from '../../src/run/apply';
import { run } from '../../src/run/run';
import type { Parts, Progress } from '../../src/run/parts';
import { applySetup } from '../../src/cli/commands/setup';
import { OBJECTS } from '../../src/run/read';
import { measureEngine } from './engine';
import type { Answer, BareResult, ConcordStart, EngineReply, JobReplies, RunResult, Sent, Spent } from './protocol';
import { compileLess, keepHeapSmall } from '../../src/cli/v8';
import { insideRun, openSession, type Session } from './session';

/* Concord in a process of its own: one job, one answer, and out. */

async function timed<T>(work: () => Promise<T>): Promise<T & Spent> {
  const cpu = process.cpuUsage();
  const began = performance.now();
  const result = await work();
  const wallMs = performance.now() - began;
  const { user, system } = process.cpuUsage(cpu);
  // maxRSS is in kibibytes (https://nodejs.org/api/process.html#processresourceusage).
  return { ...result, wallMs, cpuMs: (user + system) / 1000, peakMb: (process.resourceUsage().maxRSS * 1024) / 1_000_000 };
}

/** Sums up where a run spends its time, by the steps that it reports. */
function createSteps(): Progress & { taken(): RunResult['steps'] } {
  const taken: RunResult['steps'] = {};
  let current = 'starting';
  let at = performance.now();
  let cpu = process.cpuUsage();
  const turn = (next: string): void => {
    const { user, system } = process.cpuUsage(cpu);
    const sum = (taken[current] ??= { wallMs: 0, cpuMs: 0 });
    sum.wallMs += performance.now() - at;
    sum.cpuMs += (user + system) / 1000;
    current = next;
    at = performance.now();
    cpu = process.cpuUsage();
  };
  return { step: turn, advance: () => undefined, done: () => turn('between steps'), taken: () => taken };
}

const steps = createSteps();

async function work(session: Session, start: ConcordStart): Promise<JobReplies[keyof JobReplies]> {
  const { parts } = session;
  const { job } = start;
  switch (job.job) {
    case 'setup':
      return timed(async () => {
        await applySetup(parts, () => undefined);
        return {};
      });
    case 'run': {
      const done = await timed(async () => ({ summary: await run(parts, { mode: job.dryRun === true ? 'dry-run' : 'apply', allowLargeChange: true, full: job.full === true }) }));
      const usage = { hubspot: parts.hubspot.usage(), salesforce: parts.salesforce.usage() };
      const sent = await sentBy(parts, done.summary.run);
      await session.close();
      return { ...done, sent, steps: steps.taken(), usage, storeBytes: statSync(start.storeFile).size } satisfies RunResult;
    }
    case 'bare': {
      const batches = await batchesOf(parts);
      return timed(() => bare(parts, batches)) satisfies Promise<BareResult>;
    }
    case 'engine': {
      const { people, seed, rounds } = job;
      const result = await insideRun(parts, (pass) => measureEngine(pass, { people, seed, at: pass.now, ownerId: '005Ws000000000A' }, rounds));
      return { ...result, peakMb: (process.resourceUsage().maxRSS * 1024) / 1_000_000 } satisfies EngineReply;
    }
  }
}

async function sentBy(parts: Parts, run: string): Promise<Sent> {
  const sent: Sent = { hubspot: { updates: 0, creates: 0, contested: 0, readBack: 0, clears: 0 }, salesforce: { leadUpdates: 0, contactUpdates: 0, creates: 0, contestedLeads: 0, contestedContacts: 0 } };
  for await (const entry of journal(parts, run)) {
    const isContested = entry.changes.some((change) => change.contested === true);
    if (entry.crm === 'hubspot') {
      const isClear = entry.changes.every((change) => change.rule === 'L8');
      if (isClear) sent.hubspot.clears += 1;
      else if (entry.op === 'create') sent.hubspot.creates += 1;
      else {
        sent.hubspot.updates += 1;
        if (isContested) sent.hubspot.contested += 1;
        if (entry.changes.some((change) => change.readBack === true)) sent.hubspot.readBack += 1;
      }
    } else if (entry.op === 'create') sent.salesforce.creates += 1;
    else {
      sent.salesforce[entry.object === 'lead' ? 'leadUpdates' : 'contactUpdates'] += 1;
      if (isContested) sent.salesforce[entry.object === 'lead' ? 'contestedLeads' : 'contestedContacts'] += 1;
    }
  }
  return sent;
}

async function* journal(parts: Parts, run: string): AsyncGenerator<JournalEntry> {
  for (let after: string | null = null; ; ) {
    const entries = await parts.store.journalOfRun(run, after, 1000);
    if (entries.length === 0) return;
    after = entries.at(-1)?.id ?? null;
    yield* entries.filter((entry) => entry.op === 'create' || entry.op === 'update');
  }
}

type Batch = { crm: 'hubspot' | 'salesforce'; writes: RecordWrite[] };

/** The writes of the first run in the store, in full batches, put together beforehand. Runs that read its echoes may have followed. */
async function batchesOf(parts: Parts): Promise<Batch[]> {
  const first = (await parts.store.runs(null, 100)).at(-1);
  if (first === undefined) throw new Error('the store knows no run');
  const open = new Map<string, Batch>();
  const full: Batch[] = [];
  for await (const entry of journal(parts, first.id)) {
    const name = `${entry.crm} ${entry.object} ${entry.op}`;
    const batch = open.get(name) ?? { crm: entry.crm, writes: [] };
    open.set(name, batch);
    const fields = Object.fromEntries(entry.changes.map((change) => [change.field, change.after]));
    const identity = entry.op === 'create' ? identityOf({ parts } as Parameters<typeof identityOf>[0], entry.crm, fields) : null;
    batch.writes.push({ key: entry.id, object: entry.object as RecordWrite['object'], op: entry.op as RecordWrite['op'], ...(entry.op === 'update' ? { id: entry.ref?.id ?? '' } : {}), fields, ...(identity === null ? {} : { identity }) });
    if (batch.writes.length < parts[entry.crm].batchSize) continue;
    full.push(batch);
    open.delete(name);
  }
  return [...full, ...open.values()];
}

/** The least that any program must do with these clients: read every page, send every batch. */
async function bare(parts: Parts, batches: Batch[]): Promise<Pick<BareResult, 'records' | 'writes'>> {
  let records = 0;
  let writes = 0;
  for (const crm of ['hubspot', 'salesforce'] as const) {
    await parts[crm].connect();
    await parts[crm].describe();
    const since = Object.fromEntries(OBJECTS[crm].map((object) => [object, null]));
    for await (const page of parts[crm].read({ since, fields: parts.fields.select[crm] })) records += page.records.length;
  }
  for (const batch of batches) {
    for (const outcome of await parts[batch.crm].write(batch.writes)) {
      if (outcome.outcome !== 'done') throw new Error(`the bare loop's write was ${outcome.outcome}: ${outcome.problem.code}`);
      writes += 1;
    }
  }
  return { records, writes };
}

async function main(): Promise<void> {
  // As the command line does.
  keepHeapSmall();
  compileLess();
  const start = JSON.parse(process.argv[2] ?? '{}') as ConcordStart;
  const session = await openSession(start.addresses, start.limits, start.storeFile, start.aheadMs, steps);
  const value = await work(session, start);
  await session.close();
  process.send?.({ ok: true, value } satisfies Answer<unknown>, () => process.exit(0));
}

main().catch((error: unknown) => {
  process.send?.({ ok: false, error: error instanceof Error ? (error.stack ?? error.message) : String(error) } satisfies Answer<unknown>, () => process.exit(1));
});
