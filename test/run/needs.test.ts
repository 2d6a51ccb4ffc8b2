import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { CompiledAgreement } from '../../src/agreement/compile';
import { ownFieldNeeds, salesNeeds, watchedProperties } from '../../src/run/needs';
import { readAgreement } from '../../src/wire';

/** The agreement that ships, edited. */
function edited(edit: (text: string) => string): CompiledAgreement {
  const folder = mkdtempSync(path.join(tmpdir(), 'concord-needs-'));
  try {
    writeFileSync(path.join(folder, 'agreement.yaml'), edit(readFileSync('config/agreement.yaml', 'utf8')));
    return readAgreement(path.join(folder, 'agreement.yaml'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const inLanguage = (language: string): CompiledAgreement => edited((text) => text.replace(/language: [\w-]+/, `language: ${language}`));
const labelOf = (agreement: CompiledAgreement, value: string): string | undefined =>
  ownFieldNeeds(agreement, 'salesforce').find((need) => need.name === 'Concord_Rejection_Reason__c')?.options?.find((option) => option.value === value)?.label;

test.each([
  ['en', 'Reject lead', 'No budget', 'SLA breached'],
  ['es', 'Rechazar lead', 'Sin presupuesto', 'SLA incumplido'],
  ['pt-BR', 'Rejeitar lead', 'Sem orçamento', 'SLA descumprido'],
])('everything that people read is in the agreement’s language: %s', (language, reject, noBudget, breached) => {
  const agreement = inLanguage(language);

  expect(salesNeeds(agreement)?.texts).toMatchObject({ reject, breached });
  expect(labelOf(agreement, 'no_budget')).toBe(noBudget);
});

test('the option for texts that match no reason is always among the values (F3)', () => {
  expect(labelOf(inLanguage('es'), 'other')).toBe('Otro');
});

test('sales’ tools look at the statuses and fields that the agreement names', () => {
  const needs = salesNeeds(edited((text) => text));

  expect(needs).toMatchObject({ rejected: ['Closed - Not Converted'], open: 'Open - Not Contacted', awaiting: 'mql', fields: { reason: 'Concord_Rejection_Reason__c', recycleOn: 'Concord_Recycle_On__c', sla: 'Concord_SLA__c' } });
});

test('watched are the properties that others change: what reps may set too, not what only Concord writes (L11)', () => {
  const watched = watchedProperties(edited((text) => text));

  expect(watched).toEqual(expect.arrayContaining(['email', 'lifecyclestage', 'hs_lead_status', 'concord_rejection_reason', 'concord_recycle_on']));
  expect(watched).not.toEqual(expect.arrayContaining(['concord_stage']));
  expect(watched.filter((name) => /^concord_(stage|score|sla|mql|route|cycle)/.test(name))).toEqual([]);
});
