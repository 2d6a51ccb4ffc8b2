import { accessSync, constants, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/*
 * Tests that need something of the machine. Where it is missing they are skipped, never passed: the skip's reason is in the name of the describe
 * block (`[needs …]`), from where the reporter (scripts/reporter.cjs) prints it loudly and counts it. CONCORD_TEST_REQUIRE=all, which CI sets, makes
 * a missing thing a failure.
 */

export interface Need {
  name: string;
  /** What to do where it is missing. */
  remedy: string;
  /** Where it is; null: not on this machine. */
  find(): string | null;
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The first folder, PATH's first, that holds all the programs. */
function folderOf(programs: readonly string[], more: readonly string[] = []): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...more];
  return folders.find((folder) => folder !== '' && programs.every((program) => isProgram(join(folder, program)))) ?? null;
}

function versionsIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort((a, b) => Number(b) - Number(a)).map((version) => join(folder, version, 'bin'));
  } catch {
    return [];
  }
}

/** PostgreSQL's programs, on the PATH or where Debian puts them (the newest version first): gives their folder. */
export const POSTGRES: Need = {
  name: 'PostgreSQL',
  remedy: 'install it (apt-get install postgresql)',
  find: () => folderOf(['initdb', 'pg_ctl', 'postgres'], versionsIn('/usr/lib/postgresql')),
};

/** OpenSSL's command line: gives its folder. */
export const OPENSSL: Need = {
  name: 'OpenSSL',
  remedy: 'install it (apt-get install openssl)',
  find: () => folderOf(['openssl', 'sh']),
};

/** systemd's checker of units: gives its folder. */
export const SYSTEMD: Need = {
  name: 'systemd',
  remedy: 'run this on a Linux with systemd',
  find: () => folderOf(['systemd-analyze']),
};

/** A Chromium, named by CHROMIUM_PATH or on the PATH: gives the program's file. */
export const CHROMIUM: Need = {
  name: 'Chromium',
  remedy: 'install it (apt-get install chromium-headless-shell, or chromium) or set CHROMIUM_PATH',
  find: () => {
    const named = process.env['CHROMIUM_PATH'];
    if (named !== undefined && isProgram(named)) return named;
    // Without a window of its own it does the same with far less processor time.
    for (const program of ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome']) {
      const folder = folderOf([program]);
      if (folder !== null) return join(folder, program);
    }
    return null;
  },
};

/**
 * A describe block that needs something of the machine: `body` is given where that is. Where it is missing every test in the block is skipped, so
 * that the count of skipped tests is true; under CONCORD_TEST_REQUIRE=all one test fails instead.
 */
export function describeWith(need: Need, title: string, body: (found: string) => void): void {
  const found = need.find();
  if (found !== null) return describe(title, () => body(found));
  if (process.env['CONCORD_TEST_REQUIRE'] === 'all') {
    return describe(title, () => {
      test(`${need.name} is on this machine`, () => {
        throw new Error(`${need.name} is missing: ${need.remedy}.`);
      });
    });
  }
  describe.skip(`${title} [needs ${need.name}: ${need.remedy}]`, () => body(''));
}
