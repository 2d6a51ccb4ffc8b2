import type { SObject } from './define';
import { account, contact, lead } from './people';
import { campaign, campaignMember, campaignMemberStatus, histories, opportunity, opportunityContactRole, opportunityHistory } from './sales';
import { event, setupObjects, task, user } from './setup';

/** Every object of a new org that the sandbox knows. */
export const standardObjects: readonly SObject[] = [
  lead,
  contact,
  account,
  opportunity,
  opportunityContactRole,
  opportunityHistory,
  ...histories,
  task,
  event,
  campaign,
  campaignMember,
  campaignMemberStatus,
  user,
  ...setupObjects,
];
