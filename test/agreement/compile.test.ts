import { intervalMs } from '../../src/agreement/duration';
import { loadAgreement } from '../../src/agreement/load';
import { OWN_FIELDS } from '../../src/domain/ownFields';
import { defaultText, edited, load, SMALL } from './sample';

describe('reasons as reps write them (F3)', () => {
  const agreement = load(defaultText());

  test.each([
    ['no_budget', 'no_budget'],
    ['NO_BUDGET', 'no_budget'],
    ['no budget', 'no_budget'],
    ['  No   Budget  ', 'no_budget'],
    ['Sin presupuesto', 'no_budget'],
    ['SIN PRESUPUESTO.', 'no_budget'],
    ['sem orcamento', 'no_budget'],
    ['Sem orçamento', 'no_budget'],
    ['Sem orc\u0327amento', 'no_budget'],
    ['sem\u00a0orçamento', 'no_budget'],
    ['\ufeffsem or\u200bçamento\n', 'no_budget'],
    ['¡Sin presupuesto!', 'no_budget'],
    ['“Falta de presupuesto”', 'no_budget'],
    ['- no budget', 'no_budget'],
    ['no es el momento', 'timing'],
    ['NAO E O MOMENTO', 'timing'],
    ['não é o momento', 'timing'],
    ['Mas adelante', 'timing'],
    ['sem resposta apos as tentativas acordadas', 'unreachable'],
    ['No contesta…', 'unreachable'],
    ['Teléfono equivocado', 'bad_data'],
    ['telefono   equivocado', 'bad_data'],
    ['Ya es cliente', 'existing_customer'],
    ['JÁ É CLIENTE', 'existing_customer'],
    ['No quiere que lo contacten', 'do_not_contact'],
    ['No current need only researching', null],
    ['No current need, only researching', 'no_need'],
    ['sin necesidad actual, solo investiga', 'no_need'],
    ['Outro', 'other'],
    ['budget freeze until May', null],
    ['', null],
    ['…', null],
  ])('%j means %p', (text, id) => {
    expect(agreement.reasonOf(text)?.id ?? null).toBe(id);
  });

  test('every id, label and alias of the default agreement means its own reason', () => {
    let texts = 0;
    for (const reason of agreement.reasons.values()) {
      for (const text of [reason.id, reason.label.en, reason.label.es ?? '', reason.label['pt-BR'] ?? '', ...reason.aliases]) {
        texts += 1;
        expect([text, agreement.reasonOf(`  ${text.toUpperCase()} `)?.id]).toEqual([text, reason.id]);
      }
    }
    expect(texts).toBeGreaterThan(200);
  });

  test('an inactive reason is still understood', () => {
    const retired = load(edited(['after: 90d }', 'after: 90d, active: false }']));
    expect(retired.reasonOf('sin presupuesto')).toMatchObject({ id: 'no_budget', active: false, afterDays: 90 });
  });
});

describe('how stages show (L13)', () => {
  const agreement = load(defaultText());

  test.each([
    ['subscriber', ['subscriber']],
    ['lead', ['lead', 'recycled', 'disqualified', 'lost']],
    ['marketingqualifiedlead', ['mql', 'sal']],
    ['salesqualifiedlead', ['sql']],
    ['opportunity', ['opportunity', 'lost']],
    ['customer', ['customer']],
    ['other', ['disqualified']],
    ['MarketingQualifiedLead', ['mql', 'sal']],
    ['evangelist', []],
    ['81234567', []],
  ])('lifecyclestage %s can be %j', (value, stages) => {
    expect(agreement.stageOfLifecycle(value)).toEqual(stages);
  });

  test('a value belongs to its stage as the shown one or as one that is left alone', () => {
    expect(agreement.belongs('sal', 'lifecyclestage', 'marketingqualifiedlead')).toBe(true);
    expect(agreement.belongs('sal', 'lifecyclestage', 'salesqualifiedlead')).toBe(false);
    expect(agreement.belongs('disqualified', 'lifecyclestage', 'other')).toBe(true);
    expect(agreement.belongs('recycled', 'hs_lead_status', 'UNQUALIFIED')).toBe(true);
    expect(agreement.belongs('mql', 'lead_status', 'open - not contacted')).toBe(true);
    expect(agreement.belongs('mql', 'lifecyclestage', null)).toBe(false);
    expect(agreement.belongs('customer', 'hs_lead_status', null)).toBe(true);
  });

  test('statuses that reject, and stages of statuses, in both CRMs (F1)', () => {
    expect(agreement.rejected('Closed - Not Converted', 'salesforce')).toBe(true);
    expect(agreement.rejected('closed - not converted', 'salesforce')).toBe(true);
    expect(agreement.rejected('Working - Contacted', 'salesforce')).toBe(false);
    expect(agreement.rejected('BAD_TIMING', 'hubspot')).toBe(true);
    expect(agreement.rejected('BAD_TIMING', 'salesforce')).toBe(false);
    expect(agreement.rejected(null, 'hubspot')).toBe(false);
    expect(agreement.stagesOfLeadStatus('Working - Contacted', 'salesforce')).toEqual(['sal']);
    expect(agreement.stagesOfLeadStatus('CONNECTED', 'hubspot')).toEqual(['sal', 'sql']);
    expect(agreement.stagesOfLeadStatus('Nobody knows', 'salesforce')).toEqual([]);
  });

  test('a rejection’s stage without a status of its own shows the first that rejects (F1); a lost opportunity does not', () => {
    const small = load(SMALL);
    expect(small.shows('recycled', 'lead_status')).toBe('Closed - Not Converted');
    expect(small.shows('disqualified', 'hs_lead_status')).toBe('UNQUALIFIED');
    expect(small.shows('lost', 'lead_status')).toBeNull();
    expect(small.shows('sql', 'lifecyclestage')).toBeNull();
  });
});

describe('names and fields', () => {
  test('own fields under their default names, renamed ones, and those that a CRM does not have', () => {
    const agreement = load(edited(['version: 1\n', 'version: 1\nnames: { stage: { salesforce: Agreed_Stage__c }, score: { hubspot: agreed_score } }\n'], ['note: concord_rejection_note', 'note: why_not']));

    expect(agreement.ownField('stage')).toEqual({ hubspot: 'concord_stage', salesforce: 'Agreed_Stage__c' });
    expect(agreement.ownField('score')).toEqual({ hubspot: 'agreed_score', salesforce: 'Concord_Score__c' });
    expect(agreement.ownField('rejection_note')).toEqual({ hubspot: 'why_not', salesforce: 'Concord_Rejection_Note__c' });
    expect(agreement.ownField('salesforce_url')).toEqual({ hubspot: 'concord_salesforce_url', salesforce: null });
    expect(agreement.ownField('hubspot_id')).toEqual({ hubspot: null, salesforce: 'Concord_HubSpot_Id__c' });
  });

  test('everything that must be read, each once', () => {
    const agreement = load(
      edited(
        ['version: 1\n', 'version: 1\nhandoff: { acts: [recent_conversion_date, email] }\nconsent: { hubspot: { do_not_call: no_calls }, salesforce: { opt_out: No_Mail__c } }\n'],
        ['when: { field: fact.converted, is: true }', 'when: { any: [{ field: fact.converted, is: true }, { field: salesforce.Rank__c, known: true }, { field: salesforce.contact.Tier__c, known: true }, { field: hubspot.demo_at, within_days: 9 }, { field: score, at_least: 90 }] }'],
      ),
    );
    const own = Object.values(OWN_FIELDS);

    const hubspot = agreement.hubspotFields();
    const lead = agreement.salesforceFields('lead');
    const contact = agreement.salesforceFields('contact');

    expect(hubspot).toEqual([...new Set(hubspot)].sort());
    expect(hubspot).toEqual([...own.flatMap((field) => field.hubspot ?? []), 'country', 'demo_at', 'email', 'hs_lead_status', 'hs_sales_email_last_replied', 'hubspotscore', 'lifecyclestage', 'no_calls', 'notes_last_contacted', 'recent_conversion_date'].sort());
    expect(lead).toEqual([...own.flatMap((field) => field.salesforce ?? []), 'Country', 'DoNotCall', 'Email', 'LastActivityDate', 'No_Mail__c', 'Rank__c', 'Status'].sort());
    expect(contact).toEqual([...own.flatMap((field) => field.salesforce ?? []), 'MailingCountry', 'DoNotCall', 'Email', 'LastActivityDate', 'No_Mail__c', 'Rank__c', 'Tier__c'].sort());
  });

  test('mapped fields by object, with values as each CRM has them (M3)', () => {
    const agreement = load(edited(['policy: newest_wins', 'policy: newest_wins\n    values: [{ hubspot: MX, salesforce: Mexico }, { hubspot: MEX, salesforce: Mexico }]']));
    const country = agreement.fieldById('country');
    if (country === undefined) throw new Error('no such field');

    expect([country.hubspot, country.lead, country.contact]).toEqual(['country', 'Country', 'MailingCountry']);
    expect(country.writes).toEqual({ hubspot: true, salesforce: true });
    const source = load(edited(['policy: newest_wins', 'policy: newest_wins\n    values: [{ hubspot: OFFLINE, salesforce: Other }, { hubspot: OFFLINE, salesforce: Partner Referral }]'])).fieldById('country');
    expect([source?.toSalesforce('OFFLINE'), source?.toHubspot('Partner Referral'), source?.agree('OFFLINE', 'Partner Referral'), source?.agree('DIRECT', 'Partner Referral')]).toEqual(['Other', 'OFFLINE', true, false]);
    expect([country.toSalesforce('mx'), country.toSalesforce('MEX'), country.toSalesforce('Chile'), country.toSalesforce(null)]).toEqual(['Mexico', 'Mexico', 'Chile', null]);
    expect([country.toHubspot('MEXICO'), country.toHubspot('Chile'), country.toHubspot(null)]).toEqual(['MX', 'Chile', null]);
    expect([country.agree('MEX', 'Mexico'), country.agree('MX', 'Mexico'), country.agree('Chile', 'Chile'), country.agree('MX', 'Chile'), country.agree(null, null), country.agree(null, 'Chile')]).toEqual([true, true, true, false, true, false]);
    expect(agreement.fieldById('nothing')).toBeUndefined();
  });
});

describe('labels', () => {
  const agreement = load(defaultText());

  test('stages and reasons in three languages, in the agreement’s own by default, English where one is not given', () => {
    expect(agreement.stageLabel('sal')).toBe('Sales accepted lead (SAL)');
    expect(agreement.stageLabel('sal', 'es')).toBe('Lead aceptado por ventas (SAL)');
    expect(agreement.stageLabel('sal', 'pt-BR')).toBe('Lead aceito por vendas (SAL)');
    expect(agreement.reasonLabel('no_budget', 'pt-BR')).toBe('Sem orçamento');
    expect(agreement.reasonLabel('gone')).toBe('gone');
    expect(load(SMALL).stageLabel('sal', 'es')).toBe('SAL');
  });

  test('conditions speak of mapped fields by their labels', () => {
    const evaluation = agreement.stage('subscriber').when?.(() => null, 0);
    expect(evaluation?.clauses[0]?.describe('es')).toBe('Correo electrónico tiene valor');
  });
});

describe('the hash is of the meaning', () => {
  test('comments, order of keys and spelt-out defaults do not change it', () => {
    const base = load(SMALL).hash;
    expect(base).toMatch(/^[0-9a-f]{64}$/);
    expect(load(`# hello\n${SMALL}`).hash).toBe(base);
    expect(load(edited(['  currency: USD\n  language: en\n', '  language: en\n  currency: USD\n'])).hash).toBe(base);
    expect(load(edited(['version: 1\n', 'version: 1\nmode: standalone\nguard: { creates: 500 }\n'])).hash).toBe(base);
  });

  test.each([
    ['a threshold', edited(['at_least: 60', 'at_least: 61'])],
    ['a deadline', edited(['    to: "18:00"\n', '    to: "18:00"\n  answer: 3d\n'])],
    ['an alias', edited(['route: nurture }', 'route: nurture, aliases: [Misc] }'])],
    ['a guard limit', edited(['version: 1\n', 'version: 1\nguard: { creates: 501 }\n'])],
  ])('%s changes it', (_, text) => {
    expect(load(text).hash).not.toBe(load(SMALL).hash);
  });
});

describe('settings', () => {
  test('durations are parsed: business time for SLA, plain time elsewhere', () => {
    const agreement = load(defaultText());
    expect(agreement.sla).toEqual({
      first_touch: { amount: 8, unit: 'h' },
      answer: { amount: 2, unit: 'd' },
      reason: { amount: 2, unit: 'd' },
      book_or_recycle: { amount: 5, unit: 'd' },
      due_soon: { amount: 2, unit: 'h' },
    });
    expect(agreement.staleAfterMs).toBe(3_600_000);
    expect(agreement.journalMs).toBe(400 * 86_400_000);
    expect(agreement.feedbackMs).toBe(45_000);
    expect([intervalMs('90s'), intervalMs('2m'), intervalMs('off')]).toEqual([90_000, 120_000, null]);
    expect(agreement.reasons.get('timing')?.afterDays).toBe(90);
    expect(agreement.reasons.get('not_icp')?.afterDays).toBeNull();
  });

  test('alongside only reads the mapped fields: the integration keeps them equal (M1)', () => {
    const compiled = load(edited(['version: 1\n', 'version: 1\nmode: alongside\n']));
    expect(load(edited()).fields.some((field) => field.writes.hubspot || field.writes.salesforce)).toBe(true);
    expect(compiled.fields.filter((field) => field.writes.hubspot || field.writes.salesforce)).toEqual([]);
  });

  test('alongside creates nothing, whatever the defaults', () => {
    expect(load(edited(['version: 1\n', 'version: 1\nmode: alongside\n'])).settings.handoff).toMatchObject({ creates: 'nothing', creates_hubspot: false });
  });

  test('employees are known by domain, subdomains included (L10)', () => {
    const agreement = load(edited(['version: 1\n', 'version: 1\nscope: { exclude_email_domains: [Acme.com] }\n']));
    expect(['ana@acme.com', 'ANA@ACME.COM', 'ana@mx.acme.com', 'ana@notacme.com', 'ana@acme.com.mx'].map(agreement.excludesEmail)).toEqual([true, true, true, false, false]);
  });

  test('stages stand in the ladder’s order whatever the file’s', () => {
    const [first = '', second = ''] = SMALL.split('\n').filter((line) => /id: (subscriber|lead),/.test(line));
    const swapped = edited([`${first}\n${second}\n`, `${second}\n${first}\n`]);
    expect(load(swapped).stages.map((stage) => stage.id)).toEqual(['subscriber', 'lead', 'mql', 'sal', 'sql', 'opportunity', 'customer', 'recycled', 'disqualified', 'lost']);
    expect(load(swapped).stage('mql').needs).toEqual(['email', 'country']);
  });

  test('holidays of a country come from the optional data set where it is installed', () => {
    class Holidays {
      constructor(readonly country: string) {}
      getHolidays(year: number): object[] {
        return [
          { date: `${year}-11-16 00:00:00`, type: 'public', name: 'Revolución' },
          { date: `${year}-11-02 00:00:00`, type: 'observance', name: 'Muertos' },
        ];
      }
    }
    const text = edited(['to: "18:00"\n', 'to: "18:00"\n    holidays: MX\n']);

    for (const holidayPackage of [() => Holidays, () => ({ default: Holidays })]) {
      const { calendar } = load(text, { holidayPackage });
      expect(calendar.isWorking(Date.parse('2026-11-16T18:00:00Z'))).toBe(false);
      expect(calendar.isWorking(Date.parse('2026-11-02T18:00:00Z'))).toBe(true);
    }
    expect(loadAgreement(text, 'a', { holidayPackage: () => ({}) }).ok).toBe(false);
  });
});
