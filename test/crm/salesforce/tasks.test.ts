import type { Activity } from '../../../src/domain/outbox';
import { world, type World } from './world';

/** What is Salesforce's own about tasks; what both CRMs have in common is in the contract. */

let w: World;
beforeEach(async () => {
  w = await world();
});
afterEach(() => w.close());

const task = (id: string, more: Partial<Activity['text']> = {}): Activity => ({ key: 'k', kind: 'task', on: { crm: 'salesforce', object: 'lead', id }, mark: 'aaaa', text: { title: 'T', lines: ['x'], at: 0, ...more } });
const left = (): Record<string, unknown> => w.state.query('SELECT Subject, Description, OwnerId, ActivityDate, Status, Priority FROM Task')[0] ?? {};
const lead = (): string => w.rep.create('Lead', { LastName: 'Paz', Company: 'Acme' });

test('owner, day and priority are set; without them Salesforce’s own stand', async () => {
  await w.port.leave([task(lead(), { ownerId: w.repId, dueOn: '2026-11-24', priority: 'high' })]);
  expect(left()).toMatchObject({ OwnerId: w.repId, ActivityDate: '2026-11-24', Status: 'Not Started', Priority: 'High' });

  w.state.query('SELECT Id FROM Task').forEach((row) => w.rep.delete('Task', String(row['Id'])));
  await w.port.leave([task(lead())]);
  expect(left()).toMatchObject({ ActivityDate: null, Status: 'Not Started', Priority: 'Normal' });
});

test('a title beyond 255 characters is cut where it shows, and stands in full in the description (M3)', async () => {
  const title = 'á'.repeat(300);
  expect(await w.port.leave([task(lead(), { title })])).toMatchObject([{ outcome: 'done' }]);
  expect(left()).toMatchObject({ Subject: `${'á'.repeat(254)}…`, Description: `${title}\nx\n[concord aaaa]` });
});

test('a value that the org refuses is one task’s refusal, with its field', async () => {
  expect(await w.port.leave([task(lead(), { ownerId: '005000000000ZZZAAA' })])).toMatchObject([{ key: 'k', outcome: 'refused', problem: { retry: 'never' } }]);
});

test('what is no task on a lead or contact is a fault of the caller', async () => {
  await expect(w.port.leave([{ ...task('00Q'), kind: 'note' }])).rejects.toThrow('only tasks on leads and contacts');
});
