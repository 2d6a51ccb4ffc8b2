import type { Test } from '../../domain/report';
import { LADDER } from '../../domain/stage';
import { count, DAY, none, rate, text } from '../cells';
import { all, grouped, inPeriod, isSpan, known } from '../groups';
import type { Cell, ReportContext, ReportDefinition, Row, Section } from '../model';
import { lagsOf, STEPS } from '../windows';

/** The funnel, twice and never mixed: what became of those who entered a stage in the period, and what happened in the period (domain.md C2). */
export const funnel: ReportDefinition = {
  id: 'funnel',
  by: ['source', 'campaign', 'owner', 'segment', 'month', 'week'],
  period: 'past',
  trend: { section: 'flow', column: 'entries', rows: ['lead', 'mql', 'sql', 'opportunity', 'customer'] },
  async build(context) {
    const { say } = context;
    return { population: say('population_episodes'), sections: [await cohorts(context), await flow(context)] };
  },
};

async function cohorts(context: ReportContext): Promise<Section> {
  const { say, agreement, language, now, only, windows } = context;
  const rows: Row[] = [];
  for (const [from, to] of STEPS) {
    const window = windows[`${from}_${to}`] ?? 30 * DAY;
    const entered = all(only, inPeriod(context, `${from}_at`));
    // Mature: the window is over for everybody in it.
    const mature: Test = { column: `${from}_at`, before: now - window + 1 };
    const reached = all(mature, { column: `${to}_at`, within: `${from}_at`, plus: window });
    const young: Test = { not: mature };
    for (const { suffix, label, test, row } of await grouped(context, 'episodes', entered, { entered: all(), mature, reached, young }, {}, `${from}_at`)) {
      const { entered: n = 0, mature: ripe = 0, reached: hits = 0, young: open = 0 } = row.counts;
      if (n === 0 && suffix !== '') continue;
      const who = (...more: Test[]) => ({ of: 'episodes' as const, where: all(entered, test, ...more) });
      rows.push({
        id: `${from}-${to}${suffix}`,
        cells: {
          ...(suffix === '' ? {} : { group: text(label) }),
          step: text(`${agreement.stageLabel(from, language)} → ${agreement.stageLabel(to, language)}`),
          entered: count(n, who()),
          mature: count(ripe, who(mature)),
          reached: count(hits, who(reached)),
          rate: rate(say, hits, ripe, who(reached)),
          window: { value: Math.round((window / DAY) * 10) / 10, behind: { of: 'episodes', where: lagsOf(from, to, now) } },
          immature: count(open, who(young)),
        },
      });
    }
  }
  const notes = rows.some((row) => Number(row.cells['immature']?.value ?? 0) > 0) ? [say('note_immature')] : [];
  const columns = [
    { id: 'step', label: say('step'), kind: 'text' as const },
    { id: 'entered', label: say('entered'), kind: 'count' as const },
    { id: 'mature', label: say('mature'), kind: 'count' as const },
    { id: 'reached', label: say('reached'), kind: 'count' as const },
    { id: 'rate', label: say('conversion'), kind: 'rate' as const },
    { id: 'window', label: say('window'), kind: 'days' as const },
    { id: 'immature', label: say('immature'), kind: 'count' as const },
  ];
  return { id: 'cohort', title: say('funnel_cohort'), definition: say('def_cohort'), columns: withGroup(context, columns), rows: inGroups(context, rows), notes, notMeasured: [] };
}

async function flow(context: ReportContext): Promise<Section> {
  const { say, only } = context;
  const rows: Row[] = [];
  if (isSpan(context.by)) {
    for (const stage of LADDER) for (const group of await grouped(context, 'episodes', all(only, inPeriod(context, `${stage}_at`)), { n: all() }, {}, `${stage}_at`)) rows.push(flowRow(context, stage, group.suffix, group.label, group.row.counts['n'] ?? 0, all(only, inPeriod(context, `${stage}_at`), group.test)));
  } else {
    const counts = Object.fromEntries(LADDER.map((stage) => [stage, inPeriod(context, `${stage}_at`)]));
    for (const group of await grouped(context, 'episodes', all(only, { any: Object.values(counts) }), counts)) {
      for (const stage of LADDER) rows.push(flowRow(context, stage, group.suffix, group.label, group.row.counts[stage] ?? 0, all(only, group.test, counts[stage] as Test)));
    }
  }
  // The ratio of a stage to the one before, of the same group.
  for (const row of rows) {
    const [stage, suffix] = splitId(row.id);
    const before = LADDER[(LADDER as readonly string[]).indexOf(stage) - 1];
    const earlier = rows.find((each) => each.id === `${before ?? ''}${suffix}`);
    const base = Number(earlier?.cells['entries']?.value ?? 0);
    if (before === undefined || base === 0) row.cells['ratio'] = none(before === undefined ? '' : say('why_none'));
    else row.cells['ratio'] = { value: Number(row.cells['entries']?.value) / base, behind: { of: 'episodes', where: { any: [row, earlier].map((each) => whereOf(each?.cells['entries'])) } } };
  }
  const columns = [
    { id: 'stage', label: say('stage'), kind: 'text' as const },
    { id: 'entries', label: say('entries'), kind: 'count' as const },
    { id: 'ratio', label: say('flow_ratio'), kind: 'number' as const },
  ];
  return { id: 'flow', title: say('funnel_flow'), definition: say('def_flow'), columns: withGroup(context, columns), rows: inGroups(context, rows), notes: [], notMeasured: [] };
}

function whereOf(cell: Cell | undefined): Test {
  const behind = cell?.behind;
  return typeof behind === 'object' && 'where' in behind ? behind.where : { any: [] };
}

function flowRow({ agreement, language }: ReportContext, stage: (typeof LADDER)[number], suffix: string, label: string, n: number, where: Test): Row {
  return { id: `${stage}${suffix}`, cells: { ...(suffix === '' ? {} : { group: text(label) }), stage: text(agreement.stageLabel(stage, language)), entries: count(n, { of: 'episodes', where: all(where, known(`${stage}_at`)) }) } };
}

function splitId(id: string): [string, string] {
  const at = id.indexOf('@');
  return at === -1 ? [id, ''] : [id.slice(0, at), id.slice(at)];
}

/** Puts the group's column in front where the report is divided. */
export function withGroup<T extends { id: string; label: string; kind: 'text' }>({ by, say }: ReportContext, columns: readonly (T | Section['columns'][number])[]): Section['columns'] {
  return by === null ? [...columns] : [{ id: 'group', label: say(`by_${by}`), kind: 'text' }, ...columns];
}

/** Rows of one group together, the groups in the order of their labels. */
export function inGroups({ by }: Pick<ReportContext, 'by'>, rows: Row[]): Row[] {
  if (by === null) return rows;
  return rows.map((row, place) => ({ row, place, group: String(row.cells['group']?.value ?? '') })).sort((a, b) => (a.group < b.group ? -1 : a.group > b.group ? 1 : a.place - b.place)).map((each) => each.row);
}
