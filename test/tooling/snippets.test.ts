import { spawnSync } from 'node:child_process';
import { createVerify, X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { assertion } from '../../src/crm/salesforce/session';
import { openStore } from '../../src/store';
import { describeWith, OPENSSL } from '../support/skips';
import { folderWith, ROOT } from './support';

/* Commands of the pages that people copy do what the pages say. */

/** The code block of a page that holds `part`. */
function block(page: string, part: string): string {
  const blocks = [...readFileSync(join(ROOT, 'docs', page), 'utf8').matchAll(/^ *```[^\n]*\n([\s\S]*?)^ *```$/gm)].map((found) => found[1] ?? '');
  const found = blocks.find((each) => each.includes(part));
  if (found === undefined) throw new Error(`docs/${page} has no code block with ${part}`);
  return found;
}

describeWith(OPENSSL, 'install.md: a key for JWT bearer', () => {
  test('its commands make a key that Concord signs with, and a certificate that tells so; nobody else can read the key', () => {
    const folder = folderWith({});

    const done = spawnSync('sh', ['-ec', block('install.md', 'openssl req')], { cwd: folder, encoding: 'utf8' });

    expect([done.status, done.stdout]).toEqual([0, expect.stringMatching(/CN ?= ?concord[\s\S]*notAfter=/)]);
    const key = join(folder, 'data', 'salesforce.key');
    expect(statSync(key).mode & 0o777).toBe(0o600);
    const [head, claims, signature] = assertion('consumer', 'concord@acme.com', readFileSync(key, 'utf8'), 'https://acme.my.salesforce.com', Date.UTC(2026, 10, 22)).split('.');
    const { publicKey } = new X509Certificate(readFileSync(join(folder, 'data', 'salesforce.crt')));
    expect(createVerify('RSA-SHA256').update(`${head}.${claims}`).verify(publicKey, Buffer.from(signature ?? '', 'base64url'))).toBe(true);
  });
});

/** What `require('./dist/sqlite')` is in an installation. */
const FROM_SOURCE = "(require('tsx/cjs'), require('./src/sqlite'))";

describe('running.md: backup', () => {
  /** Runs a script of Node's with SQLite at hand as `Database`; gives what it prints. */
  function withSqlite(script: string, ...args: string[]): string {
    const done = spawnSync(process.execPath, ['-e', `const Database = ${FROM_SOURCE}.sqliteDriver(); ${script}`, ...args], { cwd: ROOT, encoding: 'utf8' });
    if (done.status !== 0) throw new Error(done.stderr);
    return done.stdout.trim();
  }

  test('the copy by the library holds what was committed last, while the store is in use; a plain copy does not', async () => {
    const folder = folderWith({});
    const [store, plain, copy] = ['concord.db', 'plain.db', 'copy.db'].map((name) => join(folder, name)) as [string, string, string];
    const script = (/node -e "([^"]+)"/.exec(block('running.md', '.backup(to)'))?.[1] ?? '').replace("require('./dist/sqlite')", FROM_SOURCE);
    await (await openStore(`sqlite:${store}`)).close();

    const printed = withSqlite(
      `const [store, plain, copy, script] = process.argv.slice(1);
       const open = new Database(store);
       open.pragma('wal_autocheckpoint = 0');
       open.exec('create table committed_last (x); insert into committed_last values (7)');
       require('fs').copyFileSync(store, plain);
       process.stdout.write(require('child_process').execFileSync(process.execPath, ['-e', script, store, copy], { encoding: 'utf8' }));`,
      store, plain, copy, script,
    );

    const look = "const file = new Database(process.argv[1], { readonly: true }); console.log(file.pragma('integrity_check', { simple: true }), file.prepare('select x from committed_last').pluck().get())";
    expect(printed).toBe(`ok ${copy}`);
    expect(withSqlite(look, copy)).toBe('ok 7');
    expect(() => withSqlite(look, plain)).toThrow('no such table');
    const again = await openStore(`sqlite:${copy}`);
    expect(again.kind).toBe('sqlite');
    await again.close();
  });
});
