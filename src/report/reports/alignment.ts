import type { Test } from '../../domain/report';
import { agreeing } from '../../core/measure/parity';
import { none, of, text } from '../cells';
import { all, grouped, inPeriod, known } from '../groups';
import type { Behind, Cell, ReportContext, ReportDefinition, Row } from '../model';
import { paceOf } from '../pace';
import { DISAGREEING, GOVERNED, people } from './parity';
import { REASONED_IN_TIME, rejectedInPeriod } from './rejections';
import { CLOCKS, clockTests, COMPLETE, promisedDelivery } from './sla';

interface Component {
  id: 'parity' | 'sales_sla' | 'marketing_sla' | 'feedback' | 'completeness' | 'goals' | 'review' | 'single_source';
  weight: number;
  /** 0 to 1. Null: not measured, and why. */
  score: number | null;
  why: string;
  /** Whom the score is made of, and who keeps it from being full. Empty: nobody in particular. */
  of: readonly Behind[];
  against: readonly Behind[];
}

/** domain.md C2: where both teams stand together, of four levels, and what would raise it most. */
export const alignment: ReportDefinition = {
  id: 'alignment',
  by: [],
  period: 'past',
  whole: true,
  async build(context) {
    const { say } = context;
    const components = await measure(context);
    const { score, capped, level } = overall(context, components);
    const measured = components.filter((each) => each.score !== null);
    const weights = measured.reduce((sum, each) => sum + each.weight, 0);
    const gain = (each: Component): number => (weights === 0 ? 0 : (each.weight * (1 - (each.score ?? 1)) * 100) / weights);
    const best = [...measured].sort((a, b) => gain(b) - gain(a))[0];
    const rows: Row[] = components.map((each) => ({
      id: each.id,
      cells: {
        component: text(say(`align_${each.id}`)),
        score: each.score === null ? none(each.why) : listed({ value: each.score }, each.of),
        weight: { value: each.weight },
        gain: each.score === null ? none(each.why) : listed({ value: Math.round(gain(each) * 10) / 10 }, each.against),
      },
    }));
    const notes = [...(capped === null ? [] : [capped]), ...(best !== undefined && gain(best) > 0 ? [say('note_raise', { what: say(`align_${best.id}`), points: Math.round(gain(best) * 10) / 10 })] : [])];
    const scoreCell: Cell = score === null ? none(say('why_none')) : listed({ value: Math.round(score * 10) / 10 }, measured.flatMap((each) => each.of));
    return {
      population: say('population_alignment'),
      sections: [
        {
          id: 'score',
          title: say('alignment'),
          definition: say('def_alignment'),
          columns: [
            { id: 'score', label: say('score'), kind: 'number' },
            { id: 'level', label: say('level'), kind: 'text' },
          ],
          rows: [{ id: 'alignment', cells: { score: scoreCell, level: text(level === null ? '' : say(`level_${level}`)) } }],
          notes,
          notMeasured: [],
        },
        {
          id: 'components',
          title: say('components'),
          definition: say('def_components'),
          columns: [
            { id: 'component', label: say('component'), kind: 'text' },
            { id: 'score', label: say('score'), kind: 'rate' },
            { id: 'weight', label: say('weight'), kind: 'number' },
            { id: 'gain', label: say('gain'), kind: 'number' },
          ],
          rows,
          notes: [],
          notMeasured: components.filter((each) => each.score === null).map((each) => `${say(`align_${each.id}`)}: ${each.why}`),
        },
      ],
    };
  },
};

/** A figure with the lists behind it, where there are any. */
function listed(cell: Cell, behind: readonly Behind[]): Cell {
  return behind.length === 0 ? cell : of(cell, behind);
}

export type Level = 'fully' | 'somewhat' | 'somewhat_mis' | 'fully_mis';

/** Levels of the score: from 85, from 65, from 40, and below. */
export function levelOf(score: number): Level {
  return score >= 85 ? 'fully' : score >= 65 ? 'somewhat' : score >= 40 ? 'somewhat_mis' : 'fully_mis';
}

const CAP = 64;

function overall(context: ReportContext, components: Component[]): { score: number | null; level: Level | null; capped: string | null } {
  const { say, agreement } = context;
  const measured = components.filter((each) => each.score !== null);
  const weights = measured.reduce((sum, each) => sum + each.weight, 0);
  if (weights === 0) return { score: null, level: null, capped: null };
  const mean = (measured.reduce((sum, each) => sum + each.weight * (each.score ?? 0), 0) / weights) * 100;
  const shared = agreement.settings.goals.some((goal) => goal.owners.marketing !== undefined && goal.owners.sales !== undefined);
  const defined = agreement.stage('sql').condition !== null;
  const gate = !shared ? say('cap_goal') : !defined ? say('cap_sql') : null;
  const score = gate === null ? mean : Math.min(CAP, mean);
  return { score, level: levelOf(score), capped: score < mean ? gate : null };
}

async function measure(context: ReportContext): Promise<Component[]> {
  const { say, reader, agreement, only, now, period } = context;
  const share = (hits: number, of: number): number | null => (of === 0 ? null : hits / of);
  const counted = async (where: Test, tests: Record<string, Test>): Promise<Record<string, number>> => (await grouped(context, 'episodes', where, tests, {}, 'handed_at', null))[0]?.row.counts ?? {};

  const parity = await reader.parity();
  const sum = (column: 'people' | 'disagree'): number => parity.reduce((total, row) => total + row[column], 0);
  let kept = 0;
  let due = 0;
  const clocks: { of: Behind[]; late: Behind[] } = { of: [], late: [] };
  for (const clock of CLOCKS.filter((each) => each.id === 'first_touch' || each.id === 'answer')) {
    const { met, missed, overdue } = clockTests(clock, now);
    const running = all(only, inPeriod(context, clock.started), known(clock.due));
    clocks.of.push({ of: 'episodes', where: all(running, { any: [met, missed, overdue] }) });
    clocks.late.push({ of: 'episodes', where: all(running, { any: [missed, overdue] }) });
    const found = await counted(running, { met, missed, overdue });
    kept += found['met'] ?? 0;
    due += (found['met'] ?? 0) + (found['missed'] ?? 0) + (found['overdue'] ?? 0);
  }
  const promised = agreement.settings.goals.filter((goal) => goal.metric === 'mql' && goal.from <= period.to && goal.to >= period.from);
  const paces = await Promise.all(promised.map((goal) => paceOf(context, goal)));
  // Where no goal of the period counts MQLs, the agreement's own promise does (S4).
  const own = promised.length > 0 ? null : await promisedDelivery(context);
  const expected = own === null ? paces.reduce((sum, pace) => sum + pace.expected, 0) : (own.owed ?? 0);
  const delivered = own === null ? paces.reduce((sum, pace) => sum + pace.actual, 0) : own.done;
  const episodes = (...tests: Test[]): Behind => ({ of: 'episodes', where: all(...tests) });
  const rejected = rejectedInPeriod(context);
  const feedback = await counted(rejected, { n: all(), valid: REASONED_IN_TIME });
  const opened = all(only, inPeriod(context, 'handed_at'));
  const incomplete = all(only, { column: 'last', in: [1] }, { column: 'missing', from: 1 });
  const handed = await counted(opened, { n: all() });
  const lacking = await counted(incomplete, { n: all() });
  const current = agreement.settings.goals.filter((goal) => goal.to >= period.from);
  const owned = current.filter((goal) => goal.owners.marketing !== undefined && goal.owners.sales !== undefined);
  const review = await reader.meta('review_at');
  const weeks = review === null ? null : (now - Number(review)) / (7 * 86_400_000);
  const cycle = agreement.settings.reports.review_weeks;
  return [
    { id: 'parity', weight: 20, score: agreeing({ people: sum('people'), disagree: sum('disagree') }), why: say('why_none'), of: [people(GOVERNED)], against: [people(DISAGREEING)] },
    { id: 'sales_sla', weight: 20, score: share(kept, due), why: say('why_none'), of: clocks.of, against: clocks.late },
    { id: 'marketing_sla', weight: 15, score: expected === 0 ? null : Math.min(1, delivered / expected), why: promised.length > 0 || own?.owed != null ? say('why_none') : say('not_measured_volume'), of: own === null ? paces.map((pace) => pace.behind) : [episodes(own.where, COMPLETE)], against: [] },
    { id: 'feedback', weight: 15, score: share(feedback['valid'] ?? 0, feedback['n'] ?? 0), why: say('why_none'), of: [episodes(rejected)], against: [episodes(rejected, { not: REASONED_IN_TIME })] },
    { id: 'completeness', weight: 10, score: share(handed['n'] ?? 0, (handed['n'] ?? 0) + (lacking['n'] ?? 0)), why: say('why_none'), of: [episodes({ any: [opened, incomplete] })], against: [episodes(incomplete)] },
    { id: 'goals', weight: 10, score: current.length === 0 ? 0 : owned.length / current.length, why: '', of: [], against: [] },
    { id: 'review', weight: 5, score: weeks === null ? null : Math.max(0, Math.min(1, 2 - weeks / cycle)), why: say('why_no_review'), of: [], against: [] },
    { id: 'single_source', weight: 5, score: null, why: say('why_shadow'), of: [], against: [] },
  ];
}
