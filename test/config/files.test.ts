import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { saveVariables, withVariables, writeWhole } from '../../src/config/files';

describe('variables in an env file', () => {
  const BEFORE = '# mine\nLOG_LEVEL=debug # loud\n#HUBSPOT_ACCESS_TOKEN=commented\nexport HUBSPOT_ACCESS_TOKEN = old\n\nOTHER=kept\n';

  test('are replaced where they stand; comments, blank lines and other variables stay', () => {
    expect(withVariables(BEFORE, { HUBSPOT_ACCESS_TOKEN: 'pat-na1-new', SALESFORCE_CLIENT_ID: '3MVG9.abc_DEF' })).toBe(
      '# mine\nLOG_LEVEL=debug # loud\n#HUBSPOT_ACCESS_TOKEN=commented\nHUBSPOT_ACCESS_TOKEN=pat-na1-new\n\nOTHER=kept\nSALESFORCE_CLIENT_ID=3MVG9.abc_DEF\n',
    );
    expect(withVariables('A=1', { LOG_LEVEL: 'warn' })).toBe('A=1\nLOG_LEVEL=warn\n');
  });

  test('are read back by Node as they were given', () => {
    for (const value of ['plain', 'with space', 'hash # inside', '$& and $1', '"double"', "it's", '`tick` "and" more', 'back\\slash\\n', 'ends with =', '#first', 'ñ€'])
      expect(parseEnv(withVariables('', { HUBSPOT_ACCESS_TOKEN: value }))['HUBSPOT_ACCESS_TOKEN']).toBe(value);
  });

  test('one that no env file can hold is refused by name, and its value is not told', () => {
    for (const value of ['two\nlines', `all ' three " kinds \` of`]) {
      const error = (() => {
        try {
          withVariables('', { SALESFORCE_CLIENT_SECRET: value });
        } catch (thrown) {
          return thrown as Error;
        }
        return undefined;
      })();
      expect(error).toMatchObject({ code: 'bad_value', exit: 2, where: 'SALESFORCE_CLIENT_SECRET' });
      expect(error?.message).not.toContain(value);
    }
  });
});

describe('writing files', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'concord-files-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const modeOf = (file: string): string => (statSync(file).mode & 0o777).toString(8);

  test('.env is for its owner’s eyes only, also where everybody could read it before, and whatever the mask', () => {
    const file = join(folder, '.env');
    writeFileSync(file, '# mine\n', { mode: 0o644 });
    const mask = process.umask(0);
    try {
      saveVariables(file, { LOG_LEVEL: 'warn' });
      expect([modeOf(file), readFileSync(file, 'utf8')]).toEqual(['600', '# mine\nLOG_LEVEL=warn\n']);
      rmSync(file);
      saveVariables(file, { LOG_LEVEL: 'warn' });
      expect(modeOf(file)).toBe('600');
    } finally {
      process.umask(mask);
    }
  });

  test('nothing else is left behind; a link stays a link', () => {
    const real = join(folder, 'real.env');
    const link = join(folder, '.env');
    writeFileSync(real, 'A=1\n');
    symlinkSync(real, link);
    saveVariables(link, { LOG_LEVEL: 'warn' });
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(readFileSync(real, 'utf8')).toBe('A=1\nLOG_LEVEL=warn\n');
    expect(readdirSync(folder).sort()).toEqual(['.env', 'real.env']);
  });

  test('where nothing can be written the error says so', () => {
    const busy = join(folder, 'busy');
    writeFileSync(busy, 'a file');
    expect(() => writeWhole(join(busy, 'x'), 'new', 0o600)).toThrow(expect.objectContaining({ code: 'cannot_write', exit: 1, where: join(busy, 'x') }) as Error);
    writeWhole(join(folder, 'new', 'deep', 'x'), 'new\n', 0o644);
    expect(readFileSync(join(folder, 'new', 'deep', 'x'), 'utf8')).toBe('new\n');
  });
});
