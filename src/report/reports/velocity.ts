import type { Test } from '../../domain/report';
import type { LadderStage } from '../../domain/stage';
import { count, DAY, duration, none, of, percentiles, text } from '../cells';
import { stageBit } from '../facts';
import { all, grouped, inPeriod, known, unknown } from '../groups';
import type { Behind, Cell, Column, ReportContext, ReportDefinition, Row, Section } from '../model';
import { FEW, kaplanMeier, SMALL } from '../stats';
import { STEPS } from '../windows';
import { inGroups, withGroup } from './funnel';
import { salesCycle } from './sources';

/** domain.md C2: how long steps take, for those who took them and with those still on the way; how long people have stood where they stand. */
export const velocity: ReportDefinition = {
  id: 'velocity',
  by: ['month', 'week'],
  period: 'past',
  trend: { section: 'steps', column: 'km_median', rows: ['mql-sal', 'mql-sql', 'sql-opportunity'] },
  async build(context) {
    return { population: context.say('population_episodes'), sections: [await steps(context), await standing(context), await salesCycle(context)] };
  },
};

async function steps(context: ReportContext): Promise<Section> {
  const { say, agreement, language, only, now } = context;
  const rows: Row[] = [];
  for (const [from, to] of STEPS) {
    const [start, end] = [`${from}_at`, `${to}_at`];
    const entered = all(only, { column: 'adopted', in: [0] }, inPeriod(context, start), { not: { column: 'skipped', bit: stageBit(from) | stageBit(to) } });
    const came: Test = { column: end, before: now + 1 };
    const onTheWay = all(unknown(end), unknown('left_at'));
    const gone = all(unknown(end), known('left_at'));
    const lists = { arrived: { value: end, minus: start, where: came }, open: { value: start, where: onTheWay }, left: { value: 'left_at', minus: start, where: gone } };
    for (const { suffix, label, test, row } of await grouped(context, 'episodes', entered, {}, {}, start, context.by, lists)) {
      const { arrived = [], open = [], left = [] } = row.lists;
      const watched = [...open.map((at) => Math.max(0, now - at)), ...left.map((took) => Math.max(0, took))].sort((a, b) => a - b);
      const least = arrived.length + watched.length;
      if (least === 0 && suffix !== '') continue;
      const who = (...more: Test[]): Behind => ({ of: 'episodes', where: all(entered, test, ...more) });
      const completed = percentiles(say, arrived, DAY, who(came));
      const [m, q, t] = kaplanMeier(arrived, watched, [0.5, 0.75, 0.9]);
      const estimated = (value: number | null | undefined, needed: number): Cell => (least < needed ? none(least === 0 ? say('why_none') : say('why_few', { n: least, needed })) : of(duration(value ?? null, DAY, say('why_not_reached')), who({ any: [came, onTheWay, gone] })));
      rows.push({
        id: `${from}-${to}${suffix}`,
        cells: {
          ...(suffix === '' ? {} : { group: text(label) }),
          step: text(`${agreement.stageLabel(from, language)} → ${agreement.stageLabel(to, language)}`),
          completed: count(arrived.length, who(came)),
          median: completed.median,
          p75: completed.p75,
          p90: completed.p90,
          open: count(open.length, who(onTheWay)),
          left: count(left.length, who(gone)),
          km_median: estimated(m, FEW),
          km_p75: estimated(q, SMALL),
          km_p90: estimated(t, SMALL),
        },
      });
    }
  }
  const titles: Column[] = [
    { id: 'step', label: say('step'), kind: 'text' },
    { id: 'completed', label: say('completed'), kind: 'count' },
    { id: 'median', label: say('median_days'), kind: 'days' },
    { id: 'p75', label: say('p75_days'), kind: 'days' },
    { id: 'p90', label: say('p90_days'), kind: 'days' },
    { id: 'open', label: say('open'), kind: 'count' },
    { id: 'left', label: say('left'), kind: 'count' },
    { id: 'km_median', label: say('km_median'), kind: 'days' },
    { id: 'km_p75', label: say('km_p75'), kind: 'days' },
    { id: 'km_p90', label: say('km_p90'), kind: 'days' },
  ];
  return { id: 'steps', title: say('velocity'), definition: say('def_velocity'), columns: withGroup(context, titles), rows: inGroups(context, rows), notes: [say('note_velocity')], notMeasured: [] };
}

/** After so many days a stage is said to stagnate (domain.md C1.2). */
const STAGNANT: Partial<Record<LadderStage, number>> = { mql: 14, sql: 7, opportunity: 30 };

/** Where people stand now, and for how long: whatever the period. */
async function standing(context: ReportContext): Promise<Section> {
  const { say, agreement, language, reader, only, now } = context;
  const rows: Row[] = [];
  const stages = ['lead', 'mql', 'sal', 'sql', 'opportunity'] as const;
  const anywhere: Test = all(only, { column: 'last', in: [1] }, { column: 'in_scope', in: [1] }, known('stage_at'));
  const found = await reader.reportLists({ of: 'episodes', where: all(anywhere, { column: 'stage', in: stages }), by: 'stage', lists: { since: { value: 'stage_at', where: all() } } });
  for (const stage of stages) {
    const here: Test = all(anywhere, { column: 'stage', in: [stage] });
    const ages = (found.find((each) => each.key === stage)?.lists['since'] ?? []).map((at) => now - at).reverse();
    const { median, p90 } = percentiles(say, ages, DAY, { of: 'episodes', where: here });
    const limit = STAGNANT[stage];
    const stagnant: Test = all(here, { column: 'stage_at', before: now - (limit ?? 0) * DAY });
    rows.push({
      id: stage,
      cells: {
        stage: text(agreement.stageLabel(stage, language)),
        people: count(ages.length, { of: 'episodes', where: here }),
        median,
        p90,
        limit: limit === undefined ? none('') : { value: limit },
        stagnant: limit === undefined ? none('') : count(ages.filter((age) => age > limit * DAY).length, { of: 'episodes', where: stagnant }),
      },
    });
  }
  const columns: Column[] = [
    { id: 'stage', label: say('stage'), kind: 'text' },
    { id: 'people', label: say('people'), kind: 'count' },
    { id: 'median', label: say('median_days'), kind: 'days' },
    { id: 'p90', label: say('p90_days'), kind: 'days' },
    { id: 'limit', label: say('stagnant_after'), kind: 'days' },
    { id: 'stagnant', label: say('stagnant'), kind: 'count' },
  ];
  return { id: 'standing', title: say('standing'), definition: say('def_standing'), columns, rows, notes: [], notMeasured: [] };
}
