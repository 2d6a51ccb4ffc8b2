import { LANGUAGES } from '../../agreement/schema';
import type { FieldDescription } from '../../crm/port';
import { among, MARK, noteOf, type Decision, type Proposing } from './decisions';
import { sameSource } from './words';

/** Who the company is: name, time zone, currency, language, its own e-mail domains. */
export function proposeCompany(on: Proposing): void {
  const { company } = on.base.settings;
  const { hubspot, salesforce, answers } = on;
  simple(on, ['company', 'name'], 'the company’s name', '--company', company.name, answers.company, [[salesforce.facts.accountName, 'the name of the Salesforce org']]);
  simple(on, ['company', 'time_zone'], 'the time zone of working hours, dates and reports', '--time-zone', company.time_zone, answers.timeZone, [
    [hubspot.survey.timeZone, other('the time zone of the HubSpot portal', hubspot.survey.timeZone, salesforce.survey.timeZone, 'the Salesforce org')],
    [salesforce.survey.timeZone, 'the time zone of the Salesforce org'],
  ]);
  simple(on, ['company', 'currency'], 'the currency of reports', '--currency', company.currency, answers.currency, [
    [salesforce.survey.currency, other('the corporate currency of the Salesforce org', salesforce.survey.currency, hubspot.survey.currency, 'the HubSpot portal')],
    [hubspot.survey.currency, 'the currency of the HubSpot portal'],
  ]);
  simple(on, ['company', 'language'], 'the language of labels and notes', '--language', company.language, answers.language, [[languageOf(salesforce.survey.language), `the language of the Salesforce org is ${salesforce.survey.language ?? ''}`]]);

  const domains = answers.ownDomains ?? hubspot.survey.staffDomains;
  const before = on.base.settings.scope.exclude_email_domains;
  if (domains.length > 0 && domains.join() !== before.join()) {
    const decision: Decision = {
      id: 'scope.exclude_email_domains', what: 'the company’s own e-mail domains, whose people are left alone', value: domains.join(', '), how: answers.ownDomains === undefined ? 'guessed' : 'answered',
      why: answers.ownDomains === undefined ? 'the domains of HubSpot’s users' : 'these domains were given', flag: '--own-domain DOMAIN', choices: [],
    };
    on.decisions.push(decision);
    on.edits.set(['scope', 'exclude_email_domains'], domains, noteOf(decision));
  }
  // The shipped holidays are Mexico's: in another time zone they would stop the clocks on working days.
  const zone = on.decisions.find(({ id }) => id === 'company.time_zone')?.value ?? company.time_zone;
  const { holidays } = on.base.settings.sla.calendar;
  if (zone !== company.time_zone && !isMexican(zone) && isMexican(company.time_zone) && Array.isArray(holidays) && holidays.length > 0)
    on.edits.write(['sla', 'calendar', 'holidays'], '[]\n', `${MARK} to decide: your public holidays; those that stood here were Mexico’s`);
}

function isMexican(zone: string): boolean {
  return /^America\/(Mexico_City|Monterrey|Merida|Cancun|Tijuana|Hermosillo|Chihuahua|Mazatlan|Matamoros|Ojinaga|Bahia_Banderas|Ciudad_Juarez|Ensenada)$/.test(zone);
}

function other(said: string, one: string | null, two: string | null, where: string): string {
  return one === null || two === null || one === two ? said : `${said}; that of ${where} is ${two}`;
}

function languageOf(locale: string | null): string | null {
  if (locale === null) return null;
  if (/^pt/i.test(locale)) return 'pt-BR';
  return LANGUAGES.find((language) => locale.toLowerCase().startsWith(language)) ?? 'en';
}

function simple(on: Proposing, path: string[], what: string, flag: string, current: string, answered: string | undefined, sources: [string | null, string][]): void {
  const [value, why] = answered !== undefined ? [answered, `${answered} was given`] : (sources.find(([one]) => one !== null && one !== '') ?? [current, 'nothing tells otherwise']);
  const chosen = value ?? current;
  const decision: Decision = { id: path.join('.'), what, value: chosen, how: answered !== undefined && answered !== current ? 'answered' : chosen === current ? 'kept' : 'found', why, flag, choices: [] };
  on.decisions.push(decision);
  if (chosen !== current) on.edits.set(path, chosen, noteOf(decision));
}

/** Whether HubSpot's own Salesforce integration creates records (then Concord must not), or nobody does. */
export function proposeMode(on: Proposing): void {
  const state = on.hubspot.survey.integration ?? 'none';
  const current = on.base.settings.mode;
  const found = state === 'active' ? 'alongside' : 'standalone';
  const mode = on.answers.mode ?? found;
  const why =
    on.answers.mode !== undefined
      ? `${mode} was given`
      : state === 'active'
        ? 'HubSpot’s own Salesforce integration is at work in this portal: it creates the records and keeps plain fields equal'
        : state === 'idle'
          ? 'HubSpot’s own Salesforce integration left its properties, but synced nobody for 30 days'
          : 'HubSpot’s own Salesforce integration is not installed';
  const decision: Decision = { id: 'mode', what: 'whether Concord creates records, or HubSpot’s own Salesforce integration does', value: mode, how: mode === current ? 'kept' : on.answers.mode === undefined ? 'found' : 'answered', why, flag: '--mode', choices: [] };
  on.decisions.push(decision);
  if (mode !== current) on.edits.set(['mode'], mode, noteOf(decision));
  const { creates } = on.base.settings.handoff;
  if (mode === 'alongside') {
    if (on.edits.get('handoff', 'creates') !== undefined) on.edits.set(['handoff', 'creates'], 'nothing', `${MARK} the integration creates records`);
    if (on.edits.get('handoff', 'creates_hubspot') === true) on.edits.set(['handoff', 'creates_hubspot'], false, `${MARK} the integration creates records`);
  } else if (current === 'alongside' && creates === 'nothing') {
    on.edits.set(['handoff', 'creates'], 'lead', `${MARK} nobody else creates records`);
    on.edits.set(['handoff', 'creates_hubspot'], true, `${MARK} nobody else creates records`);
  }
}

/** The portal's score: HubSpot's newer scores have names of the portal's own, and the old one no longer changes. */
export function proposeScore(on: Proposing): void {
  const current = on.base.scoreProperty;
  const properties = on.hubspot.description.contact;
  if (current === null || properties === undefined) return;
  const choices = Object.values(properties)
    .filter((field) => field.type === 'number' && !/^(hs_|concord_)/.test(field.name) && /score|puntua|puntaje|pontua/i.test(`${field.name} ${field.label}`))
    .map(({ name, label }) => ({ value: name, label }));
  const others = choices.filter(({ value }) => value !== 'hubspotscore' && value !== current);
  const answered = on.answers.score;
  const isThere = current in properties;
  const [only] = others;
  const decide = (): Pick<Decision, 'value' | 'how' | 'why'> => {
    if (answered !== undefined) return { value: answered, how: 'answered', why: `${answered} was given` };
    if (isThere && (current !== 'hubspotscore' || only === undefined)) return { value: current, how: 'kept', why: 'the property is there' };
    if (only !== undefined && others.length === 1) return { value: only.value, how: 'guessed', why: `${only.label} is the portal’s only score${isThere ? ' beside HubSpot’s old one, which is reported to change no more' : ''}` };
    if (isThere) return { value: current, how: 'open', why: `which score counts: ${others.map(({ value }) => value).join(', ')} or ${current}` };
    return { value: null, how: 'open', why: 'the portal has no score property: points are counted instead, from one act of the person' };
  };
  const decision: Decision = { id: 'score.hubspot', what: 'the HubSpot property that holds the score', flag: '--score PROPERTY', choices, ...decide() };
  on.decisions.push(decision);
  if (decision.value !== null) {
    if (decision.value !== current) on.edits.set(['score', 'hubspot'], decision.value, noteOf(decision));
    return;
  }
  on.edits.write(['score'], 'points:\n    - { when: { field: hubspot.recent_conversion_date, within_days: 365 }, points: 60, half_life_days: 90 }\n', noteOf(decision));
}

/** Pairs of values of mapped fields whose Salesforce value is not there (M3), and what created leads get by default. */
export function proposeFieldValues(on: Proposing): void {
  on.base.fields.forEach((field, index) => {
    const described: FieldDescription | undefined = field.lead === null ? undefined : on.salesforce.description.lead?.[field.lead];
    const options = described?.options;
    if (options === undefined || field.settings.values === undefined) return;
    const choices = options.map(({ value, label }) => ({ value, label }));
    field.settings.values.forEach((pair, at) => {
      if (among(pair.salesforce, choices) !== undefined) return;
      const like = sameSource(pair.salesforce, choices);
      const path = ['fields', index, 'values', at];
      if (like !== undefined) on.edits.set([...path, 'salesforce'], like.value, at === 0 ? `${MARK} values as this org has them` : null);
      else on.edits.remove(path, `${MARK} to decide: ${field.lead ?? ''} has no “${pair.salesforce}”; it has ${choices.slice(0, 8).map(({ value }) => value).join(', ')}`);
    });
  });
  for (const [name, value] of Object.entries(on.base.settings.handoff.lead_defaults)) {
    const options = on.salesforce.description.lead?.[name]?.options;
    if (options === undefined || typeof value !== 'string' || among(value, options) !== undefined) continue;
    const like = sameSource(value, options);
    if (like !== undefined) on.edits.set(['handoff', 'lead_defaults', name], like.value, `${MARK} the value as this org has it`);
    else on.edits.remove(['handoff', 'lead_defaults', name], `${MARK} to decide: ${name} has no “${value}”`);
  }
}
