import { ConcordError } from '../../domain/problem';
import { checkBelongs } from '../belongs';
import { ownFieldNeeds, salesNeeds } from '../needs';
import { port, type Parts } from '../parts';
import { checkAccount, checkQuota, checkSetup } from './account';
import { checkFields } from './fields';
import { Lines, type CheckLine } from './lines';
import { checkNotifications } from './notifications';
import { checkValues } from './values';

export type { CheckLine } from './lines';

/** A difference of clocks beyond this makes logins by JWT fail and deadlines wrong. */
const MOST_SKEW_MS = 120_000;

/** Looks at everything a run needs, and adds a line for each to `lines`; a CRM that cannot be reached is a line too. Changes nothing. */
export async function checkParts(parts: Parts, lines: CheckLine[]): Promise<void> {
  const { agreement } = parts.terms;
  lines.push({ id: 'agreement', ok: true, blocks: false, message: `the agreement is valid (${agreement.settings.stages.length} stages, ${agreement.reasons.size} rejection reasons)`, remedy: null });
  lines.push({ id: 'store', ok: true, blocks: false, message: `the store opens (${parts.store.kind})`, remedy: null });
  if (parts.store.kind === 'postgres') lines.push(encryptionLine(parts.store.inTheClear));
  for (const crm of ['hubspot', 'salesforce'] as const) {
    const own = new Lines(crm, lines);
    const at = port(parts, crm);
    try {
      const facts = await at.connect();
      own.ok('credentials', `${facts.accountName} (${facts.accountId}) by ${facts.credential}${facts.actingAs?.name === undefined ? '' : ` as ${facts.actingAs.name}`}`);
      const skew = Math.abs(facts.serverNow - parts.clock());
      const told = `its clock and this machine’s differ by ${Math.round(skew / 1000)} s`;
      if (skew < MOST_SKEW_MS) own.ok('clock', told);
      else own.block('clock', told, 'Set this machine’s clock (NTP).');
      const survey = await at.survey();
      checkAccount(agreement, crm, survey, own);
      const description = await at.describe(true);
      const steps = await at.setupPlan(ownFieldNeeds(agreement, crm), crm === 'salesforce' ? salesNeeds(agreement) : undefined);
      checkFields(agreement, crm, description, steps, own);
      checkValues(agreement, crm, description, survey, own);
      checkSetup(steps, own);
      checkQuota(at.usage(), agreement.settings.limits[`${crm}_daily_share`], own);
    } catch (error) {
      if (!(error instanceof ConcordError)) throw error;
      // A credential without the scope for contacts cannot even describe them: its scope has a line already.
      if (lines.some((line) => !line.ok && line.blocks && line.id.startsWith(`${crm}.`))) own.block('stopped', `nothing further could be looked at: ${error.message}`, error.remedy);
      else lines.push({ id: `${crm}.credentials`, ok: false, blocks: true, message: error.message, remedy: error.remedy });
    }
  }
  await checkNotifications(parts, lines);
  await checkConnection(parts, lines);
}

/** Runs work without: where the network in between is one's own, it is its owner's to judge. */
function encryptionLine(inTheClear: boolean): CheckLine {
  const id = 'store.encryption';
  if (!inTheClear) return { id, ok: true, blocks: false, message: 'the connection to PostgreSQL is encrypted, or does not leave this machine', remedy: null };
  return { id, ok: false, blocks: false, message: 'PostgreSQL is on another machine, and the connection to it is not encrypted: it carries personal data', remedy: 'Add ?sslmode=verify-full to DATABASE_URL (&sslmode=verify-full behind ?schema=NAME), and &sslrootcert=FILE where the server’s certificate is of an authority of its own.' };
}

/** A store belongs to one portal and one org; CRMs that cannot be reached have a line of their own already. */
async function checkConnection(parts: Parts, lines: CheckLine[]): Promise<void> {
  if (lines.some((line) => !line.ok && (line.id.endsWith('.credentials') || line.id.endsWith('.stopped')))) return;
  try {
    await checkBelongs(parts);
  } catch (error) {
    if (!(error instanceof ConcordError)) throw error;
    lines.push({ id: 'store.connection', ok: false, blocks: true, message: error.message, remedy: error.remedy });
  }
}
