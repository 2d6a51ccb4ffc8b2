import type { RunningSandbox } from '../server';
import type { Actor, Acts as HubspotActs } from '../hubspot';
import type { Acts as SalesforceActs } from '../salesforce';

/** Somebody who works at the sample company: a user in one CRM or in both. */
export interface Colleague {
  name: string;
  email: string;
  title: string;
  /** Salesforce user id; null: works in HubSpot only. */
  userId: string | null;
  /** HubSpot owner and user. */
  ownerId: string;
  hubspotUser: number;
}

export type StaffKey = 'lucia' | 'rafael' | 'sofia' | 'javier' | 'bruno' | 'emily' | 'patricia';
export type QueueKey = 'inbound' | 'brazil';

export interface Staff {
  people: Record<StaffKey, Colleague>;
  /** Salesforce queue ids. */
  queues: Record<QueueKey, string>;
}

/** One prospect as the sample world knows them: what both CRMs are told unless an act says otherwise. */
export interface Profile {
  first: string;
  last: string;
  email?: string;
  company?: string;
  country?: string;
  title?: string;
  phone?: string;
  language?: 'en' | 'es' | 'pt-br';
}

/** A prospect with the records that came about so far. */
export interface Prospect {
  profile: Profile;
  hubspotId: string | null;
  /** In the order of creation. */
  leadIds: string[];
  contactId: string | null;
  accountId: string | null;
  opportunityIds: string[];
}

/** Something that happens to a prospect in one of the CRMs, at the moment the sandbox's clock stands at. */
export type Act = (scene: Scene, who: Prospect) => void;

/** Both CRMs with the people who act in them. */
export class Scene {
  constructor(
    readonly sandbox: RunningSandbox,
    readonly staff: Staff,
  ) {}

  now(): number {
    return this.sandbox.clock.now();
  }

  /** Acts in HubSpot as a colleague in the browser, or as one of HubSpot's own machines. */
  hubspot(by: StaffKey | Actor): HubspotActs {
    if (typeof by !== 'string') return this.sandbox.hubspot.state.act(by);
    return this.sandbox.hubspot.state.act({ sourceType: 'CRM_UI', userId: this.staff.people[by].hubspotUser });
  }

  /** Acts in Salesforce as a colleague in the browser. */
  salesforce(by: StaffKey): SalesforceActs {
    const { userId, name } = this.staff.people[by];
    if (userId === null) throw new Error(`${name} has no Salesforce licence`);
    return this.sandbox.salesforce.state.act(userId);
  }

  ownerId(owner: StaffKey | QueueKey): string {
    if (owner in this.staff.queues) return this.staff.queues[owner as QueueKey];
    const { userId, name } = this.staff.people[owner as StaffKey];
    if (userId === null) throw new Error(`${name} has no Salesforce licence`);
    return userId;
  }
}

/** Actors of HubSpot's own: they may write the properties that people cannot. */
export const machine = {
  form: (name: string): Actor => ({ sourceType: 'FORM', sourceId: 'f3b1c2d4-0000-4000-8000-000000000001', sourceLabel: name }),
  score: { sourceType: 'CALCULATED', sourceId: 'ScoreCalculation' } as Actor,
  workflow: (name: string): Actor => ({ sourceType: 'AUTOMATION_PLATFORM', sourceId: 'enrollmentId:55120;actionExecutionIndex:0', sourceLabel: name }),
  import: { sourceType: 'IMPORT', sourceId: '4471', sourceLabel: 'Badge scan import' } as Actor,
  analytics: { sourceType: 'ANALYTICS', sourceId: 'WebAnalyticsPropertyCalculation' } as Actor,
};
