import type { Language } from '../../agreement/schema';

export interface Word {
  /** As docs/glossary.md has it. */
  id: string;
  word: Record<Language, string>;
  meaning: Record<Language, string>;
}

/** The words of docs/glossary.md that both teams meet on these pages, in the agreement's languages. Those of the program's inside stay there. */
export const WORDS: readonly Word[] = [
  {
    id: 'agreement',
    word: { en: 'agreement', es: 'acuerdo', 'pt-BR': 'acordo' },
    meaning: { en: 'The file that both teams signed: stages, criteria, rejection reasons, SLA, fields, goals.', es: 'El archivo que ambos equipos firmaron: etapas, criterios, motivos de rechazo, SLA, campos, objetivos.', 'pt-BR': 'O arquivo que as duas equipes assinaram: etapas, critérios, motivos de rejeição, SLA, campos, metas.' },
  },
  {
    id: 'person',
    word: { en: 'person', es: 'persona', 'pt-BR': 'pessoa' },
    meaning: { en: 'One human, joined from a HubSpot contact and the Salesforce leads and contacts that are the same human.', es: 'Un ser humano, reunido de un contacto de HubSpot y los leads y contactos de Salesforce que son el mismo.', 'pt-BR': 'Um ser humano, reunido de um contato do HubSpot e dos leads e contatos do Salesforce que são o mesmo.' },
  },
  {
    id: 'record',
    word: { en: 'record', es: 'registro', 'pt-BR': 'registro' },
    meaning: { en: 'One contact, lead or opportunity in one CRM.', es: 'Un contacto, lead u oportunidad en un CRM.', 'pt-BR': 'Um contato, lead ou oportunidade em um CRM.' },
  },
  {
    id: 'evidence',
    word: { en: 'evidence', es: 'prueba', 'pt-BR': 'evidência' },
    meaning: { en: 'What was read about a person in either CRM, with its time and its source.', es: 'Lo que se leyó de una persona en cualquiera de los CRM, con su hora y su origen.', 'pt-BR': 'O que se leu sobre uma pessoa em qualquer dos CRMs, com sua hora e sua origem.' },
  },
  {
    id: 'stage',
    word: { en: 'stage', es: 'etapa', 'pt-BR': 'etapa' },
    meaning: { en: 'Where a person stands on the way from first contact to customer, or the exit they took: recycled, disqualified, lost.', es: 'Dónde está una persona en el camino del primer contacto a cliente, o la salida que tomó: reciclada, descalificada, perdida.', 'pt-BR': 'Onde uma pessoa está no caminho do primeiro contato a cliente, ou a saída que tomou: reciclada, desqualificada, perdida.' },
  },
  {
    id: 'MQL, SAL, SQL',
    word: { en: 'MQL, SAL, SQL', es: 'MQL, SAL, SQL', 'pt-BR': 'MQL, SAL, SQL' },
    meaning: { en: 'Marketing qualified; accepted by sales; qualified by sales. Each is what the agreement says it is.', es: 'Calificado por marketing; aceptado por ventas; calificado por ventas. Cada uno es lo que dice el acuerdo.', 'pt-BR': 'Qualificado pelo marketing; aceito por vendas; qualificado por vendas. Cada um é o que o acordo diz.' },
  },
  {
    id: 'transition',
    word: { en: 'transition', es: 'transición', 'pt-BR': 'transição' },
    meaning: { en: 'A person’s move from one stage to another: when it became true, when it was seen, which evidence caused it.', es: 'El paso de una persona de una etapa a otra: cuándo fue cierto, cuándo se vio, qué prueba lo causó.', 'pt-BR': 'A passagem de uma pessoa de uma etapa a outra: quando se tornou verdade, quando foi vista, que evidência a causou.' },
  },
  {
    id: 'handoff',
    word: { en: 'handoff', es: 'entrega', 'pt-BR': 'entrega' },
    meaning: { en: 'One pass of a person from marketing to sales: from MQL to accepted, rejected, won or lost. A recycled person starts a new one.', es: 'Un paso de una persona de marketing a ventas: de MQL a aceptada, rechazada, ganada o perdida. Una persona reciclada empieza otro.', 'pt-BR': 'Uma passagem de uma pessoa do marketing para vendas: de MQL a aceita, rejeitada, ganha ou perdida. Uma pessoa reciclada começa outra.' },
  },
  {
    id: 'rejection',
    word: { en: 'rejection', es: 'rechazo', 'pt-BR': 'rejeição' },
    meaning: { en: 'Sales’ answer “no” to a handoff: reason, note, who, when, in which CRM.', es: 'La respuesta «no» de ventas a una entrega: motivo, nota, quién, cuándo, en qué CRM.', 'pt-BR': 'A resposta “não” de vendas a uma entrega: motivo, nota, quem, quando, em qual CRM.' },
  },
  {
    id: 'route',
    word: { en: 'route', es: 'camino', 'pt-BR': 'caminho' },
    meaning: { en: 'What a rejection reason leads to: back later, back to nurture, correct the data, disqualify, do not contact, duplicate, another owner.', es: 'A qué lleva un motivo de rechazo: volver más adelante, volver a nutrición, corregir los datos, descalificar, no contactar, duplicado, otro responsable.', 'pt-BR': 'Aonde leva um motivo de rejeição: voltar mais tarde, voltar à nutrição, corrigir os dados, desqualificar, não contatar, duplicado, outro responsável.' },
  },
  {
    id: 'disqualified',
    word: { en: 'disqualified', es: 'descalificada', 'pt-BR': 'desqualificada' },
    meaning: { en: 'Out for good, by a reason whose route says so. Not a stage but an exit.', es: 'Fuera definitivamente, por un motivo cuyo camino lo dice. No es una etapa sino una salida.', 'pt-BR': 'Fora de vez, por um motivo cujo caminho o diz. Não é uma etapa, mas uma saída.' },
  },
  {
    id: 'recycled',
    word: { en: 'recycled', es: 'reciclada', 'pt-BR': 'reciclada' },
    meaning: { en: 'Back with marketing, until the recycle date or new engagement.', es: 'De vuelta con marketing, hasta la fecha de reciclaje o un nuevo interés.', 'pt-BR': 'De volta ao marketing, até a data de reciclagem ou novo engajamento.' },
  },
  {
    id: 'clock',
    word: { en: 'clock', es: 'reloj', 'pt-BR': 'relógio' },
    meaning: { en: 'One deadline of the SLA that runs for a handoff: first touch, answer, reason, book or return.', es: 'Un plazo del SLA que corre para una entrega: primer contacto, respuesta, motivo, agendar o devolver.', 'pt-BR': 'Um prazo do SLA que corre para uma entrega: primeiro contato, resposta, motivo, agendar ou devolver.' },
  },
  {
    id: 'scope',
    word: { en: 'scope', es: 'alcance', 'pt-BR': 'escopo' },
    meaning: { en: 'Whom the agreement governs.', es: 'A quién gobierna el acuerdo.', 'pt-BR': 'Quem o acordo governa.' },
  },
  {
    id: 'drift',
    word: { en: 'drift', es: 'desvío', 'pt-BR': 'desvio' },
    meaning: { en: 'A value in a CRM that neither the evidence nor the team that owns the stage accounts for.', es: 'Un valor en un CRM que no explican ni las pruebas ni el equipo dueño de la etapa.', 'pt-BR': 'Um valor em um CRM que nem as evidências nem a equipe dona da etapa explicam.' },
  },
  {
    id: 'link',
    word: { en: 'link', es: 'vínculo', 'pt-BR': 'vínculo' },
    meaning: { en: 'The tie between the ids that are the same person.', es: 'El lazo entre los ids que son la misma persona.', 'pt-BR': 'O laço entre os ids que são a mesma pessoa.' },
  },
  {
    id: 'primary',
    word: { en: 'primary', es: 'principal', 'pt-BR': 'principal' },
    meaning: { en: 'The one Salesforce record of a person that is written.', es: 'El único registro de Salesforce de una persona que se escribe.', 'pt-BR': 'O único registro do Salesforce de uma pessoa que é gravado.' },
  },
  {
    id: 'held',
    word: { en: 'held', es: 'retenida', 'pt-BR': 'retida' },
    meaning: { en: 'Waiting for a person’s decision: an ambiguous match, something rolled back, a contested field.', es: 'A la espera de la decisión de una persona: una coincidencia ambigua, algo revertido, un campo disputado.', 'pt-BR': 'À espera da decisão de uma pessoa: uma correspondência ambígua, algo revertido, um campo disputado.' },
  },
  {
    id: 'write',
    word: { en: 'write', es: 'escritura', 'pt-BR': 'gravação' },
    meaning: { en: 'One field-level change planned for one CRM record: before, after, why.', es: 'Un cambio de campo planeado para un registro de un CRM: antes, después, por qué.', 'pt-BR': 'Uma alteração de campo planejada para um registro de um CRM: antes, depois, por quê.' },
  },
  {
    id: 'plan',
    word: { en: 'plan', es: 'plan', 'pt-BR': 'plano' },
    meaning: { en: 'All the writes of one run, before any is sent.', es: 'Todas las escrituras de una ejecución, antes de enviar ninguna.', 'pt-BR': 'Todas as gravações de uma execução, antes de enviar qualquer uma.' },
  },
  {
    id: 'guard',
    word: { en: 'guard', es: 'límite de seguridad', 'pt-BR': 'limite de segurança' },
    meaning: { en: 'What counts the plan and stops the run when it is larger than the agreement allows.', es: 'Lo que cuenta el plan y detiene la ejecución cuando es mayor de lo que el acuerdo permite.', 'pt-BR': 'O que conta o plano e para a execução quando é maior do que o acordo permite.' },
  },
  {
    id: 'journal',
    word: { en: 'journal', es: 'diario', 'pt-BR': 'diário' },
    meaning: { en: 'Every write that was intended, and how it ended.', es: 'Cada escritura que se quiso hacer, y cómo terminó.', 'pt-BR': 'Cada gravação que se quis fazer, e como terminou.' },
  },
  {
    id: 'run',
    word: { en: 'run', es: 'ejecución', 'pt-BR': 'execução' },
    meaning: { en: 'One pass: read, match, decide, plan, guard, apply, settle.', es: 'Una pasada: leer, reunir, decidir, planear, comprobar el límite, aplicar, asentar.', 'pt-BR': 'Uma passagem: ler, reunir, decidir, planejar, conferir o limite, aplicar, assentar.' },
  },
  {
    id: 'targeted run',
    word: { en: 'targeted run', es: 'ejecución dirigida', 'pt-BR': 'execução dirigida' },
    meaning: { en: 'A run between two scheduled ones, for the people whom webhooks or Salesforce’s changes name.', es: 'Una ejecución entre dos del horario, para las personas que nombran los webhooks o los cambios de Salesforce.', 'pt-BR': 'Uma execução entre duas do horário, para as pessoas que os webhooks ou as mudanças do Salesforce nomeiam.' },
  },
  {
    id: 'stale',
    word: { en: 'stale', es: 'atrasada', 'pt-BR': 'atrasada' },
    meaning: { en: 'The last good run is older than the agreement allows.', es: 'La última ejecución correcta es más vieja de lo que el acuerdo permite.', 'pt-BR': 'A última execução correta é mais antiga do que o acordo permite.' },
  },
  {
    id: 'pending',
    word: { en: 'pending', es: 'pendiente', 'pt-BR': 'pendente' },
    meaning: { en: 'Not done in this run, and the first thing the next one takes.', es: 'No se hizo en esta ejecución, y es lo primero que toma la siguiente.', 'pt-BR': 'Não foi feito nesta execução, e é a primeira coisa que a próxima toma.' },
  },
  {
    id: 'notification',
    word: { en: 'notification', es: 'aviso', 'pt-BR': 'aviso' },
    meaning: { en: 'What people are told while it matters: a new handoff, a deadline, a stop. By task, Slack or e-mail, once.', es: 'Lo que se avisa mientras importa: una nueva entrega, un plazo, una detención. Por tarea, Slack o correo, una vez.', 'pt-BR': 'O que se avisa enquanto importa: uma nova entrega, um prazo, uma parada. Por tarefa, Slack ou e-mail, uma vez.' },
  },
  {
    id: 'escalation contact',
    word: { en: 'escalation contact', es: 'contacto de escalamiento', 'pt-BR': 'contato de escalonamento' },
    meaning: { en: 'Who hears of a breach that stands, and of those of records that nobody owns.', es: 'Quien se entera de un incumplimiento que sigue en pie, y de los de registros sin responsable.', 'pt-BR': 'Quem fica sabendo de um descumprimento que persiste, e dos de registros sem responsável.' },
  },
  {
    id: 'dead letter',
    word: { en: 'dead letter', es: 'escritura rechazada', 'pt-BR': 'gravação recusada' },
    meaning: { en: 'A write that the CRM refused for good, with the CRM’s code and a remedy that a person can act on.', es: 'Una escritura que el CRM rechazó definitivamente, con el código del CRM y un remedio que una persona puede aplicar.', 'pt-BR': 'Uma gravação que o CRM recusou de vez, com o código do CRM e um remédio que uma pessoa pode aplicar.' },
  },
  {
    id: 'note',
    word: { en: 'note', es: 'nota', 'pt-BR': 'nota' },
    meaning: { en: 'What sales answered, told in words on the HubSpot contact’s timeline, once.', es: 'Lo que ventas respondió, dicho en palabras en la cronología del contacto de HubSpot, una vez.', 'pt-BR': 'O que vendas respondeu, dito em palavras na linha do tempo do contato do HubSpot, uma vez.' },
  },
  {
    id: 'contested',
    word: { en: 'contested', es: 'disputado', 'pt-BR': 'disputado' },
    meaning: { en: 'A field that somebody else keeps setting back.', es: 'Un campo que otro revierte una y otra vez.', 'pt-BR': 'Um campo que outro reverte repetidamente.' },
  },
  {
    id: 'alongside, standalone',
    word: { en: 'alongside, standalone', es: 'junto a la integración, solo', 'pt-BR': 'junto à integração, sozinho' },
    meaning: { en: 'With HubSpot’s own Salesforce integration, which creates records and copies plain fields; or without it.', es: 'Con la integración propia de HubSpot con Salesforce, que crea registros y copia campos simples; o sin ella.', 'pt-BR': 'Com a integração própria do HubSpot com o Salesforce, que cria registros e copia campos simples; ou sem ela.' },
  },
  {
    id: 'adoption',
    word: { en: 'adoption', es: 'adopción', 'pt-BR': 'adoção' },
    meaning: { en: 'The first run on CRMs that have a past.', es: 'La primera ejecución en unos CRM que tienen un pasado.', 'pt-BR': 'A primeira execução em CRMs que têm um passado.' },
  },
];
