import { z } from 'zod';

/*
 * The shapes of Salesforce's answers, only the members that are used. Lists hold `unknown`: each element is parsed by itself, so that a bad one becomes
 * a problem and the others go on.
 */

/** `POST /services/oauth2/token`, 200. JWT bearer leaves out everything but these. */
export const Token = z.object({ access_token: z.string().min(1), instance_url: z.string().min(1), id: z.string().optional() });
export type Token = z.infer<typeof Token>;

/** `POST /services/oauth2/token`, 400 or 401. */
export const TokenRefusal = z.object({ error: z.string(), error_description: z.string().optional() });

/**
 * One error. Whole calls name the code `errorCode`, rows of a collection and of the Metadata API `statusCode`. `fields` is a list, in Metadata replies
 * (XML) one text.
 */
export const VendorError = z.object({
  errorCode: z.string().optional(),
  statusCode: z.string().optional(),
  message: z.string().optional(),
  fields: z.union([z.array(z.string()), z.string()]).nullish(),
  duplicateResult: z.unknown().optional(),
});
export type VendorError = z.infer<typeof VendorError>;

/** Error bodies are lists; some older replies are a bare object. */
export const VendorErrors = z.union([z.array(VendorError), VendorError.transform((one) => [one])]);

export const DuplicateResult = z.object({
  matchResults: z.array(z.object({ matchRecords: z.array(z.object({ record: z.object({ Id: z.string() }) })).default([]) })).default([]),
});

export const QueryResult = z.object({
  done: z.boolean(),
  nextRecordsUrl: z.string().nullish(),
  records: z.array(z.unknown()),
});
export type QueryResult = z.infer<typeof QueryResult>;

export const Composite = z.object({
  compositeResponse: z.array(z.object({ body: z.unknown(), httpStatusCode: z.number(), referenceId: z.string() })),
});

const when = z.string().min(10);
const flag = z.boolean();
const id = z.string().min(15).max(18);
const idOrNot = id.nullish();

/** What every object's row carries. */
export const Row = z.object({ Id: id, CreatedDate: when, SystemModstamp: when, LastModifiedById: idOrNot, IsDeleted: flag.nullish() });

export const PersonRow = z.object({
  ...Row.shape,
  MasterRecordId: idOrNot,
  Email: z.string().nullish(),
  OwnerId: idOrNot,
  AccountId: idOrNot,
  IsConverted: flag.nullish(),
  ConvertedDate: z.string().nullish(),
  ConvertedContactId: idOrNot,
  ConvertedAccountId: idOrNot,
  ConvertedOpportunityId: idOrNot,
});

export const TaskRow = z.object({ Id: id, WhoId: idOrNot, CompletedDateTime: when.nullish(), SystemModstamp: when });

export const OpportunityRow = z.object({
  ...Row.shape,
  OwnerId: idOrNot,
  Name: z.string().nullish(),
  AccountId: idOrNot,
  StageName: z.string(),
  IsClosed: flag,
  IsWon: flag,
  Amount: z.number().nullish(),
  CurrencyIsoCode: z.string().nullish(),
  CloseDate: z.string().nullish(),
  Type: z.string().nullish(),
  Probability: z.number().nullish(),
  ForecastCategory: z.string().nullish(),
});

export const RoleRow = z.object({ ...Row.shape, OpportunityId: id, ContactId: id, Role: z.string().nullish(), IsPrimary: flag.nullish() });

/** A row before it is known to be one: its fields by name. Not copied: every row of a first run passes here before its own schema. */
export const AnyRow = z.custom<Record<string, unknown>>((row) => typeof row === 'object' && row !== null && !Array.isArray(row));

export const Describe = z.object({ name: z.string(), fields: z.array(z.unknown()), recordTypeInfos: z.array(z.unknown()).nullish() });

/** Of a describe: https://developer.salesforce.com/docs/platform/api-rest/references (sObject Describe, recordTypeInfos). */
export const RecordTypeInfo = z.object({ recordTypeId: z.string(), developerName: z.string() });

export const DescribeField = z.object({
  name: z.string(),
  label: z.string(),
  type: z.string(),
  length: z.number().optional(),
  createable: z.boolean(),
  updateable: z.boolean(),
  unique: z.boolean().optional(),
  restrictedPicklist: z.boolean().optional(),
  picklistValues: z.array(z.object({ value: z.string(), label: z.string().nullish(), active: z.boolean(), defaultValue: z.boolean().nullish() })).optional(),
});
export type DescribeField = z.infer<typeof DescribeField>;

export const LeadStatusRow = z.object({ ApiName: z.string(), IsConverted: z.boolean() });
export const StageRow = z.object({ ApiName: z.string(), IsClosed: z.boolean() });
export const OrganizationRow = z.object({ Id: id, Name: z.string(), IsSandbox: z.boolean().nullish() });
export const NameRow = z.object({ Id: id, Name: z.string() });
export const EmailRow = z.object({ Id: id, Email: z.string() });
export const IdRow = z.object({ Id: id });

export const WebsiteRow = z.object({ Id: id, Website: z.string() });


/** Rows and answers of the survey. */
export const Version = z.object({ version: z.string(), label: z.string().optional() });
export const BasicInfo = z.object({ objectDescribe: z.object({ queryable: z.boolean(), createable: z.boolean(), updateable: z.boolean() }) });
export const OrganizationSettings = z.object({ TimeZoneSidKey: z.string().nullish(), LanguageLocaleKey: z.string().nullish() });
export const LicenceRow = z.object({ Name: z.string(), Profile: z.object({ Name: z.string(), UserLicense: z.object({ Name: z.string() }).nullish() }).nullish() });
export const SalesStageRow = z.object({ ApiName: z.string(), MasterLabel: z.string().nullish(), IsClosed: z.boolean(), IsWon: z.boolean() });
export const RecordTypeRow = z.object({ Id: id, Name: z.string(), DeveloperName: z.string(), SobjectType: z.string() });
export const RuleRow = z.object({ Name: z.string() });
export const CurrencyRow = z.object({ IsoCode: z.string(), IsCorporate: z.boolean() });
export const ObjectPermissionRow = z.object({ SobjectType: z.string(), PermissionsViewAllRecords: z.boolean() });
/** `GET /ui-api/object-info/{object}/picklist-values/{recordTypeId}` (User Interface API). */
export const RecordTypeValues = z.object({ picklistFieldValues: z.record(z.string(), z.object({ values: z.array(z.object({ value: z.string() })) })) });

export const Limits = z.object({ DailyApiRequests: z.object({ Max: z.number(), Remaining: z.number() }) });

export const HistoryRow = z.object({ Field: z.string(), OldValue: z.unknown(), NewValue: z.unknown(), CreatedById: idOrNot, CreatedDate: when });
export const StageHistoryRow = z.object({ OpportunityId: id, StageName: z.string(), CreatedDate: when });

/** One row of a collection's answer, in input order; a failed row may carry no id. */
export const SaveRow = z.object({
  id: z.string().nullish(),
  success: z.boolean(),
  created: z.boolean().nullish(),
  errors: z.array(VendorError).default([]),
});
export type SaveRow = z.infer<typeof SaveRow>;

export const QueryJob = z.object({ id: z.string(), state: z.string(), errorMessage: z.string().nullish() });

/** The Metadata API's booleans: jsforce reads them where its schema knows the type, else they are texts. */
const metadataFlag = z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')]).nullish();

const MetadataValue = z.looseObject({ fullName: z.string(), label: z.string().nullish(), isActive: metadataFlag });
export const GlobalSet = z.looseObject({ fullName: z.string(), customValue: z.array(MetadataValue).default([]) });
export type GlobalSet = z.infer<typeof GlobalSet>;

export const MetadataField = z.looseObject({
  fullName: z.string(),
  type: z.string(),
  length: z.number().nullish(),
  externalId: z.boolean().nullish(),
  label: z.string().nullish(),
  description: z.string().nullish(),
  trackHistory: metadataFlag,
  valueSet: z
    .looseObject({ valueSetName: z.string().nullish(), valueSetDefinition: z.looseObject({ value: z.array(MetadataValue).default([]) }).nullish() })
    .nullish(),
});
export type MetadataField = z.infer<typeof MetadataField>;

/** Any component: its members as jsforce read them. */
export const AnyComponent = z.looseObject({ fullName: z.string() });

export const RecordTypeNames = z.object({ DeveloperName: z.string(), SobjectType: z.string() });

export const DeployStarted = z.object({ id });

const DeployFailure = z.object({ fullName: z.string().nullish(), componentType: z.string().nullish(), problem: z.string().nullish() });

/** `checkDeployStatus`. A single failure comes as an object instead of a list. */
export const DeployStatus = z.object({
  done: metadataFlag,
  success: metadataFlag,
  status: z.string().nullish(),
  errorMessage: z.string().nullish(),
  details: z.object({ componentFailures: z.union([z.array(DeployFailure), DeployFailure.transform((one) => [one])]).nullish() }).nullish(),
});
export type DeployStatus = z.infer<typeof DeployStatus>;

export const FieldPermissionRow = z.object({ Id: id, Field: z.string(), PermissionsRead: z.boolean(), PermissionsEdit: z.boolean() });

/** Parses each element by itself. `bad` holds the positions that could not be read. */
export function parseEach<T>(schema: z.ZodType<T>, list: readonly unknown[]): { good: T[]; bad: number[] } {
  const good: T[] = [];
  const bad: number[] = [];
  for (const [at, element] of list.entries()) {
    const parsed = schema.safeParse(element);
    if (parsed.success) good.push(parsed.data);
    else bad.push(at);
  }
  return { good, bad };
}

/** The value when it fits, else undefined. For answers whose absence the caller names as a problem. */
export function parsed<T>(schema: z.ZodType<T>, value: unknown): T | undefined {
  const result = schema.safeParse(value);
  return result.success ? result.data : undefined;
}
