import type { Language } from './schema';

/** Texts by key, each in every language; `{name}` in them is filled in. */
export type Texts<Key extends string> = Readonly<Record<Key, Readonly<Record<Language, string>>>>;

/** Says one of some texts. A name without a value stays as it is. */
export type Say<Key extends string> = (key: Key, values?: Record<string, string | number>) => string;

/** Says them in a language. */
export function say<Key extends string>(texts: Texts<Key>, language: Language): Say<Key> {
  return (key, values = {}) => texts[key][language].replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
