import type { Language } from '../../agreement/schema';
import { PROBLEMS, type Problem, type ProblemCode } from '../../domain/problem';

interface Told {
  message: string;
  remedy: string;
}

const AGAIN: Record<'es' | 'pt-BR', string> = { es: 'Nada que hacer: se vuelve a intentar.', 'pt-BR': 'Nada a fazer: tenta-se de novo.' };

/** What a CRM's refusal means and what to do about it, beyond English, which domain/problem.ts has. */
const TRANSLATED: Readonly<Record<ProblemCode, Record<'es' | 'pt-BR', Told>>> = {
  invalid_value: { es: { message: 'El CRM rechaza el valor de un campo.', remedy: 'Corrija el valor, o la correspondencia en el acuerdo; después reintente.' }, 'pt-BR': { message: 'O CRM recusa o valor de um campo.', remedy: 'Corrija o valor, ou a correspondência no acordo; depois tente de novo.' } },
  invalid_option: { es: { message: 'El valor no está entre las opciones de un campo de selección.', remedy: 'Añada la opción en el CRM (o ejecute setup), o corrija el acuerdo; después reintente.' }, 'pt-BR': { message: 'O valor não está entre as opções de um campo de seleção.', remedy: 'Adicione a opção no CRM (ou execute setup), ou corrija o acordo; depois tente de novo.' } },
  invalid_email: { es: { message: 'El CRM rechaza el correo.', remedy: 'Corrija la dirección en el registro del otro CRM.' }, 'pt-BR': { message: 'O CRM recusa o e-mail.', remedy: 'Corrija o endereço no registro do outro CRM.' } },
  too_long: { es: { message: 'El texto es más largo de lo que el campo permite.', remedy: 'Alargue el campo en el CRM, o acorte el texto.' }, 'pt-BR': { message: 'O texto é mais longo do que o campo permite.', remedy: 'Aumente o campo no CRM, ou encurte o texto.' } },
  required_missing: { es: { message: 'El CRM exige un campo que está vacío.', remedy: 'Complete ese campo en el registro, o hágalo opcional en el CRM.' }, 'pt-BR': { message: 'O CRM exige um campo que está vazio.', remedy: 'Preencha esse campo no registro, ou torne-o opcional no CRM.' } },
  validation_rule: { es: { message: 'Una regla de validación de la organización rechaza el cambio.', remedy: 'Permita que el usuario de integración omita la regla, o arregle lo que la regla pide.' }, 'pt-BR': { message: 'Uma regra de validação da organização recusa a alteração.', remedy: 'Permita que o usuário de integração ignore a regra, ou corrija o que a regra pede.' } },
  field_missing: { es: { message: 'El CRM no conoce el campo, o lo oculta al usuario de integración.', remedy: 'Ejecute setup, o dé al usuario de integración acceso al campo.' }, 'pt-BR': { message: 'O CRM não conhece o campo, ou o oculta do usuário de integração.', remedy: 'Execute setup, ou dê ao usuário de integração acesso ao campo.' } },
  read_only: { es: { message: 'El campo no se puede escribir.', remedy: 'Quite el campo de lo que el acuerdo escribe, o dé permiso de edición sobre él.' }, 'pt-BR': { message: 'O campo não pode ser gravado.', remedy: 'Retire o campo do que o acordo grava, ou dê permissão de edição sobre ele.' } },
  no_permission: { es: { message: 'El usuario de integración no puede hacer esto.', remedy: 'Dé al usuario de integración el permiso que nombra la respuesta del CRM.' }, 'pt-BR': { message: 'O usuário de integração não pode fazer isto.', remedy: 'Dê ao usuário de integração a permissão que a resposta do CRM nomeia.' } },
  missing_scope: { es: { message: 'Al token le falta un alcance.', remedy: 'Añada el alcance a la aplicación de HubSpot e instálela de nuevo.' }, 'pt-BR': { message: 'Falta um escopo ao token.', remedy: 'Adicione o escopo ao aplicativo do HubSpot e instale-o de novo.' } },
  duplicate: { es: { message: 'Una regla de duplicados o un campo único del CRM rechaza el registro.', remedy: 'Fusione los duplicados, o vincule el registro existente con `concord link`.' }, 'pt-BR': { message: 'Uma regra de duplicados ou um campo único do CRM recusa o registro.', remedy: 'Mescle os duplicados, ou vincule o registro existente com `concord link`.' } },
  not_found: { es: { message: 'El registro no existe o no se puede ver.', remedy: 'Compruebe si fue eliminado o está oculto para el usuario de integración.' }, 'pt-BR': { message: 'O registro não existe ou não pode ser visto.', remedy: 'Verifique se foi excluído ou está oculto para o usuário de integração.' } },
  deleted: { es: { message: 'El registro fue eliminado.', remedy: 'Restáurelo en el CRM, o déjelo: el vínculo terminó.' }, 'pt-BR': { message: 'O registro foi excluído.', remedy: 'Restaure-o no CRM, ou deixe: o vínculo terminou.' } },
  converted: { es: { message: 'El lead está convertido y no se puede editar.', remedy: 'Dé al usuario de integración “View and Edit Converted Leads”, o deje el lead como historia.' }, 'pt-BR': { message: 'O lead está convertido e não pode ser editado.', remedy: 'Dê ao usuário de integração “View and Edit Converted Leads”, ou deixe o lead como histórico.' } },
  locked: { es: { message: 'Otro proceso tenía el registro.', remedy: AGAIN.es }, 'pt-BR': { message: 'Outro processo estava com o registro.', remedy: AGAIN['pt-BR'] } },
  approval_lock: { es: { message: 'Un proceso de aprobación bloquea el registro.', remedy: 'Termine la aprobación; la escritura se vuelve a intentar.' }, 'pt-BR': { message: 'Um processo de aprovação bloqueia o registro.', remedy: 'Termine a aprovação; a gravação é tentada de novo.' } },
  inactive_owner: { es: { message: 'El responsable del registro está desactivado.', remedy: 'Dé al registro un responsable activo.' }, 'pt-BR': { message: 'O responsável pelo registro está desativado.', remedy: 'Dê ao registro um responsável ativo.' } },
  automation_failed: { es: { message: 'Una automatización de la organización (trigger o flow) falló con el cambio.', remedy: 'Muestre las palabras del CRM a quien mantiene esa automatización.' }, 'pt-BR': { message: 'Uma automação da organização (trigger ou flow) falhou com a alteração.', remedy: 'Mostre as palavras do CRM a quem mantém essa automação.' } },
  storage_full: { es: { message: 'Al CRM no le queda almacenamiento.', remedy: 'Libere o compre almacenamiento en el CRM.' }, 'pt-BR': { message: 'O CRM está sem armazenamento.', remedy: 'Libere ou compre armazenamento no CRM.' } },
  rate_limited: { es: { message: 'El CRM pidió ir más despacio.', remedy: AGAIN.es }, 'pt-BR': { message: 'O CRM pediu para ir mais devagar.', remedy: AGAIN['pt-BR'] } },
  quota_spent: { es: { message: 'La cuota diaria de la API (o la parte de Concord) está gastada.', remedy: 'Espere a que la cuota se renueve, o suba la parte de Concord en el acuerdo.' }, 'pt-BR': { message: 'A cota diária da API (ou a parte do Concord) está gasta.', remedy: 'Espere a cota se renovar, ou aumente a parte do Concord no acordo.' } },
  unavailable: { es: { message: 'El CRM no respondió, o respondió que está sobrecargado.', remedy: AGAIN.es }, 'pt-BR': { message: 'O CRM não respondeu, ou respondeu que está sobrecarregado.', remedy: AGAIN['pt-BR'] } },
  maintenance: { es: { message: 'El CRM está en mantenimiento o en traslado.', remedy: AGAIN.es }, 'pt-BR': { message: 'O CRM está em manutenção ou sendo movido.', remedy: AGAIN['pt-BR'] } },
  unauthorized: { es: { message: 'El CRM no acepta la credencial.', remedy: 'Revise el token o la clave y el secreto de la aplicación; tras una rotación ponga los nuevos en .env.' }, 'pt-BR': { message: 'O CRM não aceita a credencial.', remedy: 'Confira o token ou a chave e o segredo do aplicativo; depois de uma rotação ponha os novos no .env.' } },
  ambiguous_outcome: { es: { message: 'La conexión se perdió durante una escritura: puede que haya ocurrido.', remedy: 'Nada que hacer: la siguiente ejecución mira y la termina.' }, 'pt-BR': { message: 'A conexão se perdeu durante uma gravação: ela pode ter ocorrido.', remedy: 'Nada a fazer: a próxima execução olha e a termina.' } },
  batch_sibling: { es: { message: 'La escritura se retuvo porque otra de su lote falló.', remedy: AGAIN.es }, 'pt-BR': { message: 'A gravação foi retida porque outra do seu lote falhou.', remedy: AGAIN['pt-BR'] } },
  ignored_write: { es: { message: 'El CRM aceptó la escritura, pero el valor no cambió.', remedy: 'Busque en el CRM una automatización o regla que mantenga el valor anterior.' }, 'pt-BR': { message: 'O CRM aceitou a gravação, mas o valor não mudou.', remedy: 'Procure no CRM uma automação ou regra que mantenha o valor anterior.' } },
  bad_request: { es: { message: 'El CRM dice que la solicitud está mal formada.', remedy: 'Es un fallo de Concord: infórmelo con el código.' }, 'pt-BR': { message: 'O CRM diz que a solicitação está malformada.', remedy: 'É uma falha do Concord: informe-a com o código.' } },
  unreadable: { es: { message: 'La respuesta del CRM no se pudo leer.', remedy: 'Es un fallo de Concord o del CRM: infórmelo con el código.' }, 'pt-BR': { message: 'A resposta do CRM não pôde ser lida.', remedy: 'É uma falha do Concord ou do CRM: informe-a com o código.' } },
  unknown: { es: { message: 'El CRM rechazó con un código que Concord no conoce.', remedy: 'Lea el código y las palabras del CRM; infórmelos para que el código tenga nombre.' }, 'pt-BR': { message: 'O CRM recusou com um código que o Concord não conhece.', remedy: 'Leia o código e as palavras do CRM; informe-os para que o código tenha nome.' } },
};

/** A refusal in the visitor's language. What says something particular to its case, or comes from a newer program, stays as it was taken down. */
export function problemIn(language: Language, { code, message, remedy }: Pick<Problem, 'code' | 'message' | 'remedy'>): Told {
  const standard = PROBLEMS[code] as Told | undefined;
  const told = language === 'en' ? undefined : (TRANSLATED as Record<string, Record<'es' | 'pt-BR', Told> | undefined>)[code]?.[language];
  return { message: told !== undefined && message === standard?.message ? told.message : message, remedy: told !== undefined && remedy === standard?.remedy ? told.remedy : remedy };
}
