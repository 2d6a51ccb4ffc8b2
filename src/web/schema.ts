import { z } from 'zod';

/** One event of a webhook delivery, as far as Concord needs it. HubSpot's pages call the type `eventType`, its samples `subscriptionType`: both are read. */
export const WebhookEvent = z.object({
  portalId: z.number().int(),
  objectId: z.number().int().positive(),
  occurredAt: z.number().int().positive(),
  subscriptionType: z.string().optional(),
  eventType: z.string().optional(),
  objectTypeId: z.string().optional(),
  propertyName: z.string().optional(),
  propertyValue: z.string().nullish(),
  primaryObjectId: z.number().int().positive().optional(),
  mergedObjectIds: z.array(z.number().int().positive()).optional(),
  newObjectId: z.number().int().positive().optional(),
});
export type WebhookEvent = z.infer<typeof WebhookEvent>;

/** A delivery's elements, or null when the text is no JSON list. */
export function deliveryOf(text: string): unknown[] | null {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

export function webhookEventOf(element: unknown): WebhookEvent | null {
  const parsed = WebhookEvent.safeParse(element);
  return parsed.success ? parsed.data : null;
}

const RunWish = z.strictObject({ full: z.boolean().default(false) });

/** The body of `POST /api/v1/runs`; null: not understood. */
export function runWishOf(body: unknown): { full: boolean } | null {
  const parsed = RunWish.safeParse(body ?? {});
  return parsed.success ? parsed.data : null;
}
