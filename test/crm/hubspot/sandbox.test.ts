import { createHubspot, type HubspotOptions, type HubspotPort } from '../../../src/crm/hubspot';
import type { FieldNeed } from '../../../src/crm/port';
import { OWN_FIELDS } from '../../../src/domain/ownFields';
import type { RecordWrite } from '../../../src/domain/write';
import { SandboxClock } from '../../../src/sandbox/clock';
import { openSandboxDatabase } from '../../../src/sandbox/database';
import { createHubspotSandbox, type HubspotSandbox } from '../../../src/sandbox/hubspot';

/** The adapter and the sandbox on one clock that only moves when somebody waits. */
interface Portal {
  sandbox: HubspotSandbox;
  clock: SandboxClock;
  hubspot: HubspotPort;
  another(options: Partial<HubspotOptions>): HubspotPort;
}

let portal: Portal;
let close: () => Promise<void>;

async function open(limits: 'real' | 'off'): Promise<void> {
  const database = openSandboxDatabase(':memory:');
  const clock = new SandboxClock();
  clock.set(Date.parse('2026-11-22T15:00:00Z'));
  const sandbox = createHubspotSandbox({ database, clock, limits });
  const server = await sandbox.listen();
  const options: HubspotOptions = {
    token: sandbox.token,
    baseUrl: server.url,
    dailyShare: 1,
    now: () => clock.now(),
    sleep: (ms) => {
      clock.advance(ms);
      return Promise.resolve();
    },
  };
  const another = (more: Partial<HubspotOptions>): HubspotPort => createHubspot({ ...options, ...more });
  portal = { sandbox, clock, hubspot: another({}), another };
  close = async () => {
    await server.close();
    database.close();
  };
}

beforeEach(() => open('off'));
afterEach(() => close());

const ui = { sourceType: 'CRM_UI', userId: 71234 } as const;

function update(id: string, fields: RecordWrite['fields'], key = id): RecordWrite {
  return { key, object: 'contact', op: 'update', id, fields };
}

describe('limits (W10)', () => {
  test('a full read keeps to 90 % or more of the burst limit and never meets a 429', async () => {
    await close();
    await open('real');
    const { sandbox, clock, hubspot } = portal;
    sandbox.state.load(Array.from({ length: 60_000 }, (_, index) => ({ properties: { email: `p${index}@example.com` } })));
    const started = clock.now();

    let read = 0;
    for await (const page of hubspot.read({ since: { contact: null }, fields: {} })) read += page.records.length;

    expect(read).toBe(60_000);
    expect(sandbox.calls.calls.filter(({ status }) => status === 429)).toEqual([]);
    // 602 calls at 190 per 10 seconds: three full windows have to pass.
    const least = 30_000;
    expect(clock.now() - started).toBeGreaterThanOrEqual(least);
    expect(clock.now() - started).toBeLessThanOrEqual(least / 0.9);
  });

  test('searches keep to the account’s five a second', async () => {
    await close();
    await open('real');
    const { sandbox, clock, hubspot } = portal;
    sandbox.state.load(Array.from({ length: 6_000 }, (_, index) => ({ properties: { email: `p${index}@example.com` } })));
    const started = clock.now();

    let read = 0;
    for await (const page of hubspot.read({ since: { contact: 0 }, fields: {} })) read += page.records.length;

    expect(read).toBe(6_000);
    expect(sandbox.calls.calls.filter(({ status }) => status === 429)).toEqual([]);
    expect(clock.now() - started).toBeLessThanOrEqual(5_000 / 0.9);
  });

  test('when other apps of the account spend the searches too, the refusal is waited out', async () => {
    await close();
    await open('real');
    const { sandbox, hubspot } = portal;
    sandbox.state.set({ searchSecondLimit: 2 });
    sandbox.state.load(Array.from({ length: 3_000 }, (_, index) => ({ properties: { email: `p${index}@example.com` } })));

    let read = 0;
    for await (const page of hubspot.read({ since: { contact: 0 }, fields: {} })) read += page.records.length;

    expect(read).toBe(3_000);
  });

  test('Concord’s share of the day is told by HubSpot’s own figures', async () => {
    await close();
    await open('real');
    const { sandbox } = portal;
    sandbox.state.set({ dailyLimit: 100 });
    const hubspot = portal.another({ dailyShare: 0.05 });

    await hubspot.connect();
    for (let calls = hubspot.usage().calls; calls < 5; calls += 1) await hubspot.describe(true);

    await expect(hubspot.describe(true)).rejects.toMatchObject({ code: 'quota_spent' });
    expect(hubspot.usage().calls).toBe(5);
  });

  test('after midnight in the account’s time zone the share is whole again', async () => {
    const hubspot = portal.another({ dailyShare: 3 / 625_000 });
    await hubspot.connect();
    await hubspot.describe(true);
    await expect(hubspot.describe(true)).rejects.toMatchObject({ code: 'quota_spent' });

    portal.clock.set(Date.parse('2026-11-23T06:00:01Z'));

    await expect(hubspot.describe(true)).resolves.toBeDefined();
  });
});

describe('lifecycle stage', () => {
  test('goes backward when it is cleared, then set, in two writes (L8)', async () => {
    const { sandbox, hubspot } = portal;
    const { id } = sandbox.state.act(ui).create('contacts', { email: 'ana@example.com', lifecyclestage: 'customer' });

    await hubspot.write([update(id, { lifecyclestage: 'lead' })]);
    expect(sandbox.state.contact(id)?.properties['lifecyclestage']).toBe('customer');

    const outcomes = await hubspot.write([update(id, { lifecyclestage: null }, 'clear'), update(id, { lifecyclestage: 'lead' }, 'set')]);
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['done', 'done']);
    expect(sandbox.state.contact(id)?.properties['lifecyclestage']).toBe('lead');
  });

  test('its history tells who and when, newest first (L5)', async () => {
    const { sandbox, hubspot, clock } = portal;
    const { id } = sandbox.state.act({ sourceType: 'FORM' }).create('contacts', { email: 'ana@example.com', lifecyclestage: 'lead' });
    const first = clock.now();
    clock.advance(60_000);
    sandbox.state.act(ui).update('contacts', id, { lifecyclestage: 'marketingqualifiedlead' });

    const versions = (await hubspot.histories('contact', [id], ['lifecyclestage'])).get(id)?.['lifecyclestage'];

    expect(versions?.map(({ value, at, by }) => [value, at - first, by?.source, by?.id])).toEqual([
      ['marketingqualifiedlead', 60_000, 'CRM_UI', '71234'],
      ['lead', 0, 'FORM', undefined],
    ]);
  });
});

describe('merges (I3)', () => {
  test.each(['new', 'primary'] as const)('with a %s id: old ids answer as the survivor, a write to one is refused and names it', async (mergeId) => {
    const { sandbox, hubspot } = portal;
    sandbox.state.set({ mergeId });
    const rep = sandbox.state.act(ui);
    const ana = rep.create('contacts', { email: 'ana@example.com' }).id;
    const double = rep.create('contacts', { email: 'ana2@example.com' }).id;
    const other = rep.create('contacts', { email: 'bo@example.com' }).id;
    const survivor = rep.merge('contacts', ana, double).id;

    const { records } = await hubspot.byIds('contact', [ana, double], {});
    expect(records.map(({ ref }) => ref.id)).toEqual([survivor]);
    expect([survivor, ...(records[0]?.aliases ?? [])]).toEqual(expect.arrayContaining([ana, double]));
    expect(records[0]?.emails.slice().sort()).toEqual(['ana2@example.com', 'ana@example.com']);

    const outcomes = await hubspot.write([update(double, { jobtitle: 'x' }), update(other, { jobtitle: 'x' })]);
    expect(outcomes[0]).toMatchObject({ outcome: 'refused', problem: { code: 'not_found', vendorCode: 'MERGED', record: { id: survivor } } });
    expect(outcomes[1]).toMatchObject({ outcome: 'done' });
  });
});

describe('creates', () => {
  test('a batch with one address that exists: the others are made, the conflict names its contact', async () => {
    const { sandbox, hubspot } = portal;
    const existing = sandbox.state.act(ui).create('contacts', { email: 'ana@example.com' }).id;
    const create = (email: string): RecordWrite => ({ key: email, object: 'contact', op: 'create', fields: { email, firstname: 'X' }, identity: { field: 'email', value: email } });

    const outcomes = await hubspot.write(['bo@example.com', 'Ana@example.com', 'cy@example.com'].map(create));

    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['done', 'refused', 'done']);
    expect(outcomes[1]).toMatchObject({ problem: { code: 'duplicate', record: { id: existing } } });
    expect(sandbox.state.counts().contacts).toBe(3);
  });

  test('what the portal requires on create is named (2026-09 enforces it)', async () => {
    const { sandbox, hubspot } = portal;
    sandbox.state.set({ requiredOnCreate: { contacts: ['company'] } });

    const outcomes = await hubspot.write([{ key: 'k', object: 'contact', op: 'create', fields: { email: 'ana@example.com' }, identity: { field: 'email', value: 'ana@example.com' } }]);

    expect(outcomes).toMatchObject([{ outcome: 'refused', problem: { code: 'required_missing', fields: ['company'] } }]);
  });
});

describe('consent (F7)', () => {
  test('an opt-out takes effect on the address and shows on the contact; twice is once', async () => {
    const { sandbox, hubspot } = portal;
    const { id } = sandbox.state.act(ui).create('contacts', { email: 'ana+news@example.com' });
    const write = { key: 'k', ref: { crm: 'hubspot' as const, object: 'contact' as const, id }, optOut: true as const };

    expect(await hubspot.restrict([write])).toMatchObject([{ outcome: 'done' }]);
    expect(await hubspot.restrict([{ ...write, email: 'Ana+News@example.com' }])).toMatchObject([{ outcome: 'done' }]);

    expect(sandbox.state.subscriptions.optedOut('ana+news@example.com')).toBe(true);
    expect((await hubspot.byIds('contact', [id], {})).records[0]?.consent).toEqual({ emailOptOut: true });
  });
});

describe('owners', () => {
  test('names by owner and user id, also of those who left', async () => {
    const { sandbox, hubspot } = portal;
    const owner = sandbox.state.addOwner({ email: 'luz@example.com', firstName: 'Luz', lastName: 'Ríos' });
    const gone = sandbox.state.addOwner({ email: 'old@example.com', firstName: 'Old', lastName: 'Rep' });
    sandbox.state.deactivateOwner(gone.id);

    const names = await hubspot.userNames([owner.id, gone.id, 'nobody']);

    expect([...names]).toEqual([
      [owner.id, 'Luz Ríos'],
      [gone.id, 'Old Rep'],
    ]);
    // Who left is not written to.
    expect(await hubspot.userEmails([owner.id, gone.id, 'nobody'])).toEqual(new Map([[owner.id, 'luz@example.com']]));
    expect(await hubspot.userEmails([])).toEqual(new Map());
  });

  test('who comes and who leaves while a server stays up is known within the hour, and somebody new within minutes', async () => {
    const { sandbox, clock, hubspot } = portal;
    const MINUTE = 60_000;
    const luz = sandbox.state.addOwner({ email: 'luz@example.com', firstName: 'Luz', lastName: 'Ríos' });
    expect([...(await hubspot.userNames([luz.id]))]).toEqual([[luz.id, 'Luz Ríos']]);
    const bea = sandbox.state.addOwner({ email: 'bea@example.com', firstName: 'Bea', lastName: 'Sol' });
    sandbox.state.deactivateOwner(luz.id);
    clock.advance(4 * MINUTE);
    const { calls } = hubspot.usage();
    expect([...(await hubspot.userNames([bea.id]))]).toEqual([]);
    expect(hubspot.usage().calls).toBe(calls);
    clock.advance(2 * MINUTE);
    expect([...(await hubspot.userNames([bea.id]))]).toEqual([[bea.id, 'Bea Sol']]);

    const carla = sandbox.state.addOwner({ email: 'carla@example.com', firstName: 'Carla', lastName: 'Luz' });
    sandbox.state.deactivateOwner(bea.id);
    clock.advance(59 * MINUTE);
    expect([...(await hubspot.userEmails([bea.id]))]).toEqual([[bea.id, 'bea@example.com']]);
    clock.advance(2 * MINUTE);
    expect([...(await hubspot.userEmails([bea.id, carla.id]))]).toEqual([[carla.id, 'carla@example.com']]);
  });
});

describe('setup', () => {
  const types = { text: 'text', longtext: 'longtext', number: 'number', date: 'date', datetime: 'datetime', stage: 'option', reason: 'option', route: 'option', sla: 'option' } as const;
  const needs: FieldNeed[] = Object.values(OWN_FIELDS).flatMap((field): FieldNeed[] =>
    field.hubspot === null
      ? []
      : [
          {
            object: 'contact',
            name: field.hubspot,
            label: field.label.es,
            type: types[field.type],
            description: 'Concord',
            ...(types[field.type] === 'option' ? { options: [{ value: 'one', label: 'Uno' }] } : {}),
          },
        ],
  );

  test('makes all of Concord’s own properties, and then has nothing left to do', async () => {
    const { sandbox, hubspot } = portal;
    expect((await hubspot.setupPlan(needs)).every(({ state }) => state === 'missing')).toBe(true);
    expect(sandbox.calls.calls.every(({ method }) => method === 'GET')).toBe(true);

    const done: string[] = [];
    await hubspot.setupApply(needs, ({ id }) => done.push(id));

    expect(done).toHaveLength(needs.length + 1);
    expect((await hubspot.setupPlan(needs)).every(({ state }) => state === 'ok')).toBe(true);
    const description = (await hubspot.describe()).contact ?? {};
    for (const need of needs) expect([need.name, description[need.name]?.type]).toEqual([need.name, need.type === 'longtext' ? 'text' : need.type]);

    sandbox.calls.clear();
    await hubspot.setupApply(needs, () => undefined);
    expect(sandbox.calls.calls.every(({ method }) => method === 'GET')).toBe(true);
  });

  test('cut off in the middle, it goes on where it stopped', async () => {
    const { sandbox, hubspot } = portal;
    sandbox.faults.add({ match: { path: 'batch/create' }, action: { do: 'drop-after' } });

    await hubspot.setupApply(needs, () => undefined);

    expect((await hubspot.setupPlan(needs)).every(({ state }) => state === 'ok')).toBe(true);
  });

  test('options are added beside those in use, which stay', async () => {
    const { sandbox, hubspot } = portal;
    await hubspot.setupApply(needs, () => undefined);
    const more = needs.map((need) => (need.name === 'concord_route' ? { ...need, options: [{ value: 'two', label: 'Dos' }] } : need));
    const { id } = sandbox.state.act(ui).create('contacts', { email: 'ana@example.com', concord_route: 'one' });

    await hubspot.setupApply(more, () => undefined);

    expect((await hubspot.describe()).contact?.['concord_route']?.options).toEqual([
      { value: 'one', label: 'Uno' },
      { value: 'two', label: 'Dos' },
    ]);
    expect(await hubspot.write([update(id, { concord_route: 'two' })])).toMatchObject([{ outcome: 'done' }]);
  });

  test('a token that may not change definitions is told so', async () => {
    const { sandbox, hubspot } = portal;
    sandbox.state.removeScope(sandbox.token, 'crm.schemas.contacts.write');

    await expect(hubspot.setupApply(needs, () => undefined)).rejects.toMatchObject({ code: 'missing_scope', exit: 2 });
  });
});
