import { stringify } from 'csv-stringify/sync';
import { DateTime } from 'luxon';
import { figureId } from './make';
import { DEFINITIONS_VERSION, type Cell, type Column, type Report, type Section } from './model';
import { sayIn } from './texts';

/* A report as text. Whatever came from a CRM is escaped for where it goes. */

const NOT = '–';

/** A figure as people read it. */
export function shown(cell: Cell | undefined, { kind }: Pick<Column, 'kind'>): string {
  if (cell === undefined || cell.value === null) return cell?.why === '' || cell === undefined ? '' : NOT;
  if (typeof cell.value === 'string') return cell.value;
  const fixed = (value: number, digits: number): string => value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
  const small = cell.small === true ? ' *' : '';
  if (kind === 'rate') {
    const interval = cell.low === undefined || cell.high === undefined ? '' : ` (${fixed(cell.low * 100, 1)}–${fixed(cell.high * 100, 1)})`;
    return `${fixed(cell.value * 100, 1)} %${interval}${small}`;
  }
  if (kind === 'money') return fixed(cell.value, 2);
  if (kind === 'days' || kind === 'hours') return fixed(cell.value, 1);
  return (Number.isInteger(cell.value) ? fixed(cell.value, 0) : fixed(cell.value, 2)) + small;
}

/** Column titles; money says which. */
export function heads(report: Report, section: Section): string[] {
  return section.columns.map((column) => (column.kind === 'money' ? `${column.label} (${report.currency})` : column.label));
}

export function bodyOf(section: Section): string[][] {
  return section.rows.map((row) => section.columns.map((column) => shown(row.cells[column.id], column)));
}

/** What stands under a section's table: what was left out and why. */
export function footnotes(report: Report, section: Section): string[] {
  const say = sayIn(report.language);
  const cells = section.rows.flatMap((row) => section.columns.map((column) => row.cells[column.id]));
  const whys = [...new Set(cells.flatMap((cell) => (cell?.value === null && cell.why !== undefined && cell.why !== '' ? [cell.why] : [])))];
  return [
    ...(whys.length > 0 ? [`${NOT} ${whys.join('; ')}`] : []),
    ...(cells.some((cell) => cell?.small === true) ? [`* ${say('small')}`] : []),
    ...(section.rows.length === 0 ? [say('empty')] : []),
    ...section.notes,
    ...section.notMeasured.map((what) => `${say('not_measured')}: ${what}`),
  ];
}

/** As-of time, period, filters, population: what every report says of itself. */
export function aboutLines(report: Report): string[] {
  const say = sayIn(report.language);
  const filters = Object.entries(report.filters).map(([name, value]) => `${say(`by_${name as 'source'}`)} = ${value}`);
  return [
    `${say('as_of')} ${DateTime.fromMillis(report.asOf, { zone: report.timeZone }).toFormat('yyyy-MM-dd HH:mm')} (${report.timeZone})${report.period === null ? '' : ` · ${say('period')} ${report.period.from} – ${report.period.to}`} · ${say('definitions')} ${DEFINITIONS_VERSION}`,
    `${say('population')}: ${report.population}.`,
    ...(report.waiting === undefined ? [] : [say('note_waiting', { n: report.waiting })]),
    ...(filters.length > 0 ? [`${say('filters')}: ${filters.join(', ')}.`] : []),
  ];
}

/** The report as a JSON document; every figure with people says under which name they are listed. */
export function documentOf(report: Report): unknown {
  return {
    report: report.report,
    title: report.title,
    as_of: new Date(report.asOf).toISOString(),
    time_zone: report.timeZone,
    definitions_version: DEFINITIONS_VERSION,
    agreement: report.agreement,
    population: report.population,
    period: report.period,
    filters: report.filters,
    by: report.by,
    currency: report.currency,
    ...(report.waiting === undefined ? {} : { waiting: report.waiting }),
    sections: report.sections.map((section) => ({
      id: section.id,
      title: section.title,
      definition: section.definition,
      columns: section.columns,
      rows: section.rows.map((row) => ({
        id: row.id,
        cells: Object.fromEntries(Object.entries(row.cells).map(([id, { behind, ...cell }]) => [id, { ...cell, ...(behind === undefined ? {} : { people: figureId(section.id, row.id, id) }) }])),
      })),
      notes: section.notes,
      not_measured: section.notMeasured,
    })),
  };
}

/** CSV lines, one figure each, so that sections of different shapes fit one file. Formulas are made harmless; numbers stay numbers. */
export function csvOf(report: Report): string {
  const head = ['report', 'section', 'row', 'figure', 'label', 'value', 'low', 'high', 'cases', 'why', 'people', 'as_of', 'period_from', 'period_to'];
  const asOf = new Date(report.asOf).toISOString();
  const lines = report.sections.flatMap((section) =>
    section.rows.flatMap((row) =>
      section.columns.map((column) => {
        const cell = row.cells[column.id] ?? { value: null };
        return [report.report, section.id, row.id, column.id, column.label, cell.value, cell.low ?? null, cell.high ?? null, cell.of ?? null, cell.why ?? null, cell.behind === undefined ? null : figureId(section.id, row.id, column.id), asOf, report.period?.from ?? null, report.period?.to ?? null];
      }),
    ),
  );
  return csvLines([head, ...lines]);
}

/** Rows as CSV. Texts that a spreadsheet would take for a formula get a quote in front. */
export function csvLines(rows: (string | number | null)[][]): string {
  return stringify(rows, { escape_formulas: true, cast: { number: (value) => ({ value: String(value), escape_formulas: false }) } });
}

/** A text inside a Markdown table, or a line of its own. */
export function cellOfMarkdown(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, ' ').replaceAll('\\', '\\\\').replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('`', '\\`').replaceAll('[', '\\[');
}

export function markdownOf(report: Report): string {
  const line = (cells: string[]): string => `| ${cells.map(cellOfMarkdown).join(' | ')} |`;
  const parts = [`# ${cellOfMarkdown(report.title)}`, aboutLines(report).map(cellOfMarkdown).join('  \n')];
  for (const section of report.sections) {
    parts.push(`## ${cellOfMarkdown(section.title)}`);
    if (section.rows.length > 0) parts.push([line(heads(report, section)), line(section.columns.map(() => '---')), ...bodyOf(section).map(line)].join('\n'));
    const notes = footnotes(report, section);
    if (notes.length > 0) parts.push(notes.map((note) => `- ${cellOfMarkdown(note)}`).join('\n'));
    parts.push(`*${cellOfMarkdown(section.definition)}*`);
  }
  return `${parts.join('\n\n')}\n`;
}

export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;');
}

/** The report's own markup, for a page or a mail to put a frame around. */
export function htmlFragment(report: Report): string {
  const cell = (tag: 'th' | 'td', text: string, number: boolean): string => `<${tag}${number ? ' class="n"' : ''}>${escaped(text)}</${tag}>`;
  const table = (section: Section): string => {
    const numeric = section.columns.map((column) => column.kind !== 'text');
    const row = (tag: 'th' | 'td', cells: string[]): string => `<tr>${cells.map((text, index) => cell(tag, text, numeric[index] === true)).join('')}</tr>`;
    return section.rows.length === 0 ? '' : `<table><thead>${row('th', heads(report, section))}</thead><tbody>${bodyOf(section).map((cells) => row('td', cells)).join('')}</tbody></table>`;
  };
  const notes = (section: Section): string => footnotes(report, section).map((note) => `<li>${escaped(note)}</li>`).join('');
  return [
    `<h1>${escaped(report.title)}</h1>`,
    ...aboutLines(report).map((text) => `<p>${escaped(text)}</p>`),
    ...report.sections.map((section) => `<section id="${escaped(section.id)}"><h2>${escaped(section.title)}</h2>${table(section)}${notes(section) === '' ? '' : `<ul>${notes(section)}</ul>`}<p class="definition">${escaped(section.definition)}</p></section>`),
  ].join('\n');
}

const STYLE = 'body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#1b1f24}table{border-collapse:collapse;margin:1rem 0}th,td{border-bottom:1px solid #d5dae0;padding:.3rem .7rem;text-align:left}.n{text-align:right;font-variant-numeric:tabular-nums}.definition,li{color:#57606a}';

/** A page of its own: no script, nothing from elsewhere. */
export function htmlOf(report: Report): string {
  return `<!doctype html>\n<html lang="${escaped(report.language)}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(report.title)}</title><style>${STYLE}</style></head>\n<body>\n${htmlFragment(report)}\n</body></html>\n`;
}
