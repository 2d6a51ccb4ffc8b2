/*
 * How long what a CRM has said of its users stands, in milliseconds: people come, leave and change their names while a server runs for years. One of whom
 * it said nothing may have come since.
 */

export const KNOWN_MS = 60 * 60_000;
export const UNKNOWN_MS = 5 * 60_000;
