import { emptyState, type Handoff } from '../../src/domain/person';
import type { MirrorRecord } from '../../src/domain/record';
import { LADDER } from '../../src/domain/stage';
import { csvLines } from '../../src/report/formats';
import { peopleBehind, REPORTS } from '../../src/report/make';
import { reportOf } from '../../src/run/reports';
import { refreshReports } from '../../src/run/reportFacts';
import { openStore } from '../../src/store';
import type { HandoffRow, PersonRow, Store, TransitionRow } from '../../src/store/port';
import { readAgreement } from '../../src/wire';
import { figures, median, type Figure } from './figure';
import { reportPages } from './reportPages';

/*
 * Reports over a ledger of many people, ten transitions each on average, on the embedded store: default reports warm, free filters over all times, everybody behind
 * a figure as CSV. The ledger is written through the store's own doors; nothing else runs meanwhile.
 */

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 10, 16, 18);
const YEARS = 3;
const WARM_MS = 300;
const FREE_MS = 2_000;

/** The same numbers on every machine. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

interface Rows {
  person: PersonRow;
  transitions: TransitionRow[];
  handoffs: HandoffRow[];
  records: MirrorRecord[];
}

const SOURCES = ['ORGANIC_SEARCH', 'PAID_SEARCH', 'SOCIAL_MEDIA', 'DIRECT_TRAFFIC', 'REFERRALS', 'EMAIL_MARKETING'];
const COUNTRIES = ['Mexico', 'Brazil', 'Chile', 'Colombia', 'Spain'];
const REASONS = ['no_budget', 'timing', 'no_need', 'not_icp', 'unreachable'];

/** One person with two or three passes: all but the last rejected, the last as far as chance has it. Ten transitions on average, a little more. */
function personOf(number: number, random: () => number): Rows {
  const id = `person${String(number).padStart(9, '0')}`;
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const transitions: TransitionRow[] = [];
  const handoffs: Handoff[] = [];
  const owner = `005${Math.floor(random() * 40)}`;
  let at = NOW - Math.floor(random() * YEARS * 365) * DAY;
  let won: number | null = null;
  let madeAt: number | null = null;
  let stage: PersonRow['stage'] = 'subscriber';
  const move = (to: string, cycle: number): void => {
    transitions.push({ personId: id, from: stage, to, at, seenAt: at, cycle, run: 'bench', rule: 'L1', because: 'bench', skipped: false });
    stage = to;
  };
  const passes = random() < 1 / 3 ? 3 : 2;
  for (let cycle = 1; cycle <= passes; cycle += 1) {
    const isLast = cycle === passes;
    const depth = cycle === 1 ? (random() < 0.6 ? 5 : 4) : isLast ? 4 + Math.floor(random() * 4) : 4;
    const handoff: Handoff = { cycle, openedAt: at, adopted: false, why: '', carriedAt: null, firstTouchAt: null, acceptedAt: null, rejection: null, closedAt: null, closedAs: null, ownerId: owner, sla: null, slaDueAt: null };
    for (const step of LADDER.slice(cycle === 1 ? 0 : 2, depth)) {
      at += Math.floor(random() * 12 * DAY);
      move(step, cycle);
      if (step === 'mql') Object.assign(handoff, { openedAt: at, carriedAt: at + 60_000 });
      if (step === 'sal') Object.assign(handoff, { acceptedAt: at, firstTouchAt: at });
      if (step === 'opportunity') madeAt = at;
      if (step === 'customer') Object.assign(handoff, { closedAt: (won = at), closedAs: 'won' });
    }
    if (!isLast) {
      at += DAY;
      const reason = random() < 0.9 ? pick(REASONS) : null;
      handoff.rejection = { at, crm: 'salesforce', record: `salesforce:lead:L${number}`, by: null, reason, words: reason, note: null, detail: null, route: reason === null ? null : 'recycle', recycleOn: null, counted: true };
      Object.assign(handoff, { closedAt: at, closedAs: 'rejected' });
      move('recycled', cycle);
    }
    handoffs.push(handoff);
  }
  const base = { createdAt: at, modifiedAt: at, aliases: [], carries: {}, consent: {}, since: {}, written: {}, foreignChangeAt: at } as const;
  const records: MirrorRecord[] = [{ ...base, aliases: [], ref: { crm: 'hubspot', object: 'contact', id: `H${number}` }, personId: id, emails: [`${id}@bench.example`], fields: { hs_analytics_source: pick(SOURCES), country: pick(COUNTRIES), recent_conversion_date: new Date(at - 9 * DAY).toISOString(), hs_latest_source: pick(SOURCES) } }];
  if (madeAt !== null) {
    const closeDate = new Date(won ?? at + 20 * DAY).toISOString().slice(0, 10);
    records.push({ ...base, aliases: [], ref: { crm: 'salesforce', object: 'contact', id: `C${number}` }, personId: id, emails: [], fields: {} });
    records.push({ ...base, aliases: [], createdAt: madeAt, ref: { crm: 'salesforce', object: 'opportunity', id: `O${number}` }, personId: null, emails: [], fields: {}, opportunity: { name: '', accountId: null, stageName: 'x', isClosed: won !== null, isWon: won !== null, amount: 100 + (number % 900), currency: null, closeDate, type: null, probability: 40 } });
    records.push({ ...base, aliases: [], ref: { crm: 'salesforce', object: 'role', id: `R${number}` }, personId: null, emails: [], fields: {}, role: { opportunityId: `O${number}`, contactId: `C${number}`, name: null, isPrimary: true } });
  }
  return {
    person: { id, hubspotId: `H${number}`, salesforceObject: null, salesforceId: null, stage, stageAt: at, cycle: handoffs.length, inScope: true, shownHubspot: stage, shownSalesforce: stage, disagreement: null, held: null, missing: null, nextAt: null, state: { ...emptyState(), adoptedAt: 0, stage: stage as never, stageAt: at, handoffs }, notes: null, updatedAt: at },
    transitions,
    handoffs: handoffs.map((each): HandoffRow => ({ personId: id, cycle: each.cycle, openedAt: each.openedAt, adopted: false, carriedAt: each.carriedAt, firstTouchAt: each.firstTouchAt, acceptedAt: each.acceptedAt, rejectedAt: each.rejection?.at ?? null, reason: each.rejection?.reason ?? null, reasonText: null, note: null, rejectedBy: null, crm: each.rejection === null ? null : 'salesforce', route: each.rejection?.route ?? null, recycleOn: null, closedAt: each.closedAt, closedAs: each.closedAs, clock: null, sla: null, dueAt: null, ownerId: owner })),
    records,
  };
}

async function fill(store: Store, people: number): Promise<number> {
  const random = randomOf(7);
  let transitions = 0;
  for (let from = 0; from < people; from += 1_000) {
    const rows = Array.from({ length: Math.min(1_000, people - from) }, (_, index) => personOf(from + index, random));
    transitions += rows.reduce((sum, each) => sum + each.transitions.length, 0);
    await store.transaction(null, async (tx) => {
      await tx.putRecords(rows.flatMap((each) => each.records));
      await tx.putPeople(rows.map((each) => each.person));
      await tx.addTransitions(rows.flatMap((each) => each.transitions));
      await tx.putHandoffs(rows.flatMap((each) => each.handoffs));
    });
  }
  return transitions;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** Every report warm and free over `people`, and the whole behind a figure as CSV. `rounds` of each; the slowest of twenty is the p95. */
export async function reports(file: string, people: number, tell: (line: string) => void): Promise<Figure[]> {
  const store = await openStore(`sqlite:${file}`);
  const agreement = readAgreement('config/agreement.yaml');
  const out: Figure[] = [];
  const ms = (value: number): string => `${figures(value)} ms`;
  try {
    tell(`making a ledger of ${people} people …`);
    const transitions = await fill(store, people);
    const condensed = await timed(() => refreshReports(store, agreement, null));
    out.push({ name: 'reports: facts condensed', target: 'no target', measured: `${people.toLocaleString('en-US')} people, ${transitions.toLocaleString('en-US')} transitions in ${figures(condensed / 1000)} s`, met: null, values: { people, transitions, ms: condensed } });
    for (const { id, by: divisions, period, whole } of REPORTS) {
      await reportOf(store, agreement, NOW, id);
      const took: number[] = [];
      for (let round = 0; round < 20; round += 1) took.push(await timed(() => reportOf(store, agreement, NOW, id)));
      took.sort((a, b) => a - b);
      const p95 = took[18] as number;
      out.push({ name: `report ${id}, warm`, target: `p95 under ${WARM_MS} ms`, measured: `p95 ${ms(p95)}, median ${ms(median(took))}`, met: p95 < WARM_MS, values: { p95, median: median(took) } });
      const free = await timed(() => reportOf(store, agreement, NOW, id, { ...(period === null ? {} : { from: '2020-01-01', to: '2026-12-31' }), by: divisions[0], filters: whole === true ? {} : { segment: 'Mexico' } }));
      out.push({ name: `report ${id}, all times, divided and filtered`, target: `under ${FREE_MS} ms`, measured: ms(free), met: free < FREE_MS, values: { ms: free } });
    }
    let rows = 0;
    const before = process.memoryUsage.rss();
    let peak = before;
    const took = await timed(async () => {
      for await (const page of peopleBehind(store, { value: null, behind: { of: 'episodes', where: { all: [] } } })) {
        csvLines(page.map((row) => [row.personId, row.cycle, row.hubspotId, row.stage, row.stageAt]));
        rows += page.length;
        peak = Math.max(peak, process.memoryUsage.rss());
      }
    });
    const grown = (peak - before) / 2 ** 20;
    out.push({ name: 'reports: everybody behind a figure as CSV', target: 'memory flat: under 50 MB more', measured: `${rows.toLocaleString('en-US')} rows in ${figures(took / 1000)} s, ${figures(Math.max(0, grown))} MB more`, met: grown < 50, values: { rows, ms: took, grown } });
  } finally {
    await store.close();
  }
  tell('asking for the same over HTTP …');
  out.push(...(await reportPages(file, NOW, tell)));
  return out;
}
