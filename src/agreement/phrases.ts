import type { Value } from '../domain/record';
import type { Fact } from './fieldRef';
import type { Language, Operator } from './schema';

/** The words in which a clause is told, by language. Values and field names stay as they are: they are what RevOps finds in the CRM. */
export interface Phrases {
  operators: Record<Operator, (name: string, operand: string) => string>;
  facts: Record<Fact, { yes: string; no: string }>;
  score: string;
  itIs: (value: string) => string;
  empty: string;
  unreadable: string;
  not: (text: string) => string;
  or: string;
  and: string;
  yes: string;
  no: string;
}

export const PHRASES: Record<Language, Phrases> = {
  en: {
    operators: {
      is: (name, operand) => `${name} is ${operand}`,
      is_not: (name, operand) => `${name} is not ${operand}`,
      in: (name, operand) => `${name} is one of ${operand}`,
      not_in: (name, operand) => `${name} is none of ${operand}`,
      at_least: (name, operand) => `${name} is at least ${operand}`,
      at_most: (name, operand) => `${name} is at most ${operand}`,
      known: (name) => `${name} has a value`,
      unknown: (name) => `${name} has no value`,
      contains: (name, operand) => `${name} contains “${operand}”`,
      starts_with: (name, operand) => `${name} starts with “${operand}”`,
      within_days: (name, operand) => `${name} was within the last ${operand} days`,
    },
    facts: {
      converted: { yes: 'the lead is converted', no: 'the lead is not converted' },
      open_opportunity: { yes: 'has an open opportunity', no: 'has no open opportunity' },
      won_opportunity: { yes: 'has a won opportunity', no: 'has no won opportunity' },
    },
    score: 'score',
    itIs: (value) => `(it is ${value})`,
    empty: '(it is empty)',
    unreadable: '(it cannot be read)',
    not: (text) => `not: ${text}`,
    or: ' or ',
    and: '; ',
    yes: 'yes',
    no: 'no',
  },
  es: {
    operators: {
      is: (name, operand) => `${name} es ${operand}`,
      is_not: (name, operand) => `${name} no es ${operand}`,
      in: (name, operand) => `${name} es uno de ${operand}`,
      not_in: (name, operand) => `${name} no es ninguno de ${operand}`,
      at_least: (name, operand) => `${name} es al menos ${operand}`,
      at_most: (name, operand) => `${name} es como máximo ${operand}`,
      known: (name) => `${name} tiene valor`,
      unknown: (name) => `${name} no tiene valor`,
      contains: (name, operand) => `${name} contiene «${operand}»`,
      starts_with: (name, operand) => `${name} empieza por «${operand}»`,
      within_days: (name, operand) => `${name} fue en los últimos ${operand} días`,
    },
    facts: {
      converted: { yes: 'el lead está convertido', no: 'el lead no está convertido' },
      open_opportunity: { yes: 'tiene una oportunidad abierta', no: 'no tiene oportunidad abierta' },
      won_opportunity: { yes: 'tiene una oportunidad ganada', no: 'no tiene oportunidad ganada' },
    },
    score: 'puntuación',
    itIs: (value) => `(es ${value})`,
    empty: '(está vacío)',
    unreadable: '(no se puede leer)',
    not: (text) => `no se cumple: ${text}`,
    or: ' o ',
    and: '; ',
    yes: 'sí',
    no: 'no',
  },
  'pt-BR': {
    operators: {
      is: (name, operand) => `${name} é ${operand}`,
      is_not: (name, operand) => `${name} não é ${operand}`,
      in: (name, operand) => `${name} é um de ${operand}`,
      not_in: (name, operand) => `${name} não é nenhum de ${operand}`,
      at_least: (name, operand) => `${name} é pelo menos ${operand}`,
      at_most: (name, operand) => `${name} é no máximo ${operand}`,
      known: (name) => `${name} tem valor`,
      unknown: (name) => `${name} não tem valor`,
      contains: (name, operand) => `${name} contém “${operand}”`,
      starts_with: (name, operand) => `${name} começa com “${operand}”`,
      within_days: (name, operand) => `${name} foi nos últimos ${operand} dias`,
    },
    facts: {
      converted: { yes: 'o lead está convertido', no: 'o lead não está convertido' },
      open_opportunity: { yes: 'tem uma oportunidade aberta', no: 'não tem oportunidade aberta' },
      won_opportunity: { yes: 'tem uma oportunidade ganha', no: 'não tem oportunidade ganha' },
    },
    score: 'pontuação',
    itIs: (value) => `(é ${value})`,
    empty: '(está vazio)',
    unreadable: '(não pode ser lido)',
    not: (text) => `não se cumpre: ${text}`,
    or: ' ou ',
    and: '; ',
    yes: 'sim',
    no: 'não',
  },
};

/** A value in words. Moments are shown to the minute, in UTC. */
export function valueText(value: Value, language: Language): string {
  if (typeof value === 'boolean') return value ? PHRASES[language].yes : PHRASES[language].no;
  const text = String(value);
  return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/.test(text) ? `${text.slice(0, 10)} ${text.slice(11, 16)} UTC` : text;
}
