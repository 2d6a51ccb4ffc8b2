import { ConcordError } from '../../domain/problem';
import { MESSAGE_CHANNELS, NOTIFICATION_KINDS } from '../../domain/notification';
import type { Parts } from '../parts';
import type { CheckLine } from './lines';

const NEEDS = { slack: 'SLACK_WEBHOOK_URL', email: 'SMTP_URL' } as const;

/** S3: whether the ways that the agreement's notifications go are there: the environment's part, and the escalation contact in Salesforce. Sends nothing; runs work without. */
export async function checkNotifications({ terms, messengers, salesforce }: Pick<Parts, 'terms' | 'messengers' | 'salesforce'>, lines: CheckLine[]): Promise<void> {
  const { notifications } = terms.agreement.settings;
  const add = (id: string, ok: boolean, message: string, remedy: string): void => void lines.push({ id: `notifications.${id}`, ok, blocks: false, message: `Notifications: ${message}`, remedy: ok ? null : remedy });
  for (const channel of MESSAGE_CHANNELS) {
    const kinds = NOTIFICATION_KINDS.filter((kind) => notifications[kind].includes(channel)).join(', ');
    if (kinds === '') continue;
    const isSet = messengers[channel] !== undefined;
    add(channel, isSet, isSet ? `${kinds} go by ${channel}` : `${NEEDS[channel]} is not set, but the agreement sends by ${channel}: ${kinds}`, `Set ${NEEDS[channel]} in .env, or take ${channel} out of the agreement’s notifications.`);
  }
  const user = notifications.escalation.salesforce_user;
  if (!notifications.breach.includes('task')) return;
  if (user === undefined) return add('escalation', true, 'breaches become tasks for the owners; of those of queues nobody hears by task (notifications.escalation.salesforce_user)', '');
  try {
    const isThere = (await salesforce.userEmails([user])).has(user);
    add('escalation', isThere, isThere ? `breaches are escalated to the Salesforce user ${user}` : `Salesforce has no active user ${user} to escalate breaches to`, 'Correct notifications.escalation.salesforce_user in the agreement.');
  } catch (error) {
    // That Salesforce cannot be asked has a line of its own.
    if (!(error instanceof ConcordError)) throw error;
  }
}
