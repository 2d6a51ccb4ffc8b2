import type { PersonState } from '../domain/person';
import type { CrmName, EpochMs, ReadObject } from '../domain/record';
import { ConcordError, CrmError, EXIT, type ExitCode } from '../domain/problem';
import { agreeing } from '../core/measure/parity';
import { guard, type GuardFinding } from '../core/plan/guard';
import type { PersonRow, PlanTotals, RunRow, RunStatus, StoreReader, StoreTransaction } from '../store/port';
import { claimConnection } from '../store/connection';
import { addCalls, type CallsSpent } from './budget';
import { afterClockBack } from './clockBack';
import { applyPlan, emptyCounts, type ApplyCounts } from './apply';
import { isSuppressed, tightenConsent, tightenFor, type ConsentCounts } from './consent';
import { noteGoodRun } from './health';
import { keepLinks } from './links';
import { emptyLeaveCounts, leaveDue, type LeaveCounts, type LeftCounts } from './leave';
import { deliver, type DeliverCounts } from './deliver';
import { withLock } from './lock';
import { noteTold, notifyOfRun, notifyStale } from './notifications';
import { breathe, chunks, type LostField, type Parts, type Pass } from './parts';
import { stagePlan, type OnJudged } from './people';
import { readChanges, readPerson, rematch, type ReadCounts, type ReadResult } from './read';
import { recover, type Recovered } from './recover';
import { EVERYONE, isAdopted, notePortion, portionOf } from './portion';
import { noteAgreement } from './agreements';
import { refreshReports } from './reportFacts';
import { lostFields, requireStageFields } from './visible';

export interface RunRequest {
  mode: 'apply' | 'dry-run';
  /** Reads everything anew. */
  full?: boolean;
  /** A person's decision to go over the guard's limits, or to let the first run write; journaled (W6, L7). */
  allowLargeChange?: boolean;
  /** One person, by e-mail; moves no watermark (W8). */
  only?: string;
  /** L7: adoption goes as far as this percentage of the people, and later runs stay with them. Without it: as far as it has gone, or everyone. */
  portion?: number;
  /** Told who is at the other ends, once they were asked. */
  hear?: (connected: Connected) => void;
  /** Asked before a plan over the limits is applied, when somebody is there to ask. */
  confirm?: (totals: PlanTotals, findings: GuardFinding[]) => Promise<boolean>;
}

/** `sync --json` (design.md section 6). Moments are ISO 8601 UTC. */
export interface RunSummary {
  run: string;
  status: Exclude<RunStatus, 'running'>;
  mode: 'apply' | 'dry-run';
  started_at: string;
  finished_at: string;
  /** People were adopted (L7); `portion`: of how many percent of the people the run went. */
  adoption: boolean;
  portion: number;
  read: { hubspot: { contacts: number }; salesforce: { leads: number; contacts: number; opportunities: number } };
  people: { seen: number; matched: number; created: number; ambiguous: number; skipped: number };
  transitions: Record<string, number>;
  rejections: { received: number; pushed: number; without_reason: number; unmapped: number; reopened: number };
  writes: Record<CrmName, { planned: number; done: number; failed: number; skipped: number }>;
  consent: ConsentCounts;
  /** What was left in the CRMs: `planned` by this run; `sent`, `failed` and `waiting` with what waited from earlier ones. */
  notes: LeftCounts;
  tasks: LeftCounts;
  /** Slack messages and e-mails, by what they tell: `waiting` are tried again. Their trouble is none of the run's. */
  messages: DeliverCounts;
  recovered: Recovered;
  api_calls: Record<CrmName, number>;
  dead_letters: number;
  pending: number;
  parity: { people: number; disagree: number; percent: number };
  /** Fields that a CRM does not return any more (M5): nothing is concluded from them. */
  lost_fields: LostField[];
  stopped_by: GuardFinding[] | null;
  /** Limits that a person decided to go over (W6). */
  overruled: GuardFinding[] | null;
  exit_code: ExitCode;
}

/** One pass: recover, read, match, decide, plan, guard, apply, settle. A dry run goes the same road without its last steps. */
export async function run(parts: Parts, request: RunRequest): Promise<RunSummary> {
  return withLock(parts, async (fence) => {
    await afterClockBack(parts, fence, parts.clock());
    // Who is asked for by name waits for no portion.
    const adoption = await adoptionOf(parts, request.only === undefined ? request.portion : EVERYONE);
    const id = parts.newId();
    const startedAt = parts.clock();
    const row: RunRow = { id, kind: 'sync', mode: request.mode, status: 'running', startedAt, finishedAt: null, agreement: parts.terms.agreement.hash, summary: null };
    await parts.store.transaction(fence, (tx) => tx.putRun(row));
    const before = callsOf(parts);
    parts.log.info('run started', { run: id, mode: request.mode });
    try {
      const pass = await connect(parts, id, fence, startedAt, adoption);
      if (pass.adopting) await requireStageFields(parts, request.mode);
      request.hear?.({ hubspot: pass.hubspot, salesforce: pass.salesforce, lost: pass.lost });
      const summary = await goOn(pass, request, before);
      await parts.store.transaction(fence, async (tx) => {
        await tx.putRun({ ...row, status: summary.status, finishedAt: parts.clock(), summary });
        if (request.mode === 'apply' && request.only === undefined && summary.status !== 'stopped') await noteGoodRun(tx, { run: id, at: parts.clock(), full: request.full === true || pass.adopting });
        await addCalls(tx, parts.clock(), callsSince(parts, before));
      });
      parts.log.info('run finished', { run: id, status: summary.status });
      return summary;
    } catch (error) {
      await recordFailure(parts, row, fence, before, error);
      if (request.mode === 'apply' && !(error instanceof ConcordError && error.exit === EXIT.locked)) await sayIfStale(parts, id);
      throw error;
    }
  });
}

const NO_MESSAGES: DeliverCounts = { sent: 0, failed: 0, waiting: 0 };

/** A run that fails may be one of many: that none goes through any more is said once. Its own error is the one to report, whatever happens here. */
async function sayIfStale(parts: Parts, run: string): Promise<void> {
  try {
    if (await notifyStale(parts, run, parts.clock())) await deliver(parts);
  } catch {
    parts.log.error('it could not be said that the last good run is too long ago', { run });
  }
}

/** Takes a run's end by an error down in the history. */
export async function recordFailure(parts: Parts, row: RunRow, fence: number, before: CallsSpent, error: unknown): Promise<void> {
  // Somebody asked for it: no failure to be woken up for.
  if (error instanceof ConcordError && error.code === 'interrupted') parts.log.warn('run stopped', { run: row.id, code: error.code });
  else parts.log.error('run failed', { run: row.id, code: error instanceof ConcordError ? error.code : 'unexpected', crm: error instanceof CrmError ? error.problem.crm : undefined });
  // Losing the lock means another run goes on: it owns the store now.
  if (error instanceof ConcordError && error.exit === EXIT.locked) return;
  const failed = async (tx: StoreTransaction & StoreReader): Promise<void> => {
    // What a person decided in it stays known (W6).
    const known = (await tx.run(row.id))?.summary as object | null | undefined;
    await tx.putRun({ ...row, status: 'failed', finishedAt: parts.clock(), summary: { ...known, ...failure(error) } });
    await addCalls(tx, parts.clock(), callsSince(parts, before));
  };
  // The first failure is the one to report, also when the store cannot take it down any more.
  await parts.store.transaction(fence, failed).catch(() => undefined);
}

/** A port outlives the run in a process that stays up: only what came since is the run's. */
export function callsOf(parts: Parts): CallsSpent {
  return { hubspot: parts.hubspot.usage().calls, salesforce: parts.salesforce.usage().calls };
}

export function callsSince(parts: Parts, before: CallsSpent): CallsSpent {
  const now = callsOf(parts);
  return { hubspot: now.hubspot - before.hubspot, salesforce: now.salesforce - before.salesforce };
}

function failure(error: unknown): { error: Record<string, unknown> } {
  return error instanceof ConcordError ? { error: { code: error.code, message: error.message, remedy: error.remedy } } : { error: { code: 'unexpected', message: 'an unexpected fault' } };
}

export async function connect(parts: Parts, id: string, fence: number, now: EpochMs, adoption: Adoption): Promise<Pass> {
  return { parts, run: id, fence, now, ...(await look(parts, fence)), ...adoption, readUpTo: { hubspot: 0, salesforce: 0 } };
}

export type Adoption = Pick<Pass, 'adopting' | 'adoptedAt' | 'portion'>;

/** Whether these CRMs are still to be adopted (L7), since when they are, and how far. Throws ConcordError of `portionOf`. */
export async function adoptionOf({ store }: Parts, asked?: number): Promise<Adoption> {
  const adoption = await store.meta('adopted');
  return { adopting: adoption === null, adoptedAt: adoption === null ? null : ((await store.run(adoption))?.startedAt ?? null), portion: await portionOf(store, asked) };
}

/** Who is at the other ends, and what they still show: asked afresh by every run, and kept between two runs for what goes on in between. */
export type Connected = Pick<Pass, 'hubspot' | 'salesforce' | 'lost'>;

export async function look(parts: Parts, fence: number): Promise<Connected> {
  parts.progress.step('connecting');
  const [hubspot, salesforce] = await Promise.all([parts.hubspot.connect(), parts.salesforce.connect()]);
  await claimConnection(parts.store, { hubspot: hubspot.accountId, salesforce: salesforce.accountId });
  await keepLinks(parts.store, fence, { hubspot, salesforce });
  const lost = await lostFields(parts, fence);
  parts.progress.done();
  return { hubspot, salesforce, lost };
}

async function goOn(pass: Pass, request: RunRequest, callsBefore: CallsSpent): Promise<RunSummary> {
  await clearOldPlan(pass);
  const recovered = await recover(pass);
  const only = request.only === undefined ? null : await readPerson(pass, request.only);
  if (request.only !== undefined && only?.length === 0) {
    throw new ConcordError({ code: 'unknown_person', message: 'neither CRM has anybody by that e-mail, and nobody by it is remembered', where: '--only', remedy: 'Check the spelling; a person with another primary e-mail is found by that one.', exit: EXIT.usage });
  }
  const read = only === null ? await readChanges(pass, request.full === true) : null;
  await rematch(pass);
  const everyone = only === null && (await queueTheDue(pass, request.mode));
  const consent = await tightenConsent(pass, request.mode === 'apply', everyone);
  return decideAndWrite(pass, request, { only, everyone, read, recovered, consent, callsBefore });
}

/** What the second half of a run works on. */
export interface Gathered {
  /** Only these people; null: everyone who is queued. */
  only: string[] | null;
  /** Everybody, whether queued or not. */
  everyone?: boolean;
  read: ReadResult | null;
  recovered: Recovered;
  consent: ConsentCounts;
  callsBefore: CallsSpent;
}

/** From the people who are to be decided to the summary: decide, plan, guard, apply, settle. */
export async function decideAndWrite(pass: Pass, request: RunRequest, { only, everyone = false, read, recovered, consent, callsBefore }: Gathered): Promise<RunSummary> {
  const { parts } = pass;
  const { store } = parts;
  const tally = createTally(pass);
  await stagePlan(pass, only === null ? { everyone } : { only }, tally.take);
  // F7: before the guard: whatever a plan's size, nobody who asked not to be contacted waits for it.
  for (const ids of chunks([...tally.suppressed], 200)) await tightenFor(pass, ids, request.mode === 'apply', consent, true);
  const totals = await store.planTotals(pass.run);
  const governed = await store.countPeople();
  const findings = guard(parts.terms.agreement.settings.guard, totals, governed, { first: pass.adopting, changed: tally.adopted, portion: pass.portion.now });
  const counts = emptyCounts();
  const left = emptyLeaveCounts();
  let status: RunSummary['status'] = 'ok';
  let stoppedBy: GuardFinding[] | null = null;
  let overruled: GuardFinding[] | null = null;
  if (request.mode === 'dry-run') {
    counts.hubspot.planned = totals.writes.hubspot;
    counts.salesforce.planned = totals.writes.salesforce;
    stoppedBy = findings.length > 0 ? findings : null;
  } else if (findings.length > 0 && request.allowLargeChange !== true && !((await request.confirm?.(totals, findings)) ?? false)) {
    status = 'stopped';
    stoppedBy = findings;
    counts.hubspot.planned = totals.writes.hubspot;
    counts.salesforce.planned = totals.writes.salesforce;
  } else {
    if (findings.length > 0) await noteOverruled(pass, (overruled = findings));
    await applyPlan(pass, counts);
    await followUp(pass, counts, tally);
    await leaveDue(pass, only, left);
    counts.deadLetters += left.deadLetters;
    await settleRun(pass, read?.watermarks ?? [], only === null);
    if (counts.pending > 0 || consent.failed > 0 || left.notes.waiting > 0 || left.tasks.waiting > 0) status = 'partial';
  }
  if (request.mode === 'apply') await notifyOfRun(pass, stoppedBy, counts.deadLetters);
  const messages = request.mode === 'apply' ? await deliver(parts, pass.fence) : NO_MESSAGES;
  return summarise(pass, request, { read: read?.counts ?? null, messages, recovered, consent, left, counts, tally, status, stoppedBy, overruled, totals, callsBefore });
}

/** W6: a person's decision to go over the limits is kept before anything of the plan is written, and stays with the run however it ends. */
export async function noteOverruled(pass: Pass, overruled: GuardFinding[]): Promise<void> {
  const { store, log } = pass.parts;
  log.warn('the guard was overruled by a person', { run: pass.run, limits: overruled.map((finding) => finding.limit) });
  const row = await store.run(pass.run);
  if (row !== null) await store.transaction(pass.fence, (tx) => tx.putRun({ ...row, summary: { ...(row.summary as object | null), overruled } }));
}

/** The staged plan of an earlier run is kept until the next one, to be looked at. */
export async function clearOldPlan(pass: Pass): Promise<void> {
  const last = await pass.parts.store.meta('staged_run');
  await pass.parts.store.transaction(pass.fence, async (tx) => {
    if (last !== null) await tx.clearPlan(last);
    await tx.setMeta('staged_run', pass.run);
  });
}

/**
 * People whose clock has come, everyone when the agreement has changed, and whom a larger portion adopts (L7). True: a dry run with another agreement, which looks at
 * everybody and queues nobody for it: an agreement that is only tried is no reason to decide anyone anew later.
 */
async function queueTheDue(pass: Pass, mode: RunRequest['mode']): Promise<boolean> {
  const { store, terms } = pass.parts;
  let after: string | null = null;
  for (;;) {
    const due: string[] = await store.duePeople(pass.now, after, 1000);
    if (due.length === 0) break;
    after = due.at(-1) ?? null;
    await store.transaction(pass.fence, (tx) => tx.enqueue(due, 'clock', pass.now));
    await breathe();
  }
  const known = await store.meta('agreement');
  const grows = !pass.adopting && pass.portion.now > pass.portion.was;
  const isOther = known !== terms.agreement.hash && known !== null;
  if (isOther && mode === 'dry-run') return true;
  if (!isOther && !grows) return false;
  after = null;
  for (;;) {
    const page: PersonRow[] = await store.pagePeople(after, 1000);
    if (page.length === 0) break;
    after = page.at(-1)?.id ?? null;
    const concerned = isOther ? page : page.filter((person) => isAdopted(pass.portion, person));
    await store.transaction(pass.fence, (tx) => tx.enqueue(concerned.map((person) => person.id), isOther ? 'agreement' : 'adoption', pass.now));
    await breathe();
  }
  return false;
}

/** What was created has an id now: the other CRM is told of it in the same run. So it is of a handoff that sales' record was refused: no clock runs (S1). */
async function followUp(pass: Pass, counts: ApplyCounts, tally: Tally): Promise<void> {
  if (counts.created === 0 && counts.uncarried === 0) return;
  await pass.parts.store.transaction(pass.fence, (tx) => tx.clearPlan(pass.run));
  await stagePlan(pass, { reasons: ['created', 'uncarried'] }, tally.takeAgain);
  await applyPlan(pass, counts);
}

/** W8: watermarks move when every record read has an outcome; people still pending are in the queue. */
async function settleRun(pass: Pass, watermarks: { crm: CrmName; object: ReadObject; at: EpochMs }[], whole: boolean): Promise<void> {
  await pass.parts.store.transaction(pass.fence, async (tx) => {
    for (const mark of watermarks) await tx.setWatermark(mark.crm, mark.object, mark.at, pass.run);
    await tx.clearPlan(pass.run);
    if (whole) {
      await noteTold(tx, pass);
      if (pass.adopting) await tx.setMeta('adopted', pass.run);
      await notePortion(tx, pass.portion);
      await noteAgreement(tx, { hash: pass.parts.terms.agreement.hash, run: pass.run, at: pass.now });
      await tx.setMeta('agreement', pass.parts.terms.agreement.hash);
    }
  });
  await pruneOld(pass);
  // A first run condenses nobody for reports: the next runs, or the first report, do.
  if (!pass.adopting) await refreshReports(pass.parts.store, pass.parts.terms.agreement, pass.fence, REPORTED_PER_RUN);
}

/** After everybody was decided anew a run does not wait until all are condensed for reports. */
const REPORTED_PER_RUN = 5_000;

/** `retention`: in small steps, after the run. */
async function pruneOld(pass: Pass): Promise<void> {
  await pass.parts.store.prune(pass.now - pass.parts.terms.agreement.journalMs, 5000);
}

interface Tally {
  people: number;
  matched: number;
  ambiguous: number;
  /** People whose first run this is (L7) and who change. */
  adopted: number;
  transitions: Record<string, number>;
  received: number;
  withoutReason: number;
  unmapped: number;
  reopened: number;
  /** People whom sales' answer of this run suppresses (F2). */
  suppressed: Set<string>;
  /** To be left in the CRMs. */
  notes: number;
  tasks: number;
  take: OnJudged;
  takeAgain: OnJudged;
}

function createTally(pass: Pass): Tally {
  const tally: Tally = {
    people: 0,
    matched: 0,
    ambiguous: 0,
    adopted: 0,
    transitions: {},
    received: 0,
    withoutReason: 0,
    unmapped: 0,
    reopened: 0,
    suppressed: new Set(),
    notes: 0,
    tasks: 0,
    take: (judged, staged) => {
      tally.takeAgain(judged, staged);
      for (const each of judged) {
        tally.people += 1;
        if (each.row.held !== null) tally.ambiguous += 1;
        if (each.plan.counts.changed && isAdopted(pass.portion, each.row)) tally.adopted += 1;
        if (each.decision.contact !== null && each.decision.primary !== null) tally.matched += 1;
        if (isSuppressed(each.decision.state) && !isSuppressed(each.row.state as PersonState | null)) tally.suppressed.add(each.row.id);
        // I8: nothing is decided of who is held.
        if (each.row.held !== null) continue;
        for (const transition of each.decision.transitions) {
          if (transition.skipped) continue;
          tally.transitions[transition.to] = (tally.transitions[transition.to] ?? 0) + 1;
          if (transition.rule === 'F6') tally.reopened += 1;
          if (transition.rule !== 'F2') continue;
          const rejection = each.decision.state.handoffs.at(-1)?.rejection;
          tally.received += 1;
          if (rejection?.reason === null) tally.withoutReason += 1;
          if (rejection?.route === 'unmapped') tally.unmapped += 1;
        }
      }
    },
    takeAgain: (_, staged) => {
      for (const { channel } of staged.flatMap((each) => each.outbox ?? [])) {
        if (channel === 'hubspot_note') tally.notes += 1;
        if (channel === 'salesforce_task') tally.tasks += 1;
      }
    },
  };
  return tally;
}

interface Outcome {
  read: ReadCounts | null;
  recovered: Recovered;
  consent: ConsentCounts;
  left: LeaveCounts;
  messages: DeliverCounts;
  counts: ApplyCounts;
  tally: Tally;
  status: RunSummary['status'];
  stoppedBy: GuardFinding[] | null;
  overruled: GuardFinding[] | null;
  totals: PlanTotals;
  callsBefore: CallsSpent;
}

async function summarise(pass: Pass, request: RunRequest, outcome: Outcome): Promise<RunSummary> {
  const { parts } = pass;
  const { counts, tally } = outcome;
  const parity = await parts.store.parity();
  const people = parity.reduce((sum, row) => sum + row.people, 0);
  const disagree = parity.reduce((sum, row) => sum + row.disagree, 0);
  return {
    run: pass.run,
    status: outcome.status,
    mode: request.mode,
    started_at: new Date(pass.now).toISOString(),
    finished_at: new Date(parts.clock()).toISOString(),
    adoption: pass.adopting || tally.adopted > 0,
    portion: pass.portion.now,
    read: outcome.read === null ? { hubspot: { contacts: 0 }, salesforce: { leads: 0, contacts: 0, opportunities: 0 } } : { hubspot: outcome.read.hubspot, salesforce: outcome.read.salesforce },
    people: { seen: tally.people, matched: tally.matched, created: counts.created, ambiguous: tally.ambiguous, skipped: outcome.read?.skipped ?? 0 },
    transitions: tally.transitions,
    rejections: { received: tally.received, pushed: counts.pushed, without_reason: tally.withoutReason, unmapped: tally.unmapped, reopened: tally.reopened },
    writes: { hubspot: counts.hubspot, salesforce: counts.salesforce },
    consent: outcome.consent,
    notes: { ...outcome.left.notes, planned: tally.notes },
    tasks: { ...outcome.left.tasks, planned: tally.tasks },
    messages: outcome.messages,
    recovered: outcome.recovered,
    api_calls: callsSince(parts, outcome.callsBefore),
    dead_letters: counts.deadLetters,
    pending: counts.pending,
    parity: { people, disagree, percent: Math.round((agreeing({ people, disagree }) ?? 1) * 1000) / 10 },
    lost_fields: pass.lost,
    stopped_by: outcome.stoppedBy,
    overruled: outcome.overruled,
    exit_code: exitOf(outcome),
  };
}

/** Where several apply: 3, 1, 4 in that order (5 and 2 end a run before it gets here). */
function exitOf(outcome: Outcome): ExitCode {
  if (outcome.status === 'stopped') return EXIT.guard;
  if (outcome.status === 'failed') return EXIT.failed;
  return outcome.counts.deadLetters > 0 ? EXIT.deadLetters : EXIT.done;
}
