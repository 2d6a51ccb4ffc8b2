import type { Digest, DigestCell, DigestPoint, DigestTable } from '../../domain/digest';
import { cellOfMarkdown, escaped } from '../formats';

/* A digest as text, Markdown, an HTML e-mail and a JSON document. Whatever came from a CRM is escaped for where it goes. Slack's blocks are notify's. */

/** Characters that could rewrite what a terminal or a mail program shows. */
function plain(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, ' ');
}

// --- plain text

/** A table in columns of one width each; numbers to the right. */
function textTable({ columns, rows }: DigestTable): string[] {
  const lines = [columns.map(({ label }) => plain(label)), ...rows.map((row) => row.map((cell) => plain(cell.text)))];
  const widths = columns.map((_, place) => Math.max(...lines.map((line) => [...(line[place] ?? '')].length)));
  const pad = (text: string, place: number): string => {
    const room = ' '.repeat(Math.max(0, (widths[place] ?? 0) - [...text].length));
    return columns[place]?.numeric === true ? room + text : text + room;
  };
  const drawn = lines.map((line) => `  ${line.map(pad).join('  ')}`.trimEnd());
  return [drawn[0] ?? '', `  ${widths.map((width) => '-'.repeat(width)).join('  ')}`, ...drawn.slice(1)];
}

function linksOf(table: DigestTable): { label: string; url: string }[] {
  return table.rows.flatMap((row) => row.flatMap(({ text, url }) => (url === undefined ? [] : [{ label: text, url }])));
}

/** For a terminal, and for a mail program without HTML. */
export function textOf(digest: Digest): string {
  const block = (point: DigestPoint): string =>
    [
      plain(point.title).toUpperCase(),
      ...point.lines.map(plain),
      ...point.tables.flatMap((table) => ['', ...textTable(table), ...linksOf(table).map(({ label, url }) => `  ${plain(label)}: ${url}`)]),
      ...(point.links.length === 0 ? [] : ['', ...point.links.map(({ label, url }) => `${plain(label)}: ${url}`)]),
      ...point.blanks.flatMap((what) => ['', `${plain(what)}: ____________________________________________________`]),
    ].join('\n');
  return `${[plain(digest.title), digest.about.map(plain).join('\n'), ...digest.points.map(block), `Concord · ${plain(digest.company)}`].join('\n\n')}\n`;
}

// --- Markdown

export function markdownOf(digest: Digest): string {
  const cell = ({ text, url }: DigestCell): string => (url === undefined ? cellOfMarkdown(text) : `[${cellOfMarkdown(text).replaceAll(']', '\\]')}](${urlOfMarkdown(url)})`);
  const line = (cells: string[]): string => `| ${cells.join(' | ')} |`;
  const table = ({ columns, rows }: DigestTable): string => [line(columns.map(({ label }) => cellOfMarkdown(label))), line(columns.map(({ numeric }) => (numeric ? '---:' : '---'))), ...rows.map((row) => line(row.map(cell)))].join('\n');
  const parts = digest.points.flatMap((point) => [
    `## ${cellOfMarkdown(point.title)}`,
    ...point.lines.map((text) => sentence(text)),
    ...point.tables.map(table),
    ...(point.links.length === 0 ? [] : [point.links.map(({ label, url }) => cell({ text: label, url })).join(' · ')]),
    ...(point.blanks.length === 0 ? [] : [point.blanks.map((what) => `- [ ] ${cellOfMarkdown(what)}:`).join('\n')]),
  ]);
  return `${[`# ${cellOfMarkdown(digest.title)}`, digest.about.map(sentence).join('  \n'), ...parts].join('\n\n')}\n`;
}

/** Outside a table: what stands between backticks in Concord's own sentences stays code. */
function sentence(text: string): string {
  return cellOfMarkdown(text).replaceAll('\\`', '`');
}

function urlOfMarkdown(url: string): string {
  return url.replaceAll(' ', '%20').replaceAll('(', '%28').replaceAll(')', '%29').replaceAll('|', '%7C');
}

// --- HTML

/* Mail programs take tables and style attributes, and little else: no style sheet, no picture, nothing from elsewhere. */
const FONT = 'font-family:Arial,Helvetica,sans-serif';
const INK = '#1b1f24';
const PALE = '#57606a';
const LINE = '1px solid #d5dae0';

/** On a narrow screen a wide table scrolls by itself, so that the mail does not. The first column names the row: it stands left, whatever it holds. */
function htmlTable({ columns, rows }: DigestTable): string {
  const align = (place: number): string => (place > 0 && columns[place]?.numeric === true ? 'right' : 'left');
  const padding = (place: number): string => `padding:5px ${place === columns.length - 1 ? 0 : 8}px 5px ${place === 0 ? 0 : 8}px`;
  const head = columns.map(({ label }, place) => `<th scope="col" align="${align(place)}" valign="bottom" style="${padding(place)};border-bottom:${LINE};font-size:12px;color:${PALE};text-align:${align(place)}">${escaped(label)}</th>`).join('');
  const cell = ({ text, url }: DigestCell, place: number): string => `<td align="${align(place)}" valign="top" style="${padding(place)};border-bottom:${LINE};font-size:14px;text-align:${align(place)}">${url === undefined ? (columns[place]?.numeric === true ? figureOf(text) : worded(text)) : anchor(text, url)}</td>`;
  return `<div tabindex="0" style="overflow-x:auto"><table cellpadding="0" cellspacing="0" border="0" width="100%" style="border-collapse:collapse;margin:8px 0 16px"><thead><tr>${head}</tr></thead><tbody>${rows.map((row) => `<tr>${row.map(cell).join('')}</tr>`).join('')}</tbody></table></div>`;
}

/** A figure stays on one line; its interval stands under it. */
function figureOf(text: string): string {
  const [, figure, interval] = /^(.+?) (\(\d.*)$/.exec(text) ?? [];
  const line = (words: string): string => escaped(words).replaceAll(' ', '&nbsp;');
  return figure === undefined || interval === undefined ? line(text) : `${line(figure)}<br><span style="font-size:12px;color:${PALE}">${line(interval)}</span>`;
}

/** What stands between backticks in Concord's own sentences is to be typed. */
function worded(text: string): string {
  return escaped(text).replace(/^\d{4}-\d\d-\d\d(?= |$)/, '<span style="white-space:nowrap">$&</span>').replaceAll(/`([^`]+)`/g, '<code style="font-size:13px">$1</code>');
}

/** Only web addresses become links. */
function anchor(text: string, url: string): string {
  return /^https?:\/\//.test(url) ? `<a href="${escaped(url)}" style="color:#0b57d0">${escaped(text)}</a>` : escaped(text);
}

function htmlPoint(point: DigestPoint): string {
  const blanks = point.blanks.map((what) => `<tr><td style="padding:10px 8px 2px;border-bottom:${LINE};font-size:12px;color:${PALE}">${escaped(what)}</td></tr>`).join('');
  return [
    `<h2 style="margin:24px 0 4px;font-size:17px;line-height:1.3;color:${INK}">${escaped(point.title)}</h2>`,
    ...point.lines.map((text) => `<p style="margin:4px 0;font-size:14px;line-height:1.45">${worded(text)}</p>`),
    ...point.tables.map(htmlTable),
    ...(blanks === '' ? [] : [`<table role="presentation" cellpadding="0" cellspacing="0" border="0" width="100%" style="border-collapse:collapse;margin:8px 0 16px"><tbody>${blanks}</tbody></table>`]),
    ...(point.links.length === 0 ? [] : [`<p style="margin:4px 0;font-size:13px">${point.links.map(({ label, url }) => anchor(label, url)).join(' &middot; ')}</p>`]),
  ].join('\n');
}

/** An e-mail of its own: styled in place, nothing loaded, readable without its styles. */
export function htmlOf(digest: Digest): string {
  const about = digest.about.map((text) => `<p style="margin:2px 0;font-size:13px;color:${PALE}">${escaped(text)}</p>`).join('\n');
  return `<!doctype html>
<html lang="${escaped(digest.language)}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light"><title>${escaped(plain(digest.title))}</title></head>
<body style="margin:0;padding:0;background:#f4f6f8;${FONT};color:${INK}">
<table role="presentation" cellpadding="0" cellspacing="0" border="0" width="100%" style="table-layout:fixed"><tbody><tr><td align="center" style="padding:16px 0">
<table role="presentation" cellpadding="0" cellspacing="0" border="0" width="720" style="table-layout:fixed;width:100%;max-width:720px;background:#ffffff"><tbody><tr><td style="padding:20px 16px">
<h1 style="margin:0 0 8px;font-size:21px;line-height:1.3;color:${INK}">${escaped(plain(digest.title))}</h1>
${about}
${digest.points.map(htmlPoint).join('\n')}
<p style="margin:24px 0 0;font-size:12px;color:${PALE}">Concord &middot; ${escaped(digest.company)}</p>
</td></tr></tbody></table>
</td></tr></tbody></table>
</body></html>
`;
}

// --- JSON

/** The digest as a JSON document: texts as people read them, figures as numbers with the report that counts them. */
export function documentOf(digest: Digest): Record<string, unknown> {
  return {
    digest: digest.digest,
    title: digest.title,
    company: digest.company,
    language: digest.language,
    as_of: new Date(digest.asOf).toISOString(),
    time_zone: digest.timeZone,
    agreement: digest.agreement,
    currency: digest.currency,
    period: digest.period,
    before: digest.before,
    about: digest.about,
    points: digest.points,
  };
}
