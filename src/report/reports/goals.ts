import { count, money, none, of, text } from '../cells';
import type { Cell, ReportDefinition, Row } from '../model';
import { paceOf } from '../pace';

/** domain.md C2: what both teams want to reach, against the working days that have passed. */
export const goals: ReportDefinition = {
  id: 'goals',
  by: [],
  period: null,
  whole: true,
  async build(context) {
    const { say, agreement } = context;
    const rows: Row[] = [];
    for (const goal of agreement.settings.goals) {
      const pace = await paceOf(context, goal);
      const is = (value: number, behind = false): Cell => (goal.metric === 'revenue' ? money(value, behind ? pace.behind : undefined) : behind ? count(value, pace.behind) : { value: Math.round(value * 10) / 10 });
      const { marketing, sales } = goal.owners;
      const lacking = [marketing === undefined || sales === undefined ? say('smart_owners') : null, goal.why === undefined ? say('smart_why') : null].filter((each) => each !== null);
      rows.push({
        id: goal.id,
        cells: {
          goal: text(pace.label),
          metric: text(say(`metric_${goal.metric}`)),
          term: text(`${goal.from} – ${goal.to}`),
          owners: text([marketing, sales].map((name) => name ?? '–').join(' / ')),
          actual: is(pace.actual, true),
          target: is(pace.target),
          attainment: of({ value: pace.actual / pace.target }, pace.behind),
          expected: is(pace.expected),
          pace: pace.expected === 0 ? none(say('why_not_begun')) : of({ value: pace.actual / pace.expected }, pace.behind),
          state: text(say(pace.actual >= pace.target ? 'goal_reached' : pace.over ? 'goal_missed' : pace.expected === 0 ? 'goal_not_begun' : pace.actual >= pace.expected ? 'goal_on_pace' : 'goal_behind')),
          lacking: text(lacking.join('; ')),
        },
      });
    }
    return {
      population: say('population_goals'),
      sections: [
        {
          id: 'goals',
          title: say('goals'),
          definition: say('def_goals'),
          columns: [
            { id: 'goal', label: say('goal'), kind: 'text' },
            { id: 'metric', label: say('metric'), kind: 'text' },
            { id: 'term', label: say('term'), kind: 'text' },
            { id: 'owners', label: say('owners'), kind: 'text' },
            { id: 'actual', label: say('actual'), kind: 'number' },
            { id: 'target', label: say('target'), kind: 'number' },
            { id: 'attainment', label: say('attainment'), kind: 'rate' },
            { id: 'expected', label: say('expected'), kind: 'number' },
            { id: 'pace', label: say('pace'), kind: 'rate' },
            { id: 'state', label: say('state'), kind: 'text' },
            { id: 'lacking', label: say('smart_lacks'), kind: 'text' },
          ],
          rows,
          notes: rows.length > 0 ? [say('note_season')] : [],
          notMeasured: rows.length === 0 ? [say('not_measured_goals')] : [],
        },
      ],
    };
  },
};
