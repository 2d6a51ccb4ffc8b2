import type { Digest, DigestPoint, DigestTable } from '../domain/digest';
import { sayDigest } from '../report/digest/texts';
import type { Language } from '../agreement/schema';

/*
 * A digest in Slack's Block Kit: a header, a section a point, tables as lines. Limits (docs.slack.dev): 50 blocks, 3,000 characters in a section, 150 in a
 * header; and, which the documents do not say, about 13,000 characters over all blocks, else `msg_blocks_too_long` (slackapi/bolt-js issue 2509).
 */

const SECTION = 3_000;
const WHOLE = 11_000;
const BLOCKS = 50;
const HEADER = 150;

export interface Block {
  type: 'header' | 'section' | 'context';
  text?: { type: 'plain_text' | 'mrkdwn'; text: string; verbatim?: true };
  elements?: { type: 'mrkdwn'; text: string; verbatim?: true }[];
}

/** In mrkdwn `&`, `<` and `>` are written as entities, so that no text can mention, link or call a channel. */
export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Inside asterisks one more would end them, as would a line break. */
export function bold(text: string): string {
  return `*${escaped(text.replaceAll('*', '∗').replaceAll(/\s+/g, ' '))}*`;
}

export function linkTo(label: string, url: string): string {
  return /^https?:\/\//.test(url) ? `<${escaped(url).replaceAll('|', '%7C')}|${escaped(label)}>` : escaped(label);
}

export function shortened(text: string, most: number): string {
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length <= most ? line : `${line.slice(0, most - 1)}…`;
}

/** A row in a line: what it is, then its figures by the columns' names. Null: nothing of it is measured. */
function rowLine({ columns, compares }: DigestTable, row: DigestTable['rows'][number]): string | null {
  const measured = (text: string): boolean => text !== '' && text !== '–';
  if (compares === true) {
    const [what = '', now = '', before = '', change = ''] = row.map((cell) => cell.text);
    if (!measured(now) && !measured(before)) return null;
    return `• ${escaped(what)}: ${bold(now)} (${escaped(columns[2]?.label ?? '')}: ${[before, ...(measured(change) ? [change] : [])].map(escaped).join(', ')})`;
  }
  const cells = row.map(({ text, url }, place) => {
    const { label = '', numeric = false } = columns[place] ?? {};
    const told = url !== undefined ? linkTo(text, url) : numeric ? bold(text) : escaped(text);
    return { isShown: measured(text), told: place === 0 && !numeric ? told : `${escaped(label)} ${told}` };
  });
  const shown = cells.filter((cell) => cell.isShown).map((cell) => cell.told);
  return shown.length === 0 ? null : `• ${shown.join(' · ')}`;
}

function linesOf(point: DigestPoint): string[] {
  return [
    ...point.lines.map(escaped),
    ...point.tables.flatMap((table) => table.rows.flatMap((row) => rowLine(table, row) ?? [])),
    ...(point.links.length === 0 ? [] : [point.links.map(({ label, url }) => linkTo(label, url)).join(' · ')]),
  ];
}

/** `text` is what a phone shows and what is read aloud. Lines that do not fit are counted; where the whole is stands below. */
export function digestPayload(digest: Digest): { text: string; blocks: Block[] } {
  const blocks: Block[] = [
    { type: 'header', text: { type: 'plain_text', text: shortened(digest.title, HEADER) } },
    { type: 'context', elements: [{ type: 'mrkdwn', text: digest.about.map(escaped).join(' '), verbatim: true }] },
  ];
  let room = WHOLE;
  let left = 0;
  // Room to write by hand is for paper.
  for (const point of digest.points) {
    const lines = linesOf(point);
    const kept = [bold(point.title)];
    let size = kept[0]?.length ?? 0;
    for (const line of lines) {
      if (blocks.length >= BLOCKS - 1 || size + line.length + 1 > Math.min(SECTION, room)) left += 1;
      else {
        kept.push(line);
        size += line.length + 1;
      }
    }
    if (kept.length === 1) continue;
    room -= size;
    blocks.push({ type: 'section', text: { type: 'mrkdwn', text: kept.join('\n'), verbatim: true } });
  }
  if (left > 0) blocks.push({ type: 'context', elements: [{ type: 'mrkdwn', text: escaped(sayDigest(digest.language as Language)('not_whole', { n: left, name: digest.digest })), verbatim: true }] });
  return { text: escaped(digest.title), blocks };
}
