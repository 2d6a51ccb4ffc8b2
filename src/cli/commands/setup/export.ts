import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { faultOf, loadEnvFile, loadServerSettings, loadSettings } from '../../../config/load';
import { ConcordError, EXIT, type ExitCode } from '../../../domain/problem';
import { readAgreement, setupFiles } from '../../../wire';
import { json, say } from '../../print';
import type { CommonOptions } from '../../session';

/** Where HubSpot would find Concord, until somebody says where. */
const EXAMPLE_URL = 'https://concord.example.com';

/**
 * Writes what setup would make as files. Needs no credentials: the HubSpot project is what makes one. The folder must be new or empty, so that no
 * file of an older agreement stays behind in what somebody deploys. Throws `ConcordError` `export_target` (exit 2).
 */
export async function exportSetup(folder: string, options: CommonOptions & { publicUrl?: string }): Promise<ExitCode> {
  loadEnvFile();
  const agreement = readAgreement(options.agreement ?? loadSettings().agreementFile);
  const publicUrl = options.publicUrl ?? ownAddress();
  const files = await setupFiles(agreement, publicUrl ?? EXAMPLE_URL);
  prepare(folder);
  for (const { path, content } of files) {
    const target = join(folder, ...path.split('/'));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, content);
  }
  const written = files.map(({ path }) => path);
  if (options.json === true) {
    json({ exported: resolve(folder), files: written });
    return EXIT.done;
  }
  say(`${written.length} files in ${folder}:`);
  say('  hubspot-app  a project for `hs project upload`: the app, its scopes, its webhook subscriptions');
  say('  hubspot      the contact properties as the properties API takes them; `concord setup --yes` makes them');
  say('  salesforce   `sf project deploy start --manifest manifest/package.xml`: fields, rule, views, action, path, permissions');
  say('               manifest/lead-conversion.xml replaces the org’s whole conversion mapping: only for an org without one');
  say(publicUrl !== null ? `The webhooks go to ${publicUrl}.` : `The webhooks go to ${EXAMPLE_URL}: give --public-url, set CONCORD_PUBLIC_URL, or change it in hubspot-app/src/app/webhooks.`);
  return EXIT.done;
}

/** Where HubSpot finds `concord serve`, as the environment says; null: it does not. Throws `ConcordError` `bad_environment` (exit 2). */
function ownAddress(): string | null {
  const { publicUrl } = loadServerSettings();
  const fault = publicUrl === null ? null : faultOf('CONCORD_PUBLIC_URL', publicUrl);
  if (fault !== null) throw new ConcordError({ code: 'bad_environment', message: `CONCORD_PUBLIC_URL ${fault}`, where: '.env', remedy: 'Correct .env, or give --public-url.', exit: EXIT.usage });
  return publicUrl;
}

function prepare(folder: string): void {
  const refuse = (message: string): ConcordError => new ConcordError({ code: 'export_target', message, where: folder, remedy: 'Name a new or an empty folder that this user may write to.', exit: EXIT.usage });
  try {
    mkdirSync(folder, { recursive: true });
    if (readdirSync(folder).length === 0) return;
  } catch {
    throw refuse('The folder cannot be made or read.');
  }
  throw refuse('The folder has files in it.');
}
