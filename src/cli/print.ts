import Table from 'cli-table3';
import colors from 'picocolors';
import { ConcordError, EXIT, type ExitCode } from '../domain/problem';

/* The only place that writes to the terminal. Results go to stdout, everything else to stderr; `--json` prints exactly one document on stdout. */

const WIDTH = 100;

export function say(text = ''): void {
  process.stdout.write(`${text}\n`);
}

export function hint(text: string): void {
  process.stderr.write(`${text}\n`);
}

export function json(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

export { colors };

/** A table that fits 100 columns: the widest column gives way, by wrapping. `compact` leaves out the lines between rows. */
export function table(head: string[], rows: (string | number | null)[][], { compact = false }: { compact?: boolean } = {}): void {
  if (rows.length === 0) return;
  const cells = rows.map((row) => row.map((cell) => (cell === null ? '' : String(cell))));
  const widths = head.map((title, index) => Math.max(title.length, ...cells.map((row) => Math.max(...(row[index] ?? '').split('\n').map((line) => line.length)))) + 2);
  const room = WIDTH - (head.length + 1);
  while (widths.reduce((sum, width) => sum + width, 0) > room) {
    const widest = widths.indexOf(Math.max(...widths));
    widths[widest] = (widths[widest] as number) - 1;
  }
  const out = new Table({ head, colWidths: widths, wordWrap: true, wrapOnWordBoundary: true, style: { head: [], border: [], compact } });
  out.push(...cells);
  say(out.toString());
}

/** A moment as people read it, in the agreement's time zone: `2026-11-22 09:15`. */
export function moment(at: number | null, timeZone: string): string {
  if (at === null) return '';
  const parts = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' }).format(at);
  return parts;
}

/** Ends a command that failed: what, where, what to do; the exit code by the contract. */
export function failure(error: unknown, asJson: boolean): ExitCode {
  const known = error instanceof ConcordError;
  const code = known ? error.code : 'unexpected';
  const message = known ? error.message : `an unexpected fault: ${error instanceof Error ? error.message : String(error)}`;
  const remedy = known ? error.remedy : 'This is a fault of Concord. Run again with LOG_LEVEL=debug and report what it says.';
  if (asJson) json({ error: { code, message, where: known ? (error.where ?? null) : null, remedy } });
  else {
    hint(`${colors.red('error')} ${message}`);
    if (known && error.where !== undefined) hint(`  where: ${error.where}`);
    hint(`  what to do: ${remedy}`);
    if (!known && error instanceof Error && process.stderr.isTTY) hint(error.stack ?? '');
  }
  return known ? error.exit : EXIT.failed;
}
