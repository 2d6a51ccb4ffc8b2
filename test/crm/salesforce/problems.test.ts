import { PROBLEMS, type ProblemCode } from '../../../src/domain/problem';
import { connectionLost, crmError, existingId, problemFrom, refused, tokenRefused, VENDOR_CODES } from '../../../src/crm/salesforce/problems';

/** Realistic replies, one for each code of the table: a row of a collection, or a whole call's error. */
const REPLIES: Record<string, { message: string; fields?: string[]; is: ProblemCode; retry?: string }> = {
  UNABLE_TO_LOCK_ROW: { message: 'unable to obtain exclusive access to this record or 1 records: 001Ws000001AbCd', is: 'locked' },
  REQUEST_LIMIT_EXCEEDED: { message: 'TotalRequests Limit exceeded.', is: 'quota_spent' },
  SERVER_UNAVAILABLE: { message: 'The server is temporarily unable to respond', is: 'unavailable' },
  UNKNOWN_EXCEPTION: { message: 'An unexpected error occurred. Please include this ErrorId: 12-34', is: 'unavailable' },
  QUERY_TIMEOUT: { message: 'Your query request was running for too long.', is: 'unavailable' },
  QUERY_TOO_COMPLICATED: { message: 'Query is either selecting too many fields or the filter conditions are too complicated.', is: 'bad_request' },
  REQUEST_RUNNING_TOO_LONG: { message: 'Your request was running for too long, and has been stopped.', is: 'unavailable' },
  TOO_MANY_REQUESTS_ERROR: { message: 'Too many requests', is: 'rate_limited' },
  INVALID_QUERY_LOCATOR: { message: 'invalid query locator', is: 'unreadable' },
  INVALID_SESSION_ID: { message: 'Session expired or invalid', is: 'unauthorized' },
  API_DISABLED_FOR_ORG: { message: 'API is not enabled for this Organization or Partner', is: 'no_permission' },
  API_CURRENTLY_DISABLED: { message: 'API is currently disabled', is: 'no_permission' },
  INSUFFICIENT_ACCESS: { message: 'insufficient access rights', is: 'no_permission' },
  INSUFFICIENT_ACCESS_OR_READONLY: { message: 'insufficient access rights on object id', is: 'no_permission' },
  INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY: { message: 'insufficient access rights on cross-reference id: 001Ws000001AbCd', is: 'no_permission' },
  DUPLICATES_DETECTED: { message: 'Use one of these records?', is: 'duplicate' },
  DUPLICATE_VALUE: { message: 'duplicate value found: Concord_HubSpot_Id__c duplicates value on record with id: 00QWs0000012345', is: 'duplicate' },
  DUPLICATE_EXTERNAL_ID: { message: 'Concord_HubSpot_Id__c: more than one record found', is: 'duplicate' },
  MULTIPLE_CHOICES: { message: 'Multiple records found', is: 'duplicate' },
  FIELD_CUSTOM_VALIDATION_EXCEPTION: { message: 'Choose a rejection reason.', fields: ['Concord_Rejection_Reason__c'], is: 'validation_rule' },
  FIELD_FILTER_VALIDATION_EXCEPTION: { message: 'Value does not exist or does not match filter criteria.', fields: ['OwnerId'], is: 'validation_rule' },
  INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST: { message: 'Agreed stage: bad value for restricted picklist field: mqlx', fields: ['Concord_Stage__c'], is: 'invalid_option' },
  INVALID_STATUS: { message: 'invalid status', fields: ['Status'], is: 'invalid_option' },
  REQUIRED_FIELD_MISSING: { message: 'Required fields are missing: [LastName]', fields: ['LastName'], is: 'required_missing' },
  STRING_TOO_LONG: { message: 'Company: data value too large: … (max length=255)', fields: ['Company'], is: 'too_long' },
  INVALID_EMAIL_ADDRESS: { message: 'Email: invalid email address: ana@', fields: ['Email'], is: 'invalid_email' },
  NUMBER_OUTSIDE_VALID_RANGE: { message: 'Agreed score: value outside of valid range on numeric field: 1e+20', fields: ['Concord_Score__c'], is: 'invalid_value' },
  INVALID_TYPE_ON_FIELD_IN_RECORD: { message: 'Agreed score: value not of required type: abc', fields: ['Concord_Score__c'], is: 'invalid_value' },
  FIELD_INTEGRITY_EXCEPTION: { message: 'There’s a problem with this country', fields: ['Country'], is: 'invalid_value' },
  ENTITY_IS_DELETED: { message: 'entity is deleted', is: 'deleted' },
  INVALID_CROSS_REFERENCE_KEY: { message: 'invalid cross reference id', is: 'not_found' },
  NOT_FOUND: { message: 'The requested resource does not exist', is: 'not_found' },
  CANNOT_UPDATE_CONVERTED_LEAD: { message: 'cannot reference converted lead', is: 'converted', retry: 'next-run' },
  INVALID_FIELD_FOR_INSERT_UPDATE: { message: 'Unable to create/update fields: IsConverted.', fields: ['IsConverted'], is: 'read_only' },
  FIELD_NOT_UPDATABLE: { message: 'Field is not updatable', fields: ['Name'], is: 'read_only' },
  ENTITY_IS_LOCKED: { message: 'the entity is locked for editing', is: 'approval_lock', retry: 'next-run' },
  CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY: { message: 'LeadTrigger: execution of BeforeUpdate caused by: System.NullPointerException', is: 'automation_failed' },
  CANNOT_EXECUTE_FLOW_TRIGGER: { message: 'We can’t save this record because the “Route leads” process failed.', is: 'automation_failed' },
  FLOW_EXCEPTION: { message: 'An unhandled fault has occurred in this flow', is: 'automation_failed' },
  APEX_ERROR: { message: 'System.LimitException: Apex CPU time limit exceeded', is: 'automation_failed' },
  TOO_MANY_APEX_REQUESTS: { message: 'LeadTrigger: System.LimitException: Too many SOQL queries: 101', is: 'automation_failed', retry: 'next-run' },
  PROCESSING_HALTED: { message: 'processing halted', is: 'automation_failed', retry: 'next-run' },
  INACTIVE_OWNER_OR_USER: { message: 'operation performed with inactive user [005Ws000000AbCd] as owner of lead', fields: ['OwnerId'], is: 'inactive_owner' },
  STORAGE_LIMIT_EXCEEDED: { message: 'storage limit exceeded', is: 'storage_full', retry: 'next-run' },
  ALL_OR_NONE_OPERATION_ROLLED_BACK: { message: 'Record rolled back because not all records were valid and the request was using AllOrNone header', is: 'batch_sibling', retry: 'next-run' },
  INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE: { message: 'This operation can’t be performed during maintenance', is: 'maintenance', retry: 'next-run' },
  INVALID_TYPE: { message: "sObject type 'OpportunityContactRole' is not supported.", is: 'field_missing' },
  INVALID_FIELD: { message: "No such column 'Concord_Stage__c' on sobject of type Lead", is: 'field_missing' },
  MALFORMED_QUERY: { message: "unexpected token: 'FORM'", is: 'bad_request' },
  MALFORMED_ID: { message: 'malformed id 00Q', is: 'bad_request' },
  INVALID_ID_FIELD: { message: 'Invalid id', is: 'bad_request' },
  JSON_PARSER_ERROR: { message: 'Unexpected character at [line:1, column:2]', is: 'bad_request' },
  MISSING_ARGUMENT: { message: 'Id not specified in an update call', is: 'bad_request' },
};

describe('vendor codes', () => {
  test('every code of the table has a reply here', () => {
    expect(Object.keys(REPLIES).sort()).toEqual(Object.keys(VENDOR_CODES).sort());
  });

  test.each(Object.entries(REPLIES))('%s', (code, reply) => {
    const row = problemFrom({ statusCode: code, message: reply.message, fields: reply.fields ?? [] });
    const call = problemFrom({ errorCode: code, message: reply.message, ...(reply.fields === undefined ? {} : { fields: reply.fields }) });

    expect(row).toMatchObject({ code: reply.is, crm: 'salesforce', vendorCode: code, vendorMessage: reply.message, retry: reply.retry ?? PROBLEMS[reply.is].retry });
    expect(row.fields).toEqual(reply.fields);
    expect(call).toEqual(row);
  });

  test('an unknown code stays readable as unknown', () => {
    expect(problemFrom({ statusCode: 'NEW_IN_2027', message: 'words' })).toMatchObject({ code: 'unknown', vendorCode: 'NEW_IN_2027', retry: 'next-run' });
    expect(problemFrom({ statusCode: 'constructor', message: 'words' })).toMatchObject({ code: 'unknown' });
  });

  test('transaction security policies are a matter of permission', () => {
    expect(problemFrom({ errorCode: 'TXN_SECURITY_NO_ACCESS', message: 'x' }).code).toBe('no_permission');
  });

  test('a lock inside a flow’s words is a lock', () => {
    const is = problemFrom({ statusCode: 'CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY', message: 'LeadTrigger: UNABLE_TO_LOCK_ROW, unable to obtain exclusive access' });

    expect(is).toMatchObject({ code: 'locked', vendorCode: 'CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY' });
  });

  test('a SOAP fault’s code loses its namespace', () => {
    expect(problemFrom({ errorCode: 'sf:INVALID_TYPE', message: 'x' })).toMatchObject({ code: 'field_missing', vendorCode: 'INVALID_TYPE' });
  });

  test('a duplicate names the record that is there already', () => {
    const byText = { statusCode: 'DUPLICATE_VALUE', message: 'duplicate value found: Concord_HubSpot_Id__c duplicates value on record with id: 00QWs0000012345AAA' };
    const byResult = { statusCode: 'DUPLICATES_DETECTED', message: 'Use one of these records?', duplicateResult: { allowSave: false, matchResults: [{ entityType: 'Contact', matchRecords: [{ record: { attributes: { type: 'Contact' }, Id: '003Ws0000012345AAA' } }] }] } };

    expect(existingId(byText)).toBe('00QWs0000012345AAA');
    expect(problemFrom(byText).record).toEqual({ crm: 'salesforce', object: 'lead', id: '00QWs0000012345AAA' });
    expect(problemFrom(byResult).record).toEqual({ crm: 'salesforce', object: 'contact', id: '003Ws0000012345AAA' });
  });
});

describe('refused calls', () => {
  const now = Date.UTC(2026, 10, 22);

  test('REQUEST_LIMIT_EXCEEDED with calls left is the concurrent limit, without is the day’s', () => {
    const body = [{ errorCode: 'REQUEST_LIMIT_EXCEEDED', message: 'x' }];

    expect(refused({ status: 403, body, now, apiUsage: { used: 10, limit: 100 } })).toMatchObject({ sent: 'no', problem: { code: 'rate_limited', retry: { afterMs: 5000 } } });
    expect(refused({ status: 403, body, now, apiUsage: { used: 100, limit: 100 } })).toMatchObject({ sent: 'no', problem: { code: 'quota_spent' } });
    expect(refused({ status: 403, body, now })).toMatchObject({ problem: { code: 'quota_spent' } });
  });

  test.each<[number, ProblemCode, string]>([
    [401, 'unauthorized', 'no'], [403, 'no_permission', 'no'], [404, 'not_found', 'no'], [410, 'bad_request', 'no'], [414, 'bad_request', 'no'], [420, 'rate_limited', 'no'], [429, 'rate_limited', 'no'],
    [431, 'bad_request', 'no'], [500, 'unavailable', 'maybe'], [502, 'unavailable', 'maybe'], [503, 'unavailable', 'maybe'], [504, 'unavailable', 'maybe'], [418, 'unknown', 'no'],
  ])('status %i alone means %s', (status, code, sent) => {
    expect(refused({ status, body: '<html>', now })).toMatchObject({ sent, problem: { code, vendorCode: `ERROR_HTTP_${status}` } });
  });

  test('Retry-After in seconds and as a date', () => {
    expect(refused({ status: 503, body: [], retryAfter: '7', now }).problem.retry).toEqual({ afterMs: 7000 });
    expect(refused({ status: 429, body: [], retryAfter: 'Sun, 22 Nov 2026 00:00:09 GMT', now }).problem.retry).toEqual({ afterMs: 9000 });
  });

  test('a bare error object is read like a list', () => {
    expect(refused({ status: 400, body: { errorCode: 'MALFORMED_ID', message: 'x' }, now }).problem.code).toBe('bad_request');
  });

  test('a SOAP fault comes with 500 and still was refused for certain', () => {
    expect(refused({ status: 500, soap: true, body: { errorCode: 'sf:INSUFFICIENT_ACCESS', message: 'x' }, now })).toMatchObject({ sent: 'no', problem: { code: 'no_permission' } });
  });

  test('a connection that never came to be was not sent; one that broke may have been', () => {
    expect(connectionLost(new TypeError('fetch failed', { cause: Object.assign(new Error(), { code: 'ECONNREFUSED' }) }))).toMatchObject({ sent: 'no', problem: { code: 'unavailable', vendorCode: 'ECONNREFUSED' } });
    expect(connectionLost(new TypeError('fetch failed', { cause: Object.assign(new Error(), { code: 'ECONNRESET' }) }))).toMatchObject({ sent: 'maybe' });
    expect(connectionLost(new Error('terminated'))).toMatchObject({ sent: 'maybe', problem: { code: 'unavailable' } });
  });

  test('the token endpoint’s words are OAuth’s', () => {
    expect(tokenRefused(400, { error: 'invalid_grant', error_description: "user hasn't approved this consumer" }, now)).toMatchObject({ sent: 'no', problem: { code: 'unauthorized', vendorCode: 'invalid_grant' } });
    expect(tokenRefused(503, undefined, now).problem.code).toBe('unavailable');
  });

  test('what is thrown holds no words of the vendor', () => {
    const thrown = crmError(refused({ status: 400, body: [{ errorCode: 'INVALID_EMAIL_ADDRESS', message: 'Email: invalid email address: ana@' }], now }));

    expect(`${thrown.message} ${String(thrown.stack)}`).not.toContain('ana@');
    expect(thrown.where).toBe('INVALID_EMAIL_ADDRESS');
  });
});
