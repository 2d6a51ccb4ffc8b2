import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/*
 * HubSpot's request signatures (https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/request-validation). The secret is
 * the app's client secret. The library's own check compares byte by byte and lets a missing time through, so this one is ours.
 */

/** How old a v3 signature may be, and how far ahead the sender's clock. */
export const WINDOW_MS = 300_000;

/** The only escapes of the address that are decoded before signing. */
const DECODED = /%(?:3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)/gi;

/** Compares two texts in a time that tells nothing of where they differ, or of their lengths. */
export function sameSecret(given: string, wanted: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}

export interface SignedRequest {
  method: string;
  /** Exactly as HubSpot called it: scheme, host, path and query, by the public address and never by the Host header. */
  uri: string;
  /** The bytes as they came. */
  body: Buffer;
}

/** Base64 of HMAC-SHA256 over method, address, body and time. */
export function signatureV3(secret: string, { method, uri, body }: SignedRequest, timestamp: string): string {
  return createHmac('sha256', secret)
    .update(method + uri.replace(DECODED, (escape) => decodeURIComponent(escape)))
    .update(body)
    .update(timestamp)
    .digest('base64');
}

/** `timestamp`: epoch milliseconds as a text, as the header has it. */
export function isValidV3(secret: string, request: SignedRequest, signature: string, timestamp: string | undefined, now: number): boolean {
  if (timestamp === undefined || !/^\d{1,15}$/.test(timestamp)) return false;
  const fresh = Math.abs(now - Number(timestamp)) <= WINDOW_MS;
  return sameSecret(signature, signatureV3(secret, request, timestamp)) && fresh;
}

/** Hex SHA-256 of secret and body. It carries no time, so a copy is valid for ever. */
export function isValidV1(secret: string, { body }: SignedRequest, signature: string): boolean {
  return sameSecret(signature, createHash('sha256').update(secret).update(body).digest('hex'));
}
