import { problem, type Problem, type ProblemCode } from '../../domain/problem';
import type { RecordRef } from '../../domain/record';
import { ErrorBody, ErrorDetail, InvalidProperty, parseEach } from './schema';

/** A refusal as HubSpot sent it: the HTTP status (absent inside a batch answer) and the body, when there was one that could be read. */
export interface Refusal {
  status?: number;
  body?: unknown;
  /** The Retry-After header, in seconds. */
  retryAfterSeconds?: number;
}

/**
 * HubSpot's own codes, wherever they stand: `category`, `subCategory`, `errors[].code`, the array inside "Property values were not valid", or the
 * `policyName` of a 429. Sources: https://developers.hubspot.com/docs/api-reference/legacy/error-handling,
 * https://developers.hubspot.com/changelog/crm-api-write-validation-enforcement (required properties),
 * https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines (policy names).
 */
export const CODES: Readonly<Record<string, ProblemCode>> = {
  INVALID_AUTHENTICATION: 'unauthorized',
  MISSING_SCOPES: 'missing_scope',
  USER_DOES_NOT_HAVE_PERMISSIONS: 'no_permission',
  CONFLICT: 'duplicate',
  OBJECT_ALREADY_EXISTS: 'duplicate',
  'Properties.PROPERTY_WITH_NAME_EXISTS': 'duplicate',
  'PropertyValidationError.CANNOT_DELETE_PROPERTY_IN_USE': 'in_use',
  'PropertyGroupError.GROUP_WITH_ACTIVE_PROPERTIES': 'in_use',
  OBJECT_NOT_FOUND: 'not_found',
  MISSING_REQUIRED_PROPERTY: 'required_missing',
  MISSING_CONDITIONAL_REQUIRED_PROPERTY: 'required_missing',
  PROPERTY_DOESNT_EXIST: 'field_missing',
  READ_ONLY_VALUE: 'read_only',
  INVALID_EMAIL: 'invalid_email',
  INVALID_OPTION: 'invalid_option',
  INVALID_DATE: 'invalid_value',
  INVALID_LONG: 'invalid_value',
  VALIDATION_ERROR: 'invalid_value',
  DAILY: 'quota_spent',
  TEN_SECONDLY_ROLLING: 'rate_limited',
  SECONDLY: 'rate_limited',
};

/** What a status alone means, when the body names no code that is known. */
export const STATUSES: Readonly<Record<number, ProblemCode>> = {
  400: 'bad_request',
  401: 'unauthorized',
  403: 'no_permission',
  404: 'not_found',
  405: 'bad_request',
  408: 'unavailable',
  409: 'duplicate',
  413: 'bad_request',
  414: 'bad_request',
  415: 'bad_request',
  423: 'locked',
  429: 'rate_limited',
  477: 'maintenance',
  500: 'unavailable',
  502: 'unavailable',
  503: 'unavailable',
  504: 'unavailable',
  521: 'unavailable',
  522: 'unavailable',
  523: 'unavailable',
  524: 'unavailable',
  525: 'unavailable',
  526: 'unavailable',
};

/** A lock lasts about two seconds. */
const LOCK_MS = 2_000;
/** The longest that the burst window can stay full, and the search window. */
const BURST_MS = 10_000;
const SEARCH_MS = 1_000;
/** A portal being moved between data centres says how long in Retry-After; without it, later. */
const MOVE_MS = 60 * 60_000;

/** Codes that say "something about this request", so that a more particular one further inside wins over them. */
const GENERAL = new Set(['VALIDATION_ERROR', 'CONFLICT']);

/**
 * The domain problem behind a refusal. Identity is the code; texts are read only where HubSpot says it nowhere else ("Property values were not
 * valid" carries its codes as JSON in its text, a conflict its other record as "Existing ID: …").
 *
 * @param record the record that the refused write was for, when it is known
 */
export function problemOf(refusal: Refusal, record?: RecordRef): Problem {
  const parsed = ErrorBody.safeParse(refusal.body);
  const body: ErrorBody = parsed.success ? parsed.data : {};
  const details = parseEach(ErrorDetail, body.errors ?? []).good;
  const invalid = [...invalidProperties(body.message), ...details.flatMap((detail) => invalidProperties(detail.message))];
  const found = codesOf(body, details, invalid);
  const particular = found.find((code) => Object.hasOwn(CODES, code) && !GENERAL.has(code));
  const vendorCode = particular ?? found[0];
  const named = particular ?? found.find((code) => Object.hasOwn(CODES, code));
  const known = named === undefined ? undefined : CODES[named];
  const fields = [...new Set([...invalid.map((property) => property.name), ...details.flatMap(namesIn), ...(body.context?.['propertyName'] ?? [])])];
  const status = refusal.status;
  let code: ProblemCode = known ?? (status === undefined ? 'unknown' : (STATUSES[status] ?? (status >= 500 ? 'unavailable' : 'unknown')));
  // A validation error of a whole request that names no property (one record twice in a batch, a page past the end) is about the request.
  if (status === 400 && particular === undefined && body.category === 'VALIDATION_ERROR' && fields.length === 0) code = 'bad_request';

  const existing = code === 'duplicate' ? existingId(body, details) : undefined;
  const retry = retryOf(code, vendorCode, refusal.retryAfterSeconds);
  return problem(code, 'hubspot', {
    ...(existing !== undefined ? { record: contactRef(existing) } : record !== undefined ? { record } : {}),
    ...(fields.length > 0 ? { fields } : {}),
    ...(retry === undefined ? {} : { retry }),
    vendorCode: vendorCode ?? (status === undefined ? 'NO_CODE' : `HTTP_${status}`),
    ...(body.message === undefined ? {} : { vendorMessage: body.message }),
  });
}

export function contactRef(id: string): RecordRef {
  return { crm: 'hubspot', object: 'contact', id };
}

/** True for troubles of the CRM as a whole: they end the run instead of one record. */
export function isWholeCrm(code: ProblemCode): boolean {
  return (
    code === 'unauthorized' ||
    code === 'missing_scope' ||
    code === 'quota_spent' ||
    code === 'rate_limited' ||
    code === 'unavailable' ||
    code === 'maintenance'
  );
}

/** Whether HubSpot may have acted on a request that it answered with this status: gateways answer for a server that may have gone on. */
export function sentByStatus(status: number): 'no' | 'maybe' {
  return status >= 500 || status === 408 ? 'maybe' : 'no';
}

function retryOf(code: ProblemCode, vendorCode: string | undefined, retryAfterSeconds: number | undefined): { afterMs: number } | undefined {
  const asked = retryAfterSeconds === undefined ? undefined : retryAfterSeconds * 1000;
  switch (code) {
    case 'locked':
      return { afterMs: Math.max(LOCK_MS, asked ?? 0) };
    case 'rate_limited':
      return { afterMs: asked ?? (vendorCode === 'SECONDLY' ? SEARCH_MS : BURST_MS) };
    case 'maintenance':
      return { afterMs: asked ?? MOVE_MS };
    case 'unavailable':
      return asked === undefined ? undefined : { afterMs: asked };
    default:
      return undefined;
  }
}

/** Every code in the body, the most particular first. */
function codesOf(body: ErrorBody, details: ErrorDetail[], invalid: InvalidProperty[]): string[] {
  return [
    body.policyName,
    ...invalid.map((property) => property.error),
    ...details.map((detail) => detail.code),
    ...details.map((detail) => detail.subCategory),
    body.subCategory,
    body.category,
    body.errorType,
  ].filter((code): code is string => code !== undefined && code !== '');
}

function namesIn(detail: ErrorDetail): string[] {
  const named = detail.context?.['propertyName'] ?? [];
  return named.length > 0 || detail.in === undefined || detail.in === 'body' ? named : [detail.in];
}

/** `Property values were not valid: [{"isValid":false,"message":"…","error":"INVALID_OPTION","name":"lifecyclestage"}]`. */
function invalidProperties(message: string | undefined): InvalidProperty[] {
  const start = message?.indexOf('[') ?? -1;
  if (message === undefined || start < 0 || !message.startsWith('Property values were not valid')) return [];
  try {
    const list: unknown = JSON.parse(message.slice(start));
    return Array.isArray(list) ? parseEach(InvalidProperty, list).good : [];
  } catch {
    return [];
  }
}

function existingId(body: ErrorBody, details: ErrorDetail[]): string | undefined {
  for (const message of [body.message, ...details.map((detail) => detail.message)]) {
    const found = /Existing ID:\s*(\d+)/.exec(message ?? '');
    if (found?.[1] !== undefined) return found[1];
  }
  return undefined;
}
