import { once } from 'node:events';
import { Writable } from 'node:stream';
import Table from 'cli-table3';
import picocolors from 'picocolors';
import { ConcordError, EXIT, type ExitCode } from '../domain/problem';
import { redactText } from '../log/redact';

/* The only place that writes to the terminal. Results go to stdout, everything else to stderr; `--json` prints exactly one document on stdout. */

const WIDTH = 100;

/** Colours on a terminal only: what is piped stays plain, also where CI makes the library think otherwise. */
export const colors = picocolors.createColors(picocolors.isColorSupported && process.stdout.isTTY === true);
const errorColors = picocolors.createColors(picocolors.isColorSupported && process.stderr.isTTY === true);

export function say(text = ''): void {
  process.stdout.write(`${text}\n`);
}

export function hint(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Where questions are asked: stderr, because stdout is for results. While `muted` nothing of what is typed comes back to the screen. */
export class PromptOutput extends Writable {
  muted = false;

  constructor(private readonly to: NodeJS.WritableStream = process.stderr) {
    super();
  }

  override _write(chunk: unknown, _encoding: BufferEncoding, done: () => void): void {
    if (!this.muted) this.to.write(String(chunk));
    done();
  }
}

export function json(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** Writes a piece of a long result and waits while the reader is slower, so that an export is never whole in memory. */
export async function write(text: string): Promise<void> {
  if (process.stdout.destroyed || process.stdout.write(text)) return;
  const heard = new AbortController();
  await Promise.race([once(process.stdout, 'drain', { signal: heard.signal }), once(process.stdout, 'close', { signal: heard.signal })]).catch(() => undefined);
  heard.abort();
}

/** One JSON document whose last member is a list that is written as it is read. */
export async function jsonWithList(head: Record<string, unknown>, name: string, items: AsyncIterable<unknown>): Promise<void> {
  const before = Object.entries(head).map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)},`);
  await write(`{${before.join('')}${JSON.stringify(name)}:[`);
  let first = true;
  for await (const item of items) {
    await write(`${first ? '' : ','}\n${JSON.stringify(item)}`);
    first = false;
  }
  await write(']}\n');
}

/** Text that came from a CRM, without the control and direction characters with which it could rewrite what the terminal shows. */
export function plain(text: string): string {
  return text.replace(/\r\n?/g, '\n').replace(/\t/g, ' ').replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '');
}

const WIDE = /[\u1100-\u115f\u2329\u232a\u2e80-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1b000}\u{1b001}\u{1f1e6}-\u{1f2ff}\u{20000}-\u{3fffd}]|\p{Emoji_Modifier}|\p{Extended_Pictographic}/u;

/**
 * Columns that a text takes at most. cli-table3 cuts off what it measures as wider than its column, and counts the marks of most scripts as a column of their own
 * (its string-width): what is less here than there would be lost.
 */
function widthOf(text: string): number {
  let width = 0;
  for (const sign of text) width += /[\u0300-\u036f]/.test(sign) ? 0 : WIDE.test(sign) ? 2 : 1;
  return width;
}

/** A letter and its marks stay together. */
const SIGNS = new Intl.Segmenter();

/** Breaks a text into lines of at most `width` columns: between words where it can, inside a word that is longer than a line. Nothing is cut off. */
function wrap(text: string, width: number): string {
  const lines: string[] = [];
  for (const paragraph of text.split('\n')) {
    let line = '';
    for (const word of paragraph.split(' ')) {
      const joined = line === '' ? word : `${line} ${word}`;
      if (widthOf(joined) <= width) {
        line = joined;
        continue;
      }
      if (line !== '') lines.push(line);
      line = '';
      for (const { segment: sign } of SIGNS.segment(word)) {
        if (widthOf(line + sign) > width) {
          lines.push(line);
          line = '';
        }
        line += sign;
      }
    }
    lines.push(line);
  }
  return lines.join('\n');
}

/** A table that fits 100 columns: the widest column gives way, by wrapping. `compact` leaves out the lines between rows. */
export function table(head: string[], rows: (string | number | null)[][], { compact = false }: { compact?: boolean } = {}): void {
  if (rows.length === 0) return;
  const cells = rows.map((row) => row.map((cell) => (cell === null ? '' : plain(String(cell)))));
  const widths = head.map((title, index) => Math.max(widthOf(title), ...cells.map((row) => Math.max(...(row[index] ?? '').split('\n').map(widthOf)))) + 2);
  const room = WIDTH - (head.length + 1);
  while (widths.reduce((sum, width) => sum + width, 0) > room) {
    const widest = widths.indexOf(Math.max(...widths));
    widths[widest] = (widths[widest] as number) - 1;
  }
  const fit = (row: string[]): string[] => row.map((cell, index) => wrap(cell, (widths[index] as number) - 2));
  const out = new Table({ head: fit(head), colWidths: widths, style: { head: [], border: [], compact } });
  out.push(...cells.map(fit));
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
  // The words of an unexpected fault come from anywhere: no secret and no address may ride on them.
  const message = known ? error.message : `an unexpected fault: ${redactText(error instanceof Error ? error.message : String(error))}`;
  const remedy = known ? error.remedy : 'This is a fault of Concord. Run again with LOG_LEVEL=debug and report what it says.';
  if (asJson) json({ error: { code, message, where: known ? (error.where ?? null) : null, remedy } });
  else {
    hint(`${errorColors.red('error')} ${message}`);
    if (known && error.where !== undefined) hint(`  where: ${error.where}`);
    hint(`  what to do: ${remedy}`);
    if (!known && error instanceof Error && process.stderr.isTTY) hint(redactText(error.stack ?? ''));
  }
  return known ? error.exit : EXIT.failed;
}
