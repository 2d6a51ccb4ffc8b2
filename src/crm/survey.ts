import type { ObjectName } from '../domain/record';

/** A statement about the account or the credential, in whole words, that `check` prints. The adapter knows the CRM's names and where its admins find them. */
export interface Finding {
  /** Stable, without the CRM's name: `scope.crm.objects.contacts.write`, `permission.AllowViewEditConvertedLeads`. */
  id: string;
  ok: boolean;
  /** While it is not ok no run can do its work. */
  blocks: boolean;
  message: string;
  /** What to do while it is not ok. */
  remedy: string | null;
  /** Asked for by this only: where the agreement has none of it, nobody needs to be told. */
  serves?: 'tasks' | 'touch';
}

/** What the credential may do with an object, whatever its fields allow. */
export interface ObjectRights {
  read: boolean;
  create: boolean;
  update: boolean;
}

/** Somebody or something that records can belong to. */
export interface Assignee {
  id: string;
  /** The user behind it, where that is another id (HubSpot: owners and users). */
  userId?: string;
  name: string;
  kind: 'user' | 'queue';
}

export interface RecordTypeFacts {
  object: 'lead' | 'contact';
  id: string;
  name: string;
  /** What the agreement calls it by. */
  developerName: string;
  /** Values that it offers, by field. Null: the CRM does not say. */
  offers: Record<string, string[]> | null;
}

export interface OpportunityStageFacts {
  value: string;
  label: string;
  closed: boolean;
  won: boolean;
}

/**
 * HubSpot's own Salesforce integration, as it shows in the portal. `active`: it synced somebody in the last 30 days; `idle`: it left its properties, but synced
 * nobody since; `none`: no trace of it.
 */
export type IntegrationState = 'active' | 'idle' | 'none';

/**
 * What is really there, beside the fields (`describe`): what the credential may do, and what the account was set up with. `init` proposes from it, `check`
 * holds the agreement against it. Null: the CRM does not say, or this credential may not ask.
 */
export interface Survey {
  findings: Finding[];
  rights: Partial<Record<ObjectName, ObjectRights>>;
  /** IANA name. */
  timeZone: string | null;
  /** ISO codes; `currencies` has all active ones. */
  currency: string | null;
  currencies: string[];
  /** Of the account: `es`, `pt-BR`, as the CRM writes it (`pt_BR`). */
  language: string | null;
  assignees: Assignee[];
  /** Domains of the users' e-mail addresses, the most frequent first, public mail providers left out. */
  staffDomains: string[];
  recordTypes: RecordTypeFacts[];
  opportunityStages: OpportunityStageFacts[];
  /** Names of the active lead assignment rules. Null: not known. */
  assignmentRules: string[] | null;
  /** Null: no such thing in this CRM. */
  integration: IntegrationState | null;
}
