/*
 * What must never reach a log: secrets, and what is personal. Fields are redacted by name, text by the shapes of tokens and addresses (design.md
 * section 6). Records are named by their ids, never by a person's name or e-mail.
 */

const SECRET_NAME = /token|secret|password|authorization|credential|private.?key|session|cookie|(database|webhook|smtp).?url/i;
const PERSONAL_NAME = /e-?mail|phone|first.?name|last.?name|^name$|note|body|vendor.?message/i;
const SHAPES: readonly [RegExp, string][] = [
  [/pat-[a-z0-9]+-[0-9a-f-]{8,}/gi, '[token]'],
  [/00D\w{12,15}![\w.]+/g, '[token]'],
  [/\bBearer\s+[\w.!~+/-]+=*/gi, 'Bearer [token]'],
  [/eyJ[\w-]+\.[\w-]+\.[\w-]+/g, '[token]'],
  [/hooks\.slack\.com\/[\w/.-]+/gi, 'hooks.slack.com/[secret]'],
  [/smtps?:\/\/[^\s@]+@/gi, 'smtp://[secret]@'],
  [/postgres(ql)?:\/\/[^\s@]+@/gi, 'postgres://[secret]@'],
  [/[\w.+-]+@[\w-]+(\.[\w-]+)+/g, '[e-mail]'],
];

export function redactText(text: string): string {
  return SHAPES.reduce((out, [shape, instead]) => out.replace(shape, instead), text);
}

/** A copy of a log entry's fields without secrets and personal data. */
export function redact(value: unknown, name = ''): unknown {
  if (SECRET_NAME.test(name)) return '[secret]';
  if (PERSONAL_NAME.test(name)) return '[personal]';
  if (typeof value === 'string') return redactText(value);
  if (Array.isArray(value)) return value.map((each) => redact(each));
  if (value instanceof Error) return { name: value.name, message: redactText(value.message) };
  if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, redact(each, key)]));
  return value;
}
