import { isMap, isScalar, isSeq, parseDocument, stringify, type Document, type Node, type Pair, type YAMLMap } from 'yaml';
import type { Path } from './fault';

type Written = string | number | boolean | readonly string[];

interface Edit {
  start: number;
  end: number;
  text: string;
}

/**
 * Changes single values of a YAML text and leaves everything else of it as it stands, byte for byte: comments, blank lines, the writer's own style. Why
 * something was changed is said in a comment line above it.
 */
export class YamlEdits {
  private readonly document: Document;
  private readonly edits: Edit[] = [];
  private readonly notes = new Map<number, string[]>();

  constructor(private readonly text: string) {
    this.document = parseDocument(text);
  }

  /** The value at a path, as plain data. Undefined: there is none. */
  get(...path: Path): unknown {
    const node = this.document.getIn(path, true) as Node | undefined;
    return node === undefined ? undefined : (node.toJS(this.document) as unknown);
  }

  /** Writes a value where one stands, or adds the last key of the path to its map. `instead`: the comment behind the old value no longer fits. */
  set(path: Path, value: Written, why: string | null, more: { instead?: true } = {}): void {
    const node = this.document.getIn(path, true) as Node | undefined;
    if (node === undefined) {
      this.add(path, value, why);
      return;
    }
    const [start, end] = rangeOf(node);
    this.change({ start, end, text: written(value, this.isInFlow(path)) }, why);
    if (more.instead !== true) return;
    const behind = /^[ \t]+#[^\n]*/.exec(this.text.slice(end));
    if (behind !== null) this.edits.push({ start: end, end: end + behind[0].length, text: '' });
  }

  /** Adds a map of one entry under a key that is not there yet. */
  addMap(path: Path, key: string, value: Written, why: string | null): void {
    const parent = this.document.getIn(path.slice(0, -1), true);
    if (!isMap(parent)) throw new Error(`nothing to add ${path.join('.')} to`);
    const first = parent.items[0]?.key as Node;
    const last = parent.items.at(-1)?.value as Node | null;
    const start = this.lineStart(rangeOf(first)[0]);
    const indent = ' '.repeat(rangeOf(first)[0] - start);
    const at = this.lineEnd(last === null ? rangeOf(first)[1] : rangeOf(last)[1]) + 1;
    this.edits.push({ start: at, end: at, text: `${why === null ? '' : `${indent}# ${why}\n`}${indent}${String(path.at(-1))}: { ${key}: ${written(value, true)} }\n` });
  }

  /** Puts YAML of the caller's in the place of a node. */
  write(path: Path, yaml: string, why: string | null): void {
    const [start, end] = rangeOf(this.document.getIn(path, true) as Node);
    this.change({ start, end, text: yaml }, why);
  }

  /** Takes a key or a list entry out, with the line or lines it stands on, or out of its brackets. */
  remove(path: Path, why: string | null): void {
    const parent = this.document.getIn(path.slice(0, -1), true);
    const last = path.at(-1);
    const pair = isMap(parent) ? pairOf(parent, last) : undefined;
    const node = (pair === undefined ? this.document.getIn(path, true) : pair.value) as Node | null | undefined;
    const first = pair === undefined ? node : (pair.key as Node);
    if (first == null) return;
    const [keyStart] = rangeOf(first);
    const end = node == null ? keyStart : rangeOf(node)[1];
    if ((isMap(parent) || isSeq(parent)) && parent.flow === true) {
      const { before, after } = around(this.text, keyStart, end);
      this.change({ start: before, end: after, text: '' }, why);
      return;
    }
    const start = this.lineStart(keyStart);
    this.change({ start, end: this.lineEnd(end) + 1, text: '' }, why);
  }

  /** A comment line above the line on which the value stands. */
  note(path: Path, why: string): void {
    const node = this.document.getIn(path, true) as Node | undefined;
    if (node !== undefined) this.noteAt(rangeOf(node)[0], why);
  }

  toString(): string {
    const all = [...this.edits];
    for (const [at, lines] of this.notes) {
      const indent = /^[ ]*/.exec(this.text.slice(at))?.[0] ?? '';
      all.push({ start: at, end: at, text: lines.map((line) => `${indent}# ${line}\n`).join('') });
    }
    let out = this.text;
    // From the end on, so that earlier places stay where they are; a note stands before what is changed in the same place.
    const order = all.map((edit, index) => ({ edit, index })).sort((a, b) => b.edit.start - a.edit.start || b.edit.end - a.edit.end || b.index - a.index);
    for (const { edit } of order) out = out.slice(0, edit.start) + edit.text + out.slice(edit.end);
    return out;
  }

  private change(edit: Edit, why: string | null): void {
    if (this.text.slice(edit.start, edit.end) === edit.text) return;
    this.edits.push(edit);
    if (why !== null) this.noteAt(edit.start, why);
  }

  private add(path: Path, value: Written, why: string | null): void {
    const parent = this.document.getIn(path.slice(0, -1), true);
    const key = String(path.at(-1));
    if (!isMap(parent)) throw new Error(`nothing to add ${path.join('.')} to`);
    if (parent.flow === true) {
      const [start, end] = rangeOf(parent);
      const last = parent.items.at(-1)?.value as Node | null | undefined;
      if (last == null) this.change({ start, end, text: `{ ${key}: ${written(value, true)} }` }, why);
      else this.change({ start: rangeOf(last)[1], end: rangeOf(last)[1], text: `, ${key}: ${written(value, true)}` }, why);
      return;
    }
    const first = parent.items[0]?.key as Node;
    const last = parent.items.at(-1)?.value as Node | null;
    const column = rangeOf(first)[0] - this.lineStart(rangeOf(first)[0]);
    const at = this.lineEnd(last === null ? rangeOf(first)[1] : rangeOf(last)[1]) + 1;
    const indent = ' '.repeat(column);
    const comment = why === null ? '' : `${indent}# ${why.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')}\n`;
    this.edits.push({ start: at, end: at, text: `${comment}${indent}${key}: ${written(value, false)}\n` });
  }

  private noteAt(offset: number, said: string): void {
    // One line, whatever a CRM's label holds.
    const why = said.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ');
    const at = this.lineStart(offset);
    const known = this.notes.get(at) ?? [];
    // Said already, by an earlier proposal or for another value of the line.
    const above = this.text.slice(this.lineStart(Math.max(0, at - 1)), at).trim();
    if (!known.includes(why) && above !== `# ${why}`) this.notes.set(at, [...known, why]);
  }

  private isInFlow(path: Path): boolean {
    for (let length = path.length - 1; length > 0; length -= 1) {
      const above = this.document.getIn(path.slice(0, length), true);
      if ((isMap(above) || isSeq(above)) && above.flow === true) return true;
    }
    return false;
  }

  private lineStart(offset: number): number {
    return this.text.lastIndexOf('\n', offset - 1) + 1;
  }

  private lineEnd(offset: number): number {
    const end = this.text.indexOf('\n', Math.max(0, offset - (this.text[offset - 1] === '\n' ? 1 : 0)));
    return end === -1 ? this.text.length : end;
  }
}

function rangeOf(node: Node): [number, number] {
  const range = node.range;
  if (range == null) throw new Error('a YAML node without a place');
  return [range[0], range[1]];
}

function pairOf(map: YAMLMap, key: string | number | undefined): Pair<unknown, unknown> | undefined {
  return map.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key));
}

/** An entry of a flow map with the comma that goes with it. */
function around(text: string, start: number, end: number): { before: number; after: number } {
  const behind = /^\s*,\s*/.exec(text.slice(end));
  if (behind !== null) return { before: start, after: end + behind[0].length };
  const ahead = /,\s*$/.exec(text.slice(0, start));
  return { before: start - (ahead?.[0].length ?? 0), after: end };
}

/** A value as YAML. Texts that YAML would read as something else (a numeric stage id, `no`) are quoted. */
function written(value: Written, isInFlow: boolean): string {
  if (typeof value === 'object') return `[${value.map((one) => written(one, true)).join(', ')}]`;
  if (typeof value !== 'string') return String(value);
  if (isInFlow && /[,[\]{}#:]/.test(value)) return JSON.stringify(value);
  return stringify(value, { lineWidth: 0 }).trim();
}
