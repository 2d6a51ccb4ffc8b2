import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadEnvFile, loadSettings } from '../../src/config/load';
import { readText } from '../../src/config/text';
import { readAgreement } from '../../src/wire';
import { defaultText } from '../agreement/sample';

/* Files that people write, as their editors save them. */

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'concord-text-'));
  file = join(folder, 'file');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const thrown = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return error;
  }
};

describe('text files', () => {
  test('UTF-8 is read as it is, without the mark that some editors put before it', () => {
    writeFileSync(file, '\ufeffuno: mañana\r\n\tdos\n');
    expect(readText(file)).toBe('uno: mañana\r\n\tdos\n');
  });

  test.each([
    ['Latin-1, at the first line that is not UTF-8', Buffer.from('a: 1\nb: mañana\n', 'latin1'), 2],
    ['a character cut off at the end of the file', Buffer.concat([Buffer.from('a\nb\nma'), Buffer.from([0xc3])]), 3],
    ['UTF-16', Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('a: 1\n', 'utf16le')]), 1],
    ['UTF-16 without a mark', Buffer.from('a: 1\n', 'utf16le'), 1],
    ['a control character', Buffer.from('a: 1\nb: 2\nc: \u001b[31m\n'), 3],
  ])('%s is refused and located', (_what, bytes, line) => {
    writeFileSync(file, bytes);
    expect(thrown(() => readText(file))).toMatchObject({ name: 'NotText', line, instead: expect.stringMatching(/UTF-8/) });
  });

  test('an agreement in another encoding is bad usage that says so: its accents would go to both CRMs as other characters', () => {
    writeFileSync(file, Buffer.from(defaultText(), 'latin1'));
    const line = defaultText().split('\n').findIndex((each) => each.includes('electrónico')) + 1;
    expect(thrown(() => readAgreement(file))).toMatchObject({ code: 'bad_agreement', exit: 2, where: `${file}:${line}:1`, message: expect.stringContaining('not UTF-8') });
  });

  test('a fault of the whole file and one of a key are told as sentences with one full stop', () => {
    writeFileSync(file, '');
    expect(String((thrown(() => readAgreement(file)) as Error).message)).toMatch(/:1:1 The file is empty\. Write/);
    writeFileSync(file, defaultText().replace('currency: USD', 'currency: dollars'));
    const { message } = thrown(() => readAgreement(file)) as Error;
    expect(message).toMatch(/:18:13 company\.currency: /);
    expect(message).not.toContain('..');
  });
});

describe('.env', () => {
  const before = { ...process.env };
  afterEach(() => {
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
  });

  test('its first variable counts also behind a byte order mark', () => {
    writeFileSync(file, '\ufeffTEST_FIRST=1\r\nTEST_SECOND="two" # words\r\n');
    loadEnvFile(file);
    expect([process.env['TEST_FIRST'], process.env['TEST_SECOND']]).toEqual(['1', 'two']);
  });

  test('a variable that is set already stands', () => {
    process.env['TEST_FIRST'] = 'mine';
    writeFileSync(file, 'TEST_FIRST=file\n');
    loadEnvFile(file);
    expect(process.env['TEST_FIRST']).toBe('mine');
  });

  test('in UTF-16, as some shells write files, it is bad usage and not an empty file', () => {
    writeFileSync(file, Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('TEST_FIRST=1\n', 'utf16le')]));
    expect(thrown(() => loadEnvFile(file))).toMatchObject({ code: 'bad_environment', exit: 2, where: `${file}:1`, remedy: expect.stringContaining('UTF-8') });
  });

  test('a misspelt name of Concord’s own is told; the names of others are theirs', () => {
    writeFileSync(file, 'HUBSPOT_PORTAL=7\nCONCORD_PUBLIC_ULR=https://concord.acme.com\n');
    expect(thrown(() => loadEnvFile(file))).toMatchObject({ code: 'bad_environment', exit: 2, message: expect.stringContaining('CONCORD_PUBLIC_ULR'), remedy: expect.stringContaining('CONCORD_PUBLIC_URL') });
    expect(process.env['HUBSPOT_PORTAL']).toBeUndefined();
  });
});

describe('values that would fail only at the first call, with words about the network', () => {
  const faultsOf = (env: Record<string, string>): string => String((thrown(() => loadSettings(env)) as Error).message);

  test.each([
    ['a typographic quote', '“pat-na1-1234”'],
    ['a word before it', 'Bearer pat-na1-1234'],
    ['a quote that is not closed', '"pat-na1-1234'],
  ])('a token with %s', (_what, token) => {
    for (const name of ['HUBSPOT_ACCESS_TOKEN', 'SALESFORCE_CLIENT_ID', 'SALESFORCE_CLIENT_SECRET']) {
      const message = faultsOf({ HUBSPOT_ACCESS_TOKEN: 'pat', SALESFORCE_CLIENT_ID: 'id', SALESFORCE_CLIENT_SECRET: 'secret', SALESFORCE_LOGIN_URL: 'https://acme.my.salesforce.com', [name]: token });
      expect(message).toContain(`the environment has 1 fault:\n  ${name} `);
      expect(message).not.toContain('1234');
    }
  });

  test.each(['https://api.hubapi.com/crm/v3', 'https://api.hubapi.com?x=1', 'https://user:pass@api.hubapi.com'])('%s where an address belongs', (value) => {
    for (const name of ['HUBSPOT_API_URL', 'CONCORD_PUBLIC_URL']) expect(faultsOf({ [name]: value })).toContain(`${name} must be an address without user, path or parameters`);
  });

  test('a private key that cannot sign a login', () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    const pem = (key: KeyObject, more: { cipher?: string; passphrase?: string } = {}): string => String(key.export({ type: 'pkcs8', format: 'pem', ...more }));
    const env = { HUBSPOT_ACCESS_TOKEN: 'pat', SALESFORCE_CLIENT_ID: 'id', SALESFORCE_USERNAME: 'a@b.c', SALESFORCE_LOGIN_URL: 'https://acme.my.salesforce.com', SALESFORCE_PRIVATE_KEY_FILE: file };
    for (const [key, words] of [
      ['-----BEGIN CERTIFICATE-----\nMII\n', 'does not hold a PEM private key'],
      [pem(rsa).slice(0, 400), 'cannot be read'],
      [pem(rsa, { cipher: 'aes-128-cbc', passphrase: 'words' }), 'with a passphrase'],
      [pem(generateKeyPairSync('ed25519').privateKey), 'not hold an RSA key'],
    ] as const) {
      writeFileSync(file, key);
      expect(faultsOf(env)).toContain(words);
    }
    writeFileSync(file, pem(rsa));
    expect(loadSettings(env).salesforce?.username).toBe('a@b.c');
  });

  test('a slash at the end of an address is none', () => {
    expect(loadSettings({ HUBSPOT_ACCESS_TOKEN: 'pat', HUBSPOT_API_URL: 'https://api.hubapi.com/' }).hubspot?.baseUrl).toBe('https://api.hubapi.com');
  });
});
