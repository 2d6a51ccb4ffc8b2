import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv/dist/2020';
import { parse } from 'yaml';
import { allKeys, docsText, DOCS_FILE, SCHEMA_FILE, schemaText } from '../../scripts/agreement-schema';
import { createCalendar } from '../../src/agreement/calendar';
import { STAGE_LABELS } from '../../src/agreement/labels';
import { loadAgreement } from '../../src/agreement/load';
import { Agreement, agreementJsonSchema } from '../../src/agreement/schema';
import { OFF_RAMPS, STAGES } from '../../src/domain/stage';
import { DEFAULT_FILE, defaultText, load, notInstalled } from './sample';

const HINT = 'Run: npx tsx scripts/agreement-schema.ts';

describe('what is made from the schema is current', () => {
  test('config/agreement.schema.json', () => {
    expect({ text: readFileSync(SCHEMA_FILE, 'utf8'), HINT }).toEqual({ text: schemaText(), HINT });
  });

  test('docs/agreement.md', () => {
    expect({ text: readFileSync(DOCS_FILE, 'utf8'), HINT }).toEqual({ text: docsText(), HINT });
  });

  test('every key has a description', () => {
    const keys = allKeys();
    expect(keys.length).toBeGreaterThan(120);
    expect(keys.filter((key) => key.description === '').map((key) => key.key)).toEqual([]);
  });

  test('every key has an example, or keys under it that do', () => {
    const keys = allKeys();
    const told = (key: string): boolean => keys.some((other) => other.example !== '' && (other.key === key || other.key.startsWith(`${key}.`) || other.key.startsWith(`${key}[].`)));
    const dumb = keys.filter((key) => !told(key.key)).map((key) => key.key);
    expect({ dumb, HINT: 'Give the key .meta({ examples: […] }) in src/agreement/schema.ts' }).toMatchObject({ dumb: [] });
  });

  test('every example is a value that the schema takes', () => {
    const ajv = new Ajv({ strict: false });
    const { $defs } = agreementJsonSchema();
    const refused = allKeys().filter(({ example, node }) => example !== '' && !ajv.validate({ ...node, $defs }, parse(example)));
    expect(refused.map(({ key, example }) => `${key}: ${example}`)).toEqual([]);
  });

  test('the documentation names every section, and every operator', () => {
    for (const section of Object.keys(Agreement.shape)) expect(docsText()).toContain(`## \`${section}\``);
    for (const operator of ['within_days', 'not_in', 'starts_with']) expect(docsText()).toContain(`| \`${operator}\` |`);
  });
});

describe('config/agreement.yaml', () => {
  const agreement = load(defaultText());

  test('is right, without warnings, also without the optional holiday data', () => {
    expect(loadAgreement(defaultText(), 'config/agreement.yaml', { holidayPackage: notInstalled })).toMatchObject({ ok: true, warnings: [] });
  });

  test('begins with the hint for editors, which leads to the schema', () => {
    const [first = ''] = defaultText().split('\n');
    const [, schema = ''] = /^# yaml-language-server: \$schema=(\S+)$/.exec(first) ?? [];
    expect(join(DEFAULT_FILE, '..', schema)).toBe(SCHEMA_FILE);
  });

  test('stages carry the labels that Concord uses in three languages', () => {
    for (const id of STAGES) expect([id, agreement.stage(id).label]).toEqual([id, STAGE_LABELS[id]]);
  });

  test('all ladder stages have a condition, off-ramps none', () => {
    expect(agreement.stages.filter((stage) => stage.when === null).map((stage) => stage.id)).toEqual([...OFF_RAMPS]);
  });

  test('eighteen reasons, each labelled in three languages, with aliases', () => {
    const reasons = [...agreement.reasons.values()];
    expect(reasons).toHaveLength(18);
    for (const reason of reasons) {
      expect([reason.id, Object.keys(reason.label)]).toEqual([reason.id, ['en', 'es', 'pt-BR']]);
      expect(reason.aliases.length).toBeGreaterThan(2);
    }
    expect(Object.fromEntries(reasons.map((reason) => [reason.id, [reason.route, reason.after ?? '', reason.counts_against_quality].join(' ').replace('  ', ' ')]))).toEqual({
      timing: 'recycle 90d no',
      no_budget: 'recycle 180d half',
      no_need: 'recycle 120d yes',
      no_authority: 'recycle 90d half',
      unreachable: 'recycle 60d no',
      not_icp: 'disqualify yes',
      no_solution_fit: 'disqualify half',
      bad_data: 'fix_data yes',
      duplicate: 'duplicate no',
      do_not_contact: 'suppress no',
      competitor_contract: 'recycle 270d no',
      competitor: 'disqualify yes',
      student_vendor: 'disqualify yes',
      spam_test: 'disqualify yes',
      existing_customer: 'reroute no',
      wrong_owner: 'reroute no',
      language: 'disqualify half',
      other: 'nurture unknown',
    });
  });

  test('MQL: by score or by marketing’s word', () => {
    const ask = (values: Record<string, string | number>) => agreement.stage('mql').when?.((field) => values[field] ?? null, 0).holds;
    expect(ask({ score: 60 })).toBe(true);
    expect(ask({ score: 59, 'hubspot.lifecyclestage': 'lead' })).toBe(false);
    expect(ask({ score: 0, 'hubspot.lifecyclestage': 'marketingqualifiedlead' })).toBe(true);
    expect(agreement.stage('mql').needs).toEqual(['email', 'last_name', 'company', 'country']);
  });

  test('its holidays fall on working days', () => {
    const { calendar, company } = { calendar: agreement.settings.sla.calendar, company: agreement.settings.company };
    const holidays = Array.isArray(calendar.holidays) ? calendar.holidays : [];
    const without = createCalendar({ ...calendar, holidays: [] }, company.time_zone);
    expect(holidays.length).toBeGreaterThan(10);
    // Statutory holidays that move are Mondays: a weekend among them would be a slip of the pen.
    const weekend = holidays.filter((date) => !without.isWorking(Date.parse(`${date}T18:00:00Z`)));
    expect(weekend).toEqual(['2027-05-01', '2027-12-25']);
  });
});
