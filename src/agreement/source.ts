import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, visit, type Document, type Node, type Pair } from 'yaml';
import type { Path } from './fault';

export interface Position {
  line: number;
  column: number;
}

export interface SyntaxFault extends Position {
  message: string;
  instead: string;
  /** The content is read all the same: the rest of the file can be judged. */
  goesOn: boolean;
}

/** A YAML file's content, and where everything in it stands. */
export interface Source {
  data: unknown;
  syntax: SyntaxFault[];
  locate(path: Path, at: 'key' | 'value'): Position;
}

/** Reads YAML 1.2 text (unquoted `no` and `9:00` are text, `012` is the number 12). Never throws. */
export function parseSource(text: string): Source {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const position = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  // A parser that has lost its way complains several times about one line: the first complaint is the useful one.
  const syntax: SyntaxFault[] = [];
  for (const { code, pos, message } of [...document.errors, ...document.warnings]) {
    const at = position(pos[0]);
    if (syntax.some((fault) => fault.line === at.line && !fault.goesOn)) continue;
    syntax.push({ ...at, ...syntaxWords(code, message), goesOn: code === 'DUPLICATE_KEY' });
  }
  // Behind a tab the parser takes every line for wrong, even some before it: only the tabs are.
  const tabs = syntax.filter(({ message }) => message === TAB.message);
  if (tabs.length > 0) return { data: undefined, syntax: tabs, locate: (path, at) => position(offsetOf(document, path, at)) };
  visit(document, {
    Alias(_, node, above) {
      const meant = node.resolve(document);
      if (meant !== undefined && !(above as readonly unknown[]).includes(meant)) return;
      if (meant !== undefined) {
        // Content that holds itself has no end: everything that walks through it would never come back.
        syntax.push({ ...position(node.range?.[0] ?? 0), message: `\`*${node.source}\` stands inside what it repeats: this has no end.`, instead: 'Write the value itself, or name an anchor that is closed above.', goesOn: false });
        return;
      }
      syntax.push({ ...position(node.range?.[0] ?? 0), message: `\`*${node.source}\` refers to an anchor that is not in the file.`, instead: 'Write the value itself, or name an anchor that stands above.', goesOn: false });
    },
  });
  let data: unknown;
  if (syntax.every((fault) => fault.goesOn)) {
    try {
      data = document.toJS({ maxAliasCount: 100 }) as unknown;
    } catch {
      syntax.push({ line: 1, column: 1, message: 'The file repeats its anchors beyond measure.', instead: 'Write the values out instead of using anchors.', goesOn: false });
    }
  }
  return { data, syntax, locate: (path, at) => position(offsetOf(document, path, at)) };
}

/** The place in the text of a key or a value; of what stands nearest above when the path leads to nothing. */
function offsetOf(document: Document, path: Path, at: 'key' | 'value'): number {
  let here = resolved(document.contents, document);
  let key = start(here) ?? 0;
  for (const [index, step] of path.entries()) {
    const isLast = index === path.length - 1;
    const found = child(here, step);
    if (found === null) return key;
    const value = resolved(found.value, document);
    const valueStart = isEmpty(value) ? undefined : start(found.value);
    if (isLast) return at === 'key' ? (found.key ?? valueStart ?? key) : (valueStart ?? found.key ?? key);
    key = found.key ?? start(found.value) ?? key;
    here = value;
  }
  return key;
}

function child(node: Node | null, step: string | number): { key: number | undefined; value: Node | null } | null {
  if (isMap(node)) {
    const pair = (node.items as Pair<Node, Node | null>[]).findLast((item) => isScalar(item.key) && String(item.key.value) === String(step));
    return pair === undefined ? null : { key: start(pair.key), value: pair.value };
  }
  if (isSeq(node) && typeof step === 'number') {
    const item = node.items[step] as Node | undefined;
    return item === undefined ? null : { key: start(item), value: item };
  }
  return null;
}

function resolved(node: unknown, document: Document): Node | null {
  return (isAlias(node) ? (node.resolve(document) ?? null) : node) as Node | null;
}

function isEmpty(node: Node | null): boolean {
  return node === null || (isScalar(node) && node.value === null && (node.source ?? '') === '');
}

function start(node: Node | null | undefined): number | undefined {
  return node?.range?.[0];
}

const TAB = { message: 'A tab is used to indent.', instead: 'Indent with two spaces.' };

function syntaxWords(code: string, message: string): { message: string; instead: string } {
  switch (code) {
    case 'DUPLICATE_KEY':
      return { message: 'This key stands twice in the same place.', instead: 'Keep one of the two.' };
    case 'TAB_AS_INDENT':
      return TAB;
    case 'BLOCK_AS_IMPLICIT_KEY':
    case 'MULTILINE_IMPLICIT_KEY':
      return { message: 'A key begins where none can be.', instead: 'Put a text that holds “: ” in quotes, and keep keys of one level in one column.' };
    case 'BAD_INDENT':
      return { message: 'The line is indented wrongly, or a bracket is not closed.', instead: 'Close every [ and {, and keep keys of one level in one column.' };
    case 'MISSING_CHAR':
      return { message: 'A quote or bracket is not closed, or a colon or comma is missing.', instead: 'Close it before this place.' };
    case 'BAD_SCALAR_START':
      return { message: 'A text cannot begin with this character.', instead: 'Put the text in quotes.' };
    case 'MULTIPLE_DOCS':
      return { message: 'A second document begins here.', instead: 'Keep one agreement per file: remove the line of three dashes.' };
    case 'TAG_RESOLVE_FAILED':
      return { message: 'A tag (!) stands before the value.', instead: 'Write the value without a tag.' };
    default:
      return { message: `This is not YAML: ${message.charAt(0).toLowerCase()}${message.slice(1)}.`, instead: 'Check the indentation, the colons and the quotes of this line and of the one above.' };
  }
}
