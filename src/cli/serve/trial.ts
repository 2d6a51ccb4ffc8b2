import { randomBytes } from 'node:crypto';
import type { ServerSettings, Settings } from '../../config/load';

export interface TrialDoor {
  settings: Settings;
  server: ServerSettings;
  /** Made for this start; null: the environment has one. */
  password: string | null;
}

/**
 * The pages of the sandbox, on this machine only: nobody has set a password for sample people, so one that nobody can guess is made for this start and told
 * on the terminal; where nothing is told (`isTold` false: --json) there is none. Nobody is written to about them, whatever the environment names.
 */
export function trialDoor(given: Settings, server: ServerSettings, isTold: boolean): TrialDoor {
  const { slackWebhookUrl: _slack, smtpUrl: _smtp, ...settings } = given;
  if (server.adminPassword !== null || server.viewerPassword !== null || !isTold) return { settings, server, password: null };
  const password = randomBytes(15).toString('base64url');
  return { settings: { ...settings, secret: settings.secret ?? randomBytes(32).toString('base64url') }, server: { ...server, adminPassword: password }, password };
}
