import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadServerSettings, loadSettings, type ServerSettings, type Settings } from '../../src/config/load';
import { ENVIRONMENT, type EnvironmentName } from '../../src/config/schema';
import { connectHubspot } from '../../src/wire';
import { load, SMALL } from '../agreement/sample';
import nock from '../support/nock';

/* Each variable of design 6, one by one: what it says is what the program works with. */

const folder = mkdtempSync(join(tmpdir(), 'concord-environment-'));
const keyFile = join(folder, 'key.pem');
const pem = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
writeFileSync(keyFile, pem);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const LONG = 'sixteen characters or more';
const CREDENTIALS = { HUBSPOT_ACCESS_TOKEN: 'pat-na1-x', SALESFORCE_CLIENT_ID: '3MVG9', SALESFORCE_LOGIN_URL: 'https://acme.my.salesforce.com', SALESFORCE_CLIENT_SECRET: 'shh' };
const JWT = { SALESFORCE_USERNAME: 'concord@acme.example', SALESFORCE_PRIVATE_KEY_FILE: keyFile };

type Row = { value: string; more?: Record<string, string>; found: (settings: Settings, server: ServerSettings) => unknown; is?: unknown; unset: unknown };

const ROWS: Record<EnvironmentName, Row> = {
  HUBSPOT_ACCESS_TOKEN: { value: 'pat-na1-other', found: ({ hubspot }) => hubspot?.token, unset: undefined },
  HUBSPOT_CLIENT_SECRET: { value: LONG, found: (_, { webhookSecret }) => webhookSecret, unset: null },
  HUBSPOT_WEBHOOK_V1: { value: 'yes', found: (_, { webhookV1 }) => webhookV1, is: true, unset: false },
  HUBSPOT_API_URL: { value: 'https://api-eu1.hubapi.com/', found: ({ hubspot }) => hubspot?.baseUrl, is: 'https://api-eu1.hubapi.com', unset: 'https://api.hubapi.com' },
  HUBSPOT_API_VERSION: { value: 'v3', found: ({ hubspot, hubspotApiVersion }) => [hubspot?.apiVersion, hubspotApiVersion], is: ['v3', 'v3'], unset: ['2026-09', '2026-09'] },
  SALESFORCE_LOGIN_URL: { value: 'https://other.my.salesforce.com/', found: ({ salesforce }) => salesforce?.loginUrl, is: 'https://other.my.salesforce.com', unset: 'missing' },
  SALESFORCE_CLIENT_ID: { value: '3MVG9other', found: ({ salesforce }) => salesforce?.clientId, unset: undefined },
  SALESFORCE_CLIENT_SECRET: { value: 'other', found: ({ salesforce }) => salesforce?.clientSecret, unset: 'missing' },
  SALESFORCE_USERNAME: { value: 'two@acme.example', more: JWT, found: ({ salesforce }) => salesforce?.username, unset: undefined },
  SALESFORCE_PRIVATE_KEY_FILE: { value: keyFile, more: JWT, found: ({ salesforce }) => salesforce?.privateKey, is: pem, unset: undefined },
  DATABASE_URL: { value: 'postgres://concord@db/concord', found: ({ databaseUrl }) => databaseUrl, unset: 'sqlite:data/concord.db' },
  CONCORD_AGREEMENT: { value: 'ours.yaml', found: ({ agreementFile }) => agreementFile, unset: 'config/agreement.yaml' },
  CONCORD_HOST: { value: '0.0.0.0', found: (_, { host }) => host, unset: '127.0.0.1' },
  CONCORD_PORT: { value: '9090', found: (_, { port }) => port, is: 9090, unset: 8080 },
  CONCORD_PUBLIC_URL: { value: 'https://concord.acme.example/', found: (_, { publicUrl }) => publicUrl, is: 'https://concord.acme.example', unset: null },
  CONCORD_ADMIN_PASSWORD: { value: LONG, found: (_, { adminPassword }) => adminPassword, unset: null },
  CONCORD_VIEWER_PASSWORD: { value: LONG, found: (_, { viewerPassword }) => viewerPassword, unset: null },
  CONCORD_API_TOKEN: { value: LONG, found: (_, { apiToken }) => apiToken, unset: null },
  CONCORD_SECRET: { value: LONG, found: ({ secret }) => secret, unset: null },
  SLACK_WEBHOOK_URL: { value: 'https://hooks.slack.com/services/T/B/x', found: ({ slackWebhookUrl }) => slackWebhookUrl, unset: undefined },
  SMTP_URL: { value: 'smtps://u:p@mail.acme.example:465', found: ({ smtpUrl }) => smtpUrl, unset: undefined },
  LOG_LEVEL: { value: 'debug', found: ({ logLevel }) => logLevel, unset: 'warn' },
};

test('every variable stands here', () => {
  expect(Object.keys(ROWS).sort()).toEqual(Object.keys(ENVIRONMENT).sort());
});

test.each(Object.entries(ROWS))('%s', (name, { value, more = {}, found, is = value, unset }) => {
  const read = (env: Record<string, string>): unknown => found(loadSettings(env), loadServerSettings(env));
  const without: Record<string, string> = { ...CREDENTIALS };
  delete without[name];

  expect(read({ ...CREDENTIALS, ...more, [name]: value })).toEqual(is);
  if (unset === 'missing') expect(() => read(without)).toThrow(`${name} is missing`);
  else expect([read(without), read({ ...without, [name]: '  ' })]).toEqual([unset, unset]);
});

test.each([
  ['v3', '/crm/v3/properties/contacts'],
  ['2026-09', '/crm/properties/2026-09/contacts'],
])('HUBSPOT_API_VERSION=%s: that family of paths is what goes out, to HUBSPOT_API_URL', async (version, path) => {
  const { hubspot } = loadSettings({ ...CREDENTIALS, HUBSPOT_API_VERSION: version, HUBSPOT_API_URL: 'https://api-eu1.hubapi.com' });
  const asked = nock('https://api-eu1.hubapi.com').get(path).query(true).reply(200, { results: [] });
  const port = await connectHubspot(hubspot as NonNullable<typeof hubspot>, load(SMALL));

  await port.describe();

  expect(asked.isDone()).toBe(true);
});
