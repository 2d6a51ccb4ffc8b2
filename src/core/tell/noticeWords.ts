import type { Language } from '../../agreement/schema';
import type { GuardFinding } from '../plan/guard';
import type { NotificationKind } from '../../domain/notification';
import type { Clock } from '../decide/rules/sla';

/** The sentences of notifications, by language. What is put in stays as it is; whoever sends the text escapes it. */
export interface NoticeWords {
  clock: Record<Clock['name'], string>;
  newHandoff: (name: string) => string;
  dueSoon: (clock: string, name: string) => string;
  overdue: (clock: string, name: string) => string;
  escalated: (clock: string, name: string) => string;
  company: (company: string) => string;
  why: (why: string) => string;
  by: (clock: string, when: string) => string;
  due: (when: string) => string;
  wasDue: (when: string) => string;
  withSalesSince: (when: string) => string;
  handoff: (cycle: number) => string;
  owner: (name: string) => string;
  ownerInactive: (name: string) => string;
  noOwner: string;
  reopen: (name: string) => string;
  /** Null: the agreement names no status to set. */
  reopenHow: (status: string | null) => string;
  /** A batch's title. */
  many: Record<NotificationKind, (n: number) => string>;
  more: (n: number) => string;
  guardStop: string;
  adoptionStop: string;
  limit: Record<GuardFinding['limit'], string>;
  exceeded: (limit: string, found: number, allowed: number) => string;
  guardRemedy: string;
  run: (run: string) => string;
  deadLetters: (n: number) => string;
  deadLetterRemedy: string;
  staleSince: (when: string) => string;
  staleNever: (when: string) => string;
  staleRemedy: string;
}

export const NOTICE_WORDS: Record<Language, NoticeWords> = {
  en: {
    clock: { first_touch: 'First touch', answer: 'Answer', reason: 'Rejection reason', book_or_recycle: 'Qualify or return' },
    newHandoff: (name) => `New handoff: ${name}`,
    dueSoon: (clock, name) => `${clock} due soon: ${name}`,
    overdue: (clock, name) => `${clock} overdue: ${name}`,
    escalated: (clock, name) => `Escalated, ${clock.toLowerCase()} still overdue: ${name}`,
    company: (company) => `Company: ${company}`,
    why: (why) => `Why: ${why}`,
    by: (clock, when) => `${clock} by ${when}`,
    due: (when) => `Due on ${when}`,
    wasDue: (when) => `Was due on ${when}`,
    withSalesSince: (when) => `With sales since ${when}`,
    handoff: (cycle) => `Handoff ${cycle}: this person has been with sales before`,
    owner: (name) => `Owner: ${name}`,
    ownerInactive: (name) => `Owner: ${name}, a deactivated user`,
    noOwner: 'No owner yet',
    reopen: (name) => `Came back, please reopen the lead: ${name}`,
    reopenHow: (status) => `Salesforce does not let Concord reopen this closed lead. ${status === null ? 'Set an open status on it' : `Set its status to ${status}`}; until then no deadline runs.`,
    many: {
      new_handoff: (n) => `${n} new handoffs`,
      due_soon: (n) => `${n} deadlines due soon`,
      breach: (n) => `${n} deadlines overdue`,
      rejection_digest: (n) => (n === 1 ? '1 lead rejected by sales' : `${n} leads rejected by sales`),
      weekly_digest: (n) => `${n} weekly digests`,
      review_pack: (n) => `${n} review packs`,
      stale: (n) => `${n} stale connectors`,
      guard_stop: (n) => `${n} runs stopped by the guard`,
      dead_letters: (n) => `${n} runs with new dead letters`,
    },
    more: (n) => `… and ${n} more`,
    guardStop: 'The guard stopped a run: nothing was written',
    adoptionStop: 'The first run waits for a person’s yes: nothing was written',
    limit: { creates: 'records to create', regressions: 'stages to move backward', links_ended: 'links to end', overwrites: 'values to replace', share: 'people to change', adoption: 'people that it would change' },
    exceeded: (limit, found, allowed) => `${limit}: ${found}, allowed ${allowed}`,
    guardRemedy: 'Look at it with `concord plan`, then let it through with `concord sync --allow-large-change`, or correct the agreement.',
    run: (run) => `Run ${run}`,
    deadLetters: (n) => (n === 1 ? '1 new dead letter' : `${n} new dead letters`),
    deadLetterRemedy: '`concord dead-letters` lists them with what to do.',
    staleSince: (when) => `No good run since ${when}`,
    staleNever: (when) => `No good run yet, waiting since ${when}`,
    staleRemedy: 'Nothing is carried between the CRMs until a run goes through. `concord runs` and `concord check` say what is wrong.',
  },
  es: {
    clock: { first_touch: 'Primer contacto', answer: 'Respuesta', reason: 'Motivo del rechazo', book_or_recycle: 'Calificar o devolver' },
    newHandoff: (name) => `Nueva entrega: ${name}`,
    dueSoon: (clock, name) => `${clock} por vencer: ${name}`,
    overdue: (clock, name) => `${clock} fuera de plazo: ${name}`,
    escalated: (clock, name) => `Escalado, ${clock.toLowerCase()} sigue fuera de plazo: ${name}`,
    company: (company) => `Empresa: ${company}`,
    why: (why) => `Por qué: ${why}`,
    by: (clock, when) => `${clock} antes del ${when}`,
    due: (when) => `Vence el ${when}`,
    wasDue: (when) => `Venció el ${when}`,
    withSalesSince: (when) => `En ventas desde el ${when}`,
    handoff: (cycle) => `Entrega ${cycle}: esta persona ya estuvo con ventas`,
    owner: (name) => `Responsable: ${name}`,
    ownerInactive: (name) => `Responsable: ${name}, usuario desactivado`,
    noOwner: 'Todavía sin responsable',
    reopen: (name) => `Volvió, hay que reabrir el lead: ${name}`,
    reopenHow: (status) => `Salesforce no deja que Concord reabra este lead cerrado. ${status === null ? 'Ponga en él un estado abierto' : `Ponga su estado en ${status}`}; hasta entonces no corre ningún plazo.`,
    many: {
      new_handoff: (n) => `${n} entregas nuevas`,
      due_soon: (n) => `${n} plazos por vencer`,
      breach: (n) => `${n} plazos vencidos`,
      rejection_digest: (n) => (n === 1 ? '1 lead rechazado por ventas' : `${n} leads rechazados por ventas`),
      weekly_digest: (n) => `${n} resúmenes semanales`,
      review_pack: (n) => `${n} paquetes de revisión`,
      stale: (n) => `${n} conectores detenidos`,
      guard_stop: (n) => `${n} ejecuciones detenidas por los límites`,
      dead_letters: (n) => `${n} ejecuciones con escrituras rechazadas`,
    },
    more: (n) => `… y ${n} más`,
    guardStop: 'Los límites detuvieron una ejecución: no se escribió nada',
    adoptionStop: 'La primera ejecución espera el sí de una persona: no se escribió nada',
    limit: { creates: 'registros por crear', regressions: 'etapas que retroceden', links_ended: 'vínculos que terminan', overwrites: 'valores por reemplazar', share: 'personas por cambiar', adoption: 'personas que cambiaría' },
    exceeded: (limit, found, allowed) => `${limit}: ${found}, permitido ${allowed}`,
    guardRemedy: 'Revíselo con `concord plan` y déjelo pasar con `concord sync --allow-large-change`, o corrija el acuerdo.',
    run: (run) => `Ejecución ${run}`,
    deadLetters: (n) => (n === 1 ? '1 escritura rechazada nueva' : `${n} escrituras rechazadas nuevas`),
    deadLetterRemedy: '`concord dead-letters` las muestra con lo que hay que hacer.',
    staleSince: (when) => `Sin ejecución correcta desde el ${when}`,
    staleNever: (when) => `Todavía sin ejecución correcta, en espera desde el ${when}`,
    staleRemedy: 'Nada pasa de un CRM al otro hasta que una ejecución termine bien. `concord runs` y `concord check` dicen qué falla.',
  },
  'pt-BR': {
    clock: { first_touch: 'Primeiro contato', answer: 'Resposta', reason: 'Motivo da rejeição', book_or_recycle: 'Qualificar ou devolver' },
    newHandoff: (name) => `Nova passagem: ${name}`,
    dueSoon: (clock, name) => `${clock} perto de vencer: ${name}`,
    overdue: (clock, name) => `${clock} fora do prazo: ${name}`,
    escalated: (clock, name) => `Escalado, ${clock.toLowerCase()} continua fora do prazo: ${name}`,
    company: (company) => `Empresa: ${company}`,
    why: (why) => `Por quê: ${why}`,
    by: (clock, when) => `${clock} até ${when}`,
    due: (when) => `Vence em ${when}`,
    wasDue: (when) => `Venceu em ${when}`,
    withSalesSince: (when) => `Com vendas desde ${when}`,
    handoff: (cycle) => `Passagem ${cycle}: esta pessoa já esteve com vendas`,
    owner: (name) => `Responsável: ${name}`,
    ownerInactive: (name) => `Responsável: ${name}, usuário desativado`,
    noOwner: 'Ainda sem responsável',
    reopen: (name) => `Voltou, é preciso reabrir o lead: ${name}`,
    reopenHow: (status) => `O Salesforce não deixa o Concord reabrir este lead fechado. ${status === null ? 'Ponha nele um status aberto' : `Mude o status para ${status}`}; até lá nenhum prazo corre.`,
    many: {
      new_handoff: (n) => `${n} passagens novas`,
      due_soon: (n) => `${n} prazos perto de vencer`,
      breach: (n) => `${n} prazos vencidos`,
      rejection_digest: (n) => (n === 1 ? '1 lead rejeitado por vendas' : `${n} leads rejeitados por vendas`),
      weekly_digest: (n) => `${n} resumos semanais`,
      review_pack: (n) => `${n} pacotes de revisão`,
      stale: (n) => `${n} conectores parados`,
      guard_stop: (n) => `${n} execuções paradas pelos limites`,
      dead_letters: (n) => `${n} execuções com gravações recusadas`,
    },
    more: (n) => `… e mais ${n}`,
    guardStop: 'Os limites pararam uma execução: nada foi gravado',
    adoptionStop: 'A primeira execução espera o sim de uma pessoa: nada foi gravado',
    limit: { creates: 'registros a criar', regressions: 'etapas que voltam', links_ended: 'vínculos que terminam', overwrites: 'valores a substituir', share: 'pessoas a mudar', adoption: 'pessoas que mudaria' },
    exceeded: (limit, found, allowed) => `${limit}: ${found}, permitido ${allowed}`,
    guardRemedy: 'Veja com `concord plan` e deixe passar com `concord sync --allow-large-change`, ou corrija o acordo.',
    run: (run) => `Execução ${run}`,
    deadLetters: (n) => (n === 1 ? '1 gravação recusada nova' : `${n} gravações recusadas novas`),
    deadLetterRemedy: '`concord dead-letters` mostra cada uma e o que fazer.',
    staleSince: (when) => `Sem execução correta desde ${when}`,
    staleNever: (when) => `Ainda sem execução correta, esperando desde ${when}`,
    staleRemedy: 'Nada passa de um CRM para o outro até uma execução terminar bem. `concord runs` e `concord check` dizem o que há de errado.',
  },
};
