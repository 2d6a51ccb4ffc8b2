import { loadAgreement } from '../../src/agreement/load';
import { SMALL } from './sample';

/* `reports:` and `goals:` of the agreement: what does not fit is told with its place. */

function told(more: string): string[] {
  const loaded = loadAgreement(`${SMALL}${more}`, 'a.yaml');
  return (loaded.ok ? loaded.warnings : loaded.faults).map((fault) => `${fault.path}: ${fault.message}`);
}

const GOAL = (more: string): string => `goals:\n  - { id: a, label: { en: A }, metric: mql, target: 5, from: 2026-01-01, to: 2026-01-31, owners: { marketing: M, sales: S }${more} }\n`;

test('a goal and divisions that fit are taken, with their properties among those read', () => {
  expect(told(GOAL(''))).toEqual([]);
  const loaded = loadAgreement(`${SMALL}reports: { source: country, campaign: hubspot.hs_campaign, touches: [{ at: recent_conversion_date, source: hs_latest_source }] }\n`, 'a.yaml');
  expect(loaded.ok && loaded.agreement.hubspotFields()).toEqual(expect.arrayContaining(['hs_campaign', 'recent_conversion_date', 'hs_latest_source']));
});

test.each([
  ['reports: { source: nonsense }\n', 'reports.source: There is no field `nonsense`.'],
  ['reports: { rates: { EUR: [{ from: 2026-02-30, rate: 1 }] } }\n', 'reports.rates.EUR.0.from: The calendar has no 2026-02-30.'],
  [GOAL('').replace('2026-01-31', '2025-12-31'), 'goals.0.to: The goal ends on 2025-12-31, before it begins (2026-01-01).'],
  [GOAL('').replace('2026-01-31', '2026-02-30'), 'goals.0.to: The calendar has no 2026-02-30.'],
  [GOAL('').replace(', sales: S', ''), 'goals.0.owners: The goal has no owner in sales.'],
  [`${GOAL('')}${GOAL('').replace('goals:\n', '')}`, 'goals.1.id: The goal `a` stands twice.'],
])('%s', (more, fault) => {
  expect(told(more)).toContain(fault);
});
