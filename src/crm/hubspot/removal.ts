import { CallFailed } from '../pace';
import type { FieldNeed, RemovalStep } from '../port';
import type { HubspotApi } from './api';
import { chunks } from './read';
import { BATCH, contactNeeds, GROUP, isRefused, look, type Portal } from './setup';

const KEEPS = 'it holds data: `--delete-data` archives it with every value';
const IN_USE = 'HubSpot does not archive a property that a list, workflow, form or report uses: take it out there first';

/** What of Concord's own is in the portal, and what of it goes. Without `deleteData` nothing does: a portal has nothing of Concord's but data. */
export async function removePlan(api: HubspotApi, needs: readonly FieldNeed[], deleteData: boolean): Promise<RemovalStep[]> {
  return steps(await look(api), needs, deleteData);
}

function steps(portal: Portal, needs: readonly FieldNeed[], deleteData: boolean): RemovalStep[] {
  const properties = contactNeeds(needs).map((need) => propertyStep(portal, need, deleteData));
  return [...properties, groupStep(portal, properties)];
}

/** A property that the agreement only names, and somebody else made, is never Concord's to archive. */
function propertyStep(portal: Portal, need: FieldNeed, deleteData: boolean): RemovalStep {
  const existing = portal.properties.get(need.name);
  const step = { id: idOf(need), what: `Contact property “${need.name}” (${need.label})` };
  if (existing === undefined) return { ...step, state: 'absent' };
  if (existing.groupName !== GROUP.name || existing.description !== need.description) return { ...step, state: 'kept', why: 'its group and description do not say that Concord made it' };
  return deleteData ? { ...step, state: 'present' } : { ...step, state: 'kept', why: KEEPS };
}

function idOf(need: FieldNeed): string {
  return `hubspot:property:contact:${need.name}`;
}

function groupStep(portal: Portal, properties: readonly RemovalStep[]): RemovalStep {
  const step = { id: `hubspot:group:${GROUP.name}`, what: 'Property group “Concord” on contacts' };
  if (!portal.hasGroup) return { ...step, state: 'absent' };
  const going = new Set(properties.filter(({ state }) => state === 'present').map(({ id }) => id));
  const isEmpty = [...portal.properties.values()].every(({ name, groupName }) => groupName !== GROUP.name || going.has(`hubspot:property:contact:${name}`));
  return isEmpty ? { ...step, state: 'present' } : { ...step, state: 'kept', why: 'properties are left in it' };
}

/** Archives the properties in batches, then their group. Safe to repeat and to interrupt. What HubSpot refuses is reported as left to a person. */
export async function removeApply(api: HubspotApi, needs: readonly FieldNeed[], deleteData: boolean, progress: (done: RemovalStep) => void): Promise<void> {
  const planned = steps(await look(api), needs, deleteData);
  const going = contactNeeds(needs).filter((need) => planned.some(({ id, state }) => id === idOf(need) && state === 'present'));
  for (const chunk of chunks(going, BATCH)) await archive(api, chunk.map(({ name }) => name));
  const after = await look(api);
  for (const need of going) {
    const step = planned.find(({ id }) => id === idOf(need));
    if (step !== undefined) progress(after.properties.has(need.name) ? { ...step, state: 'by_hand', why: IN_USE } : { ...step, state: 'absent' });
  }
  const group = groupStep(after, []);
  if (group.state !== 'present') return;
  try {
    await api.archiveGroup(GROUP.name);
  } catch (error) {
    // A property that came into it since the look keeps it.
    if (!(error instanceof CallFailed) || error.problem.code !== 'in_use') throw error;
    progress({ ...group, state: 'by_hand', why: 'properties are left in it' });
    return;
  }
  progress({ ...group, state: 'absent' });
}

/** The batch does not say which one it refuses: one by one, the others go. */
async function archive(api: HubspotApi, names: string[]): Promise<void> {
  try {
    await api.archiveProperties(names);
  } catch (error) {
    if (!(error instanceof CallFailed) || !isRefused(error)) throw error;
    for (const name of names) await archiveOne(api, name);
  }
}

async function archiveOne(api: HubspotApi, name: string): Promise<void> {
  try {
    await api.archiveProperty(name);
  } catch (error) {
    if (!(error instanceof CallFailed) || !isRefused(error)) throw error;
  }
}
