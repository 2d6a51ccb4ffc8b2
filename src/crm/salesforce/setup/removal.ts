import { ConcordError } from '../../../domain/problem';
import type { FieldNeed, RemovalStep, SalesNeeds } from '../../port';
import type { ComponentType } from './components';
import { deploy } from './deploy';
import { key, look, type Found, type Provisioning } from './look';
import { settleRows } from './permissionSteps';
import { fullName, ordered, PERMISSION_SET, type Metadata } from './shapes';
import { CONVERSION, salesComponents } from './tools';
import { sharedSets } from './valueSets';

/** A step with what it takes: in which of the passes, and what is deleted or deployed instead. */
type Undo = RemovalStep & { pass?: 'assignments' | 'tools' | 'fields' | 'sets'; deletes?: { type: ComponentType; fullName: string }; restores?: Metadata };

const KEEPS = 'it holds data: `--delete-data` deletes it with every value';

/** What of Concord's own is in the org, and what of it goes. Changes nothing. */
export async function planRemoval(on: Provisioning, needs: FieldNeed[], deleteData: boolean, sales?: SalesNeeds): Promise<RemovalStep[]> {
  return (await undo(on, needs, deleteData, sales)).steps.map(({ pass: _pass, deletes: _deletes, restores: _restores, ...step }) => step);
}

/**
 * Removes it: the assignments of the permission set, then rule, views, action, path, mappings and permissions in one deploy, then, when told to, the
 * fields in a second and their value sets in a third: a set can be deleted only when no field uses it, and Salesforce keeps deleted fields for a
 * while (https://developer.salesforce.com/docs/atlas.en-us.api_meta.meta/api_meta/meta_deploy_deleting_files.htm). Safe to repeat.
 */
export async function applyRemoval(on: Provisioning, needs: FieldNeed[], deleteData: boolean, progress: (done: RemovalStep) => void, sales?: SalesNeeds): Promise<void> {
  const { steps, found } = await undo(on, needs, deleteData, sales);
  const present = steps.filter((step) => step.state === 'present');
  const report = ({ id, what }: Undo): void => progress({ id, state: 'absent', what });
  for (const step of present.filter((one) => one.pass === 'assignments')) {
    const { body } = await on.api.send({ method: 'DELETE', path: `/composite/sobjects?ids=${found.assignments.join(',')}&allOrNone=false`, kind: 'repeatable' });
    settleRows(body, new Set(['ENTITY_IS_DELETED', 'INVALID_CROSS_REFERENCE_KEY']));
    report(step);
  }
  for (const pass of ['tools', 'fields', 'sets'] as const) {
    const mine = present.filter((one) => one.pass === pass);
    if (mine.length === 0) continue;
    try {
      await deploy(on, {
        components: mine.flatMap(({ restores }) => (restores === undefined ? [] : [{ type: 'LeadConvertSettings' as const, body: restores }])),
        deletions: mine.flatMap(({ deletes }) => (deletes === undefined ? [] : [deletes])),
      });
    } catch (error) {
      // While deleted fields wait for their end, their sets cannot go; everything else is done by then.
      if (pass !== 'sets' || !(error instanceof ConcordError) || error.code !== 'setup_refused') throw error;
      for (const { id, what } of mine) progress({ id, state: 'by_hand', what, why: 'Salesforce keeps it until the deleted fields are erased: delete it then under Setup > Picklist Value Sets' });
      continue;
    }
    for (const step of mine) report(step);
  }
}

async function undo(on: Provisioning, needs: FieldNeed[], deleteData: boolean, sales: SalesNeeds | undefined): Promise<{ steps: Undo[]; found: Found }> {
  const found = await look(on, needs, sales);
  return { steps: [...assignmentSteps(found), ...toolSteps(found, needs, sales), permissionSetStep(found), ...fieldSteps(found, needs, deleteData), ...setSteps(found, needs, deleteData)], found };
}

function assignmentSteps(found: Found): Undo[] {
  const id = `assignment:${PERMISSION_SET}`;
  const count = found.assignments.length;
  if (count === 0) return [{ id, state: 'absent', what: `Permission set ${PERMISSION_SET} is assigned to nobody.` }];
  return [{ id, state: 'present', what: `Assignment of ${PERMISSION_SET} to ${count === 1 ? 'one user' : `${count} users`}.`, pass: 'assignments' }];
}

function permissionSetStep(found: Found): Undo {
  const step = { id: `permission_set:${PERMISSION_SET}`, what: `Permission set ${PERMISSION_SET}.` };
  return found.permissionSetId === undefined ? { ...step, state: 'absent' } : { ...step, state: 'present', pass: 'tools', deletes: { type: 'PermissionSet', fullName: PERMISSION_SET } };
}

function toolSteps(found: Found, needs: FieldNeed[], sales: SalesNeeds | undefined): Undo[] {
  if (sales === undefined) return [];
  return salesComponents(needs, sales).map(({ type, body }): Undo => {
    const existing = found.others?.get(key(type, body.fullName));
    if (type === 'LeadConvertSettings') return conversionStep(existing, body);
    const step = { id: `${type}:${body.fullName}`, what: `${type} ${body.fullName}.` };
    return existing === undefined ? { ...step, state: 'absent' } : { ...step, state: 'present', pass: 'tools', deletes: { type, fullName: body.fullName } };
  });
}

type Entry = Record<string, unknown>;
const list = (body: Entry | undefined, member: string): Entry[] => {
  const value = body?.[member];
  return (Array.isArray(value) ? value : value == null ? [] : [value]) as Entry[];
};

/** Takes Concord's pairs out of the mapping and leaves the org's own. */
function conversionStep(existing: Metadata | undefined, wanted: Metadata): Undo {
  const step = { id: 'conversion:Lead', what: 'Concord’s fields in the lead conversion mapping.' };
  const ours = list(list(wanted, 'objectMapping')[0], 'mappingFields');
  const isOurs = (pair: Entry): boolean => ours.some((one) => one['inputField'] === pair['inputField'] && one['outputField'] === pair['outputField']);
  const mappings = list(existing, 'objectMapping');
  if (existing === undefined || !mappings.some((mapping) => mapping['outputObject'] === 'Contact' && list(mapping, 'mappingFields').some(isOurs))) return { ...step, state: 'absent' };
  const left = mappings
    .map((mapping) => (mapping['outputObject'] === 'Contact' ? { ...mapping, mappingFields: list(mapping, 'mappingFields').filter((pair) => !isOurs(pair)) } : mapping))
    .filter((mapping) => list(mapping, 'mappingFields').length > 0);
  return { ...step, state: 'present', pass: 'tools', restores: ordered({ ...existing, fullName: CONVERSION, objectMapping: left }) as Metadata };
}

/** Fields that the agreement only names, and somebody else made, are never Concord's to delete: what it makes says so in its description. */
function fieldSteps(found: Found, needs: FieldNeed[], deleteData: boolean): Undo[] {
  return needs.map((need): Undo => {
    const name = fullName(need);
    const existing = found.fields?.get(name);
    const step = { id: `field:${name}`, what: `Field ${name}.` };
    if (existing === undefined) return found.description[need.object]?.[need.name] === undefined ? { ...step, state: 'absent' } : { ...step, state: 'kept', why: 'the integration user may not read metadata' };
    if (existing.description !== need.description) return { ...step, state: 'kept', why: 'its description does not say that Concord made it' };
    if (!deleteData) return { ...step, state: 'kept', why: KEEPS };
    return { ...step, state: 'present', pass: 'fields', deletes: { type: 'CustomField', fullName: name } };
  });
}

function setSteps(found: Found, needs: FieldNeed[], deleteData: boolean): Undo[] {
  return [...sharedSets(needs).keys()].map((name): Undo => {
    const step = { id: `value_set:${name}`, what: `Global value set ${name}.` };
    if (found.sets?.get(name) === undefined) return { ...step, state: 'absent' };
    if (!deleteData) return { ...step, state: 'kept', why: 'the fields that are kept use it' };
    return { ...step, state: 'present', pass: 'sets', deletes: { type: 'GlobalValueSet', fullName: name } };
  });
}
