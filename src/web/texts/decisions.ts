import type { Language } from '../../agreement/schema';

/* What the forms say by which a person decides what no run does: who is who (I8), what is given back (W9, W12), how far adoption goes (L7). */
export const DECISION_TEXTS = {
  link_title: { en: 'Who is who', es: 'Quién es quién', 'pt-BR': 'Quem é quem' },
  link_about: {
    en: 'Pick the HubSpot contact and the Salesforce record that are one person. The pick is stronger than every other evidence. If none of them fits, correct the e-mail or the id in the CRM instead.',
    es: 'Elija el contacto de HubSpot y el registro de Salesforce que son la misma persona. La elección vale más que cualquier otra prueba. Si ninguno corresponde, corrija el correo o el id en el CRM.',
    'pt-BR': 'Escolha o contato do HubSpot e o registro do Salesforce que são a mesma pessoa. A escolha vale mais que qualquer outra evidência. Se nenhum servir, corrija o e-mail ou o id no CRM.',
  },
  link_contact: { en: 'HubSpot contact', es: 'Contacto de HubSpot', 'pt-BR': 'Contato do HubSpot' },
  link_record: { en: 'Salesforce lead or contact', es: 'Lead o contacto de Salesforce', 'pt-BR': 'Lead ou contato do Salesforce' },
  link_no_contact: { en: 'No HubSpot contact is among them: correct the e-mail of one of the records, so that they no longer look like one person.', es: 'No hay ningún contacto de HubSpot entre ellos: corrija el correo de uno de los registros, para que dejen de parecer una sola persona.', 'pt-BR': 'Não há nenhum contato do HubSpot entre eles: corrija o e-mail de um dos registros, para que deixem de parecer uma só pessoa.' },
  link_no_record: { en: 'No Salesforce record is among them: merge the contacts in HubSpot, or correct the e-mail or the id of one of them.', es: 'No hay ningún registro de Salesforce entre ellos: fusione los contactos en HubSpot, o corrija el correo o el id de uno de ellos.', 'pt-BR': 'Não há nenhum registro do Salesforce entre eles: mescle os contatos no HubSpot, ou corrija o e-mail ou o id de um deles.' },
  link_confirm: { en: 'I have looked at both records: they are one person.', es: 'He mirado ambos registros: son la misma persona.', 'pt-BR': 'Olhei os dois registros: são a mesma pessoa.' },
  link_do: { en: 'Link them', es: 'Vincular', 'pt-BR': 'Vincular' },
  link_operator: { en: 'Only operators may pick.', es: 'Solo los operadores pueden elegir.', 'pt-BR': 'Só operadores podem escolher.' },
  link_done: { en: 'Picked. The next run acts on it.', es: 'Elegido. La siguiente ejecución actúa en consecuencia.', 'pt-BR': 'Escolhido. A próxima execução age de acordo.' },
  link_waits: { en: 'A pick was made; the next run acts on it.', es: 'Se hizo una elección; la siguiente ejecución actúa en consecuencia.', 'pt-BR': 'Foi feita uma escolha; a próxima execução age de acordo.' },
  link_unconfirmed: { en: 'Nothing was done: pick one record of each CRM, and tick the box.', es: 'No se hizo nada: elija un registro de cada CRM y marque la casilla.', 'pt-BR': 'Nada foi feito: escolha um registro de cada CRM e marque a caixa.' },

  release_title: { en: 'Give back what is held', es: 'Devolver lo retenido', 'pt-BR': 'Devolver o que está retido' },
  release_about: { en: 'What is held, no run writes. Given back, the next run may write it again.', es: 'Ninguna ejecución escribe lo retenido. Una vez devuelto, la siguiente ejecución puede volver a escribirlo.', 'pt-BR': 'Nenhuma execução grava o que está retido. Depois de devolvido, a próxima execução pode gravá-lo de novo.' },
  release_of_run: { en: 'Fields that are held since this run was rolled back: {n}', es: 'Campos retenidos desde que se revirtió esta ejecución: {n}', 'pt-BR': 'Campos retidos desde que esta execução foi revertida: {n}' },
  release_field: { en: 'Which field', es: 'Qué campo', 'pt-BR': 'Qual campo' },
  release_all: { en: 'All of them', es: 'Todos', 'pt-BR': 'Todos' },
  release_confirm: { en: 'What set it back is settled: Concord may write it again.', es: 'Lo que lo revertía está resuelto: Concord puede volver a escribirlo.', 'pt-BR': 'O que o revertia está resolvido: o Concord pode gravá-lo de novo.' },
  release_do: { en: 'Give back', es: 'Devolver', 'pt-BR': 'Devolver' },
  release_done: { en: 'Fields given back: {n}. The next run may write them again.', es: 'Campos devueltos: {n}. La siguiente ejecución puede volver a escribirlos.', 'pt-BR': 'Campos devolvidos: {n}. A próxima execução pode gravá-los de novo.' },
  release_unconfirmed: { en: 'Nothing was done: tick the box first.', es: 'No se hizo nada: marque antes la casilla.', 'pt-BR': 'Nada foi feito: marque antes a caixa.' },

  portion_title: { en: 'How far adoption has gone', es: 'Hasta dónde llegó la adopción', 'pt-BR': 'Até onde foi a adoção' },
  portion_about: { en: '{share} of the people are governed so far. The others wait, unwritten. A portion only grows; who is in it is drawn once and for good.', es: 'El {share} de las personas está gobernado hasta ahora. Las demás esperan, sin que se escriba nada. Una parte solo crece; quién está en ella se sortea una sola vez.', 'pt-BR': '{share} das pessoas estão governadas até agora. As outras esperam, sem que nada se grave. Uma parte só cresce; quem está nela é sorteado uma única vez.' },
  portion_whom: { en: 'Who is governed from now on', es: 'A quién se gobierna desde ahora', 'pt-BR': 'Quem é governado a partir de agora' },
  portion_share: { en: '{share} of the people, the others wait', es: 'El {share} de las personas, las demás esperan', 'pt-BR': '{share} das pessoas, as outras esperam' },
  portion_everybody: { en: 'Everybody', es: 'Todas las personas', 'pt-BR': 'Todas as pessoas' },
  portion_confirm: { en: 'I have looked at those governed so far, and it is what we want.', es: 'He mirado a las personas gobernadas hasta ahora, y es lo que queremos.', 'pt-BR': 'Olhei as pessoas governadas até agora, e é o que queremos.' },
  portion_do: { en: 'Let adoption go on', es: 'Continuar la adopción', 'pt-BR': 'Continuar a adoção' },
  portion_unconfirmed: { en: 'Nothing was done: choose how far adoption goes, and tick the box.', es: 'No se hizo nada: elija hasta dónde llega la adopción y marque la casilla.', 'pt-BR': 'Nada foi feito: escolha até onde vai a adoção e marque a caixa.' },
  need_adoption: { en: 'Adoption has reached {share} of the people', es: 'La adopción llegó al {share} de las personas', 'pt-BR': 'A adoção chegou a {share} das pessoas' },
} as const satisfies Record<string, Record<Language, string>>;
