import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadAgreement, type CompiledAgreement } from '../../src/agreement/load';
import type { FieldDescription, Survey } from '../../src/crm/port';
import { propose, type Answers, type Decision, type Looked } from '../../src/run/propose';

/* The proposal is pure: what both CRMs told goes in, a text comes out that loads, with a reason for every change. */

const SHIPPED = readFileSync(join(__dirname, '..', '..', 'config', 'agreement.yaml'), 'utf8');

function loaded(text: string): CompiledAgreement {
  const result = loadAgreement(text, 'agreement.yaml');
  if (!result.ok) throw new Error(`${result.faults.map((fault) => `${fault.path}: ${fault.message}`).join('\n')}\n${text}`);
  return result.agreement;
}

const NOTHING: Survey = { findings: [], rights: {}, timeZone: null, currency: null, currencies: [], language: null, assignees: [], staffDomains: [], recordTypes: [], opportunityStages: [], assignmentRules: [], integration: null };

type Options = FieldDescription['options'];
const option = (name: string, options: Options): FieldDescription => ({ name, label: name, type: 'option', writable: true, ...(options === undefined ? {} : { options }) });
const looked = (accountName: string, fields: Record<string, FieldDescription>, object: 'contact' | 'lead', survey: Partial<Survey>): Looked => ({
  facts: { accountId: '1', accountName, recordUrl: () => '', serverNow: 0, credential: '' },
  description: { [object]: fields },
  survey: { ...NOTHING, ...survey },
});

interface World {
  stages?: [string, string][];
  hubspotStatuses?: [string, string][];
  leadStatuses?: Options;
  sources?: string[];
  numbers?: [string, string][];
  hubspot?: Partial<Survey>;
  salesforce?: Partial<Survey>;
}

const STAGES: [string, string][] = [['subscriber', 'Subscriber'], ['lead', 'Lead'], ['marketingqualifiedlead', 'MQL'], ['salesqualifiedlead', 'SQL'], ['opportunity', 'Opportunity'], ['customer', 'Customer'], ['other', 'Other']];
const STATUSES: [string, string][] = ['NEW', 'OPEN', 'IN_PROGRESS', 'OPEN_DEAL', 'UNQUALIFIED', 'ATTEMPTED_TO_CONTACT', 'CONNECTED', 'BAD_TIMING'].map((value) => [value, value]);
const LEADS: NonNullable<Options> = ['Open - Not Contacted', 'Working - Contacted', 'Closed - Converted', 'Closed - Not Converted'].map((value) => ({ value, label: value, ...(value === 'Closed - Converted' ? { converted: true } : {}), ...(value.startsWith('Open') ? { isDefault: true as const } : {}) }));

function proposed(world: World, answers: Partial<Answers> = {}, start = SHIPPED): { text: string; agreement: CompiledAgreement; decisions: Map<string, Decision> } {
  const named = (pairs: [string, string][]): NonNullable<Options> => pairs.map(([value, label]) => ({ value, label }));
  const numbers = Object.fromEntries((world.numbers ?? [['hubspotscore', 'HubSpot Score']]).map(([name, label]) => [name, { name, label, type: 'number' as const, writable: false }]));
  const hubspot = looked('portal 1', { lifecyclestage: option('lifecyclestage', named(world.stages ?? STAGES)), hs_lead_status: option('hs_lead_status', named(world.hubspotStatuses ?? STATUSES)), ...numbers }, 'contact', { timeZone: 'America/Mexico_City', currency: 'USD', integration: 'none', ...world.hubspot });
  const salesforce = looked('Acme', { Status: option('Status', world.leadStatuses ?? LEADS), LeadSource: option('LeadSource', (world.sources ?? ['Web', 'Phone Inquiry', 'Partner Referral', 'Purchased List', 'Other']).map((value) => ({ value, label: value }))) }, 'lead', { timeZone: 'America/Mexico_City', language: 'en_US', ...world.salesforce });
  const { text, decisions } = propose(start, loaded(start), hubspot, salesforce, { lifecycle: {}, hubspotStatus: {}, leadStatus: {}, ...answers });
  return { text, agreement: loaded(text), decisions: new Map(decisions.map((decision) => [decision.id, decision])) };
}

const status = (...values: (string | { value: string; converted?: boolean; isDefault?: true })[]): NonNullable<Options> => values.map((one) => (typeof one === 'string' ? { value: one, label: one } : { label: one.value, ...one }));

describe('what fits already', () => {
  test('stays byte for byte', () => {
    expect(proposed({}).text).toBe(SHIPPED);
  });

  test('a proposal made twice says nothing more the second time', () => {
    const world: World = { leadStatuses: status({ value: 'Nuevo', isDefault: true }, 'En proceso', { value: 'Convertido', converted: true }, 'Descalificado'), hubspot: { timeZone: 'Europe/Madrid' } };
    const once = proposed(world);
    expect(once.text).not.toBe(SHIPPED);
    expect(proposed(world, {}, once.text).text).toBe(once.text);
  });

  test('what a person changed in the file is kept', () => {
    const mine = SHIPPED.replace('answer: 2d', 'answer: 1d # agreed in May').replace('after: 90d', 'after: 100d');
    expect(proposed({ hubspot: { timeZone: 'Europe/Madrid' } }, {}, mine).text).toContain('answer: 1d # agreed in May');
  });
});

describe('Salesforce lead statuses (L13, F1)', () => {
  test('the default status opens a handoff, named ones work and reject, a converted one is never written', () => {
    const { agreement, text } = proposed({ leadStatuses: status({ value: 'Cerrado - Convertido', converted: true }, { value: 'Recién llegado', isDefault: true }, 'En proceso', 'Contactado', 'Cerrado - No convertido', 'Reciclado') });
    expect([agreement.shows('mql', 'lead_status'), agreement.shows('sal', 'lead_status'), agreement.shows('recycled', 'lead_status'), agreement.shows('disqualified', 'lead_status')]).toEqual(['Recién llegado', 'En proceso', 'Reciclado', 'Cerrado - No convertido']);
    expect(agreement.settings.rejection.signals.salesforce.lead_status).toEqual(['Cerrado - No convertido', 'Reciclado']);
    // Both statuses that say a rep works on it lead into `sal`.
    expect(JSON.stringify(agreement.stage('sal').condition)).toContain('"in":["En proceso","Contactado"]');
    expect(text).not.toContain('Cerrado - Convertido');
    expect(text).toContain('# init: Recién llegado is the status that Salesforce gives to new leads');
  });

  test('in Portuguese', () => {
    const { agreement } = proposed({ leadStatuses: status({ value: 'Novo', isDefault: true }, 'Em andamento', { value: 'Convertido', converted: true }, 'Desqualificado'), salesforce: { language: 'pt_BR' } });
    expect([agreement.language, agreement.shows('mql', 'lead_status'), agreement.shows('sal', 'lead_status'), agreement.shows('lost', 'lead_status')]).toEqual(['pt-BR', 'Novo', 'Em andamento', 'Desqualificado']);
  });

  test('names that tell nothing: stand-ins that load, marked, with the choices to decide between', () => {
    const { decisions, text } = proposed({ leadStatuses: status('A', 'B', 'C', { value: 'Z', converted: true }) });
    expect(decisions.get('stages.mql.salesforce.lead_status')).toMatchObject({ value: 'A', how: 'open', flag: '--lead-status mql=STATUS', choices: [{ value: 'A' }, { value: 'B' }, { value: 'C' }] });
    expect(decisions.get('stages.sal.salesforce.lead_status')).toMatchObject({ value: 'B', how: 'open' });
    expect(decisions.get('rejection.signals.salesforce.lead_status')).toMatchObject({ value: 'C', how: 'open' });
    expect(text.match(/# init: to decide:/g)?.length).toBeGreaterThanOrEqual(3);
  });

  test('answers decide, whatever the names say', () => {
    const { agreement, decisions } = proposed({ leadStatuses: status('A', 'B', 'C', 'D') }, { leadStatus: { mql: 'D', sal: 'A', lost: 'C' }, rejecting: ['B', 'C'] });
    expect([agreement.shows('mql', 'lead_status'), agreement.shows('sal', 'lead_status'), agreement.shows('recycled', 'lead_status'), agreement.shows('lost', 'lead_status')]).toEqual(['D', 'A', 'B', 'C']);
    expect([...decisions.values()].filter(({ how }) => how === 'open')).toEqual([]);
  });

  test('an org with one status left: it opens handoffs, and only the reason rejects', () => {
    const { agreement } = proposed({ leadStatuses: status({ value: 'Only', isDefault: true }, { value: 'Z', converted: true }) });
    expect([agreement.shows('mql', 'lead_status'), agreement.shows('recycled', 'lead_status'), agreement.settings.rejection.signals.salesforce.lead_status]).toEqual(['Only', null, []]);
  });
});

describe('HubSpot lifecycle stages', () => {
  const custom = (...extra: [string, string][]): [string, string][] => [...STAGES.filter(([value]) => value !== 'salesqualifiedlead'), ...extra];

  test('custom stages are found by their labels and written as text, not as numbers', () => {
    const { agreement, text } = proposed({ stages: custom(['123', 'Sales Accepted Lead'], ['124', 'Sales Qualified (SQL)'], ['125', 'Recycled']) });
    expect([agreement.shows('sal', 'lifecyclestage'), agreement.shows('sql', 'lifecyclestage'), agreement.shows('recycled', 'lifecyclestage')]).toEqual(['123', '124', '125']);
    expect(text).toContain('lifecyclestage: "123"');
    expect(text).not.toContain('HubSpot has no stage of its own for "accepted"');
    // Conditions look for the stage where it is now.
    expect(JSON.stringify(agreement.stage('sql').condition)).toContain('"is":"124"');
  });

  test('a stage that nothing sounds like is shown by the one before it, and never let in by it', () => {
    const { agreement, decisions } = proposed({ stages: custom() });
    expect(decisions.get('stages.sql.hubspot.lifecyclestage')).toMatchObject({ value: 'marketingqualifiedlead', how: 'open' });
    expect(JSON.stringify(agreement.stage('sql').condition)).not.toContain('lifecyclestage');
    expect(agreement.stage('sql').when).not.toBeNull();
  });

  test('a renamed default keeps its value, because the value is what is stored', () => {
    const { decisions } = proposed({ stages: STAGES.map(([value]) => [value, `Etapa ${value}`]) });
    for (const stage of ['lead', 'mql', 'sql', 'customer']) expect(decisions.get(`stages.${stage}.hubspot.lifecyclestage`)).toMatchObject({ how: 'kept' });
  });
});

describe('HubSpot lead statuses', () => {
  test('those that are gone are replaced by what says the same, or left out; the off-ramps keep a status that rejects (F6)', () => {
    const { agreement } = proposed({ hubspotStatuses: [['nuevo', 'Nuevo'], ['trab', 'Trabajando'], ['desc', 'Descartado']] });
    expect([agreement.shows('mql', 'hs_lead_status'), agreement.shows('sal', 'hs_lead_status'), agreement.shows('opportunity', 'hs_lead_status'), agreement.shows('recycled', 'hs_lead_status')]).toEqual(['nuevo', 'trab', null, 'desc']);
    expect(agreement.settings.rejection.signals.hubspot.hs_lead_status).toEqual(['desc']);
    expect(JSON.stringify(agreement.stage('sal').condition)).toContain('"in":["trab"]');
  });

  test('none that sounds like a no: only the reason rejects there, and that is marked', () => {
    const { agreement, decisions } = proposed({ hubspotStatuses: [['a', 'A'], ['b', 'B']] });
    expect(decisions.get('rejection.signals.hubspot.hs_lead_status')).toMatchObject({ how: 'open', flag: '--hubspot-rejecting STATUS' });
    expect(agreement.settings.rejection.signals.hubspot.hs_lead_status).toEqual([]);
    expect(agreement.shows('recycled', 'hs_lead_status')).toBeNull();
  });
});

describe('company, mode, score, values', () => {
  test('comes from what the CRMs say of themselves, and a disagreement is told', () => {
    const { agreement, text } = proposed({ hubspot: { timeZone: 'America/Bogota', currency: 'COP', staffDomains: ['acme.co', 'acme.com'] }, salesforce: { timeZone: 'America/New_York', language: 'es', currency: 'USD', currencies: ['USD', 'COP'] } });
    expect(agreement.settings.company).toEqual({ name: 'Acme', time_zone: 'America/Bogota', currency: 'USD', language: 'es' });
    expect(text).toContain('# init: the time zone of the HubSpot portal; that of the Salesforce org is America/New_York');
    expect(agreement.settings.scope.exclude_email_domains).toEqual(['acme.co', 'acme.com']);
    // Mexico's holidays would stop the clocks on Colombia's working days.
    expect(agreement.settings.sla.calendar.holidays).toEqual([]);
    expect(text).toMatch(/to decide: your public holidays/);
  });

  test('in another Mexican time zone the holidays stay', () => {
    expect(proposed({ hubspot: { timeZone: 'America/Tijuana' } }).agreement.settings.sla.calendar.holidays).toHaveLength(14);
  });

  test('HubSpot’s own Salesforce integration at work: alongside, creating nothing; gone again: standalone', () => {
    const beside = proposed({ hubspot: { integration: 'active' } });
    expect(beside.agreement.settings).toMatchObject({ mode: 'alongside', handoff: { creates: 'nothing', creates_hubspot: false } });
    expect(beside.text).toMatch(/# init: HubSpot’s own Salesforce integration is at work in this portal/);
    const alone = proposed({ hubspot: { integration: 'idle' } }, {}, beside.text);
    expect(alone.agreement.settings).toMatchObject({ mode: 'standalone', handoff: { creates: 'lead', creates_hubspot: true } });
    expect(proposed({ hubspot: { integration: 'active' } }, { mode: 'standalone' }).agreement.settings.mode).toBe('standalone');
  });

  test('the portal’s only newer score counts; of several one must be named; without any points are counted', () => {
    expect(proposed({ numbers: [['hubspotscore', 'HubSpot Score'], ['fit', 'Fit score'], ['employees', 'Employees']] }).agreement.scoreProperty).toBe('fit');
    expect(proposed({ numbers: [['hubspotscore', 'HubSpot Score'], ['fit', 'Fit score'], ['buzz', 'Engagement score']] }).decisions.get('score.hubspot')).toMatchObject({ value: 'hubspotscore', how: 'open', choices: [{ value: 'hubspotscore' }, { value: 'fit' }, { value: 'buzz' }] });
    expect(proposed({ numbers: [['hubspotscore', 'HubSpot Score'], ['fit', 'Fit score'], ['buzz', 'Engagement score']] }, { score: 'buzz' }).agreement.scoreProperty).toBe('buzz');
    const none = proposed({ numbers: [] });
    expect([none.agreement.scoreProperty, none.agreement.score === null]).toEqual([null, false]);
    expect(none.text).toMatch(/to decide: the portal has no score property/);
  });

  test('sources that have other names here, and pairs whose value is gone', () => {
    const renamed = proposed({ sources: ['Sitio web', 'Otro'] }).agreement;
    expect(renamed.fieldById('lead_source')?.toSalesforce('PAID_SEARCH')).toBe('Sitio web');
    expect(renamed.settings.handoff.lead_defaults).toEqual({ LeadSource: 'Sitio web' });
    const gone = proposed({ sources: ['Other', 'Event'] });
    expect(gone.agreement.fieldById('lead_source')?.settings.values).toEqual([{ hubspot: 'OFFLINE', salesforce: 'Other' }]);
    expect(gone.agreement.settings.handoff.lead_defaults).toEqual({});
    expect(gone.text).toContain('to decide: LeadSource has no “Web”; it has Other, Event');
  });
});
