import type { DealFact, Test, TouchFact } from '../../domain/report';
import type { LadderStage } from '../../domain/stage';
import { count as cell, DAY, money, text } from '../cells';
import { all, isSpan, spanFinder, UNKNOWN, type Span } from '../groups';
import type { Behind, Column, ReportContext, ReportDefinition, Row, Section } from '../model';
import { shareOut } from '../stats';
import { inGroups, withGroup } from './funnel';
import { COUNTING, endOf, withoutMoney, wonDeals, wonInPeriod } from './sources';

/** How long before the close an act may lie to get credit. */
export const LOOKBACK_DAYS = 365;
/** Half of a touch's weight is gone after so many days (domain.md C2: time decay). */
const HALF_LIFE_DAYS = 7;

export const MODELS = ['first', 'last', 'linear', 'u', 'w', 'decay'] as const;
export type Model = (typeof MODELS)[number];

export interface Milestones {
  /** When the lead, and the opportunity, were made. */
  lead: number | null;
  opportunity: number;
  close: number;
}

/** domain.md C2: who gets the credit for the money won, by six models that each add up to it. */
export const attribution: ReportDefinition = {
  id: 'attribution',
  by: ['source', 'campaign', 'month', 'week'],
  period: 'past',
  trend: { section: 'credit', column: 'linear' },
  async build(context) {
    const told = await walk(context);
    return { population: context.say('population_deals'), sections: [await credit(context, told), assists(context, told)] };
  },
};

/**
 * The weights of touches in their order; they add up to 1. A touch that plays several parts adds their weights; without a middle touch its part is
 * shared pro rata.
 */
export function weightsOf(model: Model, touches: readonly Pick<TouchFact, 'at'>[], milestones: Milestones): number[] {
  const n = touches.length;
  if (n === 0) return [];
  const weights = touches.map(() => 0);
  const add = (place: number, weight: number): void => void (weights[place] = (weights[place] ?? 0) + weight);
  if (model === 'first') add(0, 1);
  else if (model === 'last') add(n - 1, 1);
  else if (model === 'linear') touches.forEach((_, place) => add(place, 1 / n));
  else if (model === 'decay') touches.forEach((touch, place) => add(place, 2 ** (-(milestones.close - touch.at) / (HALF_LIFE_DAYS * DAY))));
  else if (n === 1) add(0, 1);
  else if (model === 'u' && n === 2) touches.forEach((_, place) => add(place, 0.5));
  else {
    const at = (moment: number | null): number => {
      let place = 0;
      touches.forEach((touch, index) => (moment !== null && touch.at <= moment ? (place = index) : undefined));
      return place;
    };
    const parts = model === 'u' ? ([[0, 0.4], [at(milestones.lead), 0.4]] as const) : ([[0, 0.3], [at(milestones.lead), 0.3], [at(milestones.opportunity), 0.3]] as const);
    for (const [place, weight] of parts) add(place, weight);
    const middle = touches.map((_, place) => place).filter((place) => !parts.some(([taken]) => taken === place));
    for (const place of middle) add(place, (model === 'u' ? 0.2 : 0.1) / middle.length);
  }
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

interface Journey {
  deal: DealFact;
  touches: TouchFact[];
  milestones: Milestones;
}

/** Won deals of the period with the acts that count for them. */
async function* journeys(context: ReportContext): AsyncGenerator<Journey> {
  const { reader } = context;
  for await (const deals of wonDeals(context, wonInPeriod(context))) {
    const byDeal = new Map<string, TouchFact[]>();
    for (const { opportunityId, touch } of await reader.reportTouchesOfDeals(deals.map((deal) => deal.opportunity_id))) {
      const list = byDeal.get(opportunityId);
      if (list === undefined) byDeal.set(opportunityId, [touch]);
      else list.push(touch);
    }
    const { episodes } = await reader.reportFacts(deals.map((deal) => deal.person_id));
    const leads = new Map<string, number>();
    for (const episode of episodes) {
      const made = (['lead', 'mql'] satisfies LadderStage[]).map((stage) => episode[`${stage}_at`]).find((at) => at !== null) ?? null;
      if (made !== null && made < (leads.get(episode.person_id) ?? Number.POSITIVE_INFINITY)) leads.set(episode.person_id, made);
    }
    for (const deal of deals) {
      const close = endOf(deal);
      const touches = (byDeal.get(deal.opportunity_id) ?? []).filter((touch) => touch.at <= close && touch.at >= close - LOOKBACK_DAYS * DAY);
      yield { deal, touches, milestones: { lead: leads.get(deal.person_id) ?? null, opportunity: deal.created_at, close } };
    }
  }
}

function keyOf({ by }: Pick<ReportContext, 'by'>, touch: TouchFact): string {
  return (by === 'campaign' ? touch.name : touch.source) ?? UNKNOWN;
}

type Credits = Record<Model, number>;

/** The credit of one source or act, of a week or month of the closes where the report is divided so. */
interface Credited {
  key: string;
  span: Span | null;
  credits: Credits;
}

interface Told {
  totals: Map<string, Credited>;
  total: Credits;
  assists: Map<string, { touches: number; deals: number }>;
}

/** Every won deal once: the credit of its acts, and those in the middle. */
async function walk(context: ReportContext): Promise<Told> {
  const zero = (): Credits => ({ first: 0, last: 0, linear: 0, u: 0, w: 0, decay: 0 });
  const told: Told = { totals: new Map(), total: zero(), assists: new Map() };
  const spanAt = spanFinder(context);
  const give = (key: string, span: Span | null, model: Model, cents: number): void => {
    const id = `${key === NOBODY ? 'unattributed' : `by@${key}`}${span === null ? '' : `@${span.label}`}`;
    let known = told.totals.get(id);
    if (known === undefined) told.totals.set(id, (known = { key, span, credits: zero() }));
    known.credits[model] += cents;
  };
  for await (const { deal, touches, milestones } of journeys(context)) {
    const cents = deal.amount ?? 0;
    const span = spanAt?.(deal.closed_at ?? 0) ?? null;
    for (const model of MODELS) {
      told.total[model] += cents;
      if (touches.length === 0) give(NOBODY, span, model, cents);
      else shareOut(cents, weightsOf(model, touches, milestones)).forEach((part, place) => give(keyOf(context, touches[place] as TouchFact), span, model, part));
    }
    const middle = touches.slice(1, -1).map((touch) => touch.name ?? touch.source ?? UNKNOWN);
    for (const key of middle) count(told, key).touches += 1;
    for (const key of new Set(middle)) count(told, key).deals += 1;
  }
  return told;
}

function count({ assists: found }: Told, key: string): { touches: number; deals: number } {
  let known = found.get(key);
  if (known === undefined) found.set(key, (known = { touches: 0, deals: 0 }));
  return known;
}

async function credit(context: ReportContext, { totals, total }: Told): Promise<Section> {
  const { say } = context;
  const cells = (label: string, of: Credits, behind?: Behind): Row['cells'] => ({ what: text(label), ...Object.fromEntries(MODELS.map((model) => [model, money(of[model], behind)])) });
  const won = wonInPeriod(context);
  /** The deals that such acts led to, or none. */
  const behindKey = (key: string, span: Span | null): Behind => {
    const led: Test = { acts: { within: LOOKBACK_DAYS * DAY, ...(key === NOBODY ? {} : { of: { column: context.by === 'campaign' ? 'name' : 'source', is: key } }) } };
    return { of: 'deals', where: all(won, COUNTING, span?.test('closed_at') ?? all(), key === NOBODY ? { not: led } : led) };
  };
  const found = [...totals].sort(([a, { credits: x }], [b, { credits: y }]) => y.linear - x.linear || (a < b ? -1 : 1)).map(([id, { key, span, credits }]): Row => ({ id, cells: { ...(span === null ? {} : { group: text(span.label) }), ...cells(key === NOBODY ? say('unattributed') : key === UNKNOWN ? say('unknown') : key, credits, behindKey(key, span)) } }));
  const rows = isSpan(context.by) ? inGroups(context, found) : found;
  if (rows.length > 0) rows.push({ id: 'total', cells: cells(say('total'), total, { of: 'deals', where: all(won, COUNTING) }) });
  const columns: Column[] = [{ id: 'what', label: context.by === 'campaign' ? say('act') : say('by_source'), kind: 'text' }, ...MODELS.map((model): Column => ({ id: model, label: say(`model_${model}`), kind: 'money' }))];
  return { id: 'credit', title: say('attribution'), definition: say('def_attribution', { days: LOOKBACK_DAYS }), columns: isSpan(context.by) ? withGroup(context, columns) : columns, rows, notes: [say('note_touches')], notMeasured: await withoutMoney(context, wonInPeriod(context)) };
}

const NOBODY = '\u0000';

/** The acts between the first and the last on the way to a won deal, by what they were. */
function assists(context: ReportContext, { assists: found }: Told): Section {
  const { say } = context;
  const behind = (key: string): Behind => ({ of: 'deals', where: all(wonInPeriod(context), COUNTING, { acts: { within: LOOKBACK_DAYS * DAY, middle: true, of: { column: 'what', is: key } } }) });
  const columns: Column[] = [
    { id: 'act', label: say('act'), kind: 'text' },
    { id: 'assists', label: say('assists'), kind: 'count' },
    { id: 'deals', label: say('won'), kind: 'count' },
  ];
  const rows = [...found].sort(([, a], [, b]) => b.touches - a.touches).map(([key, { touches, deals }]): Row => ({ id: `by@${key}`, cells: { act: text(key === UNKNOWN ? say('unknown') : key), assists: cell(touches, behind(key)), deals: cell(deals, behind(key)) } }));
  return { id: 'assists', title: say('assists'), definition: say('def_assists'), columns, rows, notes: [], notMeasured: [] };
}
