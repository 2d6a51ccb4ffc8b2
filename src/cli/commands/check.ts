import { ConcordError, EXIT, type ExitCode } from '../../domain/problem';
import type { CrmName } from '../../domain/record';
import { checkBelongs } from '../../run/belongs';
import { ownFieldNeeds, salesNeeds } from '../../run/needs';
import { port } from '../../run/parts';
import { SHOWN } from '../../domain/ownFields';
import type { Description } from '../../crm/port';
import type { CompiledAgreement } from '../../agreement/compile';
import { colors, json, say } from '../print';
import { withSession, type CommonOptions, type Session } from '../session';

export interface CheckLine {
  id: string;
  ok: boolean;
  message: string;
  remedy: string | null;
}

/** `concord check`: each line ok or what to do about it; exit 2 when something keeps a run from working. */
export async function check(options: CommonOptions): Promise<ExitCode> {
  const lines: CheckLine[] = [];
  try {
    await withSession(options, (session) => checkSession(session, lines));
  } catch (error) {
    if (!(error instanceof ConcordError)) throw error;
    lines.push({ id: error.code, ok: false, message: error.message, remedy: error.remedy });
  }
  const ok = lines.every((line) => line.ok);
  if (options.json === true) json({ ok, checks: lines });
  else printChecks(lines);
  return ok ? EXIT.done : EXIT.usage;
}

export function printChecks(lines: CheckLine[]): void {
  for (const line of lines) {
    say(`${line.ok ? colors.green('ok  ') : colors.red('FAIL')} ${line.message}`);
    if (line.remedy !== null) say(`       ${line.remedy}`);
  }
}

/** Looks at everything a run needs, and adds a line for each to `lines`; a CRM that cannot be reached is a line too. Changes nothing. */
export async function checkSession({ parts, agreement, store }: Pick<Session, 'parts' | 'agreement' | 'store'>, lines: CheckLine[]): Promise<void> {
  const add = (id: string, ok: boolean, message: string, remedy: string | null = null): void => {
    lines.push({ id, ok, message, remedy: ok ? null : remedy });
  };
  add('agreement', true, `the agreement is valid (${agreement.settings.stages.length} stages, ${agreement.reasons.size} rejection reasons)`);
  add('store', true, `the store opens (${store.kind})`);
  for (const crm of ['hubspot', 'salesforce'] as const) {
    try {
      const facts = await port(parts, crm).connect();
      add(`${crm}.credentials`, true, `${crm}: ${facts.accountName} (${facts.accountId}) by ${facts.credential}`);
      const skew = Math.abs(facts.serverNow - parts.clock());
      add(`${crm}.clock`, skew < 120_000, `${crm}: its clock and this machine’s differ by ${Math.round(skew / 1000)} s`, 'Set this machine’s clock (NTP).');
      const description = await port(parts, crm).describe();
      checkFields(crm, description, agreement, add);
      for (const step of await port(parts, crm).setupPlan(ownFieldNeeds(agreement, crm), crm === 'salesforce' ? salesNeeds(agreement) : undefined)) {
        // Advice keeps no run from working: it is told, and does not fail the check.
        if (step.advice === true) add(`${crm}.${step.id}`, true, step.state === 'ok' ? `${crm}: ${step.what}` : `${crm}: to do ${step.state === 'by_hand' ? 'by hand' : 'by `concord setup`'}: ${step.what}`);
        else if (step.state !== 'ok') add(`${crm}.${step.id}`, false, `${crm}: ${step.what}`, step.state === 'by_hand' ? 'Do this by hand in the CRM.' : 'Run `concord setup`.');
      }
      const { quota } = port(parts, crm).usage();
      if (quota !== undefined) add(`${crm}.quota`, quota.remaining > quota.limit * 0.1, `${crm}: ${quota.remaining} of ${quota.limit} API calls left today`, 'Wait for the quota to reset, or find what else spends it.');
    } catch (error) {
      if (!(error instanceof ConcordError)) throw error;
      add(`${crm}.credentials`, false, error.message, error.remedy);
    }
  }
  await checkConnection(parts, lines);
}

/** A store belongs to one portal and one org; CRMs that cannot be reached have a line of their own already. */
async function checkConnection(parts: Session['parts'], lines: CheckLine[]): Promise<void> {
  if (lines.some((line) => !line.ok && line.id.endsWith('.credentials'))) return;
  try {
    await checkBelongs(parts);
  } catch (error) {
    if (!(error instanceof ConcordError)) throw error;
    lines.push({ id: 'store.connection', ok: false, message: error.message, remedy: error.remedy });
  }
}

/** The agreement against the CRM: fields it names that the credential cannot see, values that no longer exist. */
function checkFields(crm: CrmName, description: Description, agreement: CompiledAgreement, add: (id: string, ok: boolean, message: string, remedy?: string) => void): void {
  const objects = crm === 'hubspot' ? (['contact'] as const) : (['lead', 'contact'] as const);
  const own = new Set(ownFieldNeeds(agreement, crm).map((need) => need.name));
  for (const object of objects) {
    const fields = description[object] ?? {};
    const wanted = crm === 'hubspot' ? agreement.hubspotFields() : agreement.salesforceFields(object);
    const hidden = wanted.filter((name) => !(name in fields) && !own.has(name));
    add(`${crm}.${object}.fields`, hidden.length === 0, hidden.length === 0 ? `${crm} ${object}: every field the agreement names can be seen` : `${crm} ${object}: not visible: ${hidden.join(', ')}`, 'Give the credential access to these fields, or take them out of the agreement.');
  }
  const values = (name: string, field: 'lifecyclestage' | 'hs_lead_status' | 'lead_status', options: { value: string; converted?: boolean }[] | undefined): void => {
    if (options === undefined) return;
    const known = new Set(options.map((option) => option.value));
    const used = agreement.stages.map((stage) => agreement.shows(stage.id, field)).filter((value): value is string => value !== null);
    const rejecting = field === 'hs_lead_status' ? agreement.settings.rejection.signals.hubspot.hs_lead_status : field === 'lead_status' ? agreement.settings.rejection.signals.salesforce.lead_status : [];
    const missing = [...new Set([...used, ...rejecting])].filter((value) => !known.has(value));
    add(`${crm}.${name}.values`, missing.length === 0, missing.length === 0 ? `${crm}: every ${name} value of the agreement exists` : `${crm}: ${name} has no value ${missing.join(', ')}`, `Add the value in ${crm}, or correct the agreement.`);
    const converted = options.filter((option) => option.converted === true && used.includes(option.value)).map((option) => option.value);
    if (converted.length > 0) add(`${crm}.${name}.converted`, false, `${crm}: ${converted.join(', ')} is a converted status and can never be written (L13)`, 'Name another status in the agreement.');
  };
  if (crm === 'hubspot') {
    values(SHOWN.lifecycle, 'lifecyclestage', description.contact?.[SHOWN.lifecycle]?.options);
    values(SHOWN.hubspotStatus, 'hs_lead_status', description.contact?.[SHOWN.hubspotStatus]?.options);
  } else values('Lead.Status', 'lead_status', description.lead?.[SHOWN.leadStatus]?.options);
}
