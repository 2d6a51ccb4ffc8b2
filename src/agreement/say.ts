import type { Language } from './schema';

/** Texts by key, each in every language; `{name}` in them is filled in. */
export type Texts<Key extends string> = Readonly<Record<Key, Readonly<Record<Language, string>>>>;

/** Says one of some texts in a language. A name without a value stays as it is. */
export function say<Key extends string>(texts: Texts<Key>, language: Language): (key: Key, values?: Record<string, string | number>) => string {
  return (key, values = {}) => texts[key][language].replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
