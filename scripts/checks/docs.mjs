import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { require as requireTypeScript } from 'tsx/cjs/api';
import { filesUnder } from '../steps/build.mjs';

/*
 * What the documents promise, held against the code: .env.example against the table of environment variables, README.md against the commands, the
 * rules of docs/rules.md against the tests that cite them, links against what they lead to, commands in the pages against those that exist, translations
 * against their original. Call: `node scripts/checks/docs.mjs [--write]`; --write makes .env.example anew.
 */

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');

/** Headings of .env.example: the first whose beginning fits a variable's name takes it. */
const SECTIONS = [
  ['HUBSPOT_', 'HubSpot'],
  ['SALESFORCE_', 'Salesforce: client id and secret (client credentials), or client id, user and private key (JWT bearer)'],
  ['', 'Concord itself'],
];

/** The text of .env.example for a table of variables (src/config/schema.ts). Variables with a default are commented out: unset means the default. */
export function envExample(table) {
  const lines = ['# Copy this file to .env and fill in what you use. An empty variable counts as unset. Made by: node scripts/checks/docs.mjs --write'];
  const left = new Map(Object.entries(table));
  for (const [beginning, title] of SECTIONS) {
    lines.push('', `## ${title}`);
    for (const [name, variable] of [...left]) {
      if (!name.startsWith(beginning)) continue;
      left.delete(name);
      const notes = [...(variable.default === undefined ? [] : [`Default: ${variable.default}`]), ...(variable.secret === true ? ['Secret.'] : [])];
      lines.push('', `# ${variable.description}${notes.length > 0 ? ` ${notes.join('. ')}` : ''}`, variable.default === undefined ? `${name}=` : `#${name}=${variable.default}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

/** Names of the commands that src/cli/main.ts adds. */
export function commandsOf(mainSource) {
  return [...mainSource.matchAll(/\badd\(\s*['"`]([a-z][a-z-]*)/g)].map((found) => found[1]);
}

/** Commands that the README does not name: neither `concord NAME` nor, at the beginning of a code span, NAME. */
export function unnamedCommands(commands, readme) {
  return commands.filter((name) => !new RegExp(`(\\bconcord (?:-- )?|\`|\\bnpm )${name}(?![\\w-])`).test(readme));
}

/** Rule numbers of docs/rules.md, in order. */
export function rulesOf(text) {
  return [...text.matchAll(/^\| \*\*([A-Z]\d+)\*\* \|/gm)].map((found) => found[1]);
}

/** Rules that no test cites, and numbers cited in tests that are no rule. */
export function citations(rules, testSources) {
  const families = [...new Set(rules.map((rule) => rule[0]))].join('');
  const cited = new Set(testSources.flatMap((source) => [...source.matchAll(new RegExp(`(?<![\\w.$#-])[${families}][1-9]\\d?(?!\\w)`, 'g'))].map((found) => found[0])));
  return { uncited: rules.filter((rule) => !cited.has(rule)), unknown: [...cited].filter((rule) => !rules.includes(rule)).sort() };
}

const FENCE = /^ *```[^\n]*\n([\s\S]*?)^ *```$/gm;
const spans = (text) => [...text.replace(FENCE, '').matchAll(/`([^`\n]+)`/g)].map((found) => found[1]);
const fences = (text) => [...text.matchAll(FENCE)].map((found) => found[1]);

/** A heading's anchor, as code hosts make it. */
function anchorOf(heading) {
  return heading.trim().toLowerCase().replaceAll(/[^\p{L}\p{N}\s_-]/gu, '').replaceAll(/\s/g, '-');
}

/** Links of a page to what is not there: a file, or a heading of a page. `textOf(path)` gives a file's text, '' for a folder, null for nothing. */
export function brokenLinks(file, text, textOf) {
  const targets = [...text.replace(FENCE, '').replaceAll(/`[^`\n]+`/g, '').matchAll(/\]\(([^()\s]+)\)/g)].map((found) => found[1]);
  return targets.filter((target) => {
    if (/^[a-z]+:/.test(target)) return false;
    const [where, anchor] = target.split('#');
    const there = where === '' ? text : textOf(path.posix.join(path.posix.dirname(file), where));
    if (there === null) return true;
    return anchor !== undefined && ![...there.replace(FENCE, '').matchAll(/^#+ (.+)$/gm)].some((heading) => anchorOf(heading[1]) === anchor);
  });
}

/** Commands of Concord that a page tells people to type. */
export function commandsIn(text) {
  const typed = /(?:npm run -s concord --|dist\/cli\/main\.js) ([a-z][a-z-]*)/g;
  const inSpans = spans(text).flatMap((span) => [...span.matchAll(/^(?:npm run -s concord --|concord) ([a-z][a-z-]*)/g)]);
  return [...new Set([...fences(text).flatMap((block) => [...block.matchAll(typed)]), ...inSpans].map((found) => found[1]))];
}

/** Where a translated page says something else than its original: what people copy, where links lead, how it is divided. */
export function translationFaults(original, translation) {
  const sorted = (list) => [...new Set(list)].sort();
  const parts = {
    'a code block': [fences(original), fences(translation)],
    'what stands in `code`': [sorted(spans(original)), sorted(spans(translation))],
    'a link': [original, translation].map((text) => sorted([...text.matchAll(/\]\((https:[^)\s]+)\)/g)].map((found) => found[1]))),
    'a heading': [original, translation].map((text) => [...text.replace(FENCE, '').matchAll(/^(#+) /gm)].map((found) => found[1])),
    'a table row': [original, translation].map((text) => [...text.matchAll(/^\|/gm)].map((found) => found[0])),
  };
  return Object.entries(parts).flatMap(([what, [wanted, given]]) => {
    const first = wanted.findIndex((one, at) => one !== given[at]);
    const at = first < 0 && wanted.length !== given.length ? wanted.length : first;
    return at < 0 ? [] : [`${what} differs: ${JSON.stringify(wanted[at] ?? null)} in the original, ${JSON.stringify(given[at] ?? null)} in the translation`];
  });
}

function pageFaults(inRoot, commands) {
  const textOf = (file) => {
    const there = inRoot(...file.split('/'));
    return !existsSync(there) ? null : statSync(there).isDirectory() ? '' : readFileSync(there, 'utf8');
  };
  const pages = ['README.md', 'ARCHITECTURE.md', 'CHANGELOG.md', ...filesUnder(inRoot('docs')).filter((file) => file.endsWith('.md')).map((file) => `docs/${file}`)];
  // What the list of commands announces may be named before it is there.
  const announced = [...(/^## Not there yet$([\s\S]*)/m.exec(textOf('docs/commands.md') ?? '')?.[1] ?? '').matchAll(/`([a-z-]+)/g)].map((found) => found[1]);
  return pages.flatMap((page) => {
    const text = textOf(page);
    if (text === null) return [];
    const original = /^(.+)\.[a-z]{2}(?:-[A-Z]{2})?\.md$/.exec(page)?.[1];
    return [
      ...brokenLinks(page, text, textOf).map((target) => `${page} links to ${target}, which is not there`),
      ...commandsIn(text).filter((name) => !commands.includes(name) && !announced.includes(name)).map((name) => `${page} names the command ${name}, which does not exist`),
      ...(original === undefined ? [] : translationFaults(textOf(`${original}.md`) ?? '', text).map((fault) => `${page}: ${fault}`)),
    ];
  });
}

function main() {
  const inRoot = (...parts) => path.join(ROOT, ...parts);
  const faults = [];
  const { ENVIRONMENT } = requireTypeScript(inRoot('src', 'config', 'schema.ts'), import.meta.url);
  const wanted = envExample(ENVIRONMENT);
  const example = inRoot('.env.example');
  if (process.argv.includes('--write')) writeFileSync(example, wanted);
  const written = existsSync(example) ? readFileSync(example, 'utf8') : '';
  if (written !== wanted) {
    const [have, want] = [new Set(written.split('\n')), new Set(wanted.split('\n'))];
    faults.push('.env.example is not what src/config/schema.ts says (make it anew: node scripts/checks/docs.mjs --write)');
    faults.push(...[...want].filter((line) => !have.has(line)).map((line) => `  lacks: ${line}`), ...[...have].filter((line) => !want.has(line)).map((line) => `  too much: ${line}`));
  }

  const commands = commandsOf(readFileSync(inRoot('src', 'cli', 'main.ts'), 'utf8'));
  if (commands.length === 0) faults.push('no command was found in src/cli/main.ts: has its way of adding them changed?');
  if (!existsSync(inRoot('README.md'))) console.log('NOTE: README.md DOES NOT EXIST YET: whether it names every command was not checked.');
  else faults.push(...unnamedCommands(commands, readFileSync(inRoot('README.md'), 'utf8')).map((name) => `README.md does not name the command ${name}`));

  faults.push(...pageFaults(inRoot, commands));

  const rules = rulesOf(readFileSync(inRoot('docs', 'rules.md'), 'utf8'));
  const tests = filesUnder(inRoot('test')).filter((file) => /\.ts$/.test(file) && !file.startsWith('tooling/'));
  const { uncited, unknown } = citations(rules, tests.map((file) => readFileSync(inRoot('test', file), 'utf8')));
  if (uncited.length > 0) console.log(`NOTE: ${uncited.length} of ${rules.length} rules are cited by no test: ${uncited.join(' ')}`);
  if (unknown.length > 0) console.log(`NOTE: tests cite what is no rule of docs/rules.md: ${unknown.join(' ')}`);

  for (const fault of faults) console.log(fault);
  if (faults.length === 0) console.log('The documents agree with the code.');
  process.exitCode = faults.length === 0 ? 0 : 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
