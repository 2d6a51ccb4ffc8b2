import type { Language } from './schema';

/** What reps read in Salesforce beside the fields' labels. List views and the action hold 40 characters, the rule's message 255. */
export type SalesText = 'reasonRequired' | 'awaiting' | 'withoutReason' | 'breached' | 'reject' | 'path' | 'guideOpen' | 'guideRejected';

export const SALES_TEXTS: Readonly<Record<Language, Readonly<Record<SalesText, string>>>> = {
  en: {
    reasonRequired: 'Choose a rejection reason: marketing acts on it.',
    awaiting: 'MQLs awaiting an answer',
    withoutReason: 'Rejected without a reason',
    breached: 'SLA breached',
    reject: 'Reject lead',
    path: 'Agreed lead path',
    guideOpen: 'Marketing handed this lead over. Read why, then accept it by working it, or reject it with a reason before the SLA is due.',
    guideRejected: 'Choose the reason first and add a note: both go back to marketing. For a later date, set when to recycle the lead.',
  },
  es: {
    reasonRequired: 'Elija un motivo de rechazo: marketing actúa según él.',
    awaiting: 'MQL en espera de respuesta',
    withoutReason: 'Rechazados sin motivo',
    breached: 'SLA incumplido',
    reject: 'Rechazar lead',
    path: 'Ruta acordada del lead',
    guideOpen: 'Marketing entregó este lead. Lea por qué y acéptelo trabajándolo, o rechace el lead con un motivo antes de que venza el SLA.',
    guideRejected: 'Elija primero el motivo y agregue una nota: ambos vuelven a marketing. Si es para más adelante, indique cuándo reciclar el lead.',
  },
  'pt-BR': {
    reasonRequired: 'Escolha um motivo de rejeição: o marketing age conforme ele.',
    awaiting: 'MQLs aguardando resposta',
    withoutReason: 'Rejeitados sem motivo',
    breached: 'SLA descumprido',
    reject: 'Rejeitar lead',
    path: 'Caminho acordado do lead',
    guideOpen: 'O marketing entregou este lead. Leia por quê e aceite-o trabalhando nele, ou rejeite-o com um motivo antes do prazo do SLA.',
    guideRejected: 'Escolha primeiro o motivo e adicione uma nota: ambos voltam ao marketing. Se for para mais tarde, indique quando reciclar o lead.',
  },
};
