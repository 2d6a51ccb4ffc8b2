import type { CompiledAgreement } from '../../src/agreement/compile';
import { changedPeople, whatIf, type ChangedPerson, type WhatIfRequest } from '../../src/run/whatIf';
import { defaultText, load } from '../agreement/sample';
import { cast, DAY, HOUR, MINUTE, openScenario, type Scenario } from '../support/scenario';

/* What another agreement would have come to, told from what Concord remembers of a few weeks in both CRMs. */

jest.setTimeout(120_000);

let s: Scenario;
const { rep, person, adopted } = cast(() => s);

afterEach(async () => {
  await s.close();
});

function changed(from: string | RegExp, to: string): CompiledAgreement {
  const text = defaultText().replace(from, to);
  expect(text).not.toBe(defaultText());
  return load(text);
}

const request = (other: CompiledAgreement, days = 90): WhatIfRequest => ({ store: s.store, current: s.agreement, changed: other, window: { from: s.clock.now() - days * DAY, to: s.clock.now() } });

async function people(of: WhatIfRequest): Promise<ChangedPerson[]> {
  const all: ChangedPerson[] = [];
  for await (const each of changedPeople(of)) all.push(each);
  return all;
}

async function scored(email: string, score: string): Promise<string> {
  s.sandbox.hubspot.state.act({ sourceType: 'FORM' }).update('contacts', person(email), { hubspotscore: score });
  s.pass(MINUTE);
  await s.sync();
  s.pass(HOUR);
  return String(s.leadByEmail(email)?.['Id']);
}

/** Four MQLs by score: 62 was accepted and won, 65 rejected, 90 accepted, 95 not answered. */
async function story(): Promise<void> {
  s = await openScenario();
  await adopted();
  const won = await scored('won@cliente.example', '62');
  const rejected = await scored('no@cliente.example', '65');
  const accepted = await scored('yes@cliente.example', '90');
  await scored('silent@cliente.example', '95');
  rep().update('Lead', won, { Status: 'Working - Contacted' });
  rep().update('Lead', accepted, { Status: 'Working - Contacted' });
  rep().update('Lead', rejected, { Status: 'Closed - Not Converted', Concord_Rejection_Reason__c: 'no_budget' });
  s.pass(MINUTE);
  await s.sync();
  s.pass(DAY);
  const { opportunityId } = rep().convertLead({ leadId: won, convertedStatus: 'Closed - Converted', opportunityName: 'Cliente SA, first order' });
  s.pass(MINUTE);
  await s.sync();
  s.pass(DAY);
  rep().update('Opportunity', String(opportunityId), { StageName: 'Closed Won', Amount: 12_000 });
  s.pass(MINUTE);
  await s.sync();
  s.pass(10 * DAY);
}

test('a higher score: fewer MQLs, other acceptance, and the won deal that would have been missed, by name', async () => {
  await story();
  const ask = request(changed('{ field: score, at_least: 60 }', '{ field: score, at_least: 80 }'));
  const result = await whatIf(ask);
  expect(result.recorded).toMatchObject({ mqls: 4, outcomes: { accepted: 2, rejected: 1, waiting: 1, unseen: 0 } });
  expect(result.current).toMatchObject({ mqls: 4, people: 4, clauses: { 'score at_least 60': 4 }, outcomes: { accepted: 2, rejected: 1, waiting: 1, unseen: 0 } });
  expect(result.changed).toMatchObject({ mqls: 2, people: 2, clauses: { 'score at_least 80': 2 }, outcomes: { accepted: 1, rejected: 0, waiting: 1, unseen: 0 } });
  expect(result).toMatchObject({ become: 0, noLonger: 2, cannotTell: 0, won: { kept: 0, missed: 1, before: 0, undecided: 0, never: 0 }, unrecorded: [] });
  expect(result.missed).toMatchObject([{ name: 'Cliente SA, first order', amount: 12_000, judgedBy: 'replay' }]);
  expect((await people(ask)).map(({ name, email, change }) => [name, email, change]).sort()).toEqual([
    ['Ana Paz', 'no@cliente.example', 'no_longer_mql'],
    ['Ana Paz', 'won@cliente.example', 'no_longer_mql'],
  ]);
});

test('a lower score: who would have been handed over besides, whom sales never saw', async () => {
  await story();
  await scored('warm@cliente.example', '50');
  s.pass(10 * DAY);
  const ask = request(changed('{ field: score, at_least: 60 }', '{ field: score, at_least: 40 }'), 60);
  const result = await whatIf(ask);
  expect(result.current).toMatchObject({ mqls: 4, standing: 0 });
  expect(result.changed).toMatchObject({ mqls: 5, outcomes: { accepted: 2, rejected: 1, waiting: 1, unseen: 1 }, clocks: { answer: { started: 5, unknown: 1 } } });
  expect(result).toMatchObject({ become: 1, noLonger: 0, won: { kept: 1, missed: 0 } });
  expect((await people(ask)).map(({ email, change }) => [email, change])).toEqual([['warm@cliente.example', 'becomes_mql']]);
});

test('the same agreement changes nothing: the replay tells what was recorded', async () => {
  await story();
  const { recorded, current, changed: same, become, noLonger, won } = await whatIf(request(s.agreement));
  expect(same).toEqual(current);
  expect({ become, noLonger, won }).toEqual({ become: 0, noLonger: 0, won: { kept: 1, before: 0, undecided: 0, missed: 0, never: 0 } });
  expect({ mqls: current.mqls, outcomes: current.outcomes, clocks: current.clocks }).toEqual({ mqls: recorded.mqls, outcomes: recorded.outcomes, clocks: recorded.clocks });
});

test('shorter deadlines: the answers that were in time would have been late', async () => {
  await story();
  const result = await whatIf(request(changed('answer: 2d', 'answer: 30m')));
  // The 62 and the 65 waited hours for their answer; the last one has none yet.
  expect(result.current.clocks.answer).toMatchObject({ started: 4, due: 4, missed: 1 });
  expect(result.changed.clocks.answer).toMatchObject({ started: 4, due: 4, missed: 4 });
  expect(result.changed.mqls).toBe(result.current.mqls);
});

test('a deal of a person who was handed over before the window is judged by their present values', async () => {
  await story();
  const stricter = await whatIf(request(changed('{ field: score, at_least: 60 }', '{ field: score, at_least: 80 }'), 11));
  expect(stricter).toMatchObject({ recorded: { mqls: 0 }, won: { before: 0, missed: 1 }, missed: [{ name: 'Cliente SA, first order', judgedBy: 'present_values' }] });
  expect((await whatIf(request(changed('{ field: score, at_least: 60 }', '{ field: score, at_least: 40 }'), 11))).won).toMatchObject({ kept: 1, missed: 0 });
  // A deal older than the window is none of its deals.
  expect((await whatIf(request(changed('{ field: score, at_least: 60 }', '{ field: score, at_least: 80 }'), 9))).won).toEqual({ kept: 0, before: 0, undecided: 0, missed: 0, never: 0 });
});
