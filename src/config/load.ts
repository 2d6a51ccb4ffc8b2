import { createPrivateKey } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { ConcordError, EXIT } from '../domain/problem';
import { ENVIRONMENT, Environment, type EnvironmentName } from './schema';
import { NotText, readText } from './text';

/** HubSpot's path family. */
export type HubspotApiVersion = '2026-09' | 'v3';

export interface HubspotCredentials {
  token: string;
  baseUrl: string;
  apiVersion: HubspotApiVersion;
}

export interface SalesforceCredentials {
  loginUrl: string;
  clientId: string;
  clientSecret?: string;
  username?: string;
  privateKey?: string;
}

export interface Settings {
  /** Null: not configured. */
  hubspot: HubspotCredentials | null;
  salesforce: SalesforceCredentials | null;
  /** Also for the sandbox's HubSpot, which has credentials of its own. */
  hubspotApiVersion: HubspotApiVersion;
  databaseUrl: string;
  agreementFile: string;
  secret: string | null;
  /** Absent: no such way of notifying. Both are secrets. */
  slackWebhookUrl?: string;
  smtpUrl?: string;
  logLevel: 'error' | 'warn' | 'info' | 'debug';
}

/** How `serve` listens, and which of its doors are open: null is closed. */
export interface ServerSettings {
  host: string;
  port: number;
  /** Without trailing slash. Null: the address listened on. */
  publicUrl: string | null;
  adminPassword: string | null;
  viewerPassword: string | null;
  apiToken: string | null;
  /** With which HubSpot signs webhooks. */
  webhookSecret: string | null;
  /** v1 signatures are taken too. */
  webhookV1: boolean;
}

/**
 * Puts the variables of an env file into the process, where they are not set already. Throws ConcordError `bad_environment` (exit 2) for a file that is
 * there but cannot be read, that is no UTF-8 (Node's own loader would lose variables of it without a word), or that sets a variable in Concord's name which there is not.
 */
export function loadEnvFile(file = '.env'): void {
  if (!existsSync(file)) return;
  const fault = (message: string, where: string, remedy: string): ConcordError => new ConcordError({ code: 'bad_environment', message, where, remedy, exit: EXIT.usage });
  let variables: NodeJS.Dict<string>;
  try {
    variables = parseEnv(readText(file));
  } catch (error) {
    if (error instanceof NotText) throw fault(`${file}: ${error.message}`, `${file}:${error.line}`, error.instead);
    throw fault(`${file} is there but cannot be read`, file, 'Give the user that runs Concord permission to read it, and see that it is a file.');
  }
  // Names that begin so are Concord's alone: another one is misspelt. The vendors' names may be another program's.
  const own = Object.keys(ENVIRONMENT).filter((name) => name.startsWith('CONCORD_'));
  const misspelt = Object.keys(variables).filter((name) => name.startsWith('CONCORD_') && !own.includes(name));
  if (misspelt.length > 0) throw fault(`${file} sets ${misspelt.join(', ')}, which Concord does not know`, file, `Use ${own.slice(0, -1).join(', ')} or ${own.at(-1) ?? ''} (.env.example explains each).`);
  for (const [name, value] of Object.entries(variables)) process.env[name] ??= value;
}

/** The variables that are set and not empty, by name. */
export function givenVariables(env: NodeJS.ProcessEnv = process.env): Partial<Record<EnvironmentName, string>> {
  const given: Partial<Record<EnvironmentName, string>> = {};
  for (const name of Object.keys(ENVIRONMENT) as EnvironmentName[]) {
    const value = env[name]?.trim();
    if (value !== undefined && value !== '') given[name] = value;
  }
  return given;
}

/** Where the agreement is, or is to be, whatever the state of the credentials. */
export function agreementFile(env: NodeJS.ProcessEnv = process.env): string {
  return givenVariables(env).CONCORD_AGREEMENT ?? ENVIRONMENT.CONCORD_AGREEMENT.default;
}

/** What is wrong with a value of a variable, without the value; null: nothing. */
export function faultOf(name: EnvironmentName, value: string): string | null {
  const parsed = Environment.shape[name].safeParse(value);
  return parsed.success ? null : (parsed.error.issues[0]?.message ?? 'is not valid');
}

/** What `serve` needs beyond `loadSettings`, which has found every fault by then. */
export function loadServerSettings(env: NodeJS.ProcessEnv = process.env): ServerSettings {
  const given = givenVariables(env);
  return {
    host: given['CONCORD_HOST'] ?? ENVIRONMENT.CONCORD_HOST.default,
    port: Number(given['CONCORD_PORT'] ?? ENVIRONMENT.CONCORD_PORT.default),
    publicUrl: given['CONCORD_PUBLIC_URL']?.replace(/\/+$/, '') ?? null,
    adminPassword: given['CONCORD_ADMIN_PASSWORD'] ?? null,
    viewerPassword: given['CONCORD_VIEWER_PASSWORD'] ?? null,
    apiToken: given['CONCORD_API_TOKEN'] ?? null,
    webhookSecret: given['HUBSPOT_CLIENT_SECRET'] ?? null,
    webhookV1: given['HUBSPOT_WEBHOOK_V1'] === 'yes',
  };
}

/** What keeps a PEM text from signing a login (JWT bearer signs with RSA), without any of it; null: nothing. */
function keyFault(pem: string): string | null {
  if (!pem.includes('PRIVATE KEY')) return 'does not hold a PEM private key';
  if (pem.includes('ENCRYPTED')) return 'holds a key with a passphrase: Concord needs it without one (openssl rsa -in KEY -out NEW), readable by its user alone';
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'rsa' ? null : 'does not hold an RSA key, which Salesforce asks for';
  } catch {
    return 'holds a private key that cannot be read: the file is damaged or cut off';
  }
}

/**
 * Reads the settings from the environment. Empty variables count as unset. Throws ConcordError `bad_environment` (exit 2) that names every fault at
 * once; values are never shown.
 */
export function loadSettings(env: NodeJS.ProcessEnv = process.env): Settings {
  const given = givenVariables(env);
  const parsed = Environment.safeParse(given);
  const faults = parsed.success ? [] : parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`);
  const read = (name: EnvironmentName): string | undefined => given[name];
  const needed = (names: EnvironmentName[], of: EnvironmentName): void => {
    for (const name of names) if (read(name) === undefined) faults.push(`${name} is missing (${of} is set)`);
  };
  const hubspot = read('HUBSPOT_ACCESS_TOKEN') !== undefined;
  const salesforce = read('SALESFORCE_CLIENT_ID') !== undefined;
  if (salesforce) needed(['SALESFORCE_LOGIN_URL'], 'SALESFORCE_CLIENT_ID');
  const jwt = read('SALESFORCE_USERNAME') !== undefined || read('SALESFORCE_PRIVATE_KEY_FILE') !== undefined;
  if (salesforce && jwt) needed(['SALESFORCE_USERNAME', 'SALESFORCE_PRIVATE_KEY_FILE'], 'SALESFORCE_CLIENT_ID');
  if (salesforce && !jwt && read('SALESFORCE_CLIENT_SECRET') === undefined) {
    faults.push('SALESFORCE_CLIENT_SECRET is missing (or SALESFORCE_USERNAME and SALESFORCE_PRIVATE_KEY_FILE for JWT)');
  }
  let privateKey: string | undefined;
  const keyFile = read('SALESFORCE_PRIVATE_KEY_FILE');
  if (keyFile !== undefined) {
    try {
      privateKey = readFileSync(keyFile, 'utf8');
      const fault = keyFault(privateKey);
      if (fault !== null) faults.push(`SALESFORCE_PRIVATE_KEY_FILE ${fault}`);
    } catch {
      faults.push(`SALESFORCE_PRIVATE_KEY_FILE cannot be read (${keyFile})`);
    }
  }
  if (faults.length > 0) {
    throw new ConcordError({
      code: 'bad_environment',
      message: `the environment has ${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}:\n${faults.map((fault) => `  ${fault}`).join('\n')}`,
      remedy: 'Correct .env (.env.example explains each variable).',
      where: '.env',
      exit: EXIT.usage,
      details: faults,
    });
  }
  const withDefault = (name: EnvironmentName): string => read(name) ?? ('default' in ENVIRONMENT[name] ? (ENVIRONMENT[name] as { default: string }).default : '');
  const hubspotApiVersion = withDefault('HUBSPOT_API_VERSION') as HubspotApiVersion;
  return {
    hubspotApiVersion,
    hubspot: hubspot ? { token: read('HUBSPOT_ACCESS_TOKEN') as string, baseUrl: withDefault('HUBSPOT_API_URL').replace(/\/+$/, ''), apiVersion: hubspotApiVersion } : null,
    salesforce: salesforce
      ? {
          loginUrl: (read('SALESFORCE_LOGIN_URL') as string).replace(/\/+$/, ''),
          clientId: read('SALESFORCE_CLIENT_ID') as string,
          ...(read('SALESFORCE_CLIENT_SECRET') === undefined ? {} : { clientSecret: read('SALESFORCE_CLIENT_SECRET') as string }),
          ...(jwt ? { username: read('SALESFORCE_USERNAME') as string, privateKey: privateKey as string } : {}),
        }
      : null,
    databaseUrl: withDefault('DATABASE_URL'),
    agreementFile: withDefault('CONCORD_AGREEMENT'),
    secret: read('CONCORD_SECRET') ?? null,
    ...(read('SLACK_WEBHOOK_URL') === undefined ? {} : { slackWebhookUrl: read('SLACK_WEBHOOK_URL') as string }),
    ...(read('SMTP_URL') === undefined ? {} : { smtpUrl: read('SMTP_URL') as string }),
    logLevel: withDefault('LOG_LEVEL') as Settings['logLevel'],
  };
}
