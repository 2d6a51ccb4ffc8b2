import { say, type Say as SayOf } from '../../agreement/say';
import type { Language } from '../../agreement/schema';

/** What digests say beside what the reports say of themselves, in the agreement's languages. `{name}` is filled in. */
export const TEXTS = {
  weekly_title: { en: '{company}: weekly numbers for marketing and sales, {from} – {to}', es: '{company}: números semanales de marketing y ventas, {from} – {to}', 'pt-BR': '{company}: números semanais de marketing e vendas, {from} – {to}' },
  review_title: { en: '{company}: pack for the joint review of marketing and sales, {from} – {to}', es: '{company}: paquete para la revisión conjunta de marketing y ventas, {from} – {to}', 'pt-BR': '{company}: pacote para a revisão conjunta de marketing e vendas, {from} – {to}' },
  about_period_one: { en: '{from} – {to}, compared with the day before ({beforeFrom}).', es: '{from} – {to}, comparado con el día anterior ({beforeFrom}).', 'pt-BR': '{from} – {to}, comparado com o dia anterior ({beforeFrom}).' },
  about_period: { en: '{from} – {to}, compared with the {days} days before ({beforeFrom} – {beforeTo}).', es: '{from} – {to}, comparado con los {days} días anteriores ({beforeFrom} – {beforeTo}).', 'pt-BR': '{from} – {to}, comparado com os {days} dias anteriores ({beforeFrom} – {beforeTo}).' },
  about_now: { en: 'Counted on {when} ({zone}). Answers and clocks of both periods are as they stood then.', es: 'Contado el {when} ({zone}). Las respuestas y los relojes de ambos períodos son los de ese momento.', 'pt-BR': 'Contado em {when} ({zone}). As respostas e os relógios dos dois períodos são os desse momento.' },
  about_marks: { en: '* is a small sample; – is not measured, or withheld: the report says why.', es: '* es una muestra pequeña; – no se midió o se retuvo: el informe dice por qué.', 'pt-BR': '* é uma amostra pequena; – não foi medido ou foi retido: o relatório diz por quê.' },
  what: { en: 'What', es: 'Qué', 'pt-BR': 'O quê' },
  change: { en: 'Change', es: 'Cambio', 'pt-BR': 'Mudança' },
  points: { en: '{n} points', es: '{n} puntos', 'pt-BR': '{n} pontos' },
  report_link: { en: 'Report: {title}', es: 'Informe: {title}', 'pt-BR': 'Relatório: {title}' },
  none: { en: 'Nothing in this period.', es: 'Nada en este período.', 'pt-BR': 'Nada neste período.' },
  not_whole: { en: 'Shortened here: {n} more lines are in the whole digest (`concord digest {name}`, or the e-mail).', es: 'Abreviado aquí: otras {n} líneas están en el resumen completo (`concord digest {name}`, o el correo).', 'pt-BR': 'Abreviado aqui: outras {n} linhas estão no resumo completo (`concord digest {name}`, ou o e-mail).' },

  // --- points of the weekly digest
  attention: { en: 'What waits for a person', es: 'Lo que espera a una persona', 'pt-BR': 'O que espera por uma pessoa' },
  marketing: { en: 'Marketing', es: 'Marketing', 'pt-BR': 'Marketing' },
  sales: { en: 'Sales', es: 'Ventas', 'pt-BR': 'Vendas' },
  rejections: { en: 'Why sales said no', es: 'Por qué ventas dijo que no', 'pt-BR': 'Por que vendas disse não' },
  sla: { en: 'What both promised', es: 'Lo que ambos prometieron', 'pt-BR': 'O que os dois prometeram' },
  waiting: { en: 'Who waits longest', es: 'Quién espera más', 'pt-BR': 'Quem espera há mais tempo' },
  goals: { en: 'Goals', es: 'Objetivos', 'pt-BR': 'Metas' },
  alignment: { en: 'Alignment', es: 'Alineación', 'pt-BR': 'Alinhamento' },
  data: { en: 'Both CRMs', es: 'Ambos CRM', 'pt-BR': 'Os dois CRMs' },

  // --- lines
  nothing_waits: { en: 'Nothing waits for a person.', es: 'Nada espera a una persona.', 'pt-BR': 'Nada espera por uma pessoa.' },
  overdue_touch: { en: 'First touches overdue', es: 'Primeros contactos vencidos', 'pt-BR': 'Primeiros contatos vencidos' },
  overdue_answer: { en: 'Answers overdue', es: 'Respuestas vencidas', 'pt-BR': 'Respostas vencidas' },
  overdue_reason: { en: 'Reasons overdue', es: 'Motivos vencidos', 'pt-BR': 'Motivos vencidos' },
  remedy_overdue: { en: 'The owners answer, or hand the lead on.', es: 'Los responsables responden o pasan el lead.', 'pt-BR': 'Os responsáveis respondem ou passam o lead adiante.' },
  review_due: { en: 'The next joint review is due by {date}.', es: 'La próxima revisión conjunta es a más tardar el {date}.', 'pt-BR': 'A próxima revisão conjunta é até {date}.' },
  review_overdue: { en: 'The joint review was due by {date}: it is overdue.', es: 'La revisión conjunta era a más tardar el {date}: está atrasada.', 'pt-BR': 'A revisão conjunta era até {date}: está atrasada.' },
  review_last: { en: 'The last one was held on {date}.', es: 'La última fue el {date}.', 'pt-BR': 'A última foi em {date}.' },
  review_none: { en: 'None has been recorded yet.', es: 'Todavía no se ha registrado ninguna.', 'pt-BR': 'Ainda não foi registrada nenhuma.' },
  person: { en: 'Person', es: 'Persona', 'pt-BR': 'Pessoa' },
  since: { en: 'With sales since', es: 'En ventas desde', 'pt-BR': 'Com vendas desde' },
  business_hours: { en: 'Business hours', es: 'Horas hábiles', 'pt-BR': 'Horas úteis' },
  answer_due: { en: 'Answer due', es: 'Respuesta a más tardar', 'pt-BR': 'Resposta até' },
  owner: { en: 'Owner', es: 'Responsable', 'pt-BR': 'Responsável' },
  no_owner: { en: '(nobody)', es: '(nadie)', 'pt-BR': '(ninguém)' },
  nobody_waits: { en: 'Nobody waits for an answer.', es: 'Nadie espera una respuesta.', 'pt-BR': 'Ninguém espera uma resposta.' },
  ids_only: { en: 'People stand here by their record’s id; the link, or `concord explain ID`, tells more.', es: 'Las personas aparecen por el id de su registro; el enlace, o `concord explain ID`, cuenta más.', 'pt-BR': 'As pessoas aparecem pelo id do registro; o link, ou `concord explain ID`, conta mais.' },
  won_deals: { en: 'Won opportunities', es: 'Oportunidades ganadas', 'pt-BR': 'Oportunidades ganhas' },
  lost_deals: { en: 'Lost opportunities', es: 'Oportunidades perdidas', 'pt-BR': 'Oportunidades perdidas' },
  closed_on: { en: 'Closed on', es: 'Cerrada el', 'pt-BR': 'Fechada em' },
  parity: { en: 'People in scope', es: 'Personas gobernadas', 'pt-BR': 'Pessoas governadas' },
  disagree: { en: 'of them, the CRMs disagree on', es: 'de ellas, los CRM discrepan en', 'pt-BR': 'delas, os CRMs discordam em' },
  how_many: { en: 'How many', es: 'Cuántos', 'pt-BR': 'Quantos' },
  what_to_do: { en: 'What to do', es: 'Qué hacer', 'pt-BR': 'O que fazer' },

  // --- points of the review
  strategy: { en: 'Strategy', es: 'Estrategia', 'pt-BR': 'Estratégia' },
  ask_strategy: { en: 'Which stages, sources and customers do we work on until the next review?', es: '¿En qué etapas, orígenes y clientes trabajamos hasta la próxima revisión?', 'pt-BR': 'Em quais etapas, origens e clientes trabalhamos até a próxima revisão?' },
  ask_goals: { en: 'Are the goals still the right ones, and does each have an owner in both teams?', es: '¿Siguen siendo los objetivos correctos, y tiene cada uno un responsable en ambos equipos?', 'pt-BR': 'As metas ainda são as certas, e cada uma tem um responsável nas duas equipes?' },
  terms: { en: 'Terms', es: 'Términos', 'pt-BR': 'Termos' },
  ask_terms: { en: 'Do both teams still mean the same by these words?', es: '¿Siguen entendiendo ambos equipos lo mismo con estas palabras?', 'pt-BR': 'As duas equipes ainda entendem o mesmo com estas palavras?' },
  term_when: { en: '{stage}: {condition}.', es: '{stage}: {condition}.', 'pt-BR': '{stage}: {condition}.' },
  term_needs: { en: 'Handed over only with: {fields}.', es: 'Se entrega solo con: {fields}.', 'pt-BR': 'Só é entregue com: {fields}.' },
  term_sla: { en: 'Sales: first touch within {touch}, answer within {answer}, reason of a rejection within {reason}, qualified or returned within {book} (business time).', es: 'Ventas: primer contacto en {touch}, respuesta en {answer}, motivo del rechazo en {reason}, calificado o devuelto en {book} (tiempo hábil).', 'pt-BR': 'Vendas: primeiro contato em {touch}, resposta em {answer}, motivo da rejeição em {reason}, qualificado ou devolvido em {book} (tempo útil).' },
  term_marketing: { en: 'Marketing: {n} complete MQLs a {per}.', es: 'Marketing: {n} MQL completos por {per}.', 'pt-BR': 'Marketing: {n} MQLs completos por {per}.' },
  per_week: { en: 'week', es: 'semana', 'pt-BR': 'semana' },
  per_month: { en: 'month', es: 'mes', 'pt-BR': 'mês' },
  per_quarter: { en: 'quarter', es: 'trimestre', 'pt-BR': 'trimestre' },
  changes_since: { en: 'Changed in the agreement since the last review ({n}):', es: 'Cambios en el acuerdo desde la última revisión ({n}):', 'pt-BR': 'Mudanças no acordo desde a última revisão ({n}):' },
  changes_none: { en: 'The agreement is as it was at the last review.', es: 'El acuerdo es el mismo de la última revisión.', 'pt-BR': 'O acordo é o mesmo da última revisão.' },
  changes_unknown: { en: 'No earlier review is recorded: what has changed since cannot be told.', es: 'No hay una revisión anterior registrada: no se puede decir qué cambió desde entonces.', 'pt-BR': 'Não há revisão anterior registrada: não se pode dizer o que mudou desde então.' },
  key: { en: 'Key', es: 'Clave', 'pt-BR': 'Chave' },
  then: { en: 'At the last review', es: 'En la última revisión', 'pt-BR': 'Na última revisão' },
  now: { en: 'Now', es: 'Ahora', 'pt-BR': 'Agora' },
  campaigns: { en: 'Campaigns', es: 'Campañas', 'pt-BR': 'Campanhas' },
  ask_campaigns: { en: 'Which campaigns bring leads that sales accepts, and customers? Which of them end, and what is planned?', es: '¿Qué campañas traen leads que ventas acepta, y clientes? ¿Cuáles terminan y qué se planea?', 'pt-BR': 'Quais campanhas trazem leads que vendas aceita, e clientes? Quais terminam e o que está planejado?' },
  challenges: { en: 'Challenges', es: 'Retos', 'pt-BR': 'Desafios' },
  ask_challenges: { en: 'What keeps either team from its part?', es: '¿Qué impide a cada equipo hacer su parte?', 'pt-BR': 'O que impede cada equipe de fazer a sua parte?' },
  wins: { en: 'Wins and losses', es: 'Ganados y perdidos', 'pt-BR': 'Ganhos e perdas' },
  ask_wins: { en: 'What did the won ones have in common, and what did the lost ones lack?', es: '¿Qué tuvieron en común los ganados, y qué faltó en los perdidos?', 'pt-BR': 'O que os ganhos tiveram em comum, e o que faltou nos perdidos?' },
  ask_sla: { en: 'Are the deadlines kept, and are they the right ones?', es: '¿Se cumplen los plazos, y son los correctos?', 'pt-BR': 'Os prazos são cumpridos, e são os certos?' },
  decisions: { en: 'Decisions to take', es: 'Decisiones por tomar', 'pt-BR': 'Decisões a tomar' },
  decide_reason: { en: '“{reason}” is the answer to {share} of the decided handoffs ({n}): change what makes an MQL, or where that reason leads?', es: '«{reason}» es la respuesta a {share} de las entregas decididas ({n}): ¿cambiar lo que hace un MQL, o adónde lleva ese motivo?', 'pt-BR': '“{reason}” é a resposta a {share} das entregas decididas ({n}): mudar o que faz um MQL, ou para onde esse motivo leva?' },
  decide_clock: { en: '{clock}: kept in {share} ({n} cases). Change the deadline, who answers, or how leads are assigned?', es: '{clock}: cumplido en {share} ({n} casos). ¿Cambiar el plazo, quién responde o cómo se asignan los leads?', 'pt-BR': '{clock}: cumprido em {share} ({n} casos). Mudar o prazo, quem responde ou como os leads são atribuídos?' },
  decide_goal: { en: '{goal}: {state}, {actual} of {target}. What changes until the end of its term?', es: '{goal}: {state}, {actual} de {target}. ¿Qué cambia hasta el final de su plazo?', 'pt-BR': '{goal}: {state}, {actual} de {target}. O que muda até o fim do prazo?' },
  decide_goal_lacks: { en: '{goal} lacks: {what}.', es: 'A {goal} le falta: {what}.', 'pt-BR': 'Falta a {goal}: {what}.' },
  decide_no_goal: { en: 'The agreement names no goals: agree on one that both teams own (`goals:`).', es: 'El acuerdo no nombra objetivos: acuerden uno con responsable en ambos equipos (`goals:`).', 'pt-BR': 'O acordo não nomeia metas: combinem uma com responsável nas duas equipes (`goals:`).' },
  decide_words: { en: '{what}: {n}. {remedy}', es: '{what}: {n}. {remedy}', 'pt-BR': '{what}: {n}. {remedy}' },
  decide_none: { en: 'Nothing in these numbers asks for a decision.', es: 'Nada en estos números pide una decisión.', 'pt-BR': 'Nada nestes números pede uma decisão.' },
  decision_blank: { en: 'Decided', es: 'Decidido', 'pt-BR': 'Decidido' },
  notes: { en: 'Notes', es: 'Notas', 'pt-BR': 'Notas' },
  note_blank: { en: 'Note', es: 'Nota', 'pt-BR': 'Nota' },
  sign_off: { en: 'Sign-off', es: 'Firmas', 'pt-BR': 'Assinaturas' },
  sign_text: { en: 'Both teams stand by the agreement as it is ({hash}). Afterwards `concord digest review --held` records that the review took place.', es: 'Ambos equipos respaldan el acuerdo tal como está ({hash}). Después, `concord digest review --held` registra que la revisión tuvo lugar.', 'pt-BR': 'As duas equipes apoiam o acordo como está ({hash}). Depois, `concord digest review --held` registra que a revisão aconteceu.' },
  sign_marketing: { en: 'Marketing, date', es: 'Marketing, fecha', 'pt-BR': 'Marketing, data' },
  sign_sales: { en: 'Sales, date', es: 'Ventas, fecha', 'pt-BR': 'Vendas, data' },
} as const satisfies Record<string, Record<Language, string>>;

export type DigestTextKey = keyof typeof TEXTS;

/** Says something in a language. */
export type DigestSay = SayOf<DigestTextKey>;

export function sayDigest(language: Language): DigestSay {
  return say(TEXTS, language);
}
