import { say, type Say as SayOf } from '../../agreement/say';
import type { Language } from '../../agreement/schema';
import { AGREEMENT_TEXTS } from './agreement';
import { DECISION_TEXTS } from './decisions';
import { HANDOFF_TEXTS } from './handoffs';
import { OVERVIEW_TEXTS } from './overview';
import { PEOPLE_TEXTS } from './people';
import { RUN_TEXTS } from './runs';
import { REPORT_TEXTS } from './reports';
import { SHELL } from './shell';

/*
 * Everything that pages say, in the agreement's languages; a file for each page's words, so that none falls behind in one of them. `{name}` is filled in.
 */
export const TEXTS = { ...SHELL, ...OVERVIEW_TEXTS, ...PEOPLE_TEXTS, ...HANDOFF_TEXTS, ...RUN_TEXTS, ...DECISION_TEXTS, ...AGREEMENT_TEXTS, ...REPORT_TEXTS } satisfies Record<string, Record<Language, string>>;

export type TextKey = keyof typeof TEXTS;

/** Says something in a language. */
export type Say = SayOf<TextKey>;

export function sayIn(language: Language): Say {
  return say(TEXTS, language);
}
