import type { Language } from '../../agreement/schema';

/* What the pages about handoffs and rejections say. */
export const HANDOFF_TEXTS = {
  sla_on_track: { en: 'on track', es: 'a tiempo', 'pt-BR': 'no prazo' },
  sla_due_soon: { en: 'due soon', es: 'por vencer', 'pt-BR': 'perto de vencer' },
  sla_breached: { en: 'breached', es: 'incumplido', 'pt-BR': 'descumprido' },
  sla_met: { en: 'met', es: 'cumplido', 'pt-BR': 'cumprido' },
  handoffs_lead: { en: 'What waits for sales, by deadline, and what sales answered.', es: 'Lo que espera a ventas, por vencimiento, y lo que ventas respondió.', 'pt-BR': 'O que espera por vendas, por vencimento, e o que vendas respondeu.' },
  handoffs_kinds: { en: 'Kinds of handoffs', es: 'Tipos de entregas', 'pt-BR': 'Tipos de entregas' },
  handoffs_unanswered: { en: 'Without an answer', es: 'Sin respuesta', 'pt-BR': 'Sem resposta' },
  sla_none: { en: 'no clock', es: 'sin reloj', 'pt-BR': 'sem relógio' },
  handoffs_open: { en: 'Clock running', es: 'Reloj en marcha', 'pt-BR': 'Relógio correndo' },
  handoffs_breached: { en: 'Past the deadline', es: 'Vencidas', 'pt-BR': 'Vencidas' },
  handoffs_coming: { en: 'Still in time', es: 'Aún a tiempo', 'pt-BR': 'Ainda no prazo' },
  handoffs_rejections: { en: 'Rejections', es: 'Rechazos', 'pt-BR': 'Rejeições' },
  handoffs_clock: { en: 'Waits for', es: 'Espera', 'pt-BR': 'Espera' },
  handoffs_any_clock: { en: 'Any', es: 'Cualquiera', 'pt-BR': 'Qualquer' },
  handoffs_none: { en: 'No handoff in this list', es: 'Ninguna entrega en esta lista', 'pt-BR': 'Nenhuma entrega nesta lista' },
  handoffs_none_remedy: { en: 'Every deadline that ran has been met, or nobody was handed over yet.', es: 'Se cumplió cada plazo, o aún no se entregó a nadie.', 'pt-BR': 'Todo prazo foi cumprido, ou ninguém foi entregue ainda.' },
  rejections_none: { en: 'No rejection', es: 'Ningún rechazo', 'pt-BR': 'Nenhuma rejeição' },
  rejections_none_remedy: { en: 'Sales has rejected nobody, for this reason at least.', es: 'Ventas no rechazó a nadie, al menos por este motivo.', 'pt-BR': 'Vendas não rejeitou ninguém, ao menos por este motivo.' },
  rejections_any: { en: 'Any reason', es: 'Cualquier motivo', 'pt-BR': 'Qualquer motivo' },
  rejections_without: { en: 'Without a reason', es: 'Sin motivo', 'pt-BR': 'Sem motivo' },
  when: { en: 'When', es: 'Cuándo', 'pt-BR': 'Quando' },
} as const satisfies Record<string, Record<Language, string>>;
