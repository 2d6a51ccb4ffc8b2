import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { agreementJsonSchema } from '../src/agreement/schema';

/*
 * Writes config/agreement.schema.json (for editors) and docs/agreement.md (for readers) from the agreement's schema:
 *   npx tsx scripts/agreement-schema.ts
 * A test holds both against the schema.
 */

type Node = Record<string, unknown>;

export const SCHEMA_FILE = join(__dirname, '..', 'config', 'agreement.schema.json');
export const DOCS_FILE = join(__dirname, '..', 'docs', 'agreement.md');

export function schemaText(): string {
  return `${JSON.stringify(agreementJsonSchema(), null, 2)}\n`;
}

export interface KeyRow {
  key: string;
  type: string;
  standard: string;
  description: string;
  required: boolean;
}

const INTRODUCTION = `# The agreement file

\`config/agreement.yaml\` is what marketing and sales agreed on; Concord keeps both CRMs to it. \`concord check\` reads it and names every fault at once,
with line and column and what to write instead. Editors that know YAML schemas complete and check it by \`config/agreement.schema.json\`.

This page is made from the file's schema by \`scripts/agreement-schema.ts\`. A key without a default has to be there, unless it is marked optional.
Numbers such as L13 are the rules that the key belongs to.

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
  const operators = keyRows(conditionClause(schema), '', schema);
  return [INTRODUCTION, '## Keys of a clause', '', table(operators), '', ...sections].join('\n');
}

/** Every key of the agreement, for the documentation and its test. */
export function allKeys(): KeyRow[] {
  const schema = agreementJsonSchema();
  return [...keyRows(schema, '', schema), ...keyRows(conditionClause(schema), 'Condition.', schema)];
}

function conditionClause(schema: Node): Node {
  const condition = (schema['$defs'] as Record<string, Node>)['Condition'] ?? {};
  return (condition['anyOf'] as Node[]).find((form) => 'field' in (form['properties'] as Node)) ?? {};
}

function section(name: string, node: Node, schema: Node): string {
  const rows = [...keyRows(node, '', schema)];
  const about = text(node, 'description');
  if (rows.length === 0) return `## \`${name}\`\n\n${about}\n\nValue: ${typeOf(node)}. ${'default' in node ? `Default: ${standardOf(node, false)}.` : 'Required.'}\n`;
  return `## \`${name}\`\n\n${about}\n\n${table(rows)}\n`;
}

function table(rows: readonly KeyRow[]): string {
  const lines = rows.map((row) => `| \`${row.key}\` | ${row.type} | ${row.standard} | ${row.description} |`);
  return ['| key | value | default | meaning |', '| --- | --- | --- | --- |', ...lines].join('\n');
}

/** The keys under a node, nested ones by their way: `signals.hubspot.reason`; entries of lists by `[]`. */
function keyRows(node: Node, prefix: string, schema: Node): KeyRow[] {
  const rows: KeyRow[] = [];
  const required = (node['required'] as string[] | undefined) ?? [];
  for (const [name, child] of Object.entries((node['properties'] as Record<string, Node> | undefined) ?? {})) {
    const key = `${prefix}${name}`;
    rows.push({ key, type: typeOf(child), standard: standardOf(child, required.includes(name)), description: text(child, 'description').replaceAll('|', '\\|'), required: required.includes(name) });
    rows.push(...nested(child, key, schema));
  }
  const items = node['items'] as Node | undefined;
  if (items !== undefined && prefix === '') rows.push(...nested(node, '', schema));
  const entry = node['additionalProperties'];
  if (typeof entry === 'object' && entry !== null) rows.push(...keyRows(entry as Node, `${prefix}<name>.`, schema));
  return rows;
}

function nested(child: Node, key: string, schema: Node): KeyRow[] {
  if ('$ref' in child) return [];
  const forms = [child, ...((child['anyOf'] as Node[] | undefined) ?? [])];
  return forms.flatMap((form) => {
    const items = form['items'] as Node | undefined;
    if (items !== undefined) return '$ref' in items ? [] : keyRows(items, `${key}[].`, schema);
    return isLabel(form) ? [] : keyRows(form, `${key}.`, schema);
  });
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
