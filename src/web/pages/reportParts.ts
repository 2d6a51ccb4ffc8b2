import { figureId } from '../../report/make';
import type { Cell, Column, Report, ReportDefinition, Row, Section } from '../../report/model';
import { DIMENSIONS } from '../../report/model';
import { footnotes } from '../../report/formats';
import { sayIn } from '../../report/texts';
import { html, type Html, type Piece } from '../html';
import { bar, card, table, type Column as Drawn } from '../pieces';
import { queryOf } from '../reportQuery';
import type { ReportRequest } from '../../report/make';
import type { FilterValues } from '../../report/values';
import type { Visit } from '../visit';

/* A report as a page: tables whose figures lead to the people behind them, a bar beside the figure that matters, and charts that repeat a table. */

/** Which column of a section is drawn beside its table. */
const DRAWN: Readonly<Record<string, string>> = {
  'parity stages': 'people', 'funnel cohort': 'rate', 'funnel flow': 'entries', 'rejections acceptance': 'rate', 'rejections reasons': 'rate', 'rejections feedback': 'rate', 'rejections recycling': 'rate',
  'sla sales': 'rate', 'sla marketing': 'rate', 'velocity steps': 'km_median', 'velocity standing': 'people', 'sources customers': 'first_revenue', 'sources wins': 'win_rate',
  'attribution credit': 'linear', 'attribution assists': 'assists', 'goals goals': 'attainment', 'forecast pipeline': 'amount', 'forecast inflow': 'amount', 'alignment components': 'score', 'debt debt': 'n',
};

/** A drawing of more lines than this tells nothing. */
const MOST_LINES = 6;

/** A figure as the visitor reads it; a dash for what is not measured. */
export function shownTo({ format, language }: Pick<Visit, 'format' | 'language'>, cell: Cell | undefined, { kind }: Pick<Column, 'kind'>, currency: string): string {
  if (cell === undefined || cell.value === null) return cell?.why === '' || cell === undefined ? '' : '–';
  if (typeof cell.value === 'string') return cell.value;
  if (kind === 'rate') return format.percent(cell.value);
  if (kind === 'money') return new Intl.NumberFormat(language, { style: 'currency', currency, maximumFractionDigits: Number.isInteger(cell.value) ? 0 : 2 }).format(cell.value);
  return new Intl.NumberFormat(language, { maximumFractionDigits: kind === 'count' ? 0 : kind === 'number' ? 2 : 1 }).format(cell.value);
}

function cellOf(visit: Visit, report: Report, section: Section, row: Row, column: Column, request: ReportRequest): Piece {
  const cell = row.cells[column.id];
  const value = shownTo(visit, cell, column, report.currency);
  const told = cell?.behind === undefined ? value : html`<a href="/reports/${report.report}/people?${queryOf(request, { figure: figureId(section.id, row.id, column.id) })}">${value}</a>`;
  if (cell === undefined || column.kind !== 'rate' || cell.low === undefined || cell.high === undefined) return html`${told}${cell?.small === true ? ' *' : ''}`;
  return html`${told}${cell.small === true ? ' *' : ''} <span class="soft small">(${visit.format.percent(cell.low)}–${visit.format.percent(cell.high)})</span>`;
}

/** The share of a row's bar: of 1 for shares, else of the section's largest. */
function shareOf(section: Section, column: Column): (row: Row) => number | null {
  const numberIn = (row: Row): number | null => (typeof row.cells[column.id]?.value === 'number' ? (row.cells[column.id]?.value as number) : null);
  const most = Math.max(0, ...section.rows.map((row) => (row.id === 'total' ? 0 : (numberIn(row) ?? 0))));
  return (row) => {
    const value = numberIn(row);
    if (value === null || row.id === 'total') return null;
    return column.kind === 'rate' ? value : most === 0 ? null : value / most;
  };
}

/** One section: its table, what was left out, how it is counted. */
export function sectionCard(visit: Visit, report: Report, section: Section, request: ReportRequest, above: Piece = ''): Html {
  const { say } = visit;
  const [first] = section.columns;
  const columns: Drawn<Row>[] = section.columns.map((column) => ({
    head: column.kind === 'money' ? `${column.label} (${report.currency})` : column.label,
    number: column.kind !== 'text',
    names: column === first && column.kind === 'text',
    cell: (row) => cellOf(visit, report, section, row, column, request),
  }));
  const drawn = section.columns.find((column) => column.id === DRAWN[`${report.report} ${section.id}`]);
  if (drawn !== undefined && section.rows.length > 1) {
    const share = shareOf(section, drawn);
    columns.push({ head: say('report_drawn'), cell: (row) => (share(row) === null ? '' : bar(share(row) ?? 0)) });
  }
  const notes = footnotes(report, section);
  const body = html`${above}${section.rows.length === 0 ? '' : table({ id: `table-${section.id}`, caption: section.title, quietCaption: true, columns, rows: section.rows })}<div class="report-notes tight">${notes.length === 0 ? '' : html`<ul class="small soft">${notes.map((note) => html`<li>${note}</li>`)}</ul>`}<details class="small"><summary>${say('report_definition')}</summary><p class="soft prose">${section.definition}</p></details></div>`;
  return card({ title: section.title, flush: true, id: section.id }, body);
}

/** What the script draws: the same figures as the table’s, in its order. */
interface ChartData {
  /** `share`: 0 to 1. */
  unit: 'share' | 'number';
  /** What the labels are: weeks. */
  span: string;
  labels: string[];
  series: { name: string; values: (number | null)[] }[];
}

/** A place for a drawing: empty, and not there at all, without a script. */
export function chart({ say }: Visit, what: string, column: string, data: ChartData): Html {
  const words = say('report_chart', { what, column });
  return html`<figure class="chart" role="img" aria-label="${words}" data-chart="${JSON.stringify(data)}"></figure>`;
}

/** The rows of a section that is divided by spans, as series over them. */
export function seriesOf(section: Section, columnId: string, only?: readonly string[]): ChartData {
  const spans = section.rows.filter((row) => typeof row.cells['group']?.value === 'string');
  const column = section.columns.find((each) => each.id === columnId);
  const labels = [...new Set(spans.map((row) => String(row.cells['group']?.value)))].sort();
  const kinds = [...new Set(spans.map(kindOf))].filter((kind) => only === undefined || only.includes(kind));
  const named = section.columns.find((each) => each.kind === 'text' && each.id !== 'group');
  const isNoneWithout = column?.kind === 'rate' || column?.kind === 'days' || column?.kind === 'hours';
  const series = kinds.map((kind) => {
    const rows = new Map(spans.filter((row) => kindOf(row) === kind).map((row) => [String(row.cells['group']?.value), row]));
    const name = named === undefined ? (column?.label ?? '') : String([...rows.values()][0]?.cells[named.id]?.value ?? kind);
    const valueIn = (label: string): number | null => {
      const value = rows.get(label)?.cells[columnId]?.value;
      // A week without a row counted nothing; a share or duration of nothing is none.
      return typeof value === 'number' ? value : isNoneWithout ? null : 0;
    };
    return { name, values: labels.map(valueIn) };
  });
  const sizeOf = ({ values }: { values: (number | null)[] }): number => values.reduce((sum: number, value) => sum + (value ?? 0), 0);
  const largest = new Set([...series].sort((a, b) => sizeOf(b) - sizeOf(a)).slice(0, MOST_LINES));
  return { unit: column?.kind === 'rate' ? 'share' : 'number', span: section.columns.find((each) => each.id === 'group')?.label ?? '', labels, series: series.filter((each) => only !== undefined || largest.has(each)) };
}

/** What a row is of, whatever its week: its id without it. */
function kindOf({ id, cells }: Row): string {
  const end = `@${String(cells['group']?.value ?? '')}`;
  return id.endsWith(end) ? id.slice(0, -end.length) : id;
}

/** The trend under a report: a chart, and its table for whoever opens it. */
export function trendCard(visit: Visit, { trend }: ReportDefinition, weeks: Report, request: ReportRequest): Html {
  const section = weeks.sections.find((each) => each.id === trend?.section);
  if (trend === undefined || section === undefined || section.rows.length === 0) return html``;
  const column = section.columns.find((each) => each.id === trend.column);
  const { say } = visit;
  const rows = trend.rows === undefined ? section.rows : section.rows.filter((row) => trend.rows?.includes(kindOf(row)));
  const data = seriesOf(section, trend.column, trend.rows);
  const body = html`${chart(visit, section.title, column?.label ?? '', data)}<details><summary>${say('report_trend_table')}</summary>${table({
    id: 'table-trend',
    caption: `${section.title}, ${say('report_trend')}`,
    quietCaption: true,
    columns: section.columns.map((each) => ({ head: each.label, number: each.kind !== 'text', names: each.id === 'group', cell: (row: Row) => cellOf(visit, weeks, section, row, each, { ...request, by: 'week' }) })),
    rows,
  })}</details>`;
  return card({ title: html`${say('report_trend')}: ${section.title}`, about: say('report_trend_about'), id: 'trend' }, body);
}

/** What the filters’ fields offer, by the browser’s own means. */
export function offers(values: FilterValues | null): Html {
  return html`${DIMENSIONS.map((each) => html`<datalist id="known-${each}">${(values?.[each] ?? []).map((value) => html`<option value="${value}"></option>`)}</datalist>`)}`;
}

/** Period, division and filters: a form that works by its address. Nothing where a report takes none of them. */
export function filterForm({ say }: Visit, { id, by, period, whole }: ReportDefinition, request: ReportRequest, report: Report | null): Html {
  const word = sayIn(report?.language ?? 'en');
  const field = (name: string, label: string, value: string | undefined, type: 'date' | 'text'): Html => html`<label class="field">${label} <input name="${name}" type="${type}" value="${value ?? ''}"${type === 'text' ? html` maxlength="200" size="12" list="known-${name}" title="${say('report_filter_hint')}"` : ''}></label>`;
  if (period === null && by.length === 0 && whole === true) return html``;
  return html`<form class="filters" method="get" action="/reports/${id}">${period === null ? '' : html`${field('from', say('report_from'), request.from ?? report?.period?.from, 'date')}${field('to', say('report_to'), request.to ?? report?.period?.to, 'date')}`}${by.length === 0 ? '' : html`<label class="field">${say('report_by')} <select name="by"><option value="">${say('report_undivided')}</option>${by.map((each) => html`<option value="${each}"${each === request.by ? html` selected` : ''}>${word(`by_${each}`)}</option>`)}</select></label>`}${whole === true ? '' : DIMENSIONS.map((each) => field(each, word(`by_${each}`), request.filters?.[each], 'text'))}<button class="primary">${say('report_show')}</button> <a class="button" href="/reports/${id}">${say('report_reset')}</a></form>`;
}
