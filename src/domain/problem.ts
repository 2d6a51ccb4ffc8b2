import type { CrmName, RecordRef } from './record';

/** When a refused call may be tried again. */
export type Retry = 'never' | 'next-run' | { afterMs: number };

export interface ProblemInfo {
  /** One sentence: what happened. */
  message: string;
  /** One sentence: what a person can do about it. */
  remedy: string;
  retry: 'never' | 'next-run';
  /** Whose matter it is. */
  whose: 'revops' | 'crm-admin' | 'rep' | 'vendor' | 'concord';
}

/** One record's trouble, as a value: it never ends a run. Identity is the code, never the text. */
export interface Problem {
  code: ProblemCode;
  crm: CrmName;
  record?: RecordRef;
  /** The CRM's field names at fault, when the CRM names them. */
  fields?: string[];
  message: string;
  remedy: string;
  retry: Retry;
  /** The CRM's own code, kept as it is. */
  vendorCode?: string;
  /** The CRM's own words: may hold personal data, so for the store and the screen, never for a log. */
  vendorMessage?: string;
}

/** Every per-record and per-call trouble Concord knows by name. The adapters map vendor codes to these; an unknown one becomes `unknown`. */
export const PROBLEMS = {
  invalid_value: { message: 'The CRM refuses the value of a field.', remedy: 'Correct the value, or the mapping in the agreement, then retry the dead letter.', retry: 'never', whose: 'revops' },
  invalid_option: { message: 'The value is not among the options of a pick-one field.', remedy: 'Add the option in the CRM (or run setup), or correct the agreement, then retry.', retry: 'never', whose: 'crm-admin' },
  invalid_email: { message: 'The CRM refuses the e-mail address.', remedy: 'Correct the address on the other CRM’s record.', retry: 'never', whose: 'rep' },
  too_long: { message: 'The text is longer than the field allows.', remedy: 'Make the field longer in the CRM, or shorten the text.', retry: 'never', whose: 'crm-admin' },
  required_missing: { message: 'The CRM requires a field that is empty.', remedy: 'Fill the named field on the record, or make it optional in the CRM.', retry: 'never', whose: 'rep' },
  validation_rule: { message: 'A validation rule of the org refuses the change.', remedy: 'Let the integration user bypass the rule, or fix what the rule asks for.', retry: 'never', whose: 'crm-admin' },
  field_missing: { message: 'The CRM does not know the field, or hides it from the integration user.', remedy: 'Run setup, or give the integration user access to the field.', retry: 'never', whose: 'crm-admin' },
  read_only: { message: 'The field cannot be written.', remedy: 'Remove the field from what the agreement writes, or give edit permission on it.', retry: 'never', whose: 'crm-admin' },
  no_permission: { message: 'The integration user may not do this.', remedy: 'Give the integration user the permission named in the CRM’s answer.', retry: 'never', whose: 'crm-admin' },
  missing_scope: { message: 'The token lacks a scope.', remedy: 'Add the scope to the HubSpot app and install it again.', retry: 'never', whose: 'crm-admin' },
  duplicate: { message: 'A duplicate rule or a unique field of the CRM refuses the record.', remedy: 'Merge the duplicates, or link the existing record with `concord link`.', retry: 'never', whose: 'revops' },
  not_found: { message: 'The record does not exist or cannot be seen.', remedy: 'Check whether it was deleted or hidden from the integration user.', retry: 'never', whose: 'crm-admin' },
  deleted: { message: 'The record was deleted.', remedy: 'Restore it in the CRM, or leave it: the link has ended.', retry: 'never', whose: 'revops' },
  converted: { message: 'The lead is converted and cannot be edited.', remedy: 'Give the integration user “View and Edit Converted Leads”, or leave the lead as history.', retry: 'next-run', whose: 'crm-admin' },
  locked: { message: 'Another process held the record.', remedy: 'Nothing to do: it is tried again.', retry: 'next-run', whose: 'vendor' },
  approval_lock: { message: 'The record is locked by an approval process.', remedy: 'Finish the approval; the write is tried again.', retry: 'next-run', whose: 'crm-admin' },
  inactive_owner: { message: 'The owner of the record is deactivated.', remedy: 'Give the record an active owner.', retry: 'never', whose: 'crm-admin' },
  automation_failed: { message: 'An automation of the org (trigger or flow) failed on the change.', remedy: 'Show the CRM’s words to the person who keeps that automation.', retry: 'never', whose: 'crm-admin' },
  in_use: { message: 'The CRM does not remove what something else in it still uses.', remedy: 'Take it out of the lists, workflows, forms and reports that use it, then remove it again.', retry: 'never', whose: 'crm-admin' },
  storage_full: { message: 'The CRM has no storage left.', remedy: 'Free or buy storage in the CRM.', retry: 'next-run', whose: 'crm-admin' },
  rate_limited: { message: 'The CRM asked to slow down.', remedy: 'Nothing to do: it is tried again.', retry: 'next-run', whose: 'vendor' },
  quota_spent: { message: 'The day’s API quota (or Concord’s share of it) is spent.', remedy: 'Wait for the quota to reset, or raise Concord’s share in the agreement.', retry: 'next-run', whose: 'revops' },
  unavailable: { message: 'The CRM did not answer, or answered that it is overloaded.', remedy: 'Nothing to do: it is tried again.', retry: 'next-run', whose: 'vendor' },
  maintenance: { message: 'The CRM is in maintenance or being moved.', remedy: 'Nothing to do: it is tried again.', retry: 'next-run', whose: 'vendor' },
  unauthorized: { message: 'The CRM does not accept the credential.', remedy: 'Check the token or the app’s key and secret; after a rotation put the new one into .env.', retry: 'never', whose: 'crm-admin' },
  ambiguous_outcome: { message: 'The connection was lost while a write was under way: it may have happened.', remedy: 'Nothing to do: the next run looks and finishes it.', retry: 'next-run', whose: 'vendor' },
  batch_sibling: { message: 'The write was held back because another one of its batch failed.', remedy: 'Nothing to do: it is tried again.', retry: 'next-run', whose: 'concord' },
  ignored_write: { message: 'The CRM accepted the write but the value did not change.', remedy: 'Look for an automation or a rule in the CRM that keeps the old value.', retry: 'next-run', whose: 'crm-admin' },
  bad_request: { message: 'The CRM calls the request malformed.', remedy: 'This is a fault of Concord: report it with the code.', retry: 'never', whose: 'concord' },
  unreadable: { message: 'The CRM’s answer could not be read.', remedy: 'This is a fault of Concord or of the CRM: report it with the code.', retry: 'next-run', whose: 'concord' },
  unknown: { message: 'The CRM refused with a code Concord does not know.', remedy: 'Read the CRM’s code and words; report them to have the code named.', retry: 'next-run', whose: 'concord' },
} as const satisfies Record<string, ProblemInfo>;

export type ProblemCode = keyof typeof PROBLEMS;

/** Builds a problem from the table, with what is particular to this case. */
export function problem(code: ProblemCode, crm: CrmName, more: Partial<Omit<Problem, 'code' | 'crm'>> = {}): Problem {
  const { message, remedy, retry } = PROBLEMS[code];
  return { code, crm, message, remedy, retry, ...more };
}

/** Exit codes of the command line (design.md section 6). Where several apply: 5, 2, 3, 1, 4 in that order. */
export const EXIT = { done: 0, failed: 1, usage: 2, guard: 3, deadLetters: 4, locked: 5 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/**
 * What ends a command or a run. `exit` follows the contract; `where` locates the trouble (file:line:column, option, record); `remedy` says what
 * to do. Messages hold no secrets and no vendor texts.
 */
export class ConcordError extends Error {
  readonly code: string;
  readonly exit: ExitCode;
  readonly where: string | undefined;
  readonly remedy: string;
  readonly details: unknown;

  constructor(info: { code: string; message: string; remedy: string; exit: ExitCode; where?: string; details?: unknown; cause?: unknown }) {
    super(info.message, info.cause === undefined ? undefined : { cause: info.cause });
    this.name = 'ConcordError';
    this.code = info.code;
    this.exit = info.exit;
    this.where = info.where;
    this.remedy = info.remedy;
    this.details = info.details;
  }
}

const GOES_ON = 'Run again later: the next run goes on from there.';

/** What the same code says when it ends a run: then no record is meant, and nobody may be there to try again by himself. */
const OF_A_RUN: Partial<Record<ProblemCode, { message?: string; remedy: string }>> = {
  unavailable: { remedy: `${GOES_ON} If it stays so, see whether this machine reaches the CRM’s address in .env (network, proxy, firewall), and look at the CRM’s status page.` },
  maintenance: { remedy: GOES_ON },
  rate_limited: { remedy: `${GOES_ON} If it stays so, look for another integration that spends the limit.` },
  not_found: { message: 'The address that was called does not exist there.', remedy: 'Check the CRM’s address in .env: it is the host alone, and HubSpot’s and Salesforce’s are easily mixed up.' },
};

/** The same trouble of the CRM as a whole (credential, quota, outage): it ends the run, not one record. */
export class CrmError extends ConcordError {
  readonly problem: Problem;
  constructor(of: Problem, cause?: unknown) {
    const exit = of.code === 'unauthorized' || of.code === 'missing_scope' ? EXIT.usage : EXIT.failed;
    const { message = of.message, remedy } = OF_A_RUN[of.code] ?? { remedy: of.remedy };
    super({ code: of.code, message: `${of.crm}: ${message}`, remedy, exit, ...(of.vendorCode ? { where: of.vendorCode } : {}), cause });
    this.name = 'CrmError';
    this.problem = of;
  }
}
