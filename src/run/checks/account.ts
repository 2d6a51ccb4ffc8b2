import type { CompiledAgreement } from '../../agreement/compile';
import type { Survey, SetupStep, Usage } from '../../crm/port';
import { NOTIFICATION_KINDS } from '../../domain/notification';
import type { CrmName, ObjectName } from '../../domain/record';
import type { Lines } from './lines';

/** What the adapter found about credential and account, and what the credential may do with each object. */
export function checkAccount(agreement: CompiledAgreement, crm: CrmName, survey: Survey, lines: Lines): void {
  for (const { id, ok, blocks, message, remedy, serves } of survey.findings) {
    if (serves === 'tasks' && !leavesTasks(agreement)) continue;
    if (serves === 'touch' && !agreement.settings.sla.touch.tasks) continue;
    if (ok) lines.ok(id, message);
    else if (blocks) lines.block(id, message, remedy ?? '');
    else lines.warn(id, message, remedy ?? '');
  }
  if (crm === 'hubspot') {
    checkIntegration(agreement, survey, lines);
    return;
  }
  const { creates } = agreement.settings.handoff;
  const needs: [ObjectName, ('read' | 'update' | 'create')[]][] = [
    ['lead', ['read', 'update', ...(creates === 'lead' || creates === 'contact_if_account' ? (['create'] as const) : [])]],
    ['contact', ['read', 'update', ...(creates === 'contact' || creates === 'contact_if_account' ? (['create'] as const) : [])]],
    ['opportunity', ['read']],
    ['role', ['read']],
  ];
  for (const [object, rights] of needs) {
    const may = survey.rights[object];
    const lacking = rights.filter((right) => may?.[right] !== true);
    const named = object === 'role' ? 'opportunity contact role' : object;
    if (lacking.length > 0) lines.block(`object.${object}`, `the integration user may not ${lacking.join(' or ')} the object ${named}`, `Give its permission set ${lacking.join(', ')} on ${named} (\`concord setup\` makes the permission set Concord_Integration).`);
    else lines.ok(`object.${object}`, `may ${rights.join(', ')} the object ${named}`);
  }
  checkCurrencies(agreement, survey, lines);
}

/** Money is counted in one currency: what the org has in others needs a rate, or it is listed and not added. An org with one currency names none. */
function checkCurrencies({ settings: { company, reports } }: CompiledAgreement, { currencies }: Survey, lines: Lines): void {
  if (currencies.length === 0) return;
  const missing = currencies.filter((code) => code !== company.currency && reports.rates[code] === undefined);
  if (missing.length === 0) lines.ok('currencies', `every active currency (${currencies.join(', ')}) is ${company.currency} or has a rate`);
  else lines.warn('currencies', `opportunities may be in ${missing.join(', ')}, for which the agreement has no rate: their money is in no sum of a report`, `Write under reports: rates: { ${missing[0] ?? ''}: [{ from: "2026-01-01", rate: … }] }, with what one unit is worth in ${company.currency} from that close date on.`);
}

/** S3, F5: whether anything is told by task in the CRM. */
function leavesTasks(agreement: CompiledAgreement): boolean {
  return agreement.settings.handoff.reopening === 'task' || NOTIFICATION_KINDS.some((kind) => agreement.settings.notifications[kind].includes('task'));
}

/**
 * Living alongside HubSpot's own Salesforce integration: two systems that both create records make every person twice, and two that both keep plain
 * fields equal overwrite each other for ever.
 */
function checkIntegration(agreement: CompiledAgreement, survey: Survey, lines: Lines): void {
  const { mode } = agreement.settings;
  const state = survey.integration ?? 'none';
  if (mode === 'standalone' && state === 'active') {
    lines.block(
      'integration',
      'HubSpot’s own Salesforce integration is at work in this portal, but the agreement says mode: standalone: both would create the same leads and overwrite each other’s fields',
      'Write mode: alongside in the agreement (or run concord init again), or disconnect the integration in Settings > Integrations > Connected Apps.',
    );
  } else if (mode === 'alongside' && state !== 'active') {
    lines.warn(
      'integration',
      `the agreement says mode: alongside, but HubSpot’s own Salesforce integration ${state === 'none' ? 'is not installed' : 'synced nobody for 30 days'}: nothing creates leads for people who are handed over`,
      'Write mode: standalone in the agreement, or connect the integration again.',
    );
  } else if (mode === 'alongside') {
    lines.ok(
      'integration',
      'HubSpot’s own Salesforce integration is at work: it creates records and keeps plain fields equal; Concord governs stages, rejections and deadlines, and creates nothing. Keep the concord_* properties, hs_lead_status and Lead Status out of its field mappings',
    );
  } else {
    lines.ok('integration', `HubSpot’s own Salesforce integration ${state === 'none' ? 'is not installed' : 'left its properties but synced nobody for 30 days'}: Concord creates what is missing (mode: standalone)`);
  }
}

/** What setup would still do. A field that nobody made keeps every run from its work; what only a person can do does not. */
export function checkSetup(steps: readonly SetupStep[], lines: Lines): void {
  for (const step of steps) {
    if (step.state === 'ok') continue;
    const remedy = step.state === 'by_hand' ? 'Do this by hand in the CRM.' : 'Run `concord setup`.';
    if (step.advice === true) lines.warn(step.id, step.what, remedy);
    else lines.block(step.id, step.what, remedy);
  }
}

/** The day's calls (W10). */
export function checkQuota({ quota }: Usage, share: number, lines: Lines): void {
  if (quota === undefined) {
    lines.warn('quota', 'how many API calls are left today cannot be seen', 'Watch the usage page of the CRM; runs stop by themselves when it refuses.');
    return;
  }
  const message = `${quota.remaining} of ${quota.limit} API calls left today; Concord uses at most ${Math.round(share * 100)} % of a day`;
  if (quota.remaining <= 0) lines.block('quota', message, 'Wait for the quota to reset, or find what spends it.');
  else if (quota.remaining <= quota.limit * 0.1) lines.warn('quota', message, 'Find what else spends it, or wait for the quota to reset.');
  else lines.ok('quota', message);
}
