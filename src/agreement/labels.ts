import type { Route, SlaState, StageId } from '../domain/stage';
import type { Label, Language } from './schema';

/** A label in a language; English where the agreement does not give that language. */
export function labelText(label: Label, language: Language): string {
  return label[language] ?? label.en;
}

/** The stages' labels as they stand unless the agreement words them otherwise. */
export const STAGE_LABELS: Readonly<Record<StageId, Required<Record<Language, string>>>> = {
  subscriber: { en: 'Subscriber', es: 'Suscriptor', 'pt-BR': 'Assinante' },
  lead: { en: 'Lead', es: 'Lead (contacto interesado)', 'pt-BR': 'Lead (contato interessado)' },
  mql: { en: 'Marketing qualified lead (MQL)', es: 'Lead calificado por marketing (MQL)', 'pt-BR': 'Lead qualificado pelo marketing (MQL)' },
  sal: { en: 'Sales accepted lead (SAL)', es: 'Lead aceptado por ventas (SAL)', 'pt-BR': 'Lead aceito por vendas (SAL)' },
  sql: { en: 'Sales qualified lead (SQL)', es: 'Lead calificado por ventas (SQL)', 'pt-BR': 'Lead qualificado por vendas (SQL)' },
  opportunity: { en: 'Opportunity', es: 'Oportunidad', 'pt-BR': 'Oportunidade' },
  customer: { en: 'Customer', es: 'Cliente', 'pt-BR': 'Cliente' },
  recycled: { en: 'Recycled (back to nurture)', es: 'Reciclado (vuelve a nutrición)', 'pt-BR': 'Reciclado (volta à nutrição)' },
  disqualified: { en: 'Disqualified', es: 'Descalificado', 'pt-BR': 'Desqualificado' },
  lost: { en: 'Lost opportunity', es: 'Oportunidad perdida', 'pt-BR': 'Oportunidade perdida' },
};

const ROUTE_LABELS: Readonly<Record<Route, Record<Language, string>>> = {
  recycle: { en: 'Recycle later', es: 'Reciclar más adelante', 'pt-BR': 'Reciclar mais tarde' },
  nurture: { en: 'Back to nurture', es: 'Volver a nutrición', 'pt-BR': 'Voltar à nutrição' },
  fix_data: { en: 'Correct the data', es: 'Corregir los datos', 'pt-BR': 'Corrigir os dados' },
  disqualify: { en: 'Disqualify', es: 'Descalificar', 'pt-BR': 'Desqualificar' },
  suppress: { en: 'Do not contact', es: 'No contactar', 'pt-BR': 'Não contatar' },
  duplicate: { en: 'Duplicate', es: 'Duplicado', 'pt-BR': 'Duplicado' },
  reroute: { en: 'Reroute to the right owner', es: 'Reasignar al responsable correcto', 'pt-BR': 'Reatribuir ao responsável correto' },
  unmapped: { en: 'Reason not recognised', es: 'Motivo no reconocido', 'pt-BR': 'Motivo não reconhecido' },
  review: { en: 'A person decides', es: 'Decide una persona', 'pt-BR': 'Uma pessoa decide' },
};

const SLA_LABELS: Readonly<Record<SlaState, Record<Language, string>>> = {
  on_track: { en: 'On track', es: 'A tiempo', 'pt-BR': 'No prazo' },
  due_soon: { en: 'Due soon', es: 'Por vencer', 'pt-BR': 'Perto de vencer' },
  breached: { en: 'Breached', es: 'Incumplido', 'pt-BR': 'Descumprido' },
  met: { en: 'Met', es: 'Cumplido', 'pt-BR': 'Cumprido' },
};

/** What an unanswered handoff returns as. */
export const EXPIRED_LABEL: Readonly<Record<Language, string>> = { en: 'Not answered in time', es: 'Sin respuesta de ventas a tiempo', 'pt-BR': 'Sem resposta de vendas no prazo' };

export function routeLabel(route: Route, language: Language): string {
  return ROUTE_LABELS[route][language];
}

export function slaLabel(state: SlaState, language: Language): string {
  return SLA_LABELS[state][language];
}
