import { CODES, isWholeCrm, problemOf, sentByStatus, STATUSES, type Refusal } from '../../../src/crm/hubspot/problems';
import type { ProblemCode } from '../../../src/domain/problem';

/** HubSpot's "Property values were not valid": the codes are JSON inside the text. */
function invalid(...properties: { name: string; error: string }[]): string {
  return `Property values were not valid: ${JSON.stringify(properties.map((property) => ({ isValid: false, message: 'no', ...property })))}`;
}

const base = { status: 'error', correlationId: 'c0ffee00-0000-4000-8000-000000000001' };

/** A realistic reply for each row of the table. */
const REPLIES: Record<string, { refusal: Refusal; code: ProblemCode; fields?: string[]; record?: string; retry?: unknown }> = {
  INVALID_AUTHENTICATION: {
    refusal: { status: 401, body: { ...base, category: 'INVALID_AUTHENTICATION', message: 'Authentication credentials not found.' } },
    code: 'unauthorized',
  },
  MISSING_SCOPES: {
    refusal: {
      status: 403,
      body: { ...base, category: 'MISSING_SCOPES', message: 'This app hasn’t been granted all required scopes', errors: [{ message: 'x', context: { requiredGranularScopes: ['crm.objects.contacts.write'] } }] },
    },
    code: 'missing_scope',
  },
  USER_DOES_NOT_HAVE_PERMISSIONS: {
    refusal: { status: 403, body: { ...base, category: 'USER_DOES_NOT_HAVE_PERMISSIONS', message: 'The user may not.' } },
    code: 'no_permission',
  },
  CONFLICT: {
    refusal: { status: 409, body: { ...base, category: 'CONFLICT', message: 'Contact already exists. Existing ID: 512' } },
    code: 'duplicate',
    record: '512',
  },
  OBJECT_ALREADY_EXISTS: {
    refusal: { status: 409, body: { ...base, category: 'OBJECT_ALREADY_EXISTS', message: 'There is one.' } },
    code: 'duplicate',
  },
  'Properties.PROPERTY_WITH_NAME_EXISTS': {
    refusal: { status: 409, body: { ...base, category: 'OBJECT_ALREADY_EXISTS', subCategory: 'Properties.PROPERTY_WITH_NAME_EXISTS', message: 'A property named concord_stage already exists.' } },
    code: 'duplicate',
  },
  'PropertyValidationError.CANNOT_DELETE_PROPERTY_IN_USE': {
    refusal: { status: 400, body: { ...base, category: 'VALIDATION_ERROR', subCategory: 'PropertyValidationError.CANNOT_DELETE_PROPERTY_IN_USE', message: 'The property is used in 2 lists.' } },
    code: 'in_use',
  },
  'PropertyGroupError.GROUP_WITH_ACTIVE_PROPERTIES': {
    refusal: { status: 400, body: { ...base, category: 'VALIDATION_ERROR', subCategory: 'PropertyGroupError.GROUP_WITH_ACTIVE_PROPERTIES', message: 'The group has active properties.' } },
    code: 'in_use',
  },
  OBJECT_NOT_FOUND: {
    refusal: { body: { ...base, category: 'OBJECT_NOT_FOUND', message: 'Could not get some CONTACT objects', context: { ids: ['1', '2'] } } },
    code: 'not_found',
  },
  MISSING_REQUIRED_PROPERTY: {
    refusal: { status: 400, body: { ...base, category: 'VALIDATION_ERROR', message: 'Missing.', errors: [{ message: 'x', code: 'MISSING_REQUIRED_PROPERTY', context: { propertyName: ['country', 'company'] } }] } },
    code: 'required_missing',
    fields: ['country', 'company'],
  },
  MISSING_CONDITIONAL_REQUIRED_PROPERTY: {
    refusal: { status: 400, body: { ...base, category: 'VALIDATION_ERROR', errors: [{ code: 'MISSING_CONDITIONAL_REQUIRED_PROPERTY', context: { propertyName: ['concord_rejection_note'] } }] } },
    code: 'required_missing',
    fields: ['concord_rejection_note'],
  },
  PROPERTY_DOESNT_EXIST: {
    refusal: { status: 400, body: { ...base, category: 'VALIDATION_ERROR', message: invalid({ name: 'concord_stage', error: 'PROPERTY_DOESNT_EXIST' }) } },
    code: 'field_missing',
    fields: ['concord_stage'],
  },
  READ_ONLY_VALUE: {
    refusal: { status: 400, body: { ...base, category: 'VALIDATION_ERROR', message: invalid({ name: 'hs_email_optout', error: 'READ_ONLY_VALUE' }) } },
    code: 'read_only',
    fields: ['hs_email_optout'],
  },
  INVALID_EMAIL: {
    refusal: { status: 400, body: { ...base, category: 'VALIDATION_ERROR', message: invalid({ name: 'email', error: 'INVALID_EMAIL' }) } },
    code: 'invalid_email',
    fields: ['email'],
  },
  INVALID_OPTION: {
    refusal: { body: { ...base, category: 'VALIDATION_ERROR', message: invalid({ name: 'lifecyclestage', error: 'INVALID_OPTION' }, { name: 'hs_lead_status', error: 'INVALID_OPTION' }), context: { objectWriteTraceId: ['3'] } } },
    code: 'invalid_option',
    fields: ['lifecyclestage', 'hs_lead_status'],
  },
  INVALID_DATE: {
    refusal: { status: 400, body: { ...base, category: 'VALIDATION_ERROR', message: invalid({ name: 'concord_recycle_on', error: 'INVALID_DATE' }) } },
    code: 'invalid_value',
    fields: ['concord_recycle_on'],
  },
  INVALID_LONG: {
    refusal: { status: 400, body: { ...base, category: 'VALIDATION_ERROR', message: invalid({ name: 'concord_score', error: 'INVALID_LONG' }) } },
    code: 'invalid_value',
    fields: ['concord_score'],
  },
  VALIDATION_ERROR: {
    refusal: { body: { ...base, category: 'VALIDATION_ERROR', message: 'Something is not right.', context: { objectWriteTraceId: ['3'] } } },
    code: 'invalid_value',
  },
  DAILY: {
    refusal: { status: 429, body: { ...base, errorType: 'RATE_LIMIT', policyName: 'DAILY', message: 'You have reached your daily limit.' } },
    code: 'quota_spent',
    retry: 'next-run',
  },
  TEN_SECONDLY_ROLLING: {
    refusal: { status: 429, body: { ...base, errorType: 'RATE_LIMIT', policyName: 'TEN_SECONDLY_ROLLING', message: 'You have reached your ten_secondly_rolling limit.' } },
    code: 'rate_limited',
    retry: { afterMs: 10_000 },
  },
  SECONDLY: {
    refusal: { status: 429, body: { ...base, errorType: 'RATE_LIMIT', policyName: 'SECONDLY', message: 'You have reached your secondly limit.' } },
    code: 'rate_limited',
    retry: { afterMs: 1_000 },
  },
};

test('every row of the table has a reply here', () => {
  expect(Object.keys(REPLIES).sort()).toEqual(Object.keys(CODES).sort());
});

test.each(Object.entries(REPLIES))('%s', (vendorCode, { refusal, code, fields, record, retry }) => {
  const found = problemOf(refusal);

  expect(found).toMatchObject({ code, crm: 'hubspot', vendorCode });
  expect(found.fields).toEqual(fields);
  expect(found.record?.id).toEqual(record);
  if (retry !== undefined) expect(found.retry).toEqual(retry);
});

test.each(Object.entries(STATUSES))('a bare %s, as a gateway’s page answers', (status, code) => {
  expect(problemOf({ status: Number(status), body: undefined })).toMatchObject({ code, vendorCode: `HTTP_${status}` });
});

test('a code that nobody knows keeps its name', () => {
  expect(problemOf({ body: { category: 'NEW_THING', message: 'x' } })).toMatchObject({ code: 'unknown', vendorCode: 'NEW_THING', vendorMessage: 'x' });
  expect(problemOf({ status: 418, body: { category: 'NEW_THING' } })).toMatchObject({ code: 'unknown', vendorCode: 'NEW_THING' });
  expect(problemOf({ status: 418, body: { category: 'constructor', subCategory: 'toString' } })).toMatchObject({ code: 'unknown', vendorCode: 'toString' });
  expect(problemOf({ body: 'nothing' })).toMatchObject({ code: 'unknown', vendorCode: 'NO_CODE' });
  expect(problemOf({ status: 599, body: {} })).toMatchObject({ code: 'unavailable' });
});

test('an unknown code of a property is still an invalid value, and is told', () => {
  const found = problemOf({ status: 400, body: { category: 'VALIDATION_ERROR', message: invalid({ name: 'phone', error: 'INVALID_PHONE_NUMBER' }) } });

  expect(found).toMatchObject({ code: 'invalid_value', vendorCode: 'INVALID_PHONE_NUMBER', fields: ['phone'] });
});

test('a batch that holds a record twice is our mistake, not a value’s', () => {
  const found = problemOf({ status: 400, body: { category: 'VALIDATION_ERROR', message: 'Duplicate IDs found in batch input: [512]', context: { ids: ['512'] } } });

  expect(found.code).toBe('bad_request');
});

test('text that only looks like the array does no harm', () => {
  expect(problemOf({ status: 400, body: { category: 'VALIDATION_ERROR', message: 'Property values were not valid: [{oops' } })).toMatchObject({ code: 'bad_request' });
  expect(problemOf({ status: 400, body: { message: 'Property values were not valid: {"a":[1]}' } })).toMatchObject({ code: 'bad_request' });
});

test('odd bodies are read as far as they go', () => {
  const found = problemOf({ status: 409, body: { category: 7, message: 'Contact already exists. Existing ID: 9', errors: 'none', context: [] } });

  expect(found).toMatchObject({ code: 'duplicate', record: { id: '9' } });
});

test.each([
  [{ status: 423, body: {} }, { afterMs: 2_000 }],
  [{ status: 423, body: {}, retryAfterSeconds: 9 }, { afterMs: 9_000 }],
  [{ status: 477, body: {}, retryAfterSeconds: 86_400 }, { afterMs: 86_400_000 }],
  [{ status: 477, body: {} }, { afterMs: 3_600_000 }],
  [{ status: 429, body: {}, retryAfterSeconds: 3 }, { afterMs: 3_000 }],
  [{ status: 503, body: {}, retryAfterSeconds: 4 }, { afterMs: 4_000 }],
  [{ status: 503, body: {} }, 'next-run'],
])('%j waits %j', (refusal, retry) => {
  expect(problemOf(refusal).retry).toEqual(retry);
});

test('the record of the refused write is kept, unless the conflict names the other one', () => {
  const own = { crm: 'hubspot', object: 'contact', id: '1' } as const;

  expect(problemOf({ status: 400, body: {} }, own).record).toEqual(own);
  expect(problemOf({ status: 409, body: { category: 'CONFLICT', message: 'Existing ID: 2' } }, own).record?.id).toBe('2');
});

test.each<[number, 'no' | 'maybe']>([
  [400, 'no'],
  [409, 'no'],
  [423, 'no'],
  [429, 'no'],
  [477, 'no'],
  [408, 'maybe'],
  [500, 'maybe'],
  [502, 'maybe'],
  [504, 'maybe'],
  [524, 'maybe'],
])('after a %s the write was sent: %s', (status, sent) => {
  expect(sentByStatus(status)).toBe(sent);
});

test('what ends a run and what ends a write', () => {
  expect((['unauthorized', 'missing_scope', 'quota_spent', 'unavailable', 'rate_limited', 'maintenance'] as const).every(isWholeCrm)).toBe(true);
  expect((['invalid_value', 'duplicate', 'locked', 'no_permission', 'unknown'] as const).some(isWholeCrm)).toBe(false);
});
