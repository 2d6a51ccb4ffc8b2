import { CallFailed } from '../../pace';
import type { FieldNeed, SalesNeeds } from '../../port';
import type { Api } from '../api';
import { OBJECTS } from '../convert';
import { AnyComponent, MetadataField, parseEach, RecordTypeNames } from '../schema';
import { readMetadata, type Found } from './look';
import { fullName } from './shapes';
import type { Work } from './step';

/*
 * What no API of Salesforce does, or none does without replacing what admins keep. Each is looked at and is `ok` once it is done; runs work without.
 * Page layouts: a deploy replaces a whole layout, and an org has many. Lead statuses: a deploy of the value set deactivates what it leaves out.
 */

export async function byHandSteps(api: Api, found: Found, needs: FieldNeed[], sales: SalesNeeds): Promise<Work[]> {
  const steps = [...statusSteps(found, sales), await layoutStep(api, sales), await recordTypeStep(api, needs), await historyStep(api, needs, sales)];
  return steps.map((step) => ({ ...step, advice: true as const }));
}

function statusSteps(found: Found, sales: SalesNeeds): Work[] {
  const known = found.description.lead?.['Status']?.options?.map((option) => option.value);
  const wanted = [...new Set([...(sales.open === null ? [] : [sales.open]), ...sales.rejected, ...sales.rejectedByType.flatMap(({ statuses }) => statuses)])];
  return wanted.map((status) => {
    const isThere = known?.includes(status) ?? false;
    return { id: `by_hand:lead_status:${status}`, state: isThere ? 'ok' : 'by_hand', what: isThere ? `Lead status ${status}.` : `Add the value ${status} to the lead status (Setup > Object Manager > Lead > Fields > Lead Status), or correct the agreement.` };
  });
}

/** The layouts of the object as describe tells them (https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_sobject_layouts.htm). */
async function layoutStep(api: Api, { fields }: SalesNeeds): Promise<Work> {
  const id = 'by_hand:layouts';
  const { subs } = await api.composite(['Lead', 'Contact'].map((object) => `/sobjects/${object}/describe/layouts`));
  // Which fields a layout shows is looked for as names in its JSON: sections, rows and components nest differently from version to version.
  const shows = subs.every((sub) => sub.ok && [fields.reason, fields.note].every((field) => JSON.stringify(sub.body).includes(`"${field}"`)));
  if (shows) return { id, state: 'ok', what: 'The page layouts of Lead and Contact show the reason and note fields.' };
  return { id, state: 'by_hand', what: 'Put the reason and note fields and the action “Reject lead” on the page layouts of Lead and Contact (or on the Lightning record pages).' };
}

/** New pick-list values are not offered on records of a record type until they are added to it. */
async function recordTypeStep(api: Api, needs: FieldNeed[]): Promise<Work> {
  const id = 'by_hand:record_types';
  const [answer] = await api.tryQueries(["SELECT DeveloperName, SobjectType FROM RecordType WHERE SobjectType IN ('Lead','Contact') AND IsActive = true"]);
  const rows = answer === undefined || answer instanceof CallFailed ? [] : parseEach(RecordTypeNames, answer).good;
  if (rows.length === 0) return { id, state: 'ok', what: 'Lead and Contact have no record types.' };
  const types = await readMetadata(api, 'RecordType', rows.map((row) => `${row.SobjectType}.${row.DeveloperName}`), AnyComponent);
  const open = rows.flatMap((row) => {
    const body = JSON.stringify(types?.get(`${row.SobjectType}.${row.DeveloperName}`)?.['picklistValues'] ?? []);
    const lacking = needs.filter((need) => need.type === 'option' && OBJECTS[need.object] === row.SobjectType && !(body.includes(`"${need.name}"`) && (need.options ?? []).every(({ value }) => body.includes(`"${value}"`))));
    return lacking.length === 0 ? [] : [`${row.SobjectType} ${row.DeveloperName} (${lacking.map((need) => need.name).join(', ')})`];
  });
  if (open.length === 0) return { id, state: 'ok', what: 'The record types offer every value.' };
  return { id, state: 'by_hand', what: `Add the pick-list values to the record types: ${open.join('; ')}.` };
}

/** Times and authors come from field history where it is on (L5). Switching it on needs the object's own setting. */
async function historyStep(api: Api, needs: FieldNeed[], { fields: { reason } }: SalesNeeds): Promise<Work> {
  const id = 'by_hand:history';
  const tracked = ['Lead.Status', ...needs.filter((need) => need.name === reason).map(fullName)];
  const fields = await readMetadata(api, 'CustomField', tracked, MetadataField);
  const off = tracked.filter((name) => fields?.get(name)?.trackHistory !== true);
  if (off.length === 0) return { id, state: 'ok', what: 'Field history is on for the status and the rejection reason.' };
  return { id, state: 'by_hand', what: `Turn on field history for ${off.join(', ')}, so that times and authors are known.` };
}
