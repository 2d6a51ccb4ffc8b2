/** Lines of context around a change. */
const CONTEXT = 3;

interface Step {
  sign: ' ' | '-' | '+';
  text: string;
  /** Line numbers (from 1) before and after. */
  old: number;
  now: number;
}

/** The difference of two texts in the unified format; empty for equal texts. For files of some thousand lines. */
export function unifiedDiff(before: string, after: string, name: string): string {
  if (before === after) return '';
  const steps = align(lines(before), lines(after));
  const out = [`--- ${name}`, `+++ ${name} (proposed)`];
  for (let at = 0; at < steps.length; at += 1) {
    if (steps[at]?.sign === ' ') continue;
    const from = Math.max(0, at - CONTEXT);
    let end = at;
    // Changes whose contexts touch make one hunk.
    for (let next = at; next < steps.length && next <= end + 2 * CONTEXT; next += 1) if (steps[next]?.sign !== ' ') end = next;
    const hunk = steps.slice(from, end + CONTEXT + 1);
    const olds = hunk.filter(({ sign }) => sign !== '+');
    const news = hunk.filter(({ sign }) => sign !== '-');
    out.push(`@@ -${range(olds.length, olds[0]?.old ?? hunk[0]?.old ?? 1)} +${range(news.length, news[0]?.now ?? hunk[0]?.now ?? 1)} @@`);
    out.push(...hunk.map(({ sign, text }) => `${sign}${text}`));
    at = end + CONTEXT;
  }
  return `${out.join('\n')}\n`;
}

function range(count: number, first: number): string {
  const start = count === 0 ? first - 1 : first;
  return count === 1 ? String(start) : `${start},${count}`;
}

function lines(text: string): string[] {
  const all = text.split('\n');
  if (all.at(-1) === '') all.pop();
  return all;
}

/** Longest common subsequence by lines, after the equal ends are taken off. */
function align(before: string[], after: string[]): Step[] {
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head += 1;
  let tail = 0;
  while (tail < before.length - head && tail < after.length - head && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail += 1;
  const a = before.slice(head, before.length - tail);
  const b = after.slice(head, after.length - tail);
  const width = b.length + 1;
  const common = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i -= 1)
    for (let j = b.length - 1; j >= 0; j -= 1) common[i * width + j] = a[i] === b[j] ? (common[(i + 1) * width + j + 1] ?? 0) + 1 : Math.max(common[(i + 1) * width + j] ?? 0, common[i * width + j + 1] ?? 0);
  const steps: Step[] = [];
  let [i, j] = [0, 0];
  const push = (sign: Step['sign'], text: string): void => void steps.push({ sign, text, old: head + i + 1, now: head + j + 1 });
  for (let at = 0; at < head; at += 1) steps.push({ sign: ' ', text: before[at] ?? '', old: at + 1, now: at + 1 });
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      push(' ', a[i] ?? '');
      i += 1;
      j += 1;
    } else if (i < a.length && (j >= b.length || (common[(i + 1) * width + j] ?? 0) >= (common[i * width + j + 1] ?? 0))) {
      push('-', a[i] ?? '');
      i += 1;
    } else {
      push('+', b[j] ?? '');
      j += 1;
    }
  }
  for (let at = 0; at < tail; at += 1) {
    push(' ', before[before.length - tail + at] ?? '');
    i += 1;
    j += 1;
  }
  return steps;
}
