/*
 * JSON whose most frequent member names are shortened to `~` and a number. It stays JSON, unknown names stay as they are, and a text that
 * already has a name beginning with `~` is kept whole. WORDS is append-only: rows written under an older list must stay readable.
 */
const WORDS = [
  'adoptedAt', 'stage', 'stageAt', 'entries', 'first', 'latest', 'skipped', 'handoffs', 'cycle', 'openedAt', 'adopted', 'why', 'carriedAt', 'firstTouchAt', 'acceptedAt',
  'rejection', 'closedAt', 'closedAs', 'ownerId', 'sla', 'slaDueAt', 'rejectionCount', 'block', 'mqlWhy', 'agreed', 'lostSeen', 'lastAnswer', 'said', 'contests', 'count', 'inScope',
  'crm', 'record', 'reason', 'words', 'note', 'detail', 'route', 'recycleOn', 'counted', 'cause', 'until', 'held', 'source', 'object', 'candidates', 'duplicates', 'message', 'remedy',
  'retry', 'vendorCode', 'vendorMessage', 'fields', 'code', 'customer', 'opportunity', 'subscriber', 'disqualified', 'recycled', 'lead',
  'reasonAt', 'carriedBy',
];
const SHORT_OF = new Map(WORDS.map((word, index) => [word, `"~${index.toString(36)}":`]));
const WORD_OF = new Map(WORDS.map((word, index) => [index.toString(36), `"${word}":`]));
/** Inside a JSON text a quote is escaped, so a bare quote right before a colon only ever ends a member's name. */
const WORD = new RegExp(`"(${WORDS.join('|')})":`, 'g');
const SHORT = /"~([0-9a-z]+)":/g;
/** Marks a text that was kept whole because it has short-looking names of its own. */
const WHOLE = ' ';

/** Null and undefined are null: they take no room. */
export function toShortJson(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  const text = JSON.stringify(value);
  if (text.includes('"~')) return WHOLE + text;
  return text.replace(WORD, (name, word: string) => SHORT_OF.get(word) ?? name);
}

export function fromShortJson(text: string | null): unknown {
  if (text === null) return null;
  if (text.startsWith(WHOLE)) return JSON.parse(text);
  return JSON.parse(text.replace(SHORT, (name, number: string) => WORD_OF.get(number) ?? name));
}
