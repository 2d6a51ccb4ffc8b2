import { CRM_NAMES } from '../../domain/record';
import { OWN_FIELDS, type OwnFieldId } from '../../domain/ownFields';
import { LEAD_ONLY } from '../fieldRef';
import type { Findings, Path } from '../fault';
import { OWN_FIELD_IDS, ownNames, SIGNAL_FIELDS, type SignalField } from '../ownNames';
import { get, isRecord, list, text } from '../raw';

/** Which policies write which CRM (M1). */
export const WRITES: Readonly<Record<string, { hubspot: boolean; salesforce: boolean }>> = {
  hubspot_wins: { hubspot: true, salesforce: true },
  salesforce_wins: { hubspot: true, salesforce: true },
  newest_wins: { hubspot: true, salesforce: true },
  fill_blank: { hubspot: true, salesforce: true },
  to_hubspot: { hubspot: true, salesforce: false },
  to_salesforce: { hubspot: false, salesforce: true },
  read_only: { hubspot: false, salesforce: false },
};

type Target = 'hubspot' | 'lead' | 'contact';
const TARGET_WORDS: Record<Target, string> = { hubspot: 'HubSpot property', lead: 'Salesforce lead field', contact: 'Salesforce contact field' };

/** Fields with rules of their own: a mapping that writes them would work against those rules. */
const GOVERNED: readonly { target: Target[]; name: string; why: string }[] = [
  { target: ['hubspot'], name: 'lifecyclestage', why: 'the stages write it (L13)' },
  { target: ['hubspot'], name: 'hs_lead_status', why: 'the stages write it (L13)' },
  { target: ['lead'], name: 'Status', why: 'the stages write it (L13)' },
  { target: ['hubspot'], name: 'hs_email_optout', why: 'HubSpot does not let it be written, and consent only tightens (F7)' },
];

/** The mapped fields: ids and targets once each, policies that can be carried out, nothing against the rules of other fields. */
export function checkFields(data: unknown, findings: Findings): void {
  const fields = list(data, 'fields');
  const ids = fields.map((field) => text(field, 'id'));
  const taken = new Map<string, string>();
  const guarded = guardedFields(data);
  for (const [index, field] of fields.entries()) {
    const path: Path = ['fields', index];
    const id = ids[index];
    if (id !== undefined) {
      if (ids.indexOf(id) < index) findings.fault([...path, 'id'], `The field id \`${id}\` stands twice.`, `Give one of them another id; the first is entry ${ids.indexOf(id) + 1}.`);
      if (id === 'score') findings.fault([...path, 'id'], '`score` already means the score.', 'Give the field another id.');
    }
    checkPolicy(field, path, findings);
    checkValues(field, path, findings);
    const told = new Set<string>();
    for (const { target, name, where } of targetsOf(field, path)) {
      const key = `${target} ${name.toLowerCase()}`;
      const first = taken.get(key);
      // A name that stands for Lead and Contact is told once.
      if (told.has(where.join('.'))) continue;
      if (first !== undefined) told.add(where.join('.'));
      if (first !== undefined) findings.fault(where, `The ${TARGET_WORDS[target]} ${name} is already mapped by \`${first}\`.`, 'Map it once.');
      else taken.set(key, id ?? `entry ${index + 1}`);
      const guard = guarded.get(key);
      if (guard === undefined || !writes(field)[target === 'hubspot' ? 'hubspot' : 'salesforce']) continue;
      told.add(where.join('.'));
      findings.fault(where, `A mapping may not write ${name}: ${guard}.`, 'Write policy: read_only, or remove the field.');
    }
    const both = text(field, 'salesforce');
    if (both !== undefined && Object.hasOwn(LEAD_ONLY, both)) {
      const contact = LEAD_ONLY[both];
      findings.fault([...path, 'salesforce'], `A Salesforce Contact has no ${both}.`, contact === null || contact === undefined ? `Write salesforce: { lead: ${both} }.` : `Write salesforce: { lead: ${both}, contact: ${contact} }.`);
    }
  }
}

function writes(field: unknown): { hubspot: boolean; salesforce: boolean } {
  return WRITES[text(field, 'policy') ?? 'read_only'] ?? { hubspot: false, salesforce: false };
}

function targetsOf(field: unknown, path: Path): { target: Target; name: string; where: Path }[] {
  const found: { target: Target; name: string; where: Path }[] = [];
  const hubspot = text(field, 'hubspot');
  if (hubspot !== undefined) found.push({ target: 'hubspot', name: hubspot, where: [...path, 'hubspot'] });
  const both = text(field, 'salesforce');
  for (const target of ['lead', 'contact'] as const) {
    const name = both ?? text(field, 'salesforce', target);
    if (name !== undefined) found.push({ target, name, where: both === undefined ? [...path, 'salesforce', target] : [...path, 'salesforce'] });
  }
  return found;
}

function checkPolicy(field: unknown, path: Path, findings: Findings): void {
  const policy = text(field, 'policy') ?? 'read_only';
  const salesforce = get(field, 'salesforce');
  const isEmptyMap = isRecord(salesforce) && Object.keys(salesforce).length === 0;
  if (isEmptyMap) findings.fault([...path, 'salesforce'], '`salesforce` names no field.', 'Write the field’s name, or { lead: …, contact: … }.');
  if (WRITES[policy] === undefined) return;
  if (policy !== 'read_only' && (salesforce === undefined || salesforce === null))
    findings.fault([...path, 'policy'], `The policy \`${policy}\` needs a Salesforce field to keep equal.`, 'Add salesforce: <Field>, or write policy: read_only.');
  if (get(field, 'tie') !== undefined && policy !== 'newest_wins') findings.faultAtKey([...path, 'tie'], `\`tie\` decides nothing under the policy \`${policy}\`.`, 'Remove it, or write policy: newest_wins.');
  if (get(field, 'clears') === true && (policy === 'read_only' || policy === 'fill_blank')) findings.faultAtKey([...path, 'clears'], `\`clears\` does nothing under the policy \`${policy}\`, which never empties a field.`, 'Remove it, or choose another policy.');
}

function checkValues(field: unknown, path: Path, findings: Findings): void {
  const seen = new Set<string>();
  for (const [index, pair] of list(field, 'values').entries()) {
    const hubspot = text(pair, 'hubspot');
    const salesforce = text(pair, 'salesforce');
    if (hubspot === undefined || salesforce === undefined) continue;
    const both = JSON.stringify([hubspot.toLowerCase(), salesforce.toLowerCase()]);
    if (seen.has(both)) findings.fault([...path, 'values', index], `The pair “${hubspot}” and “${salesforce}” stands twice.`, 'Keep one of them.');
    seen.add(both);
  }
}

/** What no mapping may write: governed fields, consent fields, and Concord's own. */
function guardedFields(data: unknown): Map<string, string> {
  const guarded = new Map<string, string>();
  const add = (targets: Target[], name: string | null | undefined, why: string): void => {
    if (name !== null && name !== undefined) for (const target of targets) guarded.set(`${target} ${name.toLowerCase()}`, why);
  };
  for (const { target, name, why } of GOVERNED) add(target, name, why);
  const consent = 'consent only tightens, and has rules of its own (F7)';
  add(['lead', 'contact'], text(data, 'consent', 'salesforce', 'opt_out') ?? 'HasOptedOutOfEmail', consent);
  add(['lead', 'contact'], text(data, 'consent', 'salesforce', 'do_not_call') ?? 'DoNotCall', consent);
  add(['hubspot'], text(data, 'consent', 'hubspot', 'do_not_call'), consent);
  for (const own of Object.values(ownNames(data))) {
    add(['hubspot'], own.hubspot, 'it is one of Concord’s own fields');
    add(['lead', 'contact'], own.salesforce, 'it is one of Concord’s own fields');
  }
  return guarded;
}

/** Renamed fields: every name once, none where a CRM has no such field, and the rejection signals say the same. */
export function checkNames(data: unknown, findings: Findings): void {
  const names = ownNames(data);
  for (const crm of ['hubspot', 'salesforce'] as const) {
    const taken = new Map<string, OwnFieldId>();
    for (const id of OWN_FIELD_IDS) {
      const renamed = text(data, 'names', id, crm);
      if (OWN_FIELDS[id][crm] === null) {
        if (renamed !== undefined) findings.faultAtKey(['names', id, crm], `Concord writes no \`${id}\` to ${CRM_NAMES[crm]}.`, 'Remove this name.');
        continue;
      }
      const name = names[id][crm];
      if (name === null) continue;
      const first = taken.get(name.toLowerCase());
      if (first !== undefined) {
        const where = renamed === undefined ? firstPath(data, first, crm) : ['names', id, crm];
        findings.fault(where, `\`${first}\` and \`${id}\` would both be written to ${name}.`, 'Give each a name of its own.');
      } else taken.set(name.toLowerCase(), id);
    }
    for (const [signal, id] of Object.entries(SIGNAL_FIELDS) as [SignalField, OwnFieldId][]) {
      const said = text(data, 'rejection', 'signals', crm, signal);
      const renamed = text(data, 'names', id, crm);
      if (said !== undefined && renamed !== undefined && said.toLowerCase() !== renamed.toLowerCase())
        findings.fault(['names', id, crm], `The rep’s field is called ${renamed} here and ${said} in rejection.signals.${crm}.${signal}.`, 'Write the same name in both places, or only in the signals.');
    }
  }
}

/** The line that gave the first of two clashing fields its name. */
function firstPath(data: unknown, id: OwnFieldId, crm: 'hubspot' | 'salesforce'): Path {
  if (text(data, 'names', id, crm) !== undefined) return ['names', id, crm];
  const signal = (Object.entries(SIGNAL_FIELDS) as [SignalField, OwnFieldId][]).find(([, own]) => own === id)?.[0];
  return signal === undefined ? ['names'] : ['rejection', 'signals', crm, signal];
}
