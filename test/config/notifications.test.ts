import { loadSettings } from '../../src/config/load';

/* What the environment gives for notifications, and that nobody reads its secrets in a message (design: Slack only to its own host). */

const faults = (env: Record<string, string>): string => {
  try {
    loadSettings(env);
    return '';
  } catch (error) {
    return (error as Error).message;
  }
};

test('both are taken as they are; empty is unset', () => {
  const given = { SLACK_WEBHOOK_URL: 'https://hooks.slack.com/services/T/B/x', SMTP_URL: 'smtps://u:p%40w@mail.acme.example:465' };
  expect(loadSettings(given)).toMatchObject({ slackWebhookUrl: given.SLACK_WEBHOOK_URL, smtpUrl: given.SMTP_URL });
  expect(loadSettings({ SLACK_WEBHOOK_URL: ' ', SMTP_URL: '' })).not.toHaveProperty('slackWebhookUrl');
});

test.each([
  ['SLACK_WEBHOOK_URL', 'https://hooks.slack.com.evil.example/services/secret'],
  ['SLACK_WEBHOOK_URL', 'http://hooks.slack.com/services/secret'],
  ['SLACK_WEBHOOK_URL', 'https://secret@hooks.slack.com/services/x'],
  ['SLACK_WEBHOOK_URL', 'https://hooks.slack.com/'],
  ['SLACK_WEBHOOK_URL', 'secret'],
  ['SMTP_URL', 'https://secret@mail.acme.example'],
  ['SMTP_URL', 'smtp://u:secret@mail.acme.example:587?tls.rejectUnauthorized=false'],
  ['SMTP_URL', 'smtp://u:secret@mail.acme.example/path'],
  ['SMTP_URL', 'secret'],
  ['HUBSPOT_API_URL', 'secret'],
])('%s=%s is a fault that names the variable and not its value', (name, value) => {
  expect(faults({ [name]: value })).toContain(name);
  expect(faults({ [name]: value })).not.toContain('secret');
});
