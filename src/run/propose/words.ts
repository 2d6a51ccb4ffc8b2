import { normaliseReason } from '../../agreement/normalise';
import type { StageId } from '../../domain/stage';

/*
 * How companies name their stages and statuses in English, Spanish and Portuguese: a proposal has to start somewhere. Texts are compared without case and
 * accents. Every match is said to be a guess, with the word that led to it.
 */

const STAGE_WORDS: Readonly<Record<StageId, RegExp>> = {
  subscriber: /\b(subscriber|suscriptor|suscrito|assinante|inscrito)/,
  lead: /^(lead|leads|raw lead|inquiry|prospecto|prospect|interesado|interessado|contacto|contato)$/,
  mql: /\bmql\b|marketing qualified|c(al|ual)ificado (por|de|para) (marketing|mercadeo|mercadotecnia)|qualificado (por|pelo|para|de) marketing/,
  sal: /\bsal\b|sales accepted|accepted by sales|acept(ado|ada) (por|de) ventas|aceit[oa] (por|pelas?|de) vendas/,
  sql: /\bsql\b|sales qualified|c(al|ual)ificado (por|de|para) ventas|qualificado (por|pelas?|para|de) vendas/,
  opportunity: /\b(opportunity|oportunidad|oportunidade)\b/,
  customer: /\b(customer|client|cliente)s?\b/,
  recycled: /\b(recycl|recicl|nurtur|nutrici|nutricao|nutrir)/,
  disqualified: /\b(disqualif|unqualif|not qualified|descalif|no c(al|ual)ificad|desqualif|nao qualificad|descartad|rejected|rechazad|rejeitad)/,
  lost: /\b(lost|perdid[oa])\b/,
};

/** Salesforce lead statuses, in the order in which they are judged: "cerrado sin contactar" is closed. */
const STATUS_WORDS = {
  rejecting: /not converted|no convertid|nao convertid|unqualif|disqualif|not qualified|no c(al|ual)ificad|descalif|desqualif|nao qualificad|descartad|rechazad|rejeitad|rejected|^closed|^cerrad|^fechad|perdid|\blost\b|\bdead\b|recycl|recicl|nurtur|nutrici|nutricao/,
  opening: /not contacted|^new\b|^open\b|^nuev[oa]\b|sin contactar|no contactad|por contactar|^abiert[oa]\b|^nov[oa]\b|^abert[oa]\b|nao contatad|sem contato|a contatar|unassigned|sin asignar/,
  working: /working|contacted|contactad|contatad|trabaj|en (proceso|progreso|gestion|curso|contacto|seguimiento)|em (andamento|processo|progresso|contato|acompanhamento)|in progress|attempt|intento|tentativa|engaged|qualifying/,
} as const;

export type StatusMeaning = keyof typeof STATUS_WORDS;

/** HubSpot's default lead statuses by what they say, for portals that renamed or replaced them. */
const HUBSPOT_STATUS_WORDS: Readonly<Record<string, RegExp>> = {
  UNQUALIFIED: STAGE_WORDS.disqualified,
  BAD_TIMING: /bad timing|mal momento|momento errado|not now|ahora no|agora nao|no es el momento|mas adelante|recycl|recicl|nurtur|nutrici|nutricao/,
  OPEN_DEAL: /open deal|(negocio|oportunidad|oportunidade) (abiert|en curso|abert|em andamento)|\bdeal\b/,
  ATTEMPTED_TO_CONTACT: /attempt|intento|intentad|tentativa/,
  CONNECTED: /connected|conectad|contactad|contatad/,
  IN_PROGRESS: /in progress|working|en (proceso|progreso|gestion|curso)|em (andamento|processo|progresso)|trabaj/,
  NEW: /^new\b|^nuev[oa]\b|^nov[oa]\b/,
  OPEN: /^open\b|^abiert[oa]\b|^abert[oa]\b/,
};

interface Named {
  value: string;
  label: string;
}

function says(words: RegExp, one: Named): boolean {
  return words.test(normaliseReason(one.label)) || words.test(normaliseReason(one.value));
}

export function saysStage(stage: StageId, one: Named): boolean {
  return says(STAGE_WORDS[stage], one);
}

/** What a Salesforce lead status seems to mean; null: its name tells nothing. */
export function statusMeaning(one: Named): StatusMeaning | null {
  for (const meaning of ['rejecting', 'opening', 'working'] as const) if (says(STATUS_WORDS[meaning], one)) return meaning;
  return null;
}

/** The first of the options that says what one of HubSpot's default lead statuses says. */
export function likeHubspotStatus(value: string, options: readonly Named[]): Named | undefined {
  const words = HUBSPOT_STATUS_WORDS[value];
  return words === undefined ? undefined : options.find((option) => says(words, option));
}

/** Sources of leads that mean the same in other words. */
const SOURCES: readonly RegExp[] = [/^(web|website|web site|sitio web|pagina web|site|internet|online)$/, /^(other|otro|otros|otra|outro|outros|outra)$/];

export function sameSource(value: string, options: readonly Named[]): Named | undefined {
  const words = SOURCES.find((one) => one.test(normaliseReason(value)));
  return words === undefined ? undefined : options.find((option) => says(words, option));
}
