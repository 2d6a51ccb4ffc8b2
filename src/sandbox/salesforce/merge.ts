import { SalesforceError } from './errors';
import type { Actor, Org } from './org';

/** Children that move to the survivor, by merged object. */
const CHILDREN: Record<string, [child: string, field: string][]> = {
  Lead: [['Task', 'WhoId'], ['Event', 'WhoId'], ['CampaignMember', 'LeadId']],
  Contact: [['Task', 'WhoId'], ['Event', 'WhoId'], ['CampaignMember', 'ContactId'], ['OpportunityContactRole', 'ContactId'], ['Contact', 'ReportsToId']],
  Account: [['Contact', 'AccountId'], ['Opportunity', 'AccountId'], ['Task', 'WhatId'], ['Event', 'WhatId'], ['Account', 'ParentId']],
};

export interface MergeResult {
  id: string;
  mergedRecordIds: string[];
  updatedRelatedIds: string[];
}

/**
 * Merges up to two records into a master of the same type. The losers go to the Recycle Bin with `MasterRecordId` set, their children move,
 * and their own values, external ids included, stay with them; `fields` are set on the master.
 */
export function mergeRecords(org: Org, actor: Actor, object: string, masterId: string, loserIds: readonly string[], fields: Record<string, unknown>): MergeResult {
  const shape = org.records.shape(actor, object);
  if (!shape.mergeable) throw new SalesforceError('INVALID_OPERATION', `entity type cannot be merged: ${shape.name}`);
  if (loserIds.length === 0 || loserIds.length > 2) throw new SalesforceError('MERGE_FAILED', 'a merge takes one or two records besides the master');
  if (loserIds.includes(masterId)) throw new SalesforceError('MERGE_FAILED', 'The master record cannot be merged into itself');
  const master = org.records.live(actor, shape, masterId);
  if (shape.name === 'Lead' && master.IsConverted === 1) throw new SalesforceError('CANNOT_UPDATE_CONVERTED_LEAD', 'cannot reference converted lead');
  const now = org.now();
  const moved: string[] = [];
  for (const loserId of loserIds) {
    org.records.live(actor, shape, loserId);
    org.checkLock(actor, loserId);
    for (const [child, field] of CHILDREN[shape.name] ?? []) {
      for (const row of org.storage.find(child, { [field]: loserId })) {
        const id = row.Id as string;
        if (child === 'CampaignMember' && org.storage.find('CampaignMember', { CampaignId: row.CampaignId ?? null, LeadOrContactId: masterId }).length > 0) {
          org.storage.update(child, id, { IsDeleted: 1, SystemModstamp: now, _deletedAt: now });
          continue;
        }
        org.storage.update(child, id, { [field]: masterId, SystemModstamp: now, ...(child === 'CampaignMember' ? { LeadOrContactId: masterId } : {}) });
        moved.push(id);
      }
    }
    org.storage.update(shape.name, loserId, { IsDeleted: 1, MasterRecordId: masterId, SystemModstamp: now, LastModifiedDate: now, LastModifiedById: actor.userId, _deletedAt: now });
  }
  org.records.update(actor, shape.name, masterId, fields);
  org.historyOf(actor, shape.name, masterId, `${shape.name.toLowerCase()}Merged`);
  return { id: masterId, mergedRecordIds: [...loserIds], updatedRelatedIds: moved };
}
