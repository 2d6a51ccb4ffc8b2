import { say } from '../../src/agreement/say';
import { LANGUAGES } from '../../src/agreement/schema';
import { TEXTS as DIGESTS } from '../../src/report/digest/texts';
import { TEXTS as REPORTS } from '../../src/report/texts';
import { TEXTS as PAGES } from '../../src/web/texts';

const greeting = { hello: { en: 'Hello, {name}: {n}', es: 'Hola, {name}: {n}', 'pt-BR': 'Olá, {name}: {n}' } };

test('names are filled in; one without a value stays, a value is taken as it is', () => {
  expect(say(greeting, 'es')('hello', { name: '$& {n}', n: 0 })).toBe('Hola, $& {n}: 0');
  expect(say(greeting, 'en')('hello', { n: 2 })).toBe('Hello, {name}: 2');
});

test.each([['reports', REPORTS], ['digests', DIGESTS], ['pages', PAGES]])('every text of %s stands in every language, with the same names to fill in', (_, texts) => {
  const names = (text: string): string[] => [...text.matchAll(/\{\w+\}/g)].map(([name]) => name).sort();
  for (const [key, text] of Object.entries(texts)) {
    for (const language of LANGUAGES) expect({ key, language, empty: text[language].trim() === '', names: names(text[language]) }).toEqual({ key, language, empty: false, names: names(text.en) });
  }
});
