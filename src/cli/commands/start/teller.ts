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

/** Sentences in lines of at most 100 columns; an indent goes on through the lines, line breaks stay. */
export function wrapped(text: string, width = 100): string {
  return text
    .split('\n')
    .map((paragraph) => {
      const indent = /^ */.exec(paragraph)?.[0] ?? '';
      const lines: string[] = [];
      let line = '';
      for (const word of paragraph.slice(indent.length).split(' ')) {
        if (line !== '' && indent.length + line.length + 1 + word.length > width) {
          lines.push(indent + line);
          line = word;
        } else line = line === '' ? word : `${line} ${word}`;
      }
      return [...lines, indent + line].join('\n');
    })
    .join('\n');
}
