/** What a clause's `field` leads to. */
export type FieldRef =
  | { kind: 'score' }
  | { kind: 'field'; id: string }
  | { kind: 'hubspot'; name: string }
  | { kind: 'salesforce'; object: 'lead' | 'contact' | 'any'; name: string }
  | { kind: 'fact'; fact: Fact };

/** Facts that no single field holds: they are decided from the person's Salesforce records (I2, L12). */
export const FACTS = ['converted', 'open_opportunity', 'won_opportunity'] as const;
export type Fact = (typeof FACTS)[number];

/** Reads a clause's field as written, without looking whether a field id exists. Null: it is none of the forms. */
export function parseFieldRef(text: string): FieldRef | null {
  if (text === 'score') return { kind: 'score' };
  const parts = text.split('.');
  const [first, second, third] = parts;
  if (parts.length === 1) return /^[a-z][a-z0-9_]*$/.test(text) ? { kind: 'field', id: text } : null;
  if (parts.some((part) => !/^[A-Za-z][A-Za-z0-9_]*$/.test(part)) || second === undefined) return null;
  if (first === 'fact' && parts.length === 2) return isFact(second) ? { kind: 'fact', fact: second } : null;
  if (first === 'hubspot' && parts.length === 2) return { kind: 'hubspot', name: second };
  if (first === 'salesforce' && parts.length === 2) return { kind: 'salesforce', object: 'any', name: second };
  if (first === 'salesforce' && parts.length === 3 && third !== undefined && (second === 'lead' || second === 'contact'))
    return { kind: 'salesforce', object: second, name: third };
  return null;
}

function isFact(text: string): text is Fact {
  return (FACTS as readonly string[]).includes(text);
}

/**
 * Standard Lead fields that Contact does not have under that name (Salesforce object reference; a Contact has no status, and its address fields
 * begin with Mailing). The value says what to use on a Contact, when there is something.
 */
export const LEAD_ONLY: Readonly<Record<string, string | null>> = {
  Status: null,
  Company: null,
  IsConverted: null,
  ConvertedDate: null,
  Rating: null,
  Industry: null,
  Website: null,
  NumberOfEmployees: null,
  AnnualRevenue: null,
  Country: 'MailingCountry',
  State: 'MailingState',
  City: 'MailingCity',
  Street: 'MailingStreet',
  PostalCode: 'MailingPostalCode',
};
