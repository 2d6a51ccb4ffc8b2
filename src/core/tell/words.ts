import type { Language } from '../../agreement/schema';

/** The sentences in which moments are told, by language. Names, reasons and words of reps are put in as they are; whoever sends the text escapes it. */
export interface TellingWords {
  rejected: (reason: string) => string;
  rejectedWithoutReason: string;
  /** F8: recorded and not counted: without an open handoff, or against an opportunity. */
  recorded: (reason: string) => string;
  recordedWithoutReason: string;
  corrected: (reason: string) => string;
  noted: string;
  rerouted: string;
  takenBack: string;
  /** Nobody answered in the agreed time; sales took it up after that. */
  expired: string;
  resumed: string;
  cameBack: (cycle: number) => string;
  duplicate: string;
  /** Who, where, when: `Rita Rep in Salesforce, on 22 Nov 2026, 10:04 (America/Mexico_City)`. */
  by: (who: string | null, crm: string, when: string) => string;
  on: (when: string) => string;
  reason: (reason: string) => string;
  inWords: (words: string) => string;
  note: (note: string) => string;
  detail: (detail: string) => string;
  count: (count: number, cycle: number) => string;
  /** F4. */
  waitsForReason: string;
  next: (route: string, date: string | null) => string;
  toFix: (field: string | null) => string;
  toMap: string;
  /** The same reason for the third time. */
  toReview: string;
  survivor: (detail: string) => string;
  colleague: (detail: string) => string;
  staysOpen: string;
  noLongerCounts: (when: string, reason: string | null) => string;
  stage: (stage: string) => string;
  why: (why: string) => string;
  lastTime: (when: string, reason: string | null) => string;
  closedAsDuplicate: (record: string) => string;
  goesOnWith: (record: string) => string;
  record: (crm: string, object: string, id: string) => string;
  /** The rest of a text too long for a note is where the rep wrote it. */
  cut: string;
  quoted: (text: string) => string;
  /** For luxon. */
  locale: string;
}

const NUMBER: Record<Language, (n: number, one: string, many: string) => string> = {
  en: (n, one, many) => (n === 1 ? one : many),
  es: (n, one, many) => (n === 1 ? one : many),
  'pt-BR': (n, one, many) => (n <= 1 ? one : many),
};

export const TELLING: Record<Language, TellingWords> = {
  en: {
    rejected: (reason) => `Sales rejected the handoff: ${reason}`,
    rejectedWithoutReason: 'Sales rejected the handoff without a reason',
    recorded: (reason) => `Sales said no, not counted as a rejection: ${reason}`,
    recordedWithoutReason: 'Sales said no without a reason, not counted as a rejection',
    corrected: (reason) => `Sales changed its answer: ${reason}`,
    noted: 'Sales added to its answer',
    rerouted: 'Sales says that the owner is wrong',
    takenBack: 'Sales took the rejection back',
    expired: 'Nobody at sales answered in the agreed time: back to marketing',
    resumed: 'Sales took up the handoff that had come back unanswered',
    cameBack: (cycle) => `Came back: handed to sales again (handoff ${cycle})`,
    duplicate: 'Sales closed a record as a duplicate',
    by: (who, crm, when) => `${who ?? 'Somebody'} in ${crm}, on ${when}`,
    on: (when) => `On ${when}`,
    reason: (reason) => `Reason: ${reason}`,
    inWords: (words) => `In the rep’s words: ${words}`,
    note: (note) => `Note: ${note}`,
    detail: (detail) => `Detail: ${detail}`,
    count: (count, cycle) => `Rejected ${count} ${NUMBER.en(count, 'time', 'times')} so far (handoff ${cycle})`,
    waitsForReason: 'Next: sales still owes the reason.',
    next: (route, date) => (date === null ? `Next: ${route}` : `Next: ${route}, on ${date}`),
    toFix: (field) => (field === null ? 'To correct: sales did not say which field.' : `To correct: ${field}`),
    toMap: 'Next: the agreement does not know this reason; RevOps decides what follows.',
    toReview: 'Rejected again and again for the same reason: set a date, or make it an MQL by hand.',
    survivor: (detail) => `Duplicate of: ${detail}`,
    colleague: (detail) => `To be asked: ${detail}`,
    staysOpen: 'The handoff stays open until the right owner answers.',
    noLongerCounts: (when, reason) => `The rejection of ${when}${reason === null ? '' : ` (${reason})`} does not count any more.`,
    stage: (stage) => `Stage now: ${stage}`,
    why: (why) => `Why: ${why}`,
    lastTime: (when, reason) => `Last rejected on ${when}${reason === null ? ', without a reason' : `: ${reason}`}`,
    closedAsDuplicate: (record) => `Closed: ${record}`,
    goesOnWith: (record) => `The handoff goes on with: ${record}`,
    record: (crm, object, id) => `${crm} ${object} ${id}`,
    cut: '… (cut here; all of it stands in the field in which the rep wrote it)',
    quoted: (text) => `“${text}”`,
    locale: 'en-GB',
  },
  es: {
    rejected: (reason) => `Ventas rechazó la entrega: ${reason}`,
    rejectedWithoutReason: 'Ventas rechazó la entrega sin dar un motivo',
    recorded: (reason) => `Ventas dijo que no, sin contar como rechazo: ${reason}`,
    recordedWithoutReason: 'Ventas dijo que no sin dar un motivo, sin contar como rechazo',
    corrected: (reason) => `Ventas cambió su respuesta: ${reason}`,
    noted: 'Ventas completó su respuesta',
    rerouted: 'Ventas dice que el responsable no es el correcto',
    takenBack: 'Ventas retiró el rechazo',
    expired: 'Nadie de ventas respondió en el plazo acordado: vuelve a marketing',
    resumed: 'Ventas retomó la entrega que había vuelto sin respuesta',
    cameBack: (cycle) => `Volvió: entregado a ventas de nuevo (entrega ${cycle})`,
    duplicate: 'Ventas cerró un registro como duplicado',
    by: (who, crm, when) => `${who ?? 'Alguien'} en ${crm}, el ${when}`,
    on: (when) => `El ${when}`,
    reason: (reason) => `Motivo: ${reason}`,
    inWords: (words) => `En palabras del vendedor: ${words}`,
    note: (note) => `Nota: ${note}`,
    detail: (detail) => `Detalle: ${detail}`,
    count: (count, cycle) => `Rechazado ${count} ${NUMBER.es(count, 'vez', 'veces')} hasta ahora (entrega ${cycle})`,
    waitsForReason: 'Siguiente paso: falta que ventas dé el motivo.',
    next: (route, date) => (date === null ? `Siguiente paso: ${route}` : `Siguiente paso: ${route}, el ${date}`),
    toFix: (field) => (field === null ? 'Por corregir: ventas no dijo qué campo.' : `Por corregir: ${field}`),
    toMap: 'Siguiente paso: el acuerdo no conoce este motivo; RevOps decide qué sigue.',
    toReview: 'Rechazado varias veces por el mismo motivo: pon una fecha o márcalo como MQL a mano.',
    survivor: (detail) => `Duplicado de: ${detail}`,
    colleague: (detail) => `A quién preguntar: ${detail}`,
    staysOpen: 'La entrega sigue abierta hasta que responda el responsable correcto.',
    noLongerCounts: (when, reason) => `El rechazo del ${when}${reason === null ? '' : ` (${reason})`} ya no cuenta.`,
    stage: (stage) => `Etapa actual: ${stage}`,
    why: (why) => `Por qué: ${why}`,
    lastTime: (when, reason) => `Último rechazo: ${when}${reason === null ? ', sin motivo' : `, ${reason}`}`,
    closedAsDuplicate: (record) => `Cerrado: ${record}`,
    goesOnWith: (record) => `La entrega sigue con: ${record}`,
    record: (crm, object, id) => `${object} ${id} en ${crm}`,
    cut: '… (cortado aquí; el texto completo está en el campo donde lo escribió el vendedor)',
    quoted: (text) => `«${text}»`,
    locale: 'es',
  },
  'pt-BR': {
    rejected: (reason) => `Vendas rejeitou a passagem: ${reason}`,
    rejectedWithoutReason: 'Vendas rejeitou a passagem sem dar um motivo',
    recorded: (reason) => `Vendas disse não, sem contar como rejeição: ${reason}`,
    recordedWithoutReason: 'Vendas disse não sem dar um motivo, sem contar como rejeição',
    corrected: (reason) => `Vendas mudou a resposta: ${reason}`,
    noted: 'Vendas completou a resposta',
    rerouted: 'Vendas diz que o responsável não é o correto',
    takenBack: 'Vendas retirou a rejeição',
    expired: 'Ninguém de vendas respondeu no prazo acordado: volta ao marketing',
    resumed: 'Vendas retomou a passagem que tinha voltado sem resposta',
    cameBack: (cycle) => `Voltou: passado a vendas de novo (passagem ${cycle})`,
    duplicate: 'Vendas fechou um registro como duplicado',
    by: (who, crm, when) => `${who ?? 'Alguém'} no ${crm}, em ${when}`,
    on: (when) => `Em ${when}`,
    reason: (reason) => `Motivo: ${reason}`,
    inWords: (words) => `Nas palavras do vendedor: ${words}`,
    note: (note) => `Nota: ${note}`,
    detail: (detail) => `Detalhe: ${detail}`,
    count: (count, cycle) => `Rejeitado ${count} ${NUMBER['pt-BR'](count, 'vez', 'vezes')} até agora (passagem ${cycle})`,
    waitsForReason: 'Próximo passo: falta vendas dar o motivo.',
    next: (route, date) => (date === null ? `Próximo passo: ${route}` : `Próximo passo: ${route}, em ${date}`),
    toFix: (field) => (field === null ? 'A corrigir: vendas não disse qual campo.' : `A corrigir: ${field}`),
    toMap: 'Próximo passo: o acordo não conhece este motivo; RevOps decide o que segue.',
    toReview: 'Rejeitado várias vezes pelo mesmo motivo: defina uma data ou marque-o como MQL à mão.',
    survivor: (detail) => `Duplicado de: ${detail}`,
    colleague: (detail) => `A quem perguntar: ${detail}`,
    staysOpen: 'A passagem continua aberta até o responsável correto responder.',
    noLongerCounts: (when, reason) => `A rejeição de ${when}${reason === null ? '' : ` (${reason})`} já não conta.`,
    stage: (stage) => `Etapa atual: ${stage}`,
    why: (why) => `Por quê: ${why}`,
    lastTime: (when, reason) => `Última rejeição: ${when}${reason === null ? ', sem motivo' : `, ${reason}`}`,
    closedAsDuplicate: (record) => `Fechado: ${record}`,
    goesOnWith: (record) => `A passagem continua com: ${record}`,
    record: (crm, object, id) => `${object} ${id} no ${crm}`,
    cut: '… (cortado aqui; o texto completo está no campo em que o vendedor o escreveu)',
    quoted: (text) => `“${text}”`,
    locale: 'pt-BR',
  },
};

/** Records by the names people use for them. */
export const OBJECT_NAMES: Record<Language, Record<'contact' | 'lead', string>> = {
  en: { contact: 'contact', lead: 'lead' },
  es: { contact: 'contacto', lead: 'lead' },
  'pt-BR': { contact: 'contato', lead: 'lead' },
};
