import type { Test } from '../../domain/report';
import { count, DAY, HOUR, percentiles, rate, text } from '../cells';
import { all, grouped, inPeriod, isValue, known, labelOf, unknown, UNKNOWN } from '../groups';
import type { Column, ReportContext, ReportDefinition, Row, Section } from '../model';
import { withGroup } from './funnel';

/** domain.md C2: what sales answered to the handoffs of the period, why it said no, how fast it said why, and what recycling gave. */
export const rejections: ReportDefinition = {
  id: 'rejections',
  by: ['source', 'campaign', 'owner', 'segment', 'month', 'week'],
  period: 'past',
  trend: { section: 'acceptance', column: 'rate' },
  async build(context) {
    return { population: context.say('population_handoffs'), sections: [await acceptance(context), await reasons(context), await feedback(context), await recycling(context)] };
  },
};

/** Handed over in the period, without duplicates, spam, tests and wrong owners. */
export function handedOver(context: ReportContext): Test {
  return all(context.only, inPeriod(context, 'handed_at'), COUNTS);
}

/** In the denominators, and out of them (domain.md C2). */
const COUNTS: Test = { column: 'excluded', in: [0] };
const EXCLUDED: Test = { column: 'excluded', in: [1] };
const ADOPTED: Test = { column: 'adopted', in: [1] };

export const ACCEPTED: Test = known('accepted_at');
export const REJECTED: Test = known('rejected_at');
export const DECIDED: Test = { any: [ACCEPTED, REJECTED] };
const PENDING: Test = all(unknown('accepted_at'), unknown('rejected_at'), unknown('closed_at'));

async function acceptance(context: ReportContext): Promise<Section> {
  const { say } = context;
  const opened = all(context.only, inPeriod(context, 'handed_at'));
  const where = handedOver(context);
  const rows: Row[] = [];
  const left = { excluded: 0, adopted: 0 };
  for (const { suffix, label, test, row } of await grouped(context, 'episodes', opened, { handed: COUNTS, accepted: all(COUNTS, ACCEPTED), rejected: all(COUNTS, REJECTED), pending: all(COUNTS, PENDING), excluded: EXCLUDED, adopted: ADOPTED }, {}, 'handed_at')) {
    const { handed = 0, accepted = 0, rejected = 0, pending = 0, excluded = 0, adopted = 0 } = row.counts;
    left.excluded += excluded;
    left.adopted += adopted;
    const who = (...more: Test[]) => ({ of: 'episodes' as const, where: all(where, test, ...more) });
    rows.push({
      id: `handed${suffix}`,
      cells: {
        ...(suffix === '' ? {} : { group: text(label) }),
        handed: count(handed, who()),
        accepted: count(accepted, who(ACCEPTED)),
        rejected: count(rejected, who(REJECTED)),
        pending: count(pending, who(PENDING)),
        rate: rate(say, accepted, handed, who(ACCEPTED)),
        excluded: count(excluded, { of: 'episodes', where: all(opened, test, EXCLUDED) }),
        adopted: count(adopted, { of: 'episodes', where: all(opened, test, ADOPTED) }),
      },
    });
  }
  const columns: Column[] = [
    { id: 'handed', label: say('handed_over'), kind: 'count' },
    { id: 'accepted', label: say('accepted'), kind: 'count' },
    { id: 'rejected', label: say('rejected'), kind: 'count' },
    { id: 'pending', label: say('pending'), kind: 'count' },
    { id: 'rate', label: say('acceptance_rate'), kind: 'rate' },
    { id: 'excluded', label: say('left_out'), kind: 'count' },
    { id: 'adopted', label: say('found_under_way'), kind: 'count' },
  ];
  const notes = [say('note_excluded', { n: left.excluded }), say('note_adopted', { n: left.adopted })];
  return { id: 'acceptance', title: say('acceptance'), definition: say('def_acceptance'), columns: withGroup(context, columns), rows, notes, notMeasured: [] };
}

async function reasons(context: ReportContext): Promise<Section> {
  const { say, reader } = context;
  const where = all(handedOver(context), DECIDED);
  const found = await reader.reportGroups({ of: 'episodes', where: all(where, REJECTED), by: { column: 'reason' }, counts: { n: all() } });
  const keys = found.sort((a, b) => (b.counts['n'] ?? 0) - (a.counts['n'] ?? 0)).map((row) => (row.key === null ? UNKNOWN : String(row.key)));
  const tests = Object.fromEntries(keys.map((key, index): [string, Test] => [`r${index}`, all(REJECTED, isValue('reason', key))]));
  const rows: Row[] = [];
  for (const { suffix, label, test, row } of await grouped(context, 'episodes', where, { decided: all(), ...tests }, {}, 'handed_at')) {
    for (const [index, key] of keys.entries()) {
      const rejected = row.counts[`r${index}`] ?? 0;
      if (rejected === 0) continue;
      const who = { of: 'episodes' as const, where: all(where, test, tests[`r${index}`] as Test) };
      const reason = key === UNKNOWN ? null : key;
      rows.push({
        id: `${key}${suffix}`,
        cells: {
          ...(suffix === '' ? {} : { group: text(label) }),
          reason: text(labelOf(context, 'reason', reason)),
          rejected: count(rejected, who),
          decided: count(row.counts['decided'] ?? 0, { of: 'episodes', where: all(where, test) }),
          rate: rate(say, rejected, row.counts['decided'] ?? 0, who),
          quality: text(reason === null ? '' : say(`quality_${context.agreement.reasons.get(reason)?.counts_against_quality ?? 'unknown'}`)),
        },
      });
    }
  }
  const columns: Column[] = [
    { id: 'reason', label: say('by_reason'), kind: 'text' },
    { id: 'rejected', label: say('rejected'), kind: 'count' },
    { id: 'decided', label: say('decided'), kind: 'count' },
    { id: 'rate', label: say('rejection_rate'), kind: 'rate' },
    { id: 'quality', label: say('against_quality'), kind: 'text' },
  ];
  return { id: 'reasons', title: say('reasons'), definition: say('def_reasons'), columns: withGroup(context, columns), rows, notes: [], notMeasured: [] };
}

/** Valid: a reason of the agreement. */
const VALID: Test = all(known('reason'), { not: { column: 'route', in: ['unmapped'] } });
export const REASONED_IN_TIME: Test = all(VALID, { column: 'reasoned_at', within: 'reason_due', plus: 0 });

export function rejectedInPeriod(context: ReportContext): Test {
  return all(context.only, inPeriod(context, 'rejected_at'), known('reason_due'));
}

async function feedback(context: ReportContext): Promise<Section> {
  const { say, now } = context;
  const where = rejectedInPeriod(context);
  const missing: Test = unknown('reason');
  const unmapped: Test = all(known('reason'), { column: 'route', in: ['unmapped'] });
  const waiting: Test = all(missing, { column: 'reason_due', from: now });
  const rows: Row[] = [];
  for (const { suffix, label, test, row } of await grouped(context, 'episodes', where, { rejected: all(), valid: REASONED_IN_TIME, missing, unmapped, waiting }, {}, 'rejected_at', context.by, { took: { value: 'reason_ms', where: VALID } })) {
    const { rejected = 0, valid = 0, missing: without = 0, unmapped: strange = 0, waiting: open = 0 } = row.counts;
    const who = (...more: Test[]) => ({ of: 'episodes' as const, where: all(where, test, ...more) });
    const { median, p90 } = percentiles(say, row.lists['took'] ?? [], HOUR, who(VALID, known('reason_ms')));
    rows.push({
      id: `feedback${suffix}`,
      cells: {
        ...(suffix === '' ? {} : { group: text(label) }),
        rejected: count(rejected, who()),
        valid: count(valid, who(REASONED_IN_TIME)),
        missing: count(without, who(missing)),
        waiting: count(open, who(waiting)),
        unmapped: count(strange, who(unmapped)),
        rate: rate(say, valid, rejected, who(REASONED_IN_TIME)),
        median,
        p90,
      },
    });
  }
  const columns: Column[] = [
    { id: 'rejected', label: say('rejected'), kind: 'count' },
    { id: 'valid', label: say('reason_in_time'), kind: 'count' },
    { id: 'missing', label: say('without_reason'), kind: 'count' },
    { id: 'waiting', label: say('reason_not_due'), kind: 'count' },
    { id: 'unmapped', label: say('reason_unmapped'), kind: 'count' },
    { id: 'rate', label: say('coverage'), kind: 'rate' },
    { id: 'median', label: say('median_hours'), kind: 'hours' },
    { id: 'p90', label: say('p90_hours'), kind: 'hours' },
  ];
  return { id: 'feedback', title: say('feedback'), definition: say('def_feedback'), columns: withGroup(context, columns), rows, notes: [], notMeasured: [] };
}

const RECYCLE_DAYS = 180;
/** Routes after which the person may come back. Null: rejected without a reason, which is recycled too (F2). */
const RECYCLED: Test = { any: [{ column: 'route', in: ['recycle', 'nurture', 'fix_data', 'unmapped'] }, unknown('route')] };

async function recycling(context: ReportContext): Promise<Section> {
  const { say, now, only } = context;
  const where = all(only, inPeriod(context, 'rejected_at'), RECYCLED);
  const mature: Test = { column: 'rejected_at', before: now - RECYCLE_DAYS * DAY + 1 };
  const yielded: Test = all(mature, { column: 'next_sql_at', within: 'rejected_at', plus: RECYCLE_DAYS * DAY });
  const back: Test = known('next_mql_at');
  const rows: Row[] = [];
  for (const { suffix, label, test, row } of await grouped(context, 'episodes', where, { recycled: all(), mature, yielded, back }, {}, 'rejected_at', 'reason')) {
    const { recycled = 0, mature: ripe = 0, yielded: hits = 0, back: returned = 0 } = row.counts;
    const who = (...more: Test[]) => ({ of: 'episodes' as const, where: all(where, test, ...more) });
    rows.push({
      id: `recycled${suffix}`,
      cells: { reason: text(label), recycled: count(recycled, who()), back: count(returned, who(back)), mature: count(ripe, who(mature)), yielded: count(hits, who(yielded)), rate: rate(say, hits, ripe, who(yielded)) },
    });
  }
  const columns: Column[] = [
    { id: 'reason', label: say('by_reason'), kind: 'text' },
    { id: 'recycled', label: say('recycled'), kind: 'count' },
    { id: 'back', label: say('came_back'), kind: 'count' },
    { id: 'mature', label: say('mature'), kind: 'count' },
    { id: 'yielded', label: say('reached_sql'), kind: 'count' },
    { id: 'rate', label: say('recycle_yield'), kind: 'rate' },
  ];
  return { id: 'recycling', title: say('recycling'), definition: say('def_recycling'), columns, rows, notes: [], notMeasured: [] };
}
