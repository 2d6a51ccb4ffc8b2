import { z } from 'zod';

/**
 * HubSpot's answers, as far as Concord uses them. Lists are lists of `unknown`: their elements are parsed one by one (`parseEach`), so that a bad
 * one becomes a problem and never hides the others.
 */

const text = z.string();
const looseText = z.string().optional().catch(undefined);

/** Looked at in place: the values of a first run's records are most of what there is to check, and a schema that copies them costs as much as reading them. */
const properties = z.custom<Record<string, string | null>>(isProperties);

function isProperties(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  for (const name in value) {
    const text = (value as Record<string, unknown>)[name];
    if (typeof text !== 'string' && text !== null) return false;
  }
  return true;
}

/** One record. A property that exists and is empty is null; one that the token cannot see is absent. */
export const HubspotRecord = z.object({
  id: text.min(1),
  archived: z.boolean().optional(),
  createdAt: text.optional(),
  updatedAt: text.optional(),
  archivedAt: text.nullish(),
  properties,
  objectWriteTraceId: text.nullish(),
});
export type HubspotRecord = z.infer<typeof HubspotRecord>;

/** One entry of a property's history. */
export const PropertyVersion = z.object({
  value: z.string().nullish(),
  timestamp: text,
  sourceType: looseText,
  sourceId: looseText,
  sourceLabel: looseText,
  updatedByUserId: z.union([z.number(), z.string()]).nullish().catch(undefined),
});
export type PropertyVersion = z.infer<typeof PropertyVersion>;

export const RecordWithHistory = z.object({
  id: text.min(1),
  properties: z.record(z.string(), z.string().nullable()).optional(),
  propertiesWithHistory: z.record(z.string(), z.array(z.unknown())).nullish(),
});
export type RecordWithHistory = z.infer<typeof RecordWithHistory>;

/** A page of a list or of a search. No `paging` on the last page. */
export const Page = z.object({
  results: z.array(z.unknown()),
  paging: z.object({ next: z.object({ after: z.union([z.string(), z.number()]).transform(String) }).nullish() }).nullish(),
});
export type Page = z.infer<typeof Page>;

/** The answer to a batch call. `numErrors` may be 1 while an error names many ids: only the errors themselves count. */
export const BatchReply = z.object({
  results: z.array(z.unknown()),
  errors: z.array(z.unknown()).nullish(),
  numErrors: z.number().nullish(),
});
export type BatchReply = z.infer<typeof BatchReply>;

/** A record's associations: one page of other ends. Ids are numbers on the numbered paths. */
export const AssociatedIds = z.object({
  from: z.object({ id: z.union([z.string(), z.number()]).transform(String) }),
  to: z.array(z.object({ toObjectId: z.union([z.string(), z.number()]).transform(String) })),
  paging: z.object({ next: z.object({ after: z.union([z.string(), z.number()]).transform(String) }).nullish() }).nullish(),
});
export type AssociatedIds = z.infer<typeof AssociatedIds>;

const contextValue = z.union([z.string().transform((value) => [value]), z.array(z.union([z.string(), z.number()]).transform(String))]).catch([]);
const Context = z.record(z.string(), contextValue).nullish().catch(undefined);

export const ErrorDetail = z.object({
  message: looseText,
  code: looseText,
  in: looseText,
  subCategory: looseText,
  context: Context,
});
export type ErrorDetail = z.infer<typeof ErrorDetail>;

/** HubSpot's error body, also each element of a batch answer's `errors`. HubSpot says that every field is optional. */
export const ErrorBody = z.object({
  status: looseText,
  message: looseText,
  category: looseText,
  subCategory: looseText,
  errorType: looseText,
  policyName: looseText,
  correlationId: looseText,
  context: Context,
  errors: z.array(z.unknown()).nullish().catch(undefined),
});
export type ErrorBody = z.infer<typeof ErrorBody>;

/** One element of the JSON array that `Property values were not valid: […]` carries in its text. */
export const InvalidProperty = z.object({ name: text, error: looseText, message: looseText, isValid: z.boolean().optional().catch(undefined) });
export type InvalidProperty = z.infer<typeof InvalidProperty>;

export const PropertyOption = z.object({
  label: text,
  value: text,
  displayOrder: z.number().optional().catch(undefined),
  hidden: z.boolean().optional().catch(undefined),
  description: looseText,
});
export type PropertyOption = z.infer<typeof PropertyOption>;

export const PropertyDefinition = z.object({
  name: text.min(1),
  label: text.optional().catch(undefined),
  type: text,
  fieldType: text,
  groupName: looseText,
  description: looseText,
  hidden: z.boolean().optional().catch(undefined),
  options: z.array(z.unknown()).nullish().catch(undefined),
  hasUniqueValue: z.boolean().optional().catch(undefined),
  calculated: z.boolean().optional().catch(undefined),
  externalOptions: z.boolean().optional().catch(undefined),
  referencedObjectType: looseText,
  hubspotDefined: z.boolean().optional().catch(undefined),
  archived: z.boolean().optional().catch(undefined),
  modificationMetadata: z
    .object({
      readOnlyValue: z.boolean().optional(),
      readOnlyDefinition: z.boolean().optional(),
      readOnlyOptions: z.boolean().optional(),
      archivable: z.boolean().optional(),
    })
    .nullish()
    .catch(undefined),
});
export type PropertyDefinition = z.infer<typeof PropertyDefinition>;

export const PropertyGroup = z.object({ name: text.min(1), label: looseText });
export type PropertyGroup = z.infer<typeof PropertyGroup>;

export const Owner = z.object({
  id: text.min(1),
  userId: z.union([z.number(), z.string()]).transform(String).nullish().catch(undefined),
  userIdIncludingInactive: z.union([z.number(), z.string()]).transform(String).nullish().catch(undefined),
  email: z.string().nullish().catch(undefined),
  firstName: z.string().nullish().catch(undefined),
  lastName: z.string().nullish().catch(undefined),
  type: looseText,
});
export type Owner = z.infer<typeof Owner>;

export const AccountDetails = z.object({
  portalId: z.number(),
  accountType: looseText,
  timeZone: looseText,
  uiDomain: looseText,
  companyCurrency: looseText,
  additionalCurrencies: z.array(z.string()).optional().catch(undefined),
  utcOffsetMilliseconds: z.number().optional().catch(undefined),
});
export type AccountDetails = z.infer<typeof AccountDetails>;

export const TokenInfo = z.object({
  userId: z.number().optional().catch(undefined),
  hubId: z.number().optional().catch(undefined),
  appId: z.number().optional().catch(undefined),
  scopes: z.array(z.string()).optional().catch(undefined),
});
export type TokenInfo = z.infer<typeof TokenInfo>;

export const DailyUsage = z.object({
  results: z.array(z.object({ name: looseText, usageLimit: z.number(), currentUsage: z.number(), fetchStatus: looseText, resetsAt: looseText })),
});
export type DailyUsage = z.infer<typeof DailyUsage>;

/** Parses a list element by element. `bad` holds the elements that do not fit, as they came. */
export function parseEach<T>(schema: z.ZodType<T>, list: readonly unknown[]): { good: T[]; bad: unknown[] } {
  const good: T[] = [];
  const bad: unknown[] = [];
  for (const element of list) {
    const parsed = schema.safeParse(element);
    if (parsed.success) good.push(parsed.data);
    else bad.push(element);
  }
  return { good, bad };
}

/** The `id` of an element that does not fit its schema, when it has one. */
export function idOf(element: unknown): string | undefined {
  if (typeof element !== 'object' || element === null || !('id' in element)) return undefined;
  return typeof element.id === 'string' && element.id !== '' ? element.id : undefined;
}
