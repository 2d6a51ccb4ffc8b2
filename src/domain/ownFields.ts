/** The fields Concord writes of its own (design.md section 5), with their default names. The agreement's `names` may rename them. */

export type OwnFieldType = 'text' | 'longtext' | 'number' | 'date' | 'datetime' | 'stage' | 'reason' | 'route' | 'sla';

export interface OwnField {
  hubspot: string | null;
  salesforce: string | null;
  type: OwnFieldType;
  label: { en: string; es: string; 'pt-BR': string };
  /** Reps or marketers may set it as well. */
  people?: true;
}

const stamp = (hubspot: string, salesforce: string, stage: string): OwnField => ({
  hubspot,
  salesforce,
  type: 'datetime',
  label: { en: `Became ${stage} at`, es: `Pasó a ${stage} el`, 'pt-BR': `Tornou-se ${stage} em` },
});

export const OWN_FIELDS = {
  stage: { hubspot: 'concord_stage', salesforce: 'Concord_Stage__c', type: 'stage', label: { en: 'Agreed stage', es: 'Etapa acordada', 'pt-BR': 'Etapa acordada' } },
  stage_at: { hubspot: 'concord_stage_at', salesforce: 'Concord_Stage_At__c', type: 'datetime', label: { en: 'Agreed stage since', es: 'Etapa acordada desde', 'pt-BR': 'Etapa acordada desde' } },
  score: { hubspot: 'concord_score', salesforce: 'Concord_Score__c', type: 'number', label: { en: 'Agreed score', es: 'Puntuación acordada', 'pt-BR': 'Pontuação acordada' } },
  mql_at: stamp('concord_mql_at', 'Concord_MQL_At__c', 'MQL'),
  sal_at: stamp('concord_sal_at', 'Concord_SAL_At__c', 'SAL'),
  sql_at: stamp('concord_sql_at', 'Concord_SQL_At__c', 'SQL'),
  opportunity_at: stamp('concord_opportunity_at', 'Concord_Opportunity_At__c', 'opportunity'),
  customer_at: stamp('concord_customer_at', 'Concord_Customer_At__c', 'customer'),
  mql_why: { hubspot: 'concord_mql_why', salesforce: 'Concord_MQL_Why__c', type: 'text', label: { en: 'Why it is an MQL', es: 'Por qué es un MQL', 'pt-BR': 'Por que é um MQL' } },
  mql_missing: { hubspot: 'concord_mql_missing', salesforce: 'Concord_MQL_Missing__c', type: 'text', label: { en: 'Missing for the handoff', es: 'Falta para la entrega', 'pt-BR': 'Falta para a passagem' } },
  cycle: { hubspot: 'concord_cycle', salesforce: 'Concord_Cycle__c', type: 'number', label: { en: 'Handoff number', es: 'Número de entrega', 'pt-BR': 'Número da passagem' } },
  rejection_reason: { hubspot: 'concord_rejection_reason', salesforce: 'Concord_Rejection_Reason__c', type: 'reason', people: true, label: { en: 'Rejection reason', es: 'Motivo de rechazo', 'pt-BR': 'Motivo da rejeição' } },
  rejection_note: { hubspot: 'concord_rejection_note', salesforce: 'Concord_Rejection_Note__c', type: 'longtext', people: true, label: { en: 'Rejection note', es: 'Nota del rechazo', 'pt-BR': 'Nota da rejeição' } },
  rejection_detail: { hubspot: 'concord_rejection_detail', salesforce: 'Concord_Rejection_Detail__c', type: 'text', people: true, label: { en: 'Rejection detail', es: 'Detalle del rechazo', 'pt-BR': 'Detalhe da rejeição' } },
  rejected_at: { hubspot: 'concord_rejected_at', salesforce: 'Concord_Rejected_At__c', type: 'datetime', label: { en: 'Rejected at', es: 'Rechazado el', 'pt-BR': 'Rejeitado em' } },
  rejected_by: { hubspot: 'concord_rejected_by', salesforce: 'Concord_Rejected_By__c', type: 'text', label: { en: 'Rejected by', es: 'Rechazado por', 'pt-BR': 'Rejeitado por' } },
  rejection_count: { hubspot: 'concord_rejection_count', salesforce: 'Concord_Rejection_Count__c', type: 'number', label: { en: 'Times rejected', es: 'Veces rechazado', 'pt-BR': 'Vezes rejeitado' } },
  route: { hubspot: 'concord_route', salesforce: 'Concord_Route__c', type: 'route', label: { en: 'Next step after rejection', es: 'Siguiente paso tras el rechazo', 'pt-BR': 'Próximo passo após a rejeição' } },
  recycle_on: { hubspot: 'concord_recycle_on', salesforce: 'Concord_Recycle_On__c', type: 'date', people: true, label: { en: 'Recycle on', es: 'Reciclar el', 'pt-BR': 'Reciclar em' } },
  sla: { hubspot: 'concord_sla', salesforce: 'Concord_SLA__c', type: 'sla', label: { en: 'SLA state', es: 'Estado del SLA', 'pt-BR': 'Estado do SLA' } },
  sla_due_at: { hubspot: 'concord_sla_due_at', salesforce: 'Concord_SLA_Due_At__c', type: 'datetime', label: { en: 'SLA due at', es: 'Vencimiento del SLA', 'pt-BR': 'Prazo do SLA' } },
  salesforce_url: { hubspot: 'concord_salesforce_url', salesforce: null, type: 'text', label: { en: 'Salesforce record', es: 'Registro en Salesforce', 'pt-BR': 'Registro no Salesforce' } },
  hubspot_id: { hubspot: null, salesforce: 'Concord_HubSpot_Id__c', type: 'text', label: { en: 'HubSpot contact id', es: 'Id del contacto de HubSpot', 'pt-BR': 'Id do contato no HubSpot' } },
} as const satisfies Record<string, OwnField>;

export type OwnFieldId = keyof typeof OWN_FIELDS;

/** Where a Salesforce contact says whose it is. */
export const ACCOUNT = 'AccountId';

/** The CRMs' own fields that show a stage and may be coarser or finer than it (L13). */
export const SHOWN = { lifecycle: 'lifecyclestage', hubspotStatus: 'hs_lead_status', leadStatus: 'Status', recordType: 'RecordTypeId' } as const;
