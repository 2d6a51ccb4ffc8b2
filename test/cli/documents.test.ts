import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { faultsOf, readSchema, schemaNames } from './documents';

/* The published schemas themselves. The documents of every command are held against them in the other tests of this folder, by `Place.document`. */

const ROOT = resolve(__dirname, '..', '..');

describe('docs/json', () => {
  test('is JSON Schema 2020-12, titled and described, and compiles', () => {
    for (const name of schemaNames()) {
      expect(readSchema(name)).toMatchObject({ $schema: 'https://json-schema.org/draft/2020-12/schema', title: expect.stringMatching(/./), description: expect.stringMatching(/\.$/) });
      expect(faultsOf(name, 'not a document')).not.toEqual([]);
    }
  });

  test('is held against real documents: every schema is used by a test', () => {
    const tests = ['loop', 'rollback', 'deadLetters', 'forget', 'failures', 'sandbox', 'init', 'serve', 'report', 'digest', 'whatIf'].map((name) => readFileSync(join(__dirname, `${name}.test.ts`), 'utf8')).join('');
    expect(schemaNames().filter((name) => !tests.includes(`('${name}'`))).toEqual([]);
  });

  test('is named in docs/commands.md, schema by schema', () => {
    const text = readFileSync(join(ROOT, 'docs', 'commands.md'), 'utf8');
    expect(schemaNames().filter((name) => !text.includes(`json/${name}.schema.json`))).toEqual([]);
  });

  test('a member too few or of the wrong type is a fault', () => {
    expect(faultsOf('error', { error: { code: 'locked', message: 'another run is under way', where: null, remedy: 'Wait.' } })).toEqual([]);
    expect(faultsOf('error', { error: { code: 'locked', message: 'another run is under way', remedy: 'Wait.' } })).not.toEqual([]);
    expect(faultsOf('release', { released: '2' })).not.toEqual([]);
  });
});
