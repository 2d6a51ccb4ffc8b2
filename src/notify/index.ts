import type { Messenger } from '../domain/notification';
import type { Settings } from '../config/load';
import type { Parts } from '../run/parts';
import { createEmail, type Letterhead } from './email';
import { createSlack } from './slack';

/** The messengers that the environment has what they need for: SLACK_WEBHOOK_URL, and SMTP_URL with a sender in the agreement. */
export function createMessengers(settings: Pick<Settings, 'slackWebhookUrl' | 'smtpUrl'>, { from, ...head }: Omit<Letterhead, 'from'> & { from: string | null }): Parts['messengers'] {
  const { slackWebhookUrl, smtpUrl } = settings;
  const slack: Messenger | null = slackWebhookUrl === undefined ? null : createSlack(slackWebhookUrl);
  const email: Messenger | null = smtpUrl === undefined || from === null ? null : createEmail(smtpUrl, { ...head, from });
  return { ...(slack === null ? {} : { slack }), ...(email === null ? {} : { email }) };
}
