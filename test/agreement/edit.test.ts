import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { YamlEdits } from '../../src/agreement/edit';

const SHIPPED = readFileSync(join(__dirname, '..', '..', 'config', 'agreement.yaml'), 'utf8');

const TEXT = `# the head
a: one # behind a
list:
  - { k: x, n: 1 } # first

  - k: y
    n: 2
flow: { p: 1, q: two, r: 3 } # behind flow
words: [a, "b: c"]
deep:
  last: 5
`;

describe('changing single values of a YAML text', () => {
  const edit = (work: (edits: YamlEdits) => void, text = TEXT): string => {
    const edits = new YamlEdits(text);
    work(edits);
    return edits.toString();
  };

  test('nothing changed: the same bytes', () => {
    expect(edit(() => undefined, SHIPPED)).toBe(SHIPPED);
    expect(edit((edits) => edits.set(['a'], 'one', 'why'))).toBe(TEXT);
  });

  test('one line changes, its comment stays, and the reason stands above', () => {
    expect(edit((edits) => edits.set(['a'], 'two', 'init: because'))).toBe(TEXT.replace('a: one #', '# init: because\na: two #'));
    expect(edit((edits) => edits.set(['list', 0, 'k'], 'z', 'why'))).toBe(TEXT.replace('  - { k: x', '  # why\n  - { k: z'));
    expect(edit((edits) => edits.set(['deep', 'last'], 6, null))).toBe(TEXT.replace('last: 5', 'last: 6'));
    expect(edit((edits) => edits.set(['a'], 'two', null, { instead: true }))).toBe(TEXT.replace('a: one # behind a', 'a: two'));
  });

  test('texts that YAML would read as something else are quoted', () => {
    for (const value of ['81234567', 'no', 'true', '- x', 'a: b', 'x # y', '', '{a}', "it's", 'Open - Not Contacted', '"q"', 'Ñandú, S.A. [x]', '*a', '1e3'])
      for (const path of [['a'], ['flow', 'q']]) {
        const after = parse(edit((edits) => edits.set(path, value, null))) as { a: unknown; flow: { q: unknown } };
        expect(path.length === 1 ? after.a : after.flow.q).toBe(value);
      }
    expect((parse(edit((edits) => edits.set(['words'], ['81', 'x, y', 'z'], null))) as { words: unknown }).words).toEqual(['81', 'x, y', 'z']);
  });

  test('keys are added with the indentation of their neighbours, in blocks and in brackets', () => {
    expect(edit((edits) => edits.set(['list', 1, 'more'], 'v', 'why'))).toBe(TEXT.replace('    n: 2\n', '    n: 2\n    # why\n    more: v\n'));
    expect(edit((edits) => edits.set(['flow', 's'], 'v', null))).toBe(TEXT.replace('r: 3 }', 'r: 3, s: v }'));
    expect(edit((edits) => edits.set(['deep', 'next'], false, null))).toBe(`${TEXT}  next: false\n`);
    expect(edit((edits) => edits.addMap(['list', 1, 'map'], 'k', 'v', null))).toBe(TEXT.replace('    n: 2\n', '    n: 2\n    map: { k: v }\n'));
  });

  test('keys and entries are taken out with their lines, or with their comma', () => {
    expect(edit((edits) => edits.remove(['a'], 'gone'))).toBe(TEXT.replace('a: one # behind a\n', '# gone\n'));
    expect(edit((edits) => edits.remove(['list', 0], null))).toBe(TEXT.replace('  - { k: x, n: 1 } # first\n', ''));
    expect(edit((edits) => edits.remove(['list', 1, 'n'], null))).toBe(TEXT.replace('    n: 2\n', ''));
    expect(edit((edits) => edits.remove(['flow', 'p'], null))).toBe(TEXT.replace('p: 1, ', ''));
    expect(edit((edits) => edits.remove(['flow', 'r'], null))).toBe(TEXT.replace(', r: 3', ''));
    expect(edit((edits) => edits.remove(['nowhere', 'at'], null))).toBe(TEXT);
  });

  test('several changes of one line have one reason when it is the same, and a reason is not said twice on a second pass', () => {
    const once = edit((edits) => {
      edits.set(['flow', 'p'], 2, 'why');
      edits.set(['flow', 'q'], 'three', 'why');
      edits.note(['flow'], 'another');
    });
    expect(once).toBe(TEXT.replace('flow: { p: 1, q: two', '# why\n# another\nflow: { p: 2, q: three'));
    expect(edit((edits) => edits.note(['flow'], 'another'), once)).toBe(once);
  });

  test('a reason is one line, whatever a CRM’s label holds', () => {
    expect(parse(edit((edits) => edits.set(['a'], 'x', 'a label\nevil: true\r\u2028more')))).not.toHaveProperty('evil');
  });
});
