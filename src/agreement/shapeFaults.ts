import { agreementJsonSchema, type ShapeIssue } from './schema';
import type { Finding, Path } from './fault';
import { get, isRecord, oneOf, plain, shown } from './raw';
import { nearest } from './suggest';

/*
 * What zod found, in sentences. The words about a key (what it is for, which keys stand beside it) come from the agreement's own JSON Schema, so that
 * they never differ from the documentation.
 */

type SchemaNode = Record<string, unknown>;

/** `meant`: the key that a misspelt one was meant to be. */
export type ShapeFinding = Finding & { meant?: string };

export function shapeFindings(issues: readonly ShapeIssue[], data: unknown): ShapeFinding[] {
  const root = agreementJsonSchema();
  const findings = issues.flatMap((issue) => fromIssue(issue, issue.path.filter((step) => typeof step !== 'symbol'), data, root));
  return withoutEchoes(findings);
}

/** A misspelt key is told once: as the unknown key that it is, not also as the missing one that was meant. */
function withoutEchoes(findings: ShapeFinding[]): Finding[] {
  const meant = new Set(findings.flatMap((finding) => (finding.meant === undefined ? [] : [[...finding.path.slice(0, -1), finding.meant].join('.')])));
  return findings.filter((finding) => finding.meant !== undefined || !meant.has(finding.path.join('.')));
}

function fromIssue(issue: ShapeIssue, path: Path, data: unknown, root: SchemaNode): ShapeFinding[] {
  const value = get(data, ...path);
  const name = nameOf(path);
  const fault = (message: string, instead: string, at: 'key' | 'value' = 'value'): Finding[] => [{ severity: 'fault', path, at, message, instead }];
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(key, path, root));
    case 'invalid_type':
      if (value === undefined) return fault(`${name} is missing.`, `Add it here. ${describe(path, root)}`.trim());
      if (value === null) return fault(`${name} is empty.`, `Write ${kind(issue.expected)}, or remove the line if it is not needed.`);
      return fault(`${name} is ${shown(value)}, not ${kind(issue.expected)}.`, wrongType(path, issue.expected, value));
    case 'invalid_value': {
      const wanted = issue.values.map(String);
      if (value === undefined) return fault(`${name} is missing.`, `Add it here: ${oneOf(wanted)}.`);
      if (wanted.includes(plain(value))) return fault(`${name} is the text “${plain(value)}”.`, `Write ${plain(value)} without quotes.`);
      const near = typeof value === 'string' ? nearest(value, wanted) : typeof value === 'boolean' ? (value ? 'yes' : 'no') : null;
      const did = near !== null && wanted.includes(near) ? `Did you mean \`${near}\`? ` : '';
      return fault(`${name} is ${shown(value)}, which is not known.`, `${did}Write ${oneOf(wanted)}.`);
    }
    case 'invalid_format':
      if (typeof value === 'string' && value.trim() === '') return fault(`${name} is an empty text.`, 'Write a text, or remove the line if it is not needed.');
      return fault(`${name} is ${shown(value)}, not ${issue.message.split(':')[0]?.split(', for')[0] ?? 'what is asked'}.`, formatHint(value, issue.message));
    case 'too_small':
      if (issue.origin === 'array') return fault(`${name} is an empty list.`, 'Give it at least one entry.');
      return fault(`${name} is ${shown(value)}, which is too small.`, `Write a number ${issue.inclusive === false ? 'above' : 'of at least'} ${String(issue.minimum)}.`);
    case 'too_big':
      return fault(`${name} is ${shown(value)}, which is too large.`, `Write a number of at most ${String(issue.maximum)}${issue.maximum === 1 ? ' (a share: 0.25 is a quarter)' : ''}.`);
    case 'invalid_key':
      return fault(`“${String(path.at(-1))}” is not ${issue.issues[0]?.message ?? 'a key that can stand here'}.`, 'Write the field’s API name as the CRM shows it.', 'key');
    case 'invalid_union':
      return fromUnion(issue, path, data, root);
    case 'custom':
      if (path.at(-1) === 'time_zone') return fault(`${name} is ${shown(value)}, not an IANA time zone.`, zoneHint(value));
      return fault(`${name} is ${shown(value)}, not ${issue.message}.`, `Write ${issue.message}.`);
    default:
      return fault(`${name} is ${shown(value)}, which does not fit: ${issue.message}.`, describe(path, root));
  }
}

/** Of several possible forms the one that the value was meant to have is told about; when none is near, all are named. */
function fromUnion(issue: Extract<ShapeIssue, { code: 'invalid_union' }>, path: Path, data: unknown, root: SchemaNode): ShapeFinding[] {
  const forms = issue.errors.filter((errors) => !errors.some((error) => error.code === 'invalid_type' && error.path.length === 0));
  const [form] = forms;
  if (form !== undefined) return form.flatMap((error) => fromIssue(error, [...path, ...error.path.filter((step) => typeof step !== 'symbol')], data, root));
  const kinds = issue.errors.flatMap((errors) => errors.flatMap((error) => (error.code === 'invalid_type' ? [kind(error.expected)] : [])));
  const value = get(data, ...path);
  const found = value === undefined || value === null ? 'empty' : shown(value);
  return [{ severity: 'fault', path, at: 'value', message: `${nameOf(path)} is ${found}, which cannot stand here.`, instead: `Write ${[...new Set(kinds)].join(' or ')}. ${describe(path, root)}`.trim() }];
}

function unknownKey(key: string, parent: Path, root: SchemaNode): ShapeFinding {
  const known = keysAt(parent, root);
  const near = nearest(key, known);
  const where = parent.length === 0 ? 'the agreement' : nameOf(parent);
  const instead = near === null ? `Remove it, or use one of ${oneOf(known)}.` : `Did you mean \`${near}\`?`;
  return { severity: 'fault', path: [...parent, key], at: 'key', message: `\`${key}\` is not a key of ${where}.`, instead, ...(near === null ? {} : { meant: near }) };
}

/** The last key of the path, as the reader sees it; entries of lists by their place. */
function nameOf(path: Path): string {
  const last = path.at(-1);
  if (last === undefined) return 'The agreement';
  if (typeof last === 'string') return `\`${last}\``;
  const listName = path.at(-2);
  return `entry ${last + 1}${typeof listName === 'string' ? ` of \`${listName}\`` : ''}`;
}

function kind(expected: string): string {
  const words: Record<string, string> = {
    string: 'a text',
    number: 'a number',
    int: 'a whole number',
    boolean: 'true or false',
    array: 'a list',
    object: 'a map of keys',
    record: 'a map of keys',
  };
  return words[expected] ?? expected;
}

function wrongType(path: Path, expected: string, value: unknown): string {
  if (expected === 'string' && typeof value === 'number' && (path.at(-1) === 'from' || path.at(-1) === 'to')) {
    const hour = value >= 0 && value <= 24 && Number.isInteger(value) ? value : 9;
    return `Write "${String(hour).padStart(2, '0')}:00" in quotes.`;
  }
  if (expected === 'string' && (typeof value === 'number' || typeof value === 'boolean')) return `Put it in quotes: "${String(value)}".`;
  if ((expected === 'number' || expected === 'int') && typeof value === 'string' && value.trim() !== '' && !Number.isNaN(Number(value))) return `Write ${value} without quotes.`;
  if (expected === 'int') return `Write a whole number, for example ${typeof value === 'number' ? Math.max(1, Math.round(value)) : 30}.`;
  if (expected === 'number') return 'Write a number, for example 60.';
  if (expected === 'boolean') return 'Write true or false, without quotes.';
  if (expected === 'array') return typeof value === 'object' ? 'Write a list: one entry a line, each after “- ”.' : `Write a list: [${plain(value)}].`;
  if (expected === 'object' || expected === 'record') return 'Write keys with values, indented under this one.';
  return `Write ${kind(expected)}.`;
}

const DURATION_WORDS = [
  { words: /^(m|mins?|minutes?)$/i, times: 1, unit: 'm' },
  { words: /^(h|hrs?|hours?)$/i, times: 1, unit: 'h' },
  { words: /^(d|days?)$/i, times: 1, unit: 'd' },
  { words: /^(w|weeks?)$/i, times: 7, unit: 'd' },
  { words: /^(mo|months?)$/i, times: 30, unit: 'd' },
  { words: /^(y|years?)$/i, times: 365, unit: 'd' },
] as const;

function formatHint(value: unknown, message: string): string {
  const written = typeof value === 'string' ? value.trim() : '';
  if (message.startsWith('a time of day')) {
    const time = /^(\d{1,2})[:.h]?(\d{2})?$/.exec(written);
    if (time !== null && Number(time[1]) <= 24) return `Write "${(time[1] ?? '').padStart(2, '0')}:${time[2] ?? '00'}".`;
  }
  if (message.startsWith('a duration')) {
    const [, amount, word = ''] = /^(\d+)\s*([a-z]+)$/i.exec(written) ?? [];
    const unit = DURATION_WORDS.find(({ words }) => words.test(word));
    if (unit !== undefined && Number(amount) > 0 && String(Number(amount) * unit.times).length <= 6) return `Write ${Number(amount) * unit.times}${unit.unit}.`;
  }
  if (message.startsWith('a currency')) {
    const upper = written.toUpperCase();
    if (/^[A-Z]{3}$/.test(upper)) return `Write ${upper}.`;
  }
  if (message.includes('lower-case')) {
    const plain = written.normalize('NFKD').toLowerCase().replace(/[^a-z0-9]+/g, '_').replace(/^[_0-9]+|_+$/g, '');
    if (plain !== '') return `Write ${plain}.`;
  }
  return `Write ${message}.`;
}

function zoneHint(value: unknown): string {
  const near = typeof value === 'string' ? nearest(value, Intl.supportedValuesOf('timeZone')) : null;
  return near === null ? 'Write one such as America/Mexico_City.' : `Did you mean ${near}?`;
}

function describe(path: Path, root: SchemaNode): string {
  for (const node of nodesAt(path, root)) if (typeof node['description'] === 'string') return node['description'];
  return '';
}

function keysAt(path: Path, root: SchemaNode): string[] {
  return nodesAt(path, root).flatMap((node) => {
    const names = isRecord(node['propertyNames']) && Array.isArray(node['propertyNames']['enum']) ? (node['propertyNames']['enum'] as string[]) : [];
    return [...(isRecord(node['properties']) ? Object.keys(node['properties']) : []), ...names];
  });
}

/** The schema's nodes for a path: several where the schema allows several forms. */
function nodesAt(path: Path, root: SchemaNode): SchemaNode[] {
  let nodes = expand(root);
  for (const step of path)
    nodes = nodes.flatMap((node) => {
      if (typeof step === 'number') return expand(node['items']);
      const properties = node['properties'];
      return expand(isRecord(properties) && Object.hasOwn(properties, step) ? properties[step] : node['additionalProperties']);
    });
  return nodes;
}

function expand(node: unknown): SchemaNode[] {
  if (!isRecord(node)) return [];
  const forms = node['anyOf'];
  return Array.isArray(forms) ? [node, ...forms.flatMap(expand)] : [node];
}
