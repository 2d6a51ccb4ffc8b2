import type { CompiledAgreement } from '../../agreement/compile';
import { parseFieldRef } from '../../agreement/fieldRef';
import type { Clause, Condition } from '../../agreement/schema';
import type { Description, FieldDescription, Survey } from '../../crm/port';
import { OWN_FIELDS, SHOWN, type OwnFieldId } from '../../domain/ownFields';
import type { CrmName } from '../../domain/record';
import type { Lines } from './lines';

/** The agreement against the values that the CRM really has: stages, statuses, options, record types. */
export function checkValues(agreement: CompiledAgreement, crm: CrmName, description: Description, survey: Survey, lines: Lines): void {
  if (crm === 'hubspot') {
    const contact = description.contact ?? {};
    shown(agreement, lines, SHOWN.lifecycle, 'lifecyclestage', contact[SHOWN.lifecycle], 'the stage', 'Settings > Objects > Contacts > Lifecycle Stage');
    shown(agreement, lines, SHOWN.hubspotStatus, 'hs_lead_status', contact[SHOWN.hubspotStatus], 'the lead status', 'Settings > Properties > Lead status');
    clauses(agreement, crm, description, lines);
    pairs(agreement, crm, description, lines);
    salesUsers(agreement, survey, lines);
    return;
  }
  shown(agreement, lines, 'Lead.Status', 'lead_status', description.lead?.[SHOWN.leadStatus], 'the status', 'Setup > Object Manager > Lead > Lead Status');
  clauses(agreement, crm, description, lines);
  pairs(agreement, crm, description, lines);
  opportunities(agreement, description, lines);
  recordTypes(agreement, description, survey, lines);
  assignment(agreement, survey, lines);
}

type Option = NonNullable<FieldDescription['options']>[number];

/** The values that show a stage or reject (L13, F1): one that is gone can neither be written nor be seen. */
function shown(agreement: CompiledAgreement, lines: Lines, id: string, field: 'lifecyclestage' | 'hs_lead_status' | 'lead_status', described: FieldDescription | undefined, word: string, where: string): void {
  // A field that cannot be seen has its line already.
  if (described?.options === undefined) return;
  const written = new Set(agreement.stages.flatMap((stage) => agreement.shows(stage.id, field) ?? []));
  const { signals } = agreement.settings.rejection;
  const read = field === 'hs_lead_status' ? signals.hubspot.hs_lead_status : field === 'lead_status' ? signals.salesforce.lead_status : [];
  const missing = [...new Set([...written, ...read])].filter((value) => optionOf(described.options, value) === undefined);
  for (const value of missing) {
    const stages = agreement.stages.filter((stage) => agreement.shows(stage.id, field) === value).map((stage) => stage.id);
    const use = [...(stages.length === 0 ? [] : [`shows ${stages.join(', ')}`]), ...(read.includes(value) ? ['rejects'] : [])].join(' and ');
    lines.block(`${id}.value.${value}`, `${word} “${value}” does not exist (any more) in ${id}; in the agreement it ${use}`, `Add “${value}” in ${where}, or name another value in the agreement: ${listed(described.options)}.`);
  }
  const converted = [...written].filter((value) => optionOf(described.options, value)?.converted === true);
  for (const value of converted) lines.block(`${id}.converted.${value}`, `“${value}” is a converted status and can never be written (L13)`, 'Name another status in the agreement: only conversion sets this one.');
  if (missing.length + converted.length === 0) lines.ok(`${id}.values`, `every value of ${id} that shows a stage or rejects exists`);
}

function optionOf(options: readonly Option[] | undefined, value: string): Option | undefined {
  return options?.find((option) => option.value.toLowerCase() === value.toLowerCase());
}

function listed(options: readonly Option[]): string {
  const values = options.map((option) => (option.label === option.value ? option.value : `${option.value} (${option.label})`));
  return values.length <= 12 ? values.join(', ') : `${values.slice(0, 12).join(', ')} …`;
}

/** Values in conditions: a clause that names one which does not exist never holds, and nobody sees why. */
function clauses(agreement: CompiledAgreement, crm: CrmName, description: Description, lines: Lines): void {
  const told = new Set<string>();
  for (const stage of agreement.stages) {
    for (const clause of stage.condition === null ? [] : clausesOf(stage.condition)) {
      for (const field of fieldsBehind(agreement, clause, crm, description)) {
        for (const value of operands(clause)) {
          const id = `${field.name}.condition.${value}`;
          if (field.options === undefined || field.restricted === false || optionOf(field.options, value) !== undefined || told.has(id)) continue;
          told.add(id);
          lines.warn(id, `a condition of ${stage.id} looks for ${field.name} “${value}”, a value that does not exist (any more)`, `Correct the condition in the agreement: ${listed(field.options)}.`);
        }
      }
    }
  }
}

function clausesOf(condition: Condition): Clause[] {
  if ('any' in condition) return condition.any.flatMap(clausesOf);
  if ('all' in condition) return condition.all.flatMap(clausesOf);
  if ('not' in condition) return clausesOf(condition.not);
  return [condition];
}

function operands(clause: Clause): string[] {
  return [clause.is, clause.is_not, ...(clause.in ?? []), ...(clause.not_in ?? [])].filter((value) => typeof value === 'string');
}

function fieldsBehind(agreement: CompiledAgreement, clause: Clause, crm: CrmName, description: Description): FieldDescription[] {
  const ref = parseFieldRef(clause.field);
  if (crm === 'hubspot') {
    const name = ref?.kind === 'hubspot' ? ref.name : ref?.kind === 'field' ? agreement.fieldById(ref.id)?.hubspot : undefined;
    const field = name === undefined ? undefined : description.contact?.[name];
    return field === undefined ? [] : [field];
  }
  if (ref?.kind !== 'salesforce') return [];
  const objects = ref.object === 'any' ? (['lead', 'contact'] as const) : [ref.object];
  // Lead statuses are pick-lists that anything could be written to, but reps choose from the list.
  return objects.flatMap((object) => description[object]?.[ref.name] ?? []).map((field) => ({ ...field, restricted: true }));
}

/** Pairs of values of mapped fields (M3): a value that the other CRM does not have is refused there. */
function pairs(agreement: CompiledAgreement, crm: CrmName, description: Description, lines: Lines): void {
  for (const field of agreement.fields) {
    if (!field.writes[crm]) continue;
    const targets = crm === 'hubspot' ? [description.contact?.[field.hubspot]] : [field.lead === null ? undefined : description.lead?.[field.lead], field.contact === null ? undefined : description.contact?.[field.contact]];
    const missing = new Set<string>();
    for (const target of targets) for (const pair of field.settings.values ?? []) if (target?.options !== undefined && optionOf(target.options, pair[crm]) === undefined) missing.add(pair[crm]);
    const options = targets.find((target) => target?.options !== undefined)?.options ?? [];
    if (missing.size > 0) lines.warn(`field.${field.id}.values`, `the field ${field.id} maps to values that do not exist: ${[...missing].join(', ')}`, `Correct \`values\` of ${field.id} in the agreement, or add them: ${listed(options)}.`);
  }
}

function salesUsers(agreement: CompiledAgreement, survey: Survey, lines: Lines): void {
  const known = new Set(survey.assignees.flatMap(({ userId }) => userId ?? []));
  // Without the scope for owners nobody is known, which has its line.
  if (known.size === 0) return;
  const missing = agreement.settings.evidence.sales_hubspot_users.filter((id) => !known.has(id));
  if (missing.length > 0) lines.warn('sales_users', `the agreement counts users as sales who are not there (any more): ${missing.join(', ')}`, 'Correct evidence.sales_hubspot_users: it holds user ids, not owner ids.');
}

/** Opportunity types and contact roles that count (I7). */
function opportunities(agreement: CompiledAgreement, description: Description, lines: Lines): void {
  const { types, roles } = agreement.settings.opportunities;
  for (const [id, wanted, options] of [['opportunity.Type', types, description.opportunity?.['Type']?.options], ['role.Role', roles, description.role?.['Role']?.options]] as const) {
    const missing = wanted.filter((value) => options !== undefined && optionOf(options, value) === undefined);
    if (missing.length > 0) lines.warn(`${id}.values`, `the agreement counts values of ${id} that do not exist (any more): ${missing.join(', ')}`, `Correct \`opportunities\` in the agreement: ${listed(options ?? [])}.`);
  }
}

/** What Concord or a rep sets must be offered by the record's type: others are refused, or cannot be chosen. */
function recordTypes(agreement: CompiledAgreement, description: Description, survey: Survey, lines: Lines): void {
  let faults = unknownRecordTypes(agreement, survey, lines);
  for (const type of survey.recordTypes) {
    if (type.offers === null) {
      lines.warn(`record_type.${type.id}`, `the values of the ${type.object} record type ${type.name} cannot be seen`, 'Look at the record type in Setup > Object Manager; give the integration user API access to the User Interface API.');
      continue;
    }
    const needed = new Map<string, string[]>();
    if (type.object === 'lead') needed.set(SHOWN.leadStatus, leadStatusesOf(agreement, type.developerName));
    for (const id of Object.keys(OWN_FIELDS) as OwnFieldId[]) {
      const name = agreement.ownField(id).salesforce;
      const options = name === null ? undefined : description[type.object]?.[name]?.options;
      if (name !== null && options !== undefined) needed.set(name, options.map(({ value }) => value));
    }
    for (const [field, values] of needed) {
      const offered = type.offers[field];
      const existing = description[type.object]?.[field]?.options;
      const missing = values.filter((value) => offered !== undefined && !offered.includes(value) && optionOf(existing, value) !== undefined);
      if (missing.length === 0) continue;
      faults += 1;
      const message = `the ${type.object} record type ${type.name} does not offer ${field}: ${missing.join(', ')}`;
      const remedy = `Add the values to the record type in Setup > Object Manager > ${type.object === 'lead' ? 'Lead' : 'Contact'} > Record Types${field === SHOWN.leadStatus ? ' (through its lead process)' : ''}.`;
      if (field === SHOWN.leadStatus) lines.block(`record_type.${type.id}.${field}`, message, remedy);
      else lines.warn(`record_type.${type.id}.${field}`, message, remedy);
    }
  }
  if (survey.recordTypes.length > 0 && faults === 0) lines.ok('record_types', `${survey.recordTypes.length} record types offer every value that is written`);
}

/** Every lead status that is written to, or that rejects, the leads of a record type. */
function leadStatusesOf(agreement: CompiledAgreement, recordType: string): string[] {
  const shows = agreement.of({ fields: { [SHOWN.recordType]: recordType } });
  return [...new Set([...agreement.stages.flatMap((stage) => shows.shows(stage.id, 'lead_status') ?? []), ...shows.rejecting('salesforce')])];
}

/** Statuses of a record type that nobody has would never be looked at, and no lead can be made with one. */
function unknownRecordTypes({ settings }: CompiledAgreement, survey: Survey, lines: Lines): number {
  const types = survey.recordTypes.filter((type) => type.object === 'lead');
  const known = types.map((type) => type.developerName).join(', ');
  const isUnknown = (name: string): boolean => !types.some((type) => type.id === name || type.developerName.toLowerCase() === name.toLowerCase());
  const unknown = settings.lead_record_types.map(({ name }) => name).filter(isUnknown);
  for (const name of unknown) lines.block(`lead_record_types.${name}`, `Lead has no active record type ${name}`, known === '' ? 'Take it out of `lead_record_types`: Lead has no record types.' : `Correct \`lead_record_types\` in the agreement: ${known}.`);
  const given = settings.handoff.lead_defaults[SHOWN.recordType];
  if (given === undefined || !['lead', 'contact_if_account'].includes(settings.handoff.creates) || !isUnknown(String(given))) return unknown.length;
  lines.block(`lead_defaults.${SHOWN.recordType}`, `leads would be created with the record type ${String(given)}, and Lead has no active one by that name`, known === '' ? 'Take RecordTypeId out of `handoff.lead_defaults`: Lead has no record types.' : `Correct RecordTypeId in \`handoff.lead_defaults\`: ${known}.`);
  return unknown.length + 1;
}

/** Creates run the org's rules only if the agreement says so; updates never do (W1). */
function assignment(agreement: CompiledAgreement, survey: Survey, lines: Lines): void {
  const { assignment_rules: uses, creates } = agreement.settings.handoff;
  const rules = survey.assignmentRules;
  const makesLeads = creates === 'lead' || creates === 'contact_if_account';
  if (uses && makesLeads && rules?.length === 0) {
    lines.warn('assignment_rules', 'the agreement lets created leads go through the assignment rules, but none is active: they would stay with the integration user', 'Activate a rule in Setup > Lead Assignment Rules, or write assignment_rules: false.');
    return;
  }
  const there = rules === null ? 'assignment rules cannot be seen' : rules.length === 0 ? 'no lead assignment rule is active' : `active lead assignment rule: ${rules.join(', ')}`;
  lines.ok('assignment_rules', `${there}; Concord’s updates never run them${makesLeads ? `, its new leads ${uses ? 'do' : 'do not'}` : ''}`);
}
