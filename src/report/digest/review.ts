import { Agreement } from '../../agreement/schema';
import { changesBetween } from '../../agreement/changes';
import { conditionText } from '../../agreement/conditions';
import { labelText } from '../../agreement/labels';
import type { DigestPoint, DigestTable } from '../../domain/digest';
import { shown } from '../formats';
import type { Row } from '../model';
import { CLOCKS } from '../reports/sla';
import { SMALL } from '../stats';
import { asked, compared, find, listed, numberIn, point, reportLinks, type Making } from './making';
import { largestDeals, waitingLongest } from './people';
import { alignmentPoint, dataPoint, goalsPoint, reasonsTable, reviewLines, slaPoint } from './points';

const TOP = 5;

/** The pack for the joint review: the agenda, with the numbers for each point, what is to be decided, and room to write. */
export async function reviewPoints(making: Making): Promise<DigestPoint[]> {
  const { say } = making;
  const goals = await goalsPoint(making, [say('ask_goals')]);
  return [
    { ...goals, lines: [...reviewLines(making), ...goals.lines] },
    await alignmentPoint(making, true),
    await strategy(making),
    terms(making),
    await campaigns(making),
    await challenges(making),
    await winsAndLosses(making),
    await slaPoint(making, [say('ask_sla')]),
    await dataPoint(making),
    await decisions(making),
    point('notes', say('notes'), { blanks: Array.from({ length: 5 }, () => say('note_blank')) }),
    point('sign_off', say('sign_off'), { lines: [say('sign_text', { hash: making.agreement.hash.slice(0, 12) })], blanks: [say('sign_marketing'), say('sign_sales')] }),
  ];
}

async function strategy(making: Making): Promise<DigestPoint> {
  const [funnel, forecast, sources] = [await making.report('funnel'), await making.report('forecast'), await making.report('sources')];
  return point('strategy', making.say('strategy'), {
    lines: [making.say('ask_strategy')],
    tables: [
      listed('conversion', funnel, 'cohort', ['step', 'entered', 'mature', 'rate', 'immature']),
      listed('forecast', forecast, 'pipeline', ['what', 'deals', 'amount']),
      listed('inflow', forecast, 'inflow', ['source', 'mqls', 'rate', 'amount'], { top: TOP }),
      listed('sources', sources, 'customers', ['source', 'customers', 'first', 'first_revenue', 'influenced'], { top: TOP }),
    ],
    links: reportLinks(making, funnel, forecast, sources),
  });
}

/** The words both teams use, and what has changed in the agreement since they last met. */
function terms(making: Making): DigestPoint {
  const { agreement, say, reviews } = making;
  const { settings, language } = agreement;
  const names = (field: string): string | undefined => {
    const label = agreement.fieldById(field)?.settings.label;
    return label === undefined ? undefined : labelText(label, language);
  };
  const definitions = (['mql', 'sal', 'sql'] as const).flatMap((id) => {
    const { condition, needs } = agreement.stage(id);
    return [...(condition === null ? [] : [say('term_when', { stage: agreement.stageLabel(id), condition: conditionText(condition, language, names) })]), ...(needs === undefined || needs.length === 0 ? [] : [say('term_needs', { fields: needs.map((field) => names(field) ?? field).join(', ') })])];
  });
  const { sla, marketing } = settings;
  const promises = [
    say('term_sla', { touch: sla.first_touch, answer: sla.answer, reason: sla.reason, book: sla.book_or_recycle }),
    ...(marketing?.mqls === undefined ? [] : [say('term_marketing', { n: marketing.mqls, per: say(`per_${marketing.per}`) })]),
  ];
  // As this version reads it, so that a key that has come with it is not told as a change.
  const then = Agreement.safeParse(reviews.settings);
  const changes = then.success ? changesBetween(then.data, settings) : null;
  const table: DigestTable = { id: 'changes', columns: [say('key'), say('then'), say('now')].map((label) => ({ label, numeric: false })), rows: (changes ?? []).map(({ path, before, after }) => [{ text: path }, { text: before ?? '–' }, { text: after ?? '–' }]) };
  return point('terms', say('terms'), { lines: [say('ask_terms'), ...definitions, ...promises, changes === null ? say('changes_unknown') : changes.length === 0 ? say('changes_none') : say('changes_since', { n: changes.length })], tables: [table] });
}

async function campaigns(making: Making): Promise<DigestPoint> {
  const [answers, credit] = [await making.report('rejections', asked(making, 'period', 'campaign')), await making.report('attribution', asked(making, 'period', 'campaign'))];
  const most = (column: string) => (a: Row, b: Row): number => numberIn(b, column) - numberIn(a, column);
  return point('campaigns', making.say('campaigns'), {
    lines: [making.say('ask_campaigns')],
    tables: [
      listed('answers', answers, 'acceptance', ['group', 'handed', 'accepted', 'rejected', 'rate'], { top: 2 * TOP, order: most('handed') }),
      listed('credit', credit, 'credit', ['what', 'first', 'linear', 'last'], { top: TOP, only: (row) => row.id !== 'total' }),
      listed('assists', credit, 'assists', ['act', 'assists', 'deals'], { top: TOP, order: most('assists') }),
    ],
    links: reportLinks(making, answers, credit),
  });
}

async function challenges(making: Making): Promise<DigestPoint> {
  const { say } = making;
  const reasons = await reasonsTable(making);
  const breaches = await compared(making, 'breaches', CLOCKS.map(({ id }) => ({ label: `${making.sayReport(`clock_${id}`)}: ${making.sayReport('missed')}`, at: ['sla', 'sales', id, 'missed'] })));
  const waiting = await waitingLongest(making);
  return point('challenges', say('challenges'), { lines: [say('ask_challenges'), ...(waiting.rows.length === 0 ? [] : [say('ids_only')])], tables: [reasons, breaches, waiting], links: reportLinks(making, await making.report('rejections', asked(making, 'period'))) });
}

async function winsAndLosses(making: Making): Promise<DigestPoint> {
  const { say, sayReport } = making;
  const figures = await compared(making, 'wins', [
    ...(['won', 'lost', 'win_rate', 'bookings', 'losses'] as const).map((key): Parameters<typeof compared>[2][number] => ({ label: sayReport(key), at: ['sources', 'wins', 'closed', key] })),
    { label: sayReport('sales_cycle'), at: ['sources', 'cycle', 'won', 'median'] },
  ]);
  const bySource = await making.report('sources', asked(making, 'period', 'source'));
  const table = listed('wins_by_source', bySource, 'wins', ['group', 'won', 'lost', 'win_rate', 'bookings'], { top: 2 * TOP, order: (a, b) => numberIn(b, 'won') + numberIn(b, 'lost') - numberIn(a, 'won') - numberIn(a, 'lost') });
  return point('wins', say('wins'), { lines: [say('ask_wins')], tables: [figures, table, await largestDeals(making, 'won'), await largestDeals(making, 'lost')], links: reportLinks(making, bySource) });
}

/** A reason this frequent, and a clock kept this seldom, are put to the meeting; of fewer cases a share says little. */
const FREQUENT = 0.2;
const SELDOM = 0.8;

/** What the numbers ask both teams to decide. */
async function decisions(making: Making): Promise<DigestPoint> {
  const { say, agreement } = making;
  const [rejections, sla, goals, debt, alignment] = [await making.report('rejections', asked(making, 'period')), await making.report('sla', asked(making, 'period')), await making.report('goals'), await making.report('debt'), await making.report('alignment')];
  const rowsOf = (report: typeof sla, id: string): Row[] => report.sections.find((section) => section.id === id)?.rows ?? [];
  const percent = (row: Row): string => `${((row.cells['rate']?.value as number) * 100).toFixed(1)} %`;
  const lines: string[] = [];
  for (const row of rowsOf(rejections, 'reasons')) {
    const { value, of = 0 } = row.cells['rate'] ?? { value: null };
    const quality = agreement.reasons.get(row.id)?.counts_against_quality;
    if (typeof value === 'number' && value >= FREQUENT && of >= SMALL && (quality === 'yes' || quality === 'half')) lines.push(say('decide_reason', { reason: String(row.cells['reason']?.value), share: percent(row), n: numberIn(row, 'rejected') }));
  }
  for (const row of rowsOf(sla, 'sales')) {
    const { value, of = 0 } = row.cells['rate'] ?? { value: null };
    if (typeof value === 'number' && value < SELDOM && of >= SMALL) lines.push(say('decide_clock', { clock: String(row.cells['clock']?.value), share: percent(row), n: of }));
  }
  if (rowsOf(goals, 'goals').length === 0) lines.push(say('decide_no_goal'));
  for (const row of rowsOf(goals, 'goals')) {
    const [goal, state, lacking] = ['goal', 'state', 'lacking'].map((column) => String(row.cells[column]?.value ?? ''));
    const isBehind = numberIn(row, 'actual') < numberIn(row, 'expected');
    const figure = (column: string): string => shown(find(goals, 'goals', row.id, column)?.cell, { kind: 'number' });
    if (isBehind) lines.push(say('decide_goal', { goal: goal ?? '', state: state ?? '', actual: figure('actual'), target: figure('target') }));
    if (lacking !== undefined && lacking !== '') lines.push(say('decide_goal_lacks', { goal: goal ?? '', what: lacking }));
  }
  for (const id of ['rejected_unmapped', 'rejected_without_reason', 'no_owner', 'nobody']) {
    const row = rowsOf(debt, 'debt').find((each) => each.id === id);
    if (row !== undefined && numberIn(row, 'n') > 0) lines.push(say('decide_words', { what: String(row.cells['what']?.value), n: numberIn(row, 'n'), remedy: String(row.cells['remedy']?.value) }));
  }
  lines.push(...(alignment.sections.find((section) => section.id === 'score')?.notes ?? []));
  return point('decisions', say('decisions'), { lines: lines.length === 0 ? [say('decide_none')] : lines, blanks: Array.from({ length: 5 }, () => say('decision_blank')) });
}
