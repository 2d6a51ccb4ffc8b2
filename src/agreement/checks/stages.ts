import { LADDER, OFF_RAMPS, SALES_OWNED, STAGES, type StageId } from '../../domain/stage';
import { checkCondition, type Referable } from '../conditionFaults';
import type { Findings, Path } from '../fault';
import { get, list, oneOf, plain, text } from '../raw';
import { nearest } from '../suggest';

/** HubSpot's default lifecycle stages in their order; contacts only move forward in it (https://knowledge.hubspot.com/object-settings/create-and-customize-lifecycle-stages). */
const LIFECYCLE_ORDER = ['subscriber', 'lead', 'marketingqualifiedlead', 'salesqualifiedlead', 'opportunity', 'customer'];

/** The stages: each once, conditions and needs that can be met, values that belong where they are put (L3, L6, L13). */
export function checkStages(data: unknown, referable: Referable, findings: Findings): void {
  const stages = list(data, 'stages');
  checkPresence(stages, findings);
  const fieldIds = list(data, 'fields').flatMap((field) => text(field, 'id') ?? []);
  for (const [index, stage] of stages.entries()) {
    const id = text(stage, 'id');
    const path: Path = ['stages', index];
    if (get(stage, 'when') !== undefined) checkCondition(get(stage, 'when'), [...path, 'when'], referable, findings);
    checkNeeds(stage, id, path, fieldIds, findings);
    if (id === undefined || !isStage(id)) continue;
    const isRamp = (OFF_RAMPS as readonly string[]).includes(id);
    if (isRamp && get(stage, 'when') !== undefined)
      findings.faultAtKey([...path, 'when'], `\`${id}\` is entered by ${id === 'lost' ? 'lost opportunities' : 'rejections'}, not by a condition.`, 'Remove `when`.');
    if (id === 'mql' && get(stage, 'when') === undefined) findings.fault([...path, 'when'], '`mql` has no `when`: nobody would ever become an MQL.', 'Say what makes an MQL, for example when: { field: score, at_least: 60 }.');
    else if (!isRamp && get(stage, 'when') === undefined) findings.warn([...path, 'when'], `\`${id}\` has no \`when\`: no evidence enters it.`, 'Add a condition, unless the stage is not used.');
    checkOwner(stage, id, path, findings);
    if (id === 'mql' && text(stage, 'salesforce', 'lead_status') === undefined)
      findings.fault([...path, 'salesforce', 'lead_status'], '`mql` has no Lead status: sales would not see the handoff.', 'Add salesforce: { lead_status: Open - Not Contacted }, or the status your org uses for new leads.');
  }
  checkStatuses(data, stages, findings);
  checkRecordTypes(data, stages, findings);
  checkOrder(stages, findings);
}

function isStage(id: string): id is StageId {
  return (STAGES as readonly string[]).includes(id);
}

function checkPresence(stages: readonly unknown[], findings: Findings): void {
  const ids = stages.map((stage) => text(stage, 'id'));
  for (const [index, id] of ids.entries())
    if (id !== undefined && ids.indexOf(id) < index) findings.fault(['stages', index, 'id'], `The stage \`${id}\` stands twice.`, `Keep one; the first is entry ${ids.indexOf(id) + 1}.`);
  // A misspelt id is told where it stands; the stage that was meant is then not missing as well.
  const misspelt = ids.flatMap((id) => (id === undefined || isStage(id) ? [] : [nearest(id, STAGES)]));
  const missing = STAGES.filter((id) => !ids.includes(id) && !misspelt.includes(id));
  if (stages.length > 0 && missing.length > 0)
    findings.faultAtKey(['stages'], `The agreement lacks the ${missing.length === 1 ? 'stage' : 'stages'} ${oneOf(missing).replace(/ or /, ' and ')}.`, 'Add each with id, label and owner; a stage without `when` is simply not used.');
}

function checkNeeds(stage: unknown, id: string | undefined, path: Path, fieldIds: readonly string[], findings: Findings): void {
  const needs = list(stage, 'needs');
  if (needs.length > 0 && id !== undefined && id !== 'mql') findings.faultAtKey([...path, 'needs'], `\`needs\` stands on \`${id}\`, but only the handoff to sales needs fields (L6).`, 'Move it to `mql`.');
  for (const [index, need] of needs.entries()) {
    if (typeof need !== 'string' || need === '' || fieldIds.includes(need)) continue;
    const near = nearest(need, fieldIds);
    findings.fault([...path, 'needs', index], `\`needs\` names “${need}”, which is not a field id of this agreement.`, near === null ? `Add it to \`fields\`, or use one of ${oneOf(fieldIds)}.` : `Did you mean \`${near}\`?`);
  }
}

function checkOwner(stage: unknown, id: StageId, path: Path, findings: Findings): void {
  const owner = text(stage, 'owner');
  if (owner !== 'marketing' && owner !== 'sales') return;
  const wanted = SALES_OWNED.includes(id) ? 'sales' : (LADDER as readonly string[]).includes(id) ? 'marketing' : owner;
  if (owner !== wanted) findings.fault([...path, 'owner'], `\`${id}\` is entered on ${wanted === 'sales' ? 'sales’' : 'marketing’s'} evidence only (L3).`, `Write owner: ${wanted}.`);
}

/** Where a CRM's lead statuses stand in a stage of the file. */
const STATUS_PLACES = {
  salesforce: { one: ['salesforce', 'lead_status'], more: ['salesforce', 'also'], rejected: ['rejection', 'signals', 'salesforce', 'lead_status'] },
  hubspot: { one: ['hubspot', 'hs_lead_status'], more: ['hubspot', 'also_lead_status'], rejected: ['rejection', 'signals', 'hubspot', 'hs_lead_status'] },
} as const;

/** A lead status says one thing: rejected, or a stage on the ladder. The off-ramps of rejections show rejected statuses, else the next run would read the rejection as taken back (F6). */
function checkStatuses(data: unknown, stages: readonly unknown[], findings: Findings): void {
  for (const place of Object.values(STATUS_PLACES)) {
    const rejected = new Set(list(data, ...place.rejected).map(lower));
    for (const [index, stage] of stages.entries()) {
      const id = text(stage, 'id');
      if (id === undefined || !isStage(id) || id === 'lost') continue;
      const used: [Path, unknown][] = [[place.one, get(stage, ...place.one)], ...list(stage, ...place.more).map((value, at): [Path, unknown] => [[...place.more, at], value])];
      for (const [where, value] of used) {
        if (typeof value !== 'string' || value === '') continue;
        const says = rejected.has(lower(value));
        const isRamp = (OFF_RAMPS as readonly string[]).includes(id);
        if (says && !isRamp) findings.fault(['stages', index, ...where], `The status “${value}” means rejected, and cannot also belong to \`${id}\`.`, `Use another status here, or take it out of ${place.rejected.join('.')}.`);
        if (!says && isRamp) findings.fault(['stages', index, ...where], `The status “${value}” shows \`${id}\`, but is not among those that reject.`, `Add it to ${place.rejected.join('.')}, or use one that is there.`);
      }
    }
  }
}

/** On the leads of a record type, too, a lead status says one thing. */
function checkRecordTypes(data: unknown, stages: readonly unknown[], findings: Findings): void {
  const names: string[] = [];
  for (const [index, type] of list(data, 'lead_record_types').entries()) {
    const path: Path = ['lead_record_types', index];
    const name = text(type, 'name') ?? '';
    if (names.includes(name.toLowerCase())) findings.fault([...path, 'name'], `The record type \`${name}\` stands twice.`, 'Keep one entry.');
    names.push(name.toLowerCase());
    const rejects = get(type, 'rejects') === undefined ? list(data, ...STATUS_PLACES.salesforce.rejected) : list(type, 'rejects');
    const rejected = new Set(rejects.map(lower));
    for (const id of [...LADDER, 'recycled', 'disqualified'] as const) {
      const own = get(type, 'stages', id);
      if (own === undefined && get(type, 'rejects') === undefined) continue;
      const isRamp = (OFF_RAMPS as readonly string[]).includes(id);
      // What is not said here is as on all leads; the off-ramps then show the type's own rejecting status.
      const mapping = own ?? (isRamp ? undefined : get(stages.find((stage) => text(stage, 'id') === id), 'salesforce'));
      for (const value of [get(mapping, 'lead_status'), ...list(mapping, 'also')]) {
        if (typeof value !== 'string' || value === '' || rejected.has(lower(value)) === isRamp) continue;
        const where: Path = own === undefined ? [...path, 'rejects'] : [...path, 'stages', id];
        findings.faultAtKey(where, isRamp ? `The status “${value}” shows \`${id}\` on leads of the record type \`${name}\`, but is not among those that reject there.` : `The status “${value}” means rejected on leads of the record type \`${name}\`, and cannot also belong to \`${id}\`.`, isRamp ? 'Add it to `rejects` of the record type.' : own === undefined ? `Give \`${id}\` another status in \`stages\` of the record type, or take it out of \`rejects\`.` : 'Use another status here, or take it out of `rejects`.');
      }
    }
  }
}

function lower(value: unknown): string {
  return plain(value).toLowerCase();
}

/** A later stage shown by an earlier HubSpot value would have to be moved backward at every step (L8). */
function checkOrder(stages: readonly unknown[], findings: Findings): void {
  let furthest = -1;
  for (const id of LADDER) {
    const index = stages.findIndex((stage) => text(stage, 'id') === id);
    const value = text(stages[index], 'hubspot', 'lifecyclestage');
    const place = value === undefined ? -1 : LIFECYCLE_ORDER.indexOf(value);
    if (place === -1) continue;
    if (place < furthest) findings.warn(['stages', index, 'hubspot', 'lifecyclestage'], `“${value ?? ''}” stands before the value of an earlier stage: HubSpot lets contacts only move forward.`, 'Use values in HubSpot’s order.');
    furthest = Math.max(furthest, place);
  }
}
