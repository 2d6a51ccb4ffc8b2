import type { RunningSandbox } from './server';

/** What the customised accounts are made of, for tests that look for it. */
export const CUSTOMISED = {
  stages: { sal: '81234567', sql: '81234568', recycled: '81234570' },
  queue: 'Leads entrantes',
} as const;

/**
 * Turns an empty portal and an empty org into those of a company that went its own way: Spanish statuses, lifecycle stages of its own with numeric ids, a
 * score of its own, record types, queues, two currencies. Nobody is in them, and nothing of Concord's.
 */
export function customiseAccounts({ hubspot, salesforce }: RunningSandbox): void {
  const portal = hubspot.state;
  portal.set({ timeZone: 'America/Monterrey', companyCurrency: 'MXN', additionalCurrencies: ['USD'] });
  portal.setOptions('contacts', 'lifecyclestage', [
    ['subscriber', 'Suscriptor'],
    ['lead', 'Interesado'],
    ['marketingqualifiedlead', 'Calificado por marketing'],
    [CUSTOMISED.stages.sal, 'Aceptado por ventas'],
    [CUSTOMISED.stages.sql, 'Calificado por ventas'],
    ['opportunity', 'Oportunidad'],
    ['customer', 'Cliente'],
    [CUSTOMISED.stages.recycled, 'Reciclado'],
  ]);
  portal.setOptions('contacts', 'hs_lead_status', [
    ['NUEVO', 'Nuevo'],
    ['EN_PROCESO', 'En proceso'],
    ['CONTACTADO', 'Contactado'],
    ['DESCALIFICADO', 'Descalificado'],
    ['MAL_MOMENTO', 'Mal momento'],
  ]);
  portal.defineProperty('contacts', { name: 'puntuacion_acme', label: 'Puntuación Acme', type: 'number', fieldType: 'number', groupName: 'contactinformation' });
  for (const [firstName, lastName] of [['Laura', 'Ríos'], ['Hugo', 'Peña']]) portal.addOwner({ email: `${firstName?.toLowerCase() ?? ''}@acme.mx`, firstName: firstName ?? '', lastName: lastName ?? '' });

  const org = salesforce.state;
  org.setLeadStatuses([{ value: 'Nuevo', default: true }, { value: 'En gestión' }, { value: 'Convertido', converted: true }, { value: 'Reciclado' }, { value: 'Descalificado' }]);
  org.setStages([
    { value: 'Prospección', probability: 10, closed: false, won: false, forecast: 'Pipeline' },
    { value: 'Propuesta', probability: 50, closed: false, won: false, forecast: 'Pipeline' },
    { value: 'Ganada', probability: 100, closed: true, won: true, forecast: 'Closed' },
    { value: 'Perdida', probability: 0, closed: true, won: false, forecast: 'Omitted' },
  ]);
  org.setPicklist('Lead', 'LeadSource', ['Sitio web', 'Evento', 'Referido', 'Otro']);
  org.addRecordType('Lead', 'Venta_directa');
  org.addRecordType('Lead', 'Alianzas');
  org.assignmentRule(org.addQueue(CUSTOMISED.queue));
  org.setCurrencies({ MXN: 1, USD: 0.055 });
  org.patch('Organization', org.orgId, { Name: 'Acme México', TimeZoneSidKey: 'America/Monterrey', LanguageLocaleKey: 'es_MX' });
}
