import { SalesforceError } from '../errors';
import { normaliseId } from '../values';
import { isObject, jsonBody, type Answer, type Call, type Services } from './call';

/** Versions the org offers: 31.0 to 67.0. */
export const FIRST_VERSION = 31;
export const LAST_VERSION = 67;

const SEASONS = ['Spring', 'Summer', 'Winter'] as const;

/** `GET /services/data`. API 65.0 is Winter '26, and each release adds one. */
export function versions(): Answer {
  const list = [];
  for (let v = FIRST_VERSION; v <= LAST_VERSION; v += 1) {
    const steps = v - 66;
    const season = SEASONS[((steps % 3) + 3) % 3] as string;
    const year = 26 + Math.floor((steps + (season === 'Winter' ? 1 : 0)) / 3);
    list.push({ label: `${season} '${String(year).padStart(2, '0')}`, url: `/services/data/v${v}.0`, version: `${v}.0` });
  }
  return { status: 200, body: list };
}

export function resources(services: Services, call: Call): Answer {
  const base = `/services/data/v${call.version}`;
  const names = ['actions', 'composite', 'jobs', 'limits', 'metadata', 'query', 'queryAll', 'sobjects', 'tooling', 'ui-api'];
  return {
    status: 200,
    body: {
      ...Object.fromEntries(names.map((n) => [n, `${base}/${n}`])),
      identity: `https://login.salesforce.com/id/${services.org.orgId}/${call.userId}`,
    },
  };
}

/** The daily quota, rolling over after 24 hours of the sandbox's clock. */
export interface Usage {
  since: number;
  used: number;
}

export const DAILY_LIMIT = 100_000;

export function limits({ org }: Services): Answer {
  const max = org.settings.get('dailyLimit', DAILY_LIMIT);
  const { used } = org.settings.get<Usage>('usage', { since: 0, used: 0 });
  const pair = (Max: number, spent = 0): { Max: number; Remaining: number } => ({ Max, Remaining: Math.max(0, Max - spent) });
  return {
    status: 200,
    body: {
      ConcurrentAsyncGetReportInstances: pair(200),
      DailyApiRequests: pair(max, used),
      DailyAsyncApexExecutions: pair(250_000),
      DailyBulkApiBatches: pair(15_000),
      DailyBulkV2QueryFileStorageMB: pair(976_562),
      DailyBulkV2QueryJobs: pair(10_000),
      DailyStreamingApiEvents: pair(50_000),
      DataStorageMB: pair(10_240),
      FileStorageMB: pair(10_240),
      HourlyODataCallout: pair(20_000),
      SingleEmail: pair(5_000),
    },
  };
}

/** A custom notification that somebody sent: kept for tests and for the story. */
export interface SentNotification {
  at: number;
  type: string;
  recipients: string[];
  title: string;
  body: string;
  target: string | null;
}

/** `POST /actions/standard/customNotificationAction`. */
export function notify({ org }: Services, call: Call): Answer {
  if (!org.access.may(call.userId, 'SendCustomNotifications')) {
    throw new SalesforceError('INSUFFICIENT_ACCESS_OR_READONLY', 'You need the Send Custom Notifications permission', { status: 403 });
  }
  const { inputs } = jsonBody(call);
  if (!Array.isArray(inputs)) throw new SalesforceError('INVALID_INPUT', 'inputs is required');
  const results = inputs.map((input: unknown) => {
    const problem = (message: string): Record<string, unknown> => ({
      actionName: 'customNotificationAction',
      errors: [{ statusCode: 'INVALID_API_INPUT', message, fields: [] }],
      isSuccess: false,
      outputValues: null,
    });
    if (!isObject(input)) return problem('an input must be an object');
    const type = normaliseId(input.customNotifTypeId);
    if (type === undefined || !org.storage.get('CustomNotificationType', type)) return problem('Invalid customNotifTypeId');
    const recipients = Array.isArray(input.recipientIds) ? input.recipientIds.map(String) : [];
    if (recipients.length === 0 || recipients.length > 500) return problem('recipientIds needs 1 to 500 ids');
    const title = String(input.title ?? '');
    const text = String(input.body ?? '');
    if (title === '' || title.length > 250 || text === '' || text.length > 750) return problem('title (250) and body (750) are required');
    const target = typeof input.targetId === 'string' ? input.targetId : null;
    if (target === null && input.targetPageRef === undefined) return problem('targetId or targetPageRef is required');
    const sent: SentNotification = { at: org.clock.now(), type, recipients, title, body: text, target };
    org.settings.set('notifications', [...org.settings.get<SentNotification[]>('notifications', []), sent]);
    return { actionName: 'customNotificationAction', errors: null, isSuccess: true, outputValues: { SuccessMessage: 'Your custom notification is processed successfully.' } };
  });
  return { status: 200, body: results };
}
