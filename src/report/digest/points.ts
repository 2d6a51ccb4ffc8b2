import type { DigestCell, DigestPoint, DigestTable } from '../../domain/digest';
import { figureId } from '../make';
import type { Row } from '../model';
import { CLOCKS } from '../reports/sla';
import { asked, cellOf, compared, day, differenceText, find, listed, numberIn, periodHeads, point, reportLinks, type Making } from './making';
import { waitingLongest } from './people';

/* Points that both digests have. */

const TOP = 5;
const WEEK = 7 * 86_400_000;

/** When the next joint review is due: `reports.review_weeks` after the last one, or after adoption. Null: nobody waits for one yet. */
export function reviewDueAt({ agreement, reviews }: Pick<Making, 'agreement' | 'reviews'>): number | null {
  return reviews.since === null ? null : reviews.since + agreement.settings.reports.review_weeks * WEEK;
}

export function reviewLines(making: Making): string[] {
  const { say, reviews, now } = making;
  const due = reviewDueAt(making);
  if (due === null) return [];
  return [`${say(due <= now ? 'review_overdue' : 'review_due', { date: day(making, due) })} ${reviews.heldAt === null ? say('review_none') : say('review_last', { date: day(making, reviews.heldAt) })}`];
}

/** What waits for a person: overdue clocks of the SLA report as it is without a wish, and what of the data debt needs an answer. */
export async function attention(making: Making): Promise<DigestPoint> {
  const { say, sayReport } = making;
  const [sla, debt] = [await making.report('sla'), await making.report('debt')];
  const rows: DigestCell[][] = [];
  for (const [clock, label] of [['first_touch', 'overdue_touch'], ['answer', 'overdue_answer'], ['reason', 'overdue_reason']] as const) {
    const found = find(sla, 'sales', clock, 'overdue');
    if (found !== null && found.cell.value !== 0) rows.push([{ text: say(label) }, cellOf(found), { text: say('remedy_overdue') }]);
  }
  for (const id of ['dead_letters', 'held', 'rejected_without_reason', 'rejected_unmapped', 'missing_fields']) {
    const found = find(debt, 'debt', id, 'n');
    if (found !== null && found.cell.value !== 0) rows.push([{ text: sayReport(`debt_${id}` as 'debt_held') }, cellOf(found), { text: sayReport(`remedy_${id}` as 'remedy_held') }]);
  }
  const table: DigestTable = { id: 'attention', columns: [{ label: say('what'), numeric: false }, { label: say('how_many'), numeric: true }, { label: say('what_to_do'), numeric: false }], rows };
  return point('attention', say('attention'), { lines: [...(rows.length === 0 ? [say('nothing_waits')] : []), ...reviewLines(making)], tables: [table], links: rows.length === 0 ? [] : reportLinks(making, sla, debt) });
}

/** Reasons of the period beside those of the one before, the most frequent first. */
export async function reasonsTable(making: Making): Promise<DigestTable> {
  const [now, before] = [await making.report('rejections', asked(making, 'period')), await making.report('rejections', asked(making, 'before'))];
  const rowsOf = (report: typeof now): Row[] => report.sections.find((section) => section.id === 'reasons')?.rows ?? [];
  const counts = new Map<string, { label: string; n: number }>();
  for (const row of [...rowsOf(now), ...rowsOf(before)]) if (!counts.has(row.id)) counts.set(row.id, { label: String(row.cells['reason']?.value ?? row.id), n: rowsOf(now).includes(row) ? numberIn(row, 'rejected') : 0 });
  const top = [...counts].sort(([, a], [, b]) => b.n - a.n).slice(0, TOP);
  const table = await compared(making, 'reasons', top.map(([id, { label }]) => ({ label, at: ['rejections', 'reasons', id, 'rejected'] })));
  // A reason that nobody gave in a period is not in its report: nobody did.
  for (const cells of table.rows) {
    const [n, m] = [cells[1], cells[2]].map((cell) => (typeof cell?.figure?.value === 'number' ? cell.figure.value : 0)) as [number, number];
    for (const place of [1, 2]) if (cells[place]?.figure === undefined) cells[place] = { text: '0' };
    cells[3] = { text: differenceText(n - m, String) };
  }
  return table;
}

export async function rejectionsPoint(making: Making): Promise<DigestPoint> {
  const { say, sayReport } = making;
  const reasons = await reasonsTable(making);
  const coverage = await compared(making, 'feedback', [{ label: sayReport('feedback'), at: ['rejections', 'feedback', 'feedback', 'rate'] }]);
  const links = reportLinks(making, await making.report('rejections', asked(making, 'period')));
  return point('rejections', say('rejections'), { lines: reasons.rows.length === 0 ? [say('none')] : [], tables: [reasons, coverage], links });
}

/** Sales' clocks by the handoffs of the period, and what marketing promised. */
export async function slaPoint(making: Making, question: string[] = []): Promise<DigestPoint> {
  const { say, sayReport } = making;
  const [now, before] = [await making.report('sla', asked(making, 'period')), await making.report('sla', asked(making, 'before'))];
  const [thisPeriod, periodBefore] = periodHeads(making);
  const clocks: DigestTable = {
    id: 'clocks',
    columns: [
      { label: sayReport('clock'), numeric: false },
      { label: `${sayReport('compliance')}, ${thisPeriod?.label ?? ''}`, numeric: true },
      { label: periodBefore?.label ?? '', numeric: true },
      ...(['missed', 'overdue', 'median_hours'] as const).map((key) => ({ label: sayReport(key), numeric: true })),
    ],
    rows: CLOCKS.map(({ id }) => [{ text: sayReport(`clock_${id}`) }, cellOf(find(now, 'sales', id, 'rate')), cellOf(find(before, 'sales', id, 'rate')), ...['missed', 'overdue', 'median'].map((column) => cellOf(find(now, 'sales', id, column)))]),
  };
  const promises = listed('promises', now, 'marketing', ['what', 'delivered', 'owed', 'waiting', 'rate']);
  const lag = listed('lag', now, 'concord', ['handoffs', 'median', 'p90']);
  lag.columns.unshift({ label: sayReport('sla_concord'), numeric: false });
  for (const row of lag.rows) row.unshift({ text: '' });
  return point('sla', say('sla'), { lines: question, tables: [clocks, promises, ...(question.length > 0 ? [lag] : [])], links: reportLinks(making, now) });
}

export async function waitingPoint(making: Making): Promise<DigestPoint> {
  const { say } = making;
  const table = await waitingLongest(making);
  return point('waiting', say('waiting'), { lines: [table.rows.length === 0 ? say('nobody_waits') : say('ids_only')], tables: [table] });
}

export async function goalsPoint(making: Making, question: string[] = []): Promise<DigestPoint> {
  const report = await making.report('goals');
  const table = listed('goals', report, 'goals', ['goal', 'term', 'owners', 'actual', 'target', 'expected', 'state']);
  return point('goals', making.say('goals'), { lines: [...question, ...(table.rows.length === 0 ? [making.say('decide_no_goal')] : [])], tables: [table], links: table.rows.length === 0 ? [] : reportLinks(making, report) });
}

/** The level, and what would raise it most; in full with its components. */
export async function alignmentPoint(making: Making, whole = false): Promise<DigestPoint> {
  const report = await making.report('alignment');
  const score = listed('score', report, 'score', ['score', 'level']);
  const notes = report.sections.find((section) => section.id === 'score')?.notes ?? [];
  return point('alignment', making.say('alignment'), { lines: notes, tables: [score, ...(whole ? [listed('components', report, 'components', ['component', 'score', 'weight', 'gain'])] : [])], links: reportLinks(making, report) });
}

/** How far both CRMs agree (W11), and the debt in the data. */
export async function dataPoint(making: Making): Promise<DigestPoint> {
  const { say, reader } = making;
  const parity = await reader.parity();
  const sum = (pick: (row: (typeof parity)[number]) => number): number => parity.reduce((total, row) => total + pick(row), 0);
  const [people, disagree] = [sum((row) => row.people), sum((row) => row.disagree)];
  const figure = (column: string, value: number): DigestCell => ({ text: value.toLocaleString('en-US'), figure: { report: 'parity', id: figureId('stages', 'total', column), by: null, period: null, value } });
  const both: DigestTable = { id: 'parity', columns: [{ label: say('what'), numeric: false }, { label: say('how_many'), numeric: true }], rows: [[{ text: say('parity') }, figure('people', people)], [{ text: say('disagree') }, figure('disagree', disagree)]] };
  const report = await making.report('debt');
  const debt = listed('debt', report, 'debt', ['what', 'n', 'remedy'], { only: (row) => numberIn(row, 'n') > 0 });
  return point('data', say('data'), { tables: [both, debt], links: reportLinks(making, report) });
}
