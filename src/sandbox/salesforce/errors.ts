/** What the org refuses, in the vendor's own words: the code decides, the message is for people. */
export class SalesforceError extends Error {
  readonly code: string;
  /** HTTP status when the refusal answers a single-record call. */
  readonly status: number;
  readonly fields: string[];
  /** Members beside code and message, such as `duplicateResult`. */
  readonly extra: Record<string, unknown>;
  /** True when the body could not be read at all: a collection then fails as one call instead of row by row. */
  readonly wholeCall: boolean;

  constructor(
    code: string,
    message: string,
    options: { status?: number; fields?: string[]; extra?: Record<string, unknown>; wholeCall?: boolean } = {},
  ) {
    super(message);
    this.name = code;
    this.code = code;
    this.status = options.status ?? 400;
    this.fields = options.fields ?? [];
    this.extra = options.extra ?? {};
    this.wholeCall = options.wholeCall ?? false;
  }

  /** The shape of a whole-call refusal: REST names the code `errorCode` there. */
  toRest(): Record<string, unknown> {
    return { ...this.extra, message: this.message, errorCode: this.code, ...(this.fields.length > 0 ? { fields: this.fields } : {}) };
  }

  /** The shape inside a collection's row: the same code is named `statusCode` there. */
  toRow(): Record<string, unknown> {
    return { ...this.extra, statusCode: this.code, message: this.message, fields: this.fields };
  }
}

export function notFound(message = 'The requested resource does not exist'): SalesforceError {
  return new SalesforceError('NOT_FOUND', message, { status: 404 });
}
