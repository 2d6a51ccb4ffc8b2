import { z } from 'zod';

/** One environment variable: what it is for, whether it is a secret, its default. README, .env.example and `concord check` are held against this table. */
export interface EnvironmentVariable {
  description: string;
  secret?: true;
  default?: string;
}

/** design.md section 6, Environment. */
export const ENVIRONMENT = {
  HUBSPOT_ACCESS_TOKEN: { description: 'HubSpot: the token of the project app, service key or legacy private app.', secret: true },
  HUBSPOT_CLIENT_SECRET: { description: 'HubSpot: the app’s client secret, with which HubSpot signs webhooks.', secret: true },
  HUBSPOT_WEBHOOK_V1: { description: 'HubSpot: yes also takes webhooks with the old v1 signature, which carries no time (legacy private apps).', default: 'no' },
  HUBSPOT_API_URL: { description: 'HubSpot: another API host (EU data centre, a proxy).', default: 'https://api.hubapi.com' },
  HUBSPOT_API_VERSION: { description: 'HubSpot: the API’s path family, 2026-09 or v3.', default: '2026-09' },
  SALESFORCE_LOGIN_URL: { description: 'Salesforce: the org’s My Domain, https://acme.my.salesforce.com.' },
  SALESFORCE_CLIENT_ID: { description: 'Salesforce: the External Client App’s consumer key.', secret: true },
  SALESFORCE_CLIENT_SECRET: { description: 'Salesforce: its consumer secret (client credentials flow).', secret: true },
  SALESFORCE_USERNAME: { description: 'Salesforce: the integration user (JWT bearer flow).' },
  SALESFORCE_PRIVATE_KEY_FILE: { description: 'Salesforce: the PEM file of the certificate’s private key (JWT bearer flow).' },
  DATABASE_URL: { description: 'Where Concord remembers: sqlite:PATH or postgres://…', secret: true, default: 'sqlite:data/concord.db' },
  CONCORD_AGREEMENT: { description: 'The agreement file.', default: 'config/agreement.yaml' },
  CONCORD_HOST: { description: 'serve: the address to listen on. Beyond loopback CONCORD_ADMIN_PASSWORD is needed.', default: '127.0.0.1' },
  CONCORD_PORT: { description: 'serve: the port to listen on; 0: any free one.', default: '8080' },
  CONCORD_PUBLIC_URL: { description: 'serve: how the world reaches it, https://concord.acme.com: for webhook signatures and links. Without it the address listened on.' },
  CONCORD_ADMIN_PASSWORD: { description: 'serve: at least 16 characters; the login of operators, who may ask for runs.', secret: true },
  CONCORD_VIEWER_PASSWORD: { description: 'serve: at least 16 characters; the login of viewers.', secret: true },
  CONCORD_API_TOKEN: { description: 'serve: at least 16 characters; opens /api/v1 and, beyond loopback, /metrics.', secret: true },
  CONCORD_SECRET: { description: 'At least 16 characters; keys the hashes of forgotten people and signs sessions. Without it the store makes a key of its own and nobody can log in.', secret: true },
  SLACK_WEBHOOK_URL: { description: 'Slack: the incoming webhook of the channel for notifications, https://hooks.slack.com/services/…', secret: true },
  SMTP_URL: { description: 'E-mail: the mail server for notifications, smtps://user:password@host:465 or smtp://user:password@host:587 (then STARTTLS is required).', secret: true },
  LOG_LEVEL: { description: 'error, warn, info or debug; the log goes to stderr.', default: 'warn' },
} as const satisfies Record<string, EnvironmentVariable>;

export type EnvironmentName = keyof typeof ENVIRONMENT;

const optional = z.string().min(1).optional();
const secretText = z.string().min(16, 'has fewer than 16 characters').optional();
/** A credential travels in a header: printable ASCII without blanks, and no quote that was copied along. */
const tokenText = z
  .string()
  .regex(/^[\x21-\x7e]+$/, 'holds a blank or a character that no credential has (a typographic quote, say): copy it again')
  .regex(/^[^"'`]/, 'begins with a quote that is not closed')
  .optional();
const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]'];
/** https, or http on loopback only. */
const url = z
  .url({ error: 'is not a URL', abort: true })
  .refine((value) => {
    const { protocol, hostname } = new URL(value);
    return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.includes(hostname));
  }, 'must begin with https:// (http:// is for loopback only)')
  .optional();
/** The same, and nothing behind the host: paths are put there. */
const bareUrl = url.refine((value) => {
  if (value === undefined) return true;
  const { username, password, pathname, search, hash } = new URL(value);
  return username === '' && password === '' && /^\/*$/.test(pathname) && search === '' && hash === '';
}, 'must be an address without user, path or parameters, such as https://concord.acme.com');

/** Only Slack's own host: whoever holds another address would read everything (design.md section 6). */
const slackUrl = z
  .url({ error: 'is not a URL', abort: true })
  .refine((value) => {
    const { origin, username, password, pathname } = new URL(value);
    return origin === 'https://hooks.slack.com' && username === '' && password === '' && pathname.length > 1;
  }, 'must be an incoming webhook of Slack: https://hooks.slack.com/services/…')
  .optional();
const smtpUrl = z
  .url({ error: 'is not a URL', abort: true })
  .refine((value) => {
    const { protocol, hostname, search, pathname } = new URL(value);
    return (protocol === 'smtps:' || protocol === 'smtp:') && hostname !== '' && search === '' && pathname.length <= 1;
  }, 'must be smtps://user:password@host:465 or smtp://user:password@host:587, without a path or parameters; write @ : / in user and password as %40 %3A %2F')
  .optional();

export const Environment = z.object({
  HUBSPOT_ACCESS_TOKEN: tokenText,
  HUBSPOT_CLIENT_SECRET: secretText,
  HUBSPOT_API_URL: bareUrl,
  HUBSPOT_API_VERSION: z.enum(['2026-09', 'v3'], 'must be 2026-09 or v3').optional(),
  SALESFORCE_LOGIN_URL: url,
  SALESFORCE_CLIENT_ID: tokenText,
  SALESFORCE_CLIENT_SECRET: tokenText,
  SALESFORCE_USERNAME: optional,
  SALESFORCE_PRIVATE_KEY_FILE: optional,
  DATABASE_URL: z.string().regex(/^(sqlite:.+|postgres(ql)?:\/\/.+)$/, 'must be sqlite:PATH or postgres://…').optional(),
  CONCORD_AGREEMENT: optional,
  HUBSPOT_WEBHOOK_V1: z.enum(['yes', 'no'], 'must be yes or no').optional(),
  CONCORD_HOST: z.string().regex(/^[A-Za-z0-9.:_-]+$/, 'is not an address').optional(),
  CONCORD_PORT: z
    .string()
    .refine((value) => /^\d+$/.test(value) && Number(value) <= 65_535, 'must be a number from 0 to 65535')
    .optional(),
  CONCORD_PUBLIC_URL: bareUrl,
  CONCORD_ADMIN_PASSWORD: secretText,
  CONCORD_VIEWER_PASSWORD: secretText,
  CONCORD_API_TOKEN: secretText,
  CONCORD_SECRET: secretText,
  SLACK_WEBHOOK_URL: slackUrl,
  SMTP_URL: smtpUrl,
  LOG_LEVEL: z.enum(['error', 'warn', 'info', 'debug'], 'must be error, warn, info or debug').optional(),
});
export type Environment = z.infer<typeof Environment>;
