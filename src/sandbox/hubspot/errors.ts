/** One entry of `errors` in HubSpot's answers (OpenAPI `ErrorDetail`). */
export interface RefusalDetail {
  message: string;
  code?: string;
  in?: string;
  subCategory?: string;
  context?: Record<string, string[]>;
}

/** The fields of HubSpot's error body that vary by case; `status` and `correlationId` are added when it is sent. */
export interface RefusalBody {
  message: string;
  category?: string;
  subCategory?: string;
  errors?: RefusalDetail[];
  context?: Record<string, string[]>;
  links?: Record<string, string>;
  errorType?: string;
  policyName?: string;
  groupName?: string;
}

/** A value that a property does not take: an entry of the JSON array inside a `Property values were not valid` message. */
export interface ValueProblem {
  name: string;
  error: 'PROPERTY_DOESNT_EXIST' | 'READ_ONLY_VALUE' | 'INVALID_EMAIL' | 'INVALID_OPTION' | 'INVALID_DATE' | 'INVALID_LONG' | 'VALUE_TOO_LONG';
  message: string;
}

/** A call that HubSpot refuses, with the answer it gets. Batch calls with trace ids turn it into an entry of `errors`. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly body: RefusalBody,
  ) {
    super(body.message);
  }
}

export function validationRefusal(message: string, more: Omit<RefusalBody, 'message' | 'category'> = {}): Refusal {
  return new Refusal(400, { message, category: 'VALIDATION_ERROR', ...more });
}

/** 400 whose message carries a JSON array in text: clients have to cut it out of there. */
export function valuesRefusal(problems: ValueProblem[]): Refusal {
  const list = problems.map((problem) => ({ isValid: false, ...problem }));
  return validationRefusal(`Property values were not valid: ${JSON.stringify(list)}`);
}

/** 404 without a category, as single-record calls answer it. */
export function missingRecord(): Refusal {
  return new Refusal(404, { message: 'resource not found' });
}

export function notFound(message: string, subCategory?: string): Refusal {
  return new Refusal(404, { message, category: 'OBJECT_NOT_FOUND', ...(subCategory === undefined ? {} : { subCategory }) });
}

/** 409 for an e-mail or unique value that another record holds; callers read the id from the end of the message. */
export function conflictRefusal(noun: string, existingId: number): Refusal {
  return new Refusal(409, { message: `${noun} already exists. Existing ID: ${existingId}`, category: 'CONFLICT' });
}

export function missingScopes(required: string[]): Refusal {
  return new Refusal(403, {
    message: "This app hasn't been granted all required scopes to make this call. Read more about required scopes here: https://developers.hubspot.com/scopes.",
    category: 'MISSING_SCOPES',
    errors: [{ message: 'One or more of the following scopes are required.', context: { requiredGranularScopes: required } }],
    links: { scopes: 'https://developers.hubspot.com/scopes' },
  });
}

export function invalidAuthentication(): Refusal {
  return new Refusal(401, {
    message:
      'Authentication credentials not found. This API supports OAuth 2.0 authentication and you can find more details at https://developers.hubspot.com/docs/methods/auth/oauth-overview',
    category: 'INVALID_AUTHENTICATION',
  });
}
