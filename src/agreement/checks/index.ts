import type { Referable } from '../conditionFaults';
import { Findings, type Finding, type Path } from '../fault';
import { isPeoplesField, OWN_FIELD_IDS, ownNames } from '../ownNames';
import { get, isRecord, list, text } from '../raw';
import { checkFields, checkNames } from './fields';
import { checkNotifications } from './notifications';
import { checkRejection } from './rejection';
import { checkMarketing, checkRest, checkScore } from './rest';
import { checkSla } from './sla';
import { checkStages } from './stages';

/**
 * What the shape alone cannot say: whether the agreement's parts fit together. Works on the file's content as it is, whatever its shape, so that all
 * faults are told at once.
 */
export function crossChecks(data: unknown, hasHolidayData: boolean): Finding[] {
  const findings = new Findings();
  const own = Object.entries(ownNames(data)).filter(([id]) => OWN_FIELD_IDS.some((known) => known === id && !isPeoplesField(known)));
  const referable: Referable = {
    fieldIds: list(data, 'fields').flatMap((field) => text(field, 'id') ?? []),
    score: true,
    own: {
      hubspot: new Set(own.flatMap(([, names]) => names.hubspot?.toLowerCase() ?? [])),
      salesforce: new Set(own.flatMap(([, names]) => names.salesforce?.toLowerCase() ?? [])),
    },
  };
  checkStages(data, referable, findings);
  checkFields(data, findings);
  checkUnused(data, findings);
  checkNames(data, findings);
  checkRejection(data, findings);
  checkScore(data, usesOf(data, 'score').map((path) => [...path, 'field']), referable, findings);
  checkSla(data, hasHolidayData, findings);
  checkMarketing(data, new Set(referable.fieldIds), findings);
  checkNotifications(data, findings);
  checkRest(data, findings);
  return findings.all;
}

/** A field that is only read, for no condition and no handoff, costs a column and does nothing. */
function checkUnused(data: unknown, findings: Findings): void {
  const needed = [...list(data, 'stages').flatMap((stage) => list(stage, 'needs')), ...list(data, 'marketing', 'fields')];
  for (const [index, field] of list(data, 'fields').entries()) {
    const id = text(field, 'id');
    if (id === undefined || (text(field, 'policy') ?? 'read_only') !== 'read_only') continue;
    if (!needed.includes(id) && usesOf(data, id).length === 0) findings.warn(['fields', index, 'id'], `The field \`${id}\` is used by nothing.`, 'Give it a policy, use it in a condition, in `needs` or in `marketing.fields`, or remove it.');
  }
}

/** The clauses of all conditions that look at a field, by their paths. */
function usesOf(data: unknown, field: string): Path[] {
  const found: Path[] = [];
  const visit = (part: unknown, path: Path): void => {
    if (!isRecord(part)) return;
    for (const joiner of ['any', 'all']) list(part, joiner).forEach((child, index) => visit(child, [...path, joiner, index]));
    if ('not' in part) visit(part['not'], [...path, 'not']);
    if (part['field'] === field) found.push(path);
  };
  list(data, 'stages').forEach((stage, index) => visit(get(stage, 'when'), ['stages', index, 'when']));
  list(data, 'score', 'points').forEach((term, index) => visit(get(term, 'when'), ['score', 'points', index, 'when']));
  return found;
}
