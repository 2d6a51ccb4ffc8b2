import { parse } from 'csv-parse/sync';

const DELIMITERS: Readonly<Record<string, string>> = { COMMA: ',', SEMICOLON: ';', TAB: '\t', PIPE: '|', CARET: '^', BACKQUOTE: '`' };

export function delimiterOf(name: string): string {
  return DELIMITERS[name] ?? ',';
}

/** Rows of a CSV as records by column name. Throws when it cannot be read. */
export function readCsv(text: string, delimiter: string): { columns: string[]; rows: Record<string, string>[] } {
  const table: string[][] = parse(text, { delimiter, bom: true, relax_column_count: false, skip_empty_lines: true });
  const [columns = [], ...lines] = table;
  return { columns, rows: lines.map((line) => Object.fromEntries(columns.map((c, i) => [c, line[i] ?? '']))) };
}

/** One line of CSV, every value in quotes, as the bulk API writes it. */
export function csvLine(values: readonly unknown[], delimiter = ',', end = '\n'): string {
  return `${values.map((v) => `"${String(v ?? '').replace(/"/g, '""')}"`).join(delimiter)}${end}`;
}
