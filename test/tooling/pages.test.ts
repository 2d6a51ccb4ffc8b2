import { join } from 'node:path';
import { node, ROOT, valueOf } from './support';

/* scripts/checks/docs.mjs over the pages that people read: links, commands, translations. */

describe('the pages', () => {
  const value = (expression: string): unknown => valueOf('scripts/checks/docs.mjs', expression);

  test('links to files and headings that are not there are found; code and the web are left alone', () => {
    const page = '[a](b.md) [c](gone.md) [d](b.md#two-words) [e](b.md#gone) [f](#here) [g](../config/) [h](https://x.test/gone.md) `[i](gone2.md)`\n```\n[j](gone3.md)\n# Gone\n```\n# Here\n[k](#gone)';
    const files = { 'docs/b.md': '# B\n## Two `words`!\n', config: '' };

    expect(value(`m.brokenLinks('docs/a.md', ${JSON.stringify(page)}, (file) => (${JSON.stringify(files)})[file.replace(/\\/$/, '')] ?? null)`)).toEqual(['gone.md', 'b.md#gone', '#gone']);
  });

  test('commands are taken from what people copy, not from prose', () => {
    const page = 'the concord plan, `concord check`, `concord link A B`, `npm run -s concord -- setup --plan`\n```\ncd concord\nnode dist/cli/main.js sync\nsystemctl stop concord now\n```\n';

    expect(value(`m.commandsIn(${JSON.stringify(page)})`)).toEqual(['sync', 'check', 'link', 'setup']);
  });

  test('a translation that lost a command, a link, a row or a heading is named', () => {
    const original = '# A\n`x`\n```\nrun 1\n```\n[v](https://x.test)\n| a |\n## B\n';
    const faults = (translation: string): unknown => value(`m.translationFaults(${JSON.stringify(original)}, ${JSON.stringify(translation)}).map((fault) => fault.split(' differs')[0])`);

    expect(faults(original.replace('A', 'Á').replace('| a |', '| á |'))).toEqual([]);
    expect(faults(original.replace('run 1', 'run 2'))).toEqual(['a code block']);
    expect(faults(original.replace('`x`', 'x'))).toEqual(['what stands in `code`']);
    expect(faults(original.replace('https://x.test', 'https://y.test'))).toEqual(['a link']);
    expect(faults(original.replace('## B\n', ''))).toEqual(['a heading']);
    expect(faults(original.replace('| a |\n', ''))).toEqual(['a table row']);
  });

  test('this project’s own pages pass', async () => {
    expect(await node([join(ROOT, 'scripts', 'checks', 'docs.mjs')], { cwd: ROOT })).toMatchObject({ code: 0, stdout: expect.stringContaining('The documents agree with the code.') });
  });
});
