import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadAgreement, type CompiledAgreement, type Fault, type LoadOptions } from '../../src/agreement/load';

export const DEFAULT_FILE = join(__dirname, '..', '..', 'config', 'agreement.yaml');

/** A small agreement that is right, one thing a line, so that faults can be put into it. */
export const SMALL = `version: 1
company:
  name: Acme
  time_zone: America/Mexico_City
  currency: USD
  language: en
fields:
  - id: email
    hubspot: email
    salesforce: Email
    policy: fill_blank
  - id: country
    hubspot: country
    salesforce: { lead: Country, contact: MailingCountry }
    policy: newest_wins
score:
  hubspot: hubspotscore
stages:
  - { id: subscriber, label: { en: Subscriber }, owner: marketing, when: { field: email, known: true } }
  - { id: lead, label: { en: Lead }, owner: marketing, when: { field: hubspot.lifecyclestage, is: lead } }
  - id: mql
    label: { en: MQL }
    owner: marketing
    when:
      any:
        - { field: score, at_least: 60 }
        - { field: hubspot.lifecyclestage, is: marketingqualifiedlead }
    needs: [email, country]
    hubspot: { lifecyclestage: marketingqualifiedlead }
    salesforce: { lead_status: Open - Not Contacted }
  - { id: sal, label: { en: SAL }, owner: sales, when: { field: salesforce.lead.Status, is: Working - Contacted } }
  - { id: sql, label: { en: SQL }, owner: sales, when: { field: fact.converted, is: true } }
  - { id: opportunity, label: { en: Opportunity }, owner: sales, when: { field: fact.open_opportunity, is: true } }
  - { id: customer, label: { en: Customer }, owner: sales, when: { field: fact.won_opportunity, is: true } }
  - { id: recycled, label: { en: Recycled }, owner: sales }
  - { id: disqualified, label: { en: Disqualified }, owner: sales }
  - { id: lost, label: { en: Lost }, owner: sales }
rejection:
  signals:
    salesforce: { lead_status: [Closed - Not Converted], reason: Concord_Rejection_Reason__c, note: Concord_Rejection_Note__c }
    hubspot: { hs_lead_status: [UNQUALIFIED], reason: concord_rejection_reason, note: concord_rejection_note }
  reasons:
    - { id: no_budget, label: { en: No budget, es: Sin presupuesto, pt-BR: Sem orçamento }, route: recycle, after: 90d }
    - { id: other, label: { en: Other }, route: nurture }
sla:
  calendar:
    days: [mon, tue, wed, thu, fri]
    from: "09:00"
    to: "18:00"
`;

/** The small agreement with texts replaced, each exactly once. Throws when a text is not there, so that no test passes over a mistyped one. */
export function edited(...edits: readonly (readonly [string, string])[]): string {
  return edits.reduce((text, [from, to]) => {
    if (text.split(from).length !== 2) throw new Error(`not exactly once in the sample: ${from}`);
    return text.replace(from, () => to);
  }, SMALL);
}

export function load(text: string, options?: LoadOptions): CompiledAgreement {
  const loaded = loadAgreement(text, 'agreement.yaml', options);
  if (!loaded.ok) throw new Error(loaded.faults.map((fault) => `${fault.line}:${fault.column} ${fault.message}`).join('\n'));
  return loaded.agreement;
}

export function faultsOf(text: string): Fault[] {
  const loaded = loadAgreement(text, 'agreement.yaml', { holidayPackage: notInstalled });
  return loaded.ok ? [] : loaded.faults;
}

export function warningsOf(text: string): Fault[] {
  const loaded = loadAgreement(text, 'agreement.yaml', { holidayPackage: notInstalled });
  if (!loaded.ok) throw new Error(loaded.faults.map((fault) => fault.message).join('\n'));
  return loaded.warnings;
}

export function notInstalled(): never {
  throw new Error('Cannot find module');
}

export function defaultText(): string {
  return readFileSync(DEFAULT_FILE, 'utf8');
}
