import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { agreementJsonSchema } from '../src/agreement/schema';

/*
 * Writes config/agreement.schema.json (for editors) and docs/agreement.md (for readers) from the agreement's schema:
 *   npx tsx scripts/agreement-schema.ts
 * A test holds both against the schema. Examples are the schema's own (`examples`), else what config/agreement.yaml says, else an allowed value.
 */

type Node = Record<string, unknown>;

export const SCHEMA_FILE = join(__dirname, '..', 'config', 'agreement.schema.json');
export const DOCS_FILE = join(__dirname, '..', 'docs', 'agreement.md');
const SAMPLE = parse(readFileSync(join(__dirname, '..', 'config', 'agreement.yaml'), 'utf8')) as Node;
/** Of an example, and of one key of it: longer ones are told by their keys. */
const EXAMPLE_LENGTH = 60;

export function schemaText(): string {
  return `${JSON.stringify(agreementJsonSchema(), null, 2)}\n`;
}

export interface KeyRow {
  key: string;
  type: string;
  standard: string;
  /** One line of YAML, or empty for a key that only holds other keys. */
  example: string;
  description: string;
  required: boolean;
  node: Node;
}

const INTRODUCTION = `# The agreement file

\`config/agreement.yaml\` is what marketing and sales agreed on; Concord keeps both CRMs to it. \`concord check\` reads it and names every fault at once,
with line and column and what to write instead. Editors that know YAML schemas complete and check it by \`config/agreement.schema.json\`.

This page is made from the file's schema by \`scripts/agreement-schema.ts\`. A key without a default has to be there, unless it is marked optional.
Nested keys are written by their way, \`[]\` for the entries of a list: \`reasons[].after\` is \`after\` of each reason. Examples are one line of YAML, mostly from
the agreement that comes with Concord. Numbers such as L13 are the [rules](rules.md) that the key belongs to.

## Conditions

A condition is a clause, or conditions joined by \`any\` (at least one holds), \`all\` (every one holds) or \`not\`.

\`\`\`yaml
when:
  any:
    - { field: score, at_least: 60 }
    - all:
        - { field: hubspot.recent_conversion_date, within_days: 30 }
        - { field: country, in: [MX, CO, CL] }
        - not: { field: email, contains: gmail.com }
\`\`\`

- A clause has one field and one operator. Text is compared ignoring case.
- A field that a CRM does not return (field permissions, scopes) is not empty but unknown (M5): a clause over it neither holds nor fails, and the
  condition is decided by its other parts where they suffice. Where they do not, nothing changes for the person.
- \`is_not\` and \`not_in\` ask for a value: they do not hold for an empty field. To allow for empty ones write \`not: { field: …, is: … }\`.
- \`within_days: 30\` holds until 30 days of 24 hours after the moment; for a date without a time they count from the end of its day in the company's time
  zone. A moment more than a day ahead has not happened yet.

## Durations

A whole number and \`m\`, \`h\` or \`d\`. Under \`sla\` they are business time: \`8h\` are eight working hours, \`2d\` two working days that keep the time of day
(Friday 17:00 and 2d is Tuesday 17:00). What begins outside working hours counts as beginning at the next opening, and a deadline that uses a day's last
minute falls on closing time. A time of day that a clock change skips is the moment of the change; one that occurs twice is the first of the two.
Everywhere else durations are plain time. \`after\` of a reason counts whole calendar days.

## Reasons as reps write them

A rejection's text is compared with ids, labels in every language and aliases of all reasons, inactive ones included. Case, accents, stray blanks and
punctuation at the ends do not count, and \`_\` and \`-\` are blanks. One text means one reason: the file is refused otherwise.

## Score by points

\`score.points\` adds the points of every condition that holds, rounded to a whole number. Points with a half-life lose value once a day, at midnight in
the company's time zone; their days count from the date in the clause's own field, else from when that field got its value.
`;

export function docsText(): string {
  const schema = agreementJsonSchema();
  const properties = schema['properties'] as Record<string, Node>;
  const sections = Object.entries(properties).map(([name, node]) => section(name, node, schema));
  const operators = keyRows(conditionClause(schema), '', schema, clausesOf(SAMPLE));
  return [INTRODUCTION, '## Keys of a clause', '', table(operators), '', ...sections].join('\n');
}

/** Every key of the agreement, for the documentation and its test. */
export function allKeys(): KeyRow[] {
  const schema = agreementJsonSchema();
  return [...keyRows(schema, '', schema, [SAMPLE]), ...keyRows(conditionClause(schema), 'Condition.', schema, clausesOf(SAMPLE))];
}

function conditionClause(schema: Node): Node {
  const condition = (schema['$defs'] as Record<string, Node>)['Condition'] ?? {};
  return (condition['anyOf'] as Node[]).find((form) => 'field' in (form['properties'] as Node)) ?? {};
}

function section(name: string, node: Node, schema: Node): string {
  const given = SAMPLE[name];
  const rows = keyRows(node, '', schema, given === undefined ? [] : [given]);
  const about = text(node, 'description');
  if (rows.length === 0) {
    return `## \`${name}\`\n\n${about}\n\nValue: ${valueOf(node)}. ${'default' in node ? `Default: ${standardOf(node, false)}.` : 'Required.'} Example: \`${name}: ${exampleOf(node, given === undefined ? [] : [given])}\`.\n`;
  }
  return `## \`${name}\`\n\n${about}\n\n${table(rows)}\n`;
}

function table(rows: readonly KeyRow[]): string {
  const lines = rows.map((row) => `| \`${row.key}\` | ${row.type} | ${row.standard} | ${row.description} | ${row.example === '' ? '' : `\`${row.example.replaceAll('|', '\\|')}\``} |`);
  return ['| key | value | default | meaning | example |', '| --- | --- | --- | --- | --- |', ...lines].join('\n');
}

/** The keys under a node, nested ones by their way: `signals.hubspot.reason`; entries of lists by `[]`. `given`: what the sample agreement has there. */
function keyRows(node: Node, prefix: string, schema: Node, given: readonly unknown[]): KeyRow[] {
  const rows: KeyRow[] = [];
  const required = (node['required'] as string[] | undefined) ?? [];
  for (const [name, child] of Object.entries((node['properties'] as Record<string, Node> | undefined) ?? {})) {
    const key = `${prefix}${name}`;
    const values = given.flatMap((one) => (isObject(one) && name in one ? [one[name]] : []));
    const under = nested(child, key, schema, values);
    rows.push({
      key,
      type: valueOf(child),
      standard: standardOf(child, required.includes(name)),
      example: exampleOf(child, values, under.length > 0),
      description: text(child, 'description').replaceAll('|', '\\|'),
      required: required.includes(name),
      node: child,
    });
    rows.push(...under);
  }
  const items = node['items'] as Node | undefined;
  if (items !== undefined && prefix === '') rows.push(...nested(node, '', schema, given));
  const entry = node['additionalProperties'];
  if (typeof entry === 'object' && entry !== null) rows.push(...keyRows(entry as Node, `${prefix}<name>.`, schema, given.flatMap((one) => (isObject(one) ? Object.values(one) : []))));
  return rows;
}

function nested(child: Node, key: string, schema: Node, given: readonly unknown[]): KeyRow[] {
  if ('$ref' in child) return [];
  const forms = [child, ...((child['anyOf'] as Node[] | undefined) ?? [])];
  return forms.flatMap((form) => {
    const items = form['items'] as Node | undefined;
    if (items !== undefined) return '$ref' in items ? [] : keyRows(items, `${key}[].`, schema, given.flatMap((one) => (Array.isArray(one) ? (one as unknown[]) : [])));
    return isLabel(form) ? [] : keyRows(form, `${key}.`, schema, given);
  });
}

function isObject(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Every clause that stands anywhere in the sample. */
function clausesOf(value: unknown): Node[] {
  if (Array.isArray(value)) return value.flatMap(clausesOf);
  if (!isObject(value)) return [];
  return [...('field' in value ? [value] : []), ...Object.values(value).flatMap(clausesOf)];
}

/** One line of YAML for a key; empty where none fits into a line, or where the keys under it have examples of their own. */
function exampleOf(node: Node, given: readonly unknown[], isGroup = false): string {
  const own = (node['examples'] as unknown[] | undefined) ?? [];
  const standard = node['default'];
  const fallback = isGroup ? [] : [...allowed(node), ...(standard === undefined ? [] : [standard])];
  const rank = (value: unknown): number => (Array.isArray(value) && value.length === 0 ? 1 : 0);
  const candidates = [...own, ...[...given, ...fallback].sort((a, b) => rank(a) - rank(b))];
  return candidates.map(inYaml).find((line) => line.length <= EXAMPLE_LENGTH && !(isGroup && line === '{}')) ?? '';
}

/** Values that a closed list, a switch or an only value leaves; the first that is not the default first. */
function allowed(node: Node): unknown[] {
  const values = Array.isArray(node['enum']) ? (node['enum'] as unknown[]) : 'const' in node ? [node['const']] : node['type'] === 'boolean' ? [true, false] : [];
  return [...values].sort((a, b) => Number(a === node['default']) - Number(b === node['default']));
}

function inYaml(value: unknown): string {
  return stringify(value, { collectionStyle: 'flow', lineWidth: 0, flowCollectionPadding: !Array.isArray(value) }).trim();
}

/** Labels stand everywhere: their languages are told once, in the type. */
function isLabel(node: Node): boolean {
  return 'pt-BR' in ((node['properties'] as Node | undefined) ?? {});
}

function typeOf(node: Node): string {
  if ('$ref' in node || (node['allOf'] as Node[] | undefined)?.some((part) => '$ref' in part) === true) return 'condition';
  if (isLabel(node)) return '{ en, es, pt-BR }';
  if (Array.isArray(node['enum'])) return (node['enum'] as unknown[]).map((value) => `\`${String(value)}\``).join(', ');
  if ('const' in node) return `\`${JSON.stringify(node['const'])}\``;
  if (Array.isArray(node['anyOf'])) return [...new Set((node['anyOf'] as Node[]).map(typeOf))].join(' or ');
  if (node['type'] === 'array') return `list of ${typeOf((node['items'] as Node | undefined) ?? {})}`;
  const words: Record<string, string> = { string: 'text', number: 'number', integer: 'whole number', boolean: 'true or false', object: 'keys' };
  const types = Array.isArray(node['type']) ? (node['type'] as string[]) : [String(node['type'])];
  return types.map((type) => words[type] ?? type).join(' or ');
}

/** The type, and what else the schema asks of a value. */
function valueOf(node: Node): string {
  const type = typeOf(node);
  const bounds = boundsOf(node);
  return bounds === '' ? type : `${type}, ${bounds}`;
}

function boundsOf(node: Node): string {
  const number = (key: string): number | undefined => (typeof node[key] === 'number' ? node[key] : undefined);
  const [least, above, most] = [number('minimum'), number('exclusiveMinimum'), number('maximum')];
  const words: string[] = [];
  if (above !== undefined) words.push(`above ${above}`);
  if (least !== undefined && least > Number.MIN_SAFE_INTEGER) words.push(`at least ${least}`);
  if (most !== undefined && most < Number.MAX_SAFE_INTEGER) words.push(`at most ${most}`);
  if (number('minItems') !== undefined) words.push(`not empty`);
  // Every text holds something: that goes without saying.
  if (typeof node['pattern'] === 'string' && node['pattern'] !== '\\S') words.push(PATTERNS[node['pattern']] ?? `as \`${node['pattern'].replaceAll('|', '\\|')}\``);
  return words.join(', ');
}

/** What the schema's patterns say in words. */
const PATTERNS: Readonly<Record<string, string>> = {
  '^[A-Za-z][A-Za-z0-9_]*$': 'a field’s API name',
  '^[a-z][a-z0-9_]*$': 'lower-case letters, digits and underscores',
  '^[1-9][0-9]{0,5}(m|h|d)$': 'a duration such as 90d',
  '^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$': 'a time of day such as "09:00"',
  '^[A-Z]{3}$': 'three capital letters',
  '^[A-Z]{2}$': 'two capital letters',
  '^[0-9]{4}-[0-9]{2}-[0-9]{2}$': 'a date such as 2026-12-25',
  '^[a-z][A-Za-z0-9_]*(\\.[A-Za-z][A-Za-z0-9_]*){0,2}$': 'one of the forms told in the meaning',
};

function standardOf(node: Node, required: boolean): string {
  if (required) return 'required';
  if (!('default' in node)) return 'optional';
  const text = JSON.stringify(node['default']);
  return text === '{}' ? '' : `\`${text.replace(/^"(.*)"$/, '$1')}\``;
}

function text(node: Node, key: string): string {
  return typeof node[key] === 'string' ? node[key] : '';
}

if (require.main === module) {
  writeFileSync(SCHEMA_FILE, schemaText());
  writeFileSync(DOCS_FILE, docsText());
}
