import { figureId, figureOf, makeReport, peopleBehind } from '../../src/report/make';
import type { Cell, Report } from '../../src/report/model';
import { reportOf } from '../../src/run/reports';
import { DAY, HOUR, MINUTE, openScenario, type Scenario } from '../support/scenario';

/* What the closed-loop reports say of a story told to both CRMs over HTTP (design.md section 11, domain.md C2). */

let s: Scenario;
afterEach(() => s.close());

function cell(report: Report, section: string, row: string, column: string): Cell {
  const found = report.sections.find((each) => each.id === section)?.rows.find((each) => each.id === row)?.cells[column];
  if (found === undefined) throw new Error(`${report.report} has no ${figureId(section, row, column)}; it has ${report.sections.map((each) => `${each.id}: ${each.rows.map((one) => one.id).join(' ')}`).join('; ')}`);
  return found;
}

/** What some figures of a report say: a value, or the cases of a share. */
function expectFigures(report: Report, figures: Record<string, number | null | Partial<Cell>>): void {
  for (const [id, expected] of Object.entries(figures)) {
    const [section = '', row = '', column = ''] = id.split('.');
    expect({ id, ...cell(report, section, row, column) }).toMatchObject({ id, ...(expected !== null && typeof expected === 'object' ? expected : { value: expected }) });
  }
}

async function listed(report: Report, id: string): Promise<string[]> {
  const ids: string[] = [];
  for await (const page of peopleBehind(s.store, figureOf(report, id))) ids.push(...page.map((row) => row.hubspotId ?? ''));
  return ids;
}

test('acceptance, reasons, clocks, customers and their money, with the people behind each (F2, S1, I7, C2)', async () => {
  s = await openScenario();
  const marketer = s.sandbox.hubspot.state.act({ sourceType: 'CRM_UI', userId: 7 });
  const ids: Record<string, string> = {};
  for (const [name, source] of [['ana', 'ORGANIC_SEARCH'], ['leo', 'PAID_SEARCH'], ['eva', 'PAID_SEARCH']] as const) {
    marketer.create('contacts', { email: `${name}@cliente.example`, firstname: name, lastname: 'Paz', company: 'Cliente SA', country: 'Mexico', lifecyclestage: 'lead', hs_analytics_source: source });
    ids[name] = s.sandbox.hubspot.state.byEmail(`${name}@cliente.example`)?.id as string;
  }
  await s.sync();
  s.pass(DAY);
  for (const name of ['ana', 'leo', 'eva']) s.sandbox.hubspot.state.act({ sourceType: 'FORM' }).update('contacts', ids[name] as string, { hubspotscore: '72' });
  s.pass(MINUTE);
  await s.sync();
  const lead = (name: string): string => String(s.leadByEmail(`${name}@cliente.example`)?.['Id']);
  const rep = s.sandbox.salesforce.state.act(s.rep);

  // Ana is accepted in an hour, Leo rejected with a reason, Eva waits past her deadlines.
  s.pass(HOUR);
  rep.update('Lead', lead('ana'), { Status: 'Working - Contacted' });
  rep.update('Lead', lead('leo'), { Status: 'Closed - Not Converted', Concord_Rejection_Reason__c: 'no_budget' });
  s.pass(MINUTE);
  await s.sync();

  let report = await reportOf(s.store, s.agreement, s.clock.now(), 'rejections');
  expectFigures(report, {
    'acceptance.handed.handed': 3,
    'acceptance.handed.accepted': 1,
    'acceptance.handed.pending': 1,
    'acceptance.handed.rate': { value: 1 / 3, hits: 1, of: 3, small: true },
    'reasons.no_budget.rate': { value: 0.5, hits: 1, of: 2 },
    'feedback.feedback.rate': { value: 1, hits: 1, of: 1 },
  });
  expect(await listed(report, 'acceptance.handed.pending')).toEqual([ids['eva']]);
  expect(await listed(report, 'reasons.no_budget.rejected')).toEqual([ids['leo']]);

  const bySource = await reportOf(s.store, s.agreement, s.clock.now(), 'rejections', { by: 'source' });
  expectFigures(bySource, {
    'acceptance.handed@PAID_SEARCH.handed': 2,
    'acceptance.handed@ORGANIC_SEARCH.accepted': 1,
  });
  const filtered = await reportOf(s.store, s.agreement, s.clock.now(), 'rejections', { filters: { source: 'PAID_SEARCH' } });
  expectFigures(filtered, { 'acceptance.handed.handed': 2 });

  s.pass(7 * DAY);
  report = await reportOf(s.store, s.agreement, s.clock.now(), 'sla');
  expectFigures(report, {
    'sales.answer.met': 2,
    'sales.answer.overdue': 1,
    'sales.answer.rate': { hits: 2, of: 3 },
  });
  expect(await listed(report, 'sales.answer.overdue')).toEqual([ids['eva']]);

  // Ana's lead is converted and her opportunity won.
  const converted = rep.convertLead({ leadId: lead('ana'), convertedStatus: 'Closed - Converted', opportunityName: 'Cliente SA' });
  const opportunity = String(converted.opportunityId);
  s.pass(MINUTE);
  await s.sync();
  s.pass(DAY);
  rep.update('Opportunity', opportunity, { StageName: 'Closed Won', Amount: 1234.56, CloseDate: '2026-11-25' });
  s.pass(MINUTE);
  await s.sync();

  const sources = await reportOf(s.store, s.agreement, s.clock.now(), 'sources');
  expectFigures(sources, {
    'customers.ORGANIC_SEARCH.customers': 1,
    'customers.ORGANIC_SEARCH.first_revenue': 1234.56,
    'customers.total.first_revenue': 1234.56,
    'wins.closed.win_rate': { hits: 1, of: 1 },
  });
  expect(await listed(sources, 'customers.ORGANIC_SEARCH.first_revenue')).toEqual([ids['ana']]);

  const funnel = await reportOf(s.store, s.agreement, s.clock.now(), 'funnel');
  expectFigures(funnel, { 'cohort.mql-sal.entered': 3 });
  // Eight days are no window: nobody is mature, and no share is told.
  expectFigures(funnel, {
    'cohort.mql-sal.immature': 3,
    'cohort.mql-sal.rate': null,
    'flow.customer.entries': 1,
  });
  s.pass(40 * DAY);
  const later = await reportOf(s.store, s.agreement, s.clock.now(), 'funnel');
  expectFigures(later, {
    'cohort.mql-customer.rate': { hits: 1, of: 3 },
    'cohort.mql-sal.window': 30,
  });

  // Facts are fresh before every report: the run left nobody on the queue.
  expect(await s.store.reportQueue(10)).toEqual([]);
  expect((await makeReport(s.store, s.agreement, s.clock.now(), 'debt')).sections[0]?.rows.find((row) => row.id === 'rejected_without_reason')?.cells['n']?.value).toBe(0);
});
