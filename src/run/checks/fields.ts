import type { CompiledAgreement } from '../../agreement/compile';
import type { Description, SetupStep } from '../../crm/port';
import { OWN_FIELDS, SHOWN, type OwnFieldId } from '../../domain/ownFields';
import type { CrmName } from '../../domain/record';
import type { Lines } from './lines';

/**
 * Field-level security: every field that the agreement names is visible, and those that Concord writes can be written (M5, W1). Fields of Concord's own
 * that setup is about to make or to open have their line there.
 */
export function checkFields(agreement: CompiledAgreement, crm: CrmName, description: Description, steps: readonly SetupStep[], lines: Lines): void {
  const open = steps.filter((step) => step.state !== 'ok').map(({ id, what }) => `${id} ${what}`);
  for (const object of crm === 'hubspot' ? (['contact'] as const) : (['lead', 'contact'] as const)) {
    const fields = description[object];
    if (fields === undefined) continue;
    const wanted = crm === 'hubspot' ? agreement.hubspotFields() : agreement.salesforceFields(object);
    const written = writtenFields(agreement, crm, object);
    const own = ownNames(agreement, crm);
    const left = wanted.filter((name) => !(own.has(name) && open.some((step) => new RegExp(`\\b${name}\\b`).test(step))));
    let faults = 0;
    for (const name of left) {
      const field = fields[name];
      if (field !== undefined && (field.writable || !written.has(name))) continue;
      faults += 1;
      if (field === undefined) lines.block(`${object}.field.${name}`, `the ${object} field ${name} is not there, or hidden from this credential`, `Give the credential read access to ${name}, or take it out of the agreement.`);
      else lines.block(`${object}.field.${name}`, `the ${object} field ${name} can be read but not written`, `Give the credential edit access to ${name}, or take it out of what the agreement writes.`);
    }
    if (faults === 0) lines.ok(`${object}.fields`, `the ${left.length} ${object} fields that the agreement names can be seen, and written where they are to be`);
  }
}

function ownNames(agreement: CompiledAgreement, crm: CrmName): Set<string> {
  return new Set((Object.keys(OWN_FIELDS) as OwnFieldId[]).map((id) => agreement.ownField(id)[crm]).filter((name) => name !== null));
}

/** What Concord writes on an object: its own fields, the fields that show a stage, mapped fields as their policies say, consent. */
function writtenFields(agreement: CompiledAgreement, crm: CrmName, object: 'lead' | 'contact'): Set<string> {
  const written = ownNames(agreement, crm);
  const { consent } = agreement.settings;
  if (crm === 'hubspot') {
    for (const name of [SHOWN.lifecycle, SHOWN.hubspotStatus]) if (agreement.stages.some(({ id }) => agreement.shows(id, name) !== null)) written.add(name);
    for (const field of agreement.fields) if (field.writes.hubspot) written.add(field.hubspot);
    if (consent.hubspot.do_not_call !== undefined) written.add(consent.hubspot.do_not_call);
    return written;
  }
  if (object === 'lead' && agreement.stages.some(({ id }) => agreement.shows(id, 'lead_status') !== null)) written.add(SHOWN.leadStatus);
  for (const field of agreement.fields) {
    const name = field[object];
    if (field.writes.salesforce && name !== null) written.add(name);
  }
  return written.add(consent.salesforce.opt_out).add(consent.salesforce.do_not_call);
}
