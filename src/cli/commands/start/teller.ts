import { colors, say, table } from '../../print';

/** How a command tells its story: on the terminal, or not at all (`--json` prints one document at the end). */
export interface Teller {
  heading(text: string): void;
  say(text?: string): void;
  table(head: string[], rows: (string | number | null)[][]): void;
}

const silent: Teller = { heading: () => undefined, say: () => undefined, table: () => undefined };

export function teller(asJson: boolean): Teller {
  if (asJson) return silent;
  return {
    heading: (text) => say(`\n${colors.bold(colors.cyan(text))}`),
    say: (text = '') => say(wrapped(text)),
    table: (head, rows) => table(head, rows, { compact: true }),
  };
}

/** Sentences in lines of at most 100 columns; what is indented stays as it is. */
export function wrapped(text: string, width = 100): string {
  if (text.startsWith(' ') || text.includes('\n')) return text;
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].join('\n');
}
