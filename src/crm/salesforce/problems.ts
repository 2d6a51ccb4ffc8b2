import { problem, CrmError, type Problem, type ProblemCode, type Retry } from '../../domain/problem';
import type { RecordRef } from '../../domain/record';
import { CallFailed } from '../pace';
import { DuplicateResult, parsed, TokenRefusal, VendorErrors, type VendorError } from './schema';

/*
 * Salesforce's codes in Concord's words. Identity is the code: messages come in the user's language and are read only where Salesforce puts a fact
 * nowhere else (the id in DUPLICATE_VALUE, a lock inside the words of somebody's automation).
 * Codes: the StatusCode enumeration of the partner and metadata WSDLs and
 * https://developer.salesforce.com/docs/platform/api-rest/guide/errorcodes.md
 */

interface Meaning {
  code: ProblemCode;
  /** Where it differs from the domain's table. */
  retry?: Retry;
}

export const VENDOR_CODES: Readonly<Record<string, Meaning>> = {
  UNABLE_TO_LOCK_ROW: { code: 'locked' },
  REQUEST_LIMIT_EXCEEDED: { code: 'quota_spent' },
  SERVER_UNAVAILABLE: { code: 'unavailable' },
  UNKNOWN_EXCEPTION: { code: 'unavailable' },
  QUERY_TIMEOUT: { code: 'unavailable' },
  REQUEST_RUNNING_TOO_LONG: { code: 'unavailable' },
  TOO_MANY_REQUESTS_ERROR: { code: 'rate_limited' },
  INVALID_QUERY_LOCATOR: { code: 'unreadable' },
  INVALID_SESSION_ID: { code: 'unauthorized' },
  API_DISABLED_FOR_ORG: { code: 'no_permission' },
  API_CURRENTLY_DISABLED: { code: 'no_permission' },
  INSUFFICIENT_ACCESS: { code: 'no_permission' },
  INSUFFICIENT_ACCESS_OR_READONLY: { code: 'no_permission' },
  INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY: { code: 'no_permission' },
  DUPLICATES_DETECTED: { code: 'duplicate' },
  DUPLICATE_VALUE: { code: 'duplicate' },
  DUPLICATE_EXTERNAL_ID: { code: 'duplicate' },
  MULTIPLE_CHOICES: { code: 'duplicate' },
  FIELD_CUSTOM_VALIDATION_EXCEPTION: { code: 'validation_rule' },
  FIELD_FILTER_VALIDATION_EXCEPTION: { code: 'validation_rule' },
  INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST: { code: 'invalid_option' },
  INVALID_STATUS: { code: 'invalid_option' },
  REQUIRED_FIELD_MISSING: { code: 'required_missing' },
  STRING_TOO_LONG: { code: 'too_long' },
  INVALID_EMAIL_ADDRESS: { code: 'invalid_email' },
  NUMBER_OUTSIDE_VALID_RANGE: { code: 'invalid_value' },
  INVALID_TYPE_ON_FIELD_IN_RECORD: { code: 'invalid_value' },
  FIELD_INTEGRITY_EXCEPTION: { code: 'invalid_value' },
  ENTITY_IS_DELETED: { code: 'deleted' },
  INVALID_CROSS_REFERENCE_KEY: { code: 'not_found' },
  NOT_FOUND: { code: 'not_found' },
  CANNOT_UPDATE_CONVERTED_LEAD: { code: 'converted' },
  INVALID_FIELD_FOR_INSERT_UPDATE: { code: 'read_only' },
  FIELD_NOT_UPDATABLE: { code: 'read_only' },
  ENTITY_IS_LOCKED: { code: 'approval_lock' },
  CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY: { code: 'automation_failed' },
  CANNOT_EXECUTE_FLOW_TRIGGER: { code: 'automation_failed' },
  FLOW_EXCEPTION: { code: 'automation_failed' },
  APEX_ERROR: { code: 'automation_failed' },
  TOO_MANY_APEX_REQUESTS: { code: 'automation_failed', retry: 'next-run' },
  PROCESSING_HALTED: { code: 'automation_failed', retry: 'next-run' },
  INACTIVE_OWNER_OR_USER: { code: 'inactive_owner' },
  STORAGE_LIMIT_EXCEEDED: { code: 'storage_full' },
  ALL_OR_NONE_OPERATION_ROLLED_BACK: { code: 'batch_sibling' },
  INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE: { code: 'maintenance' },
  INVALID_TYPE: { code: 'field_missing' },
  INVALID_FIELD: { code: 'field_missing' },
  MALFORMED_QUERY: { code: 'bad_request' },
  QUERY_TOO_COMPLICATED: { code: 'bad_request' },
  MALFORMED_ID: { code: 'bad_request' },
  INVALID_ID_FIELD: { code: 'bad_request' },
  JSON_PARSER_ERROR: { code: 'bad_request' },
  MISSING_ARGUMENT: { code: 'bad_request' },
};

/** Codes of a customer's automation, in whose words a lock error can hide. */
const AUTOMATION: ReadonlySet<string> = new Set(['CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY', 'CANNOT_EXECUTE_FLOW_TRIGGER', 'FLOW_EXCEPTION', 'APEX_ERROR']);

function meaningOf(code: string | undefined, message: string | undefined, status: number | undefined): Meaning {
  if (code !== undefined) {
    if (AUTOMATION.has(code) && message?.includes('UNABLE_TO_LOCK_ROW')) return { code: 'locked' };
    const named = Object.hasOwn(VENDOR_CODES, code) ? VENDOR_CODES[code] : undefined;
    if (named !== undefined) return named;
    // Transaction security policies: TXN_SECURITY_NO_ACCESS, TXN_SECURITY_TWO_FA_REQUIRED …
    if (code.startsWith('TXN_SECURITY_')) return { code: 'no_permission' };
  }
  return { code: byStatus(status) };
}

/** What an HTTP status alone says, when no known code came with it. */
function byStatus(status: number | undefined): ProblemCode {
  if (status === undefined) return 'unknown';
  if (status === 401) return 'unauthorized';
  if (status === 403) return 'no_permission';
  if (status === 404) return 'not_found';
  if (status === 408 || status >= 500) return 'unavailable';
  if (status === 420 || status === 429) return 'rate_limited';
  if (status === 410 || status === 414 || status === 431 || status === 405 || status === 415) return 'bad_request';
  return 'unknown';
}

/** A Salesforce error as a problem. SOAP faults carry the code with a namespace (`sf:INVALID_TYPE`). */
export function problemFrom(error: VendorError, more: { record?: RecordRef; status?: number } = {}): Problem {
  const code = (error.errorCode ?? error.statusCode)?.replace(/^\w+:/, '');
  const meaning = meaningOf(code, error.message, more.status);
  const fields = typeof error.fields === 'string' ? [error.fields] : (error.fields ?? []);
  const other = meaning.code === 'duplicate' ? existingId(error) : undefined;
  const record = more.record ?? (other === undefined ? undefined : refOf(other));
  return problem(meaning.code, 'salesforce', {
    ...(record === undefined ? {} : { record }),
    ...(fields.length === 0 ? {} : { fields }),
    ...(meaning.retry === undefined ? {} : { retry: meaning.retry }),
    ...(code === undefined ? {} : { vendorCode: code }),
    ...(error.message === undefined || error.message === '' ? {} : { vendorMessage: error.message }),
  });
}

/** The record that stands in the way of a create: named in the text of DUPLICATE_VALUE and in the `duplicateResult` of DUPLICATES_DETECTED. */
export function existingId(error: VendorError): string | undefined {
  const found = parsed(DuplicateResult, error.duplicateResult)?.matchResults[0]?.matchRecords[0]?.record.Id;
  return found ?? /\bid: ?([A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?)\b/.exec(error.message ?? '')?.[1];
}

/** Object by key prefix: 00Q lead, 003 contact, 006 opportunity. */
export function refOf(id: string): RecordRef | undefined {
  const object = id.startsWith('00Q') ? 'lead' : id.startsWith('003') ? 'contact' : id.startsWith('006') ? 'opportunity' : undefined;
  return object === undefined ? undefined : { crm: 'salesforce', object, id };
}

/** How an answer with an error stands for the call: what went wrong and whether a write may have happened. */
export interface Refusal {
  status: number | undefined;
  /** The parsed body, or what jsforce made of it. */
  body: unknown;
  retryAfter?: string | null;
  /** Used and allowed calls of the day, when the answer says. */
  apiUsage?: { used: number; limit: number } | undefined;
  /** SOAP faults always come with status 500. */
  soap?: boolean;
  now: number;
}

/** A refused call. REQUEST_LIMIT_EXCEEDED stands for the daily and for the concurrent limit; the usage header tells which. */
export function refused(of: Refusal): CallFailed {
  const first: VendorError = parsed(VendorErrors, of.body)?.[0] ?? {};
  const status = of.soap === true && first.errorCode !== undefined ? undefined : of.status;
  let is = problemFrom(first, status === undefined ? {} : { status });
  if (is.vendorCode === undefined && of.status !== undefined) is = { ...is, vendorCode: `ERROR_HTTP_${of.status}` };
  if (is.code === 'quota_spent' && of.apiUsage !== undefined && of.apiUsage.used < of.apiUsage.limit) {
    is = problem('rate_limited', 'salesforce', { ...kept(is), retry: { afterMs: 5_000 } });
  }
  const afterMs = retryAfterMs(of.retryAfter, of.now);
  if (afterMs !== undefined && (is.code === 'rate_limited' || is.code === 'unavailable')) is = { ...is, retry: { afterMs } };
  const isLost = is.code === 'unavailable' || (status !== undefined && status >= 500);
  return new CallFailed(is, isLost ? 'maybe' : 'no');
}

function kept(of: Problem): Partial<Problem> {
  const { vendorCode, vendorMessage, fields } = of;
  return { ...(vendorCode === undefined ? {} : { vendorCode }), ...(vendorMessage === undefined ? {} : { vendorMessage }), ...(fields === undefined ? {} : { fields }) };
}

/** `Retry-After`: seconds or an HTTP date. Salesforce documents none; proxies before it send it. */
function retryAfterMs(header: string | null | undefined, now: number): number | undefined {
  if (header === null || header === undefined || header === '') return undefined;
  if (/^\d+$/.test(header)) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}

/** System error codes of a connection that never came to be: the request was certainly not sent. */
const NEVER_SENT: ReadonlySet<string> = new Set([
  'ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'ERR_TLS_CERT_ALTNAME_INVALID',
]);

/** A connection that failed or broke. After the request had gone out its outcome is unknown. */
export function connectionLost(cause: unknown): CallFailed {
  const code = systemCode(cause);
  return new CallFailed(problem('unavailable', 'salesforce', { vendorCode: code ?? 'connection' }), code !== undefined && NEVER_SENT.has(code) ? 'no' : 'maybe', cause);
}

function systemCode(cause: unknown): string | undefined {
  for (let at: unknown = cause, depth = 0; typeof at === 'object' && at !== null && depth < 4; depth += 1) {
    if ('code' in at && typeof at.code === 'string') return at.code;
    at = 'cause' in at ? at.cause : undefined;
  }
  return undefined;
}

/** The token endpoint's refusal: OAuth names are codes of their own. */
export function tokenRefused(status: number, body: unknown, now: number): CallFailed {
  const refusal = parsed(TokenRefusal, body);
  if (refusal === undefined || status >= 500) return refused({ status, body, now });
  return new CallFailed(
    problem('unauthorized', 'salesforce', {
      vendorCode: refusal.error,
      ...(refusal.error_description === undefined ? {} : { vendorMessage: refusal.error_description }),
    }),
    'no',
  );
}

/** An answer that does not have the shape it must have. */
export function unreadable(what: string, more: Partial<Problem> = {}): Problem {
  return problem('unreadable', 'salesforce', { vendorCode: what, ...more });
}

/** What ends the run (design.md section 9): the call's failure as a thrown error without the vendor's words. */
export function crmError(failed: CallFailed): CrmError {
  return new CrmError(failed.problem, failed);
}
