import type { CrmPort, FieldSelection, FieldType, ReadPage } from '../../src/crm/port';
import type { CrmRecord, Value } from '../../src/domain/record';
import type { Activity, ActivityKind } from '../../src/domain/outbox';
import { CrmError } from '../../src/domain/problem';
import type { RecordWrite, WriteOutcome } from '../../src/domain/write';
import type { SandboxClock } from '../../src/sandbox/clock';
import type { CallLog } from '../../src/sandbox/control';
import type { Faults } from '../../src/sandbox/faults';

/** One CRM for one test: a port, the world behind it, and how to make trouble there. Each adapter says these things in its CRM's words. */
export interface ContractWorld {
  crm: CrmPort;
  /** Another port over the same world. Its waiting takes no time where the adapter lets the test say so. */
  again(options: { deadlineMs?: number; credential?: 'wrong' }): CrmPort;
  faults: Faults;
  calls: CallLog;
  clock: SandboxClock;
  /** The object that holds people. */
  object: 'contact' | 'lead';
  /** A writable text field that nothing else depends on. */
  field: string;
  /** One writable field of each type the CRM offers to the test, with a value to write (M3). */
  typed: Partial<Record<FieldType, { field: string; value: Value }>>;
  /** A change that the CRM refuses for its value, and the code it becomes. */
  refused: { field: string; value: Value; code: string };
  /** Whether `op` is sent in such a call: a path of `Faults`. */
  path: { read: string; update: string; create: string };
  /** What the CRM answers to a call that came too fast: it passes by itself. */
  busy: { status: number; body: unknown; headers?: Record<string, string> };
  /** One question of the survey, and its refusal. */
  surveyed: { path: string; body?: string };
  forbidden: { status: number; body: unknown };
  /** The refusal of a day's quota that is spent. */
  spent: { status: number; body: unknown };
  /** The field that makes a create repeatable, and its value for a person (I6, W7). */
  identity(email: string): { field: string; value: string };
  /** The field that holds the e-mail address. */
  emailField: string;
  /** What else a create needs. */
  required: Record<string, Value>;
  /** As somebody else, in the CRM. Each answers the record's id. */
  add(email: string, fields?: Record<string, string>): string;
  edit(id: string, fields: Record<string, string>): void;
  remove(id: string): void;
  /** Merges the second into the first; answers the survivor's id. */
  merge(winner: string, loser: string): string;
  /** Puts in so many people, all modified at that moment. */
  load(count: number, modifiedAt: number): void;
  /** The people in the CRM, merged and deleted ones not counted. */
  count(): number;
  /** What is left on a record of this CRM: its kind, the path it is left by, and what people see of it, oldest first. */
  left: {
    kind: ActivityKind;
    path: string;
    on(id: string): { id: string; title: string; body: string; at: number | undefined }[];
    /** The same text as it stands in the CRM's own body. */
    escaped(text: string): string;
    /** An id that no record has. */
    nobody: string;
  };
  /** From now on the credential cannot see the field. */
  hide(field: string): void;
  /** The session ends. `renews`: the next call gets a new one by itself, once; `ends`: the credential is refused for good. */
  expire(): 'renews' | 'ends';
  /** From now on changes are seen by reads only so much later than they are stamped. Answers the overlap that covers it, in milliseconds. */
  lag(): number;
  close(): Promise<void>;
}

async function pagesOf(crm: CrmPort, world: ContractWorld, since: number | null, fields: string[] = [world.field]): Promise<ReadPage[]> {
  const pages: ReadPage[] = [];
  for await (const page of crm.read({ since: { [world.object]: since }, fields: { [world.object]: fields } })) pages.push(page);
  return pages;
}

function recordsOf(pages: ReadPage[]): CrmRecord[] {
  return pages.flatMap(({ records }) => records);
}

function ids(records: CrmRecord[]): string[] {
  return records.map(({ ref }) => ref.id).sort();
}

function byKey(outcomes: WriteOutcome[]): Record<string, string> {
  return Object.fromEntries(outcomes.map((one) => [one.key, one.outcome === 'refused' ? one.problem.code : one.outcome]));
}

/** Behaviours that the rest of Concord relies on, of every CRM behind the port. */
export function describeCrm(name: string, make: () => Promise<ContractWorld>): void {
  describe(`${name} keeps the contract of the port`, () => {
    let world: ContractWorld;
    let crm: CrmPort;
    let selection: FieldSelection;

    beforeEach(async () => {
      world = await make();
      crm = world.crm;
      selection = { [world.object]: [world.field] };
    });
    afterEach(() => world.close());

    const update = (id: string, fields: Record<string, Value>): RecordWrite => ({ key: id, object: world.object, op: 'update', id, fields });
    const create = (email: string): RecordWrite => ({
      key: email,
      object: world.object,
      op: 'create',
      fields: { ...world.required, [world.emailField]: email },
      identity: world.identity(email),
    });
    const one = async (id: string, fields: string[] = [world.field]): Promise<CrmRecord | undefined> =>
      (await crm.byIds(world.object, [id], { [world.object]: fields })).records[0];

    describe('connecting', () => {
      test('proves the credential and says who is there, by the CRM’s clock', async () => {
        const facts = await crm.connect();

        expect(facts.accountId).not.toBe('');
        expect(facts.credential).not.toBe('');
        expect(Math.abs(facts.serverNow - world.clock.now())).toBeLessThan(5_000);
        expect(facts.recordUrl(world.object, '1')).toMatch(/^https?:\/\/.*1/);
      });

      test('a wrong credential is a CrmError of exit 2 with a remedy', async () => {
        const error: unknown = await world.again({ credential: 'wrong' }).connect().catch((failure: unknown) => failure);

        expect(error).toBeInstanceOf(CrmError);
        expect(error).toMatchObject({ code: 'unauthorized', exit: 2 });
        expect((error as CrmError).remedy).not.toBe('');
      });

      test('the description names what can be read and written, and is cached', async () => {
        const description = await crm.describe();

        expect(description[world.object]?.[world.field]).toMatchObject({ name: world.field, type: 'text', writable: true });
        for (const [type, { field }] of Object.entries(world.typed)) expect([field, description[world.object]?.[field]?.type]).toEqual([field, type]);

        world.calls.clear();
        await crm.describe();
        expect(world.calls.count).toBe(0);
        await crm.describe(true);
        expect(world.calls.count).toBeGreaterThan(0);
      });

      test('the survey tells what the credential may do and how the account is set up, asks anew each time, and writes nothing', async () => {
        const before = world.count();
        const survey = await crm.survey();

        expect(survey.findings.length).toBeGreaterThan(3);
        expect(new Set(survey.findings.map(({ id }) => id)).size).toBe(survey.findings.length);
        for (const { ok, message, remedy } of survey.findings) expect([message !== '', (remedy === null) === ok]).toEqual([true, true]);
        expect(survey.timeZone).toBe('America/Mexico_City');
        for (const right of Object.values(survey.rights)) expect(right.read).toBe(true);
        world.calls.clear();
        expect(await crm.survey()).toEqual(survey);
        expect(world.calls.count).toBeGreaterThan(1);
        expect([world.count(), world.calls.calls.filter(({ method }) => method === 'PATCH' || method === 'DELETE')]).toEqual([before, []]);
      });

      test('a question that is refused is no failure of the survey; trouble of the whole CRM is', async () => {
        world.faults.add({ match: world.surveyed, action: { do: 'answer', ...world.forbidden }, times: 0 });
        expect((await crm.survey()).findings.filter(({ ok }) => !ok).length).toBeGreaterThan(0);
        world.faults.clear();
        await expect(world.again({ credential: 'wrong' }).survey()).rejects.toMatchObject({ code: 'unauthorized', exit: 2 });
      });

      test('every request is counted, retries included', async () => {
        world.add('ana@example.com');
        world.calls.clear();
        const before = crm.usage().calls;
        world.faults.add({ match: { path: world.path.read }, action: { do: 'answer', ...world.busy } });

        await pagesOf(crm, world, null);
        await crm.connect();

        expect(crm.usage().calls - before).toBe(world.calls.count);
      });
    });

    describe('reading', () => {
      test('everything comes exactly once, over many pages', async () => {
        world.load(2_345, world.clock.now() - 60_000);

        const pages = await pagesOf(crm, world, null);

        const live = recordsOf(pages).filter(({ gone }) => gone === undefined);
        expect(live).toHaveLength(2_345);
        expect(new Set(ids(live)).size).toBe(2_345);
        expect(pages.flatMap(({ problems }) => problems)).toEqual([]);
        expect(pages.filter(({ readUpTo }) => readUpTo !== undefined)).toHaveLength(1);
        expect(pages.at(-1)?.readUpTo).toBeDefined();
      });

      test('more than 10,000 records of one modified stamp are all read', async () => {
        const at = world.clock.now() - 60_000;
        world.load(12_000, at);

        const read = recordsOf(await pagesOf(crm, world, at));

        expect(read).toHaveLength(12_000);
        expect(new Set(ids(read)).size).toBe(12_000);
      });

      test('only what changed at or after the moment comes, and the next reading goes on where this one ended', async () => {
        const first = world.add('ana@example.com');
        world.clock.advance(10_000);
        const begin = world.clock.now();
        world.clock.advance(10_000);
        const second = world.add('bo@example.com');
        world.clock.advance(2_000);

        const pages = await pagesOf(crm, world, begin);
        expect(ids(recordsOf(pages))).toEqual([second]);

        world.clock.advance(10_000);
        world.edit(first, { [world.field]: 'changed' });
        const upTo = pages.at(-1)?.readUpTo ?? 0;
        const next = recordsOf(await pagesOf(crm, world, upTo));

        expect(ids(next)).toContain(first);
        expect(next.find(({ ref }) => ref.id === first)?.fields[world.field]).toBe('changed');
      });

      test('what changes while it is being read is not lost', async () => {
        world.load(2_500, world.clock.now() - 60_000);
        let changed: string | undefined;
        let upTo = 0;
        for await (const page of crm.read({ since: { [world.object]: null }, fields: selection })) {
          if (changed === undefined) {
            changed = page.records[0]?.ref.id ?? '';
            world.clock.advance(3_000);
            world.edit(changed, { [world.field]: 'meanwhile' });
            world.clock.advance(3_000);
          }
          upTo = page.readUpTo ?? upTo;
        }

        const next = recordsOf(await pagesOf(crm, world, upTo));

        expect(next.find(({ ref }) => ref.id === changed)?.fields[world.field]).toBe('meanwhile');
      });

      test('what becomes visible late is covered by the overlap', async () => {
        const id = world.add('ana@example.com');
        world.clock.advance(60_000);
        const overlap = world.lag();
        world.edit(id, { [world.field]: 'late' });
        world.clock.advance(1_500);

        const early = await pagesOf(crm, world, world.clock.now() - 10_000);
        expect(recordsOf(early).some(({ fields }) => fields[world.field] === 'late')).toBe(false);
        const upTo = early.at(-1)?.readUpTo ?? 0;
        world.clock.advance(overlap);

        const next = recordsOf(await pagesOf(crm, world, upTo - overlap));
        expect(next.find(({ ref }) => ref.id === id)?.fields[world.field]).toBe('late');
      });

      test('a record’s structure: e-mail, times, owner, consent', async () => {
        const id = world.add('Ana@Example.com');

        const record = await one(id);

        expect(record?.ref).toEqual({ crm: crm.crm, object: world.object, id });
        expect(record?.emails.map((email) => email.toLowerCase())).toEqual(['ana@example.com']);
        expect(Math.abs((record?.createdAt ?? 0) - world.clock.now())).toBeLessThan(5_000);
        expect(record?.modifiedAt).toBeGreaterThanOrEqual(record?.createdAt ?? Number.POSITIVE_INFINITY);
        expect(record?.gone).toBeUndefined();
      });

      test('a field that the credential cannot see is absent, never empty (M5)', async () => {
        const id = world.add('ana@example.com', { [world.field]: 'seen' });
        expect((await one(id))?.fields).toEqual({ [world.field]: 'seen' });

        world.hide(world.field);
        const blind = world.again({});

        expect((await blind.describe())[world.object]).not.toHaveProperty(world.field);
        const page = await blind.byIds(world.object, [id], selection);
        expect(page.records.map(({ fields }) => fields)).toEqual([{}]);
        const read = recordsOf(await pagesOf(blind, world, null));
        expect(read.map(({ fields }) => fields)).toEqual([{}]);
      });

      test('deleted records are reported, those never seen are not invented (I5)', async () => {
        const kept = world.add('ana@example.com');
        const lost = world.add('bo@example.com');
        world.remove(lost);
        const never = kept.replace(/\d+/, (digits) => '9'.repeat(digits.length));

        const page = await crm.byIds(world.object, [kept, lost, never], selection);

        expect(page.records.map(({ ref, gone }) => [ref.id, gone?.how]).sort()).toEqual([[kept, undefined], [lost, 'deleted']].sort());
        const all = recordsOf(await pagesOf(crm, world, null));
        expect(all.find(({ ref }) => ref.id === lost)?.gone?.how).toBe('deleted');
      });

      test('a merge is told from either side (I3)', async () => {
        const winner = world.add('ana@example.com');
        const loser = world.add('bo@example.com');
        const survivor = world.merge(winner, loser);

        const { records } = await crm.byIds(world.object, [winner, loser], selection);

        for (const old of [winner, loser].filter((id) => id !== survivor)) {
          const told = records.some(({ ref, aliases, gone }) => (ref.id === survivor && aliases.includes(old)) || (ref.id === old && gone?.into === survivor));
          expect([old, told]).toEqual([old, true]);
        }
        expect(records.filter(({ ref, gone }) => ref.id === survivor && gone === undefined)).toHaveLength(1);
      });

      test('people are found by e-mail and by identity, directly', async () => {
        const id = world.add('ana@example.com');
        world.lag();

        const found = recordsOf(await crm.byEmails(['ANA@example.com ', 'nobody@example.com'], selection));

        expect(ids(found)).toEqual([id]);
      });
    });

    describe('writing', () => {
      test('values of every type survive the way there and back (M3)', async () => {
        const id = world.add('ana@example.com');
        const typed = Object.values(world.typed);
        const fields = Object.fromEntries(typed.map(({ field, value }) => [field, value]));

        expect(byKey(await crm.write([update(id, fields)]))).toEqual({ [id]: 'done' });
        expect((await one(id, typed.map(({ field }) => field)))?.fields).toEqual(fields);

        const cleared = Object.fromEntries(typed.filter(({ value }) => typeof value !== 'boolean').map(({ field }) => [field, null]));
        expect(byKey(await crm.write([update(id, cleared)]))).toEqual({ [id]: 'done' });
        expect((await one(id, Object.keys(cleared)))?.fields).toEqual(cleared);
      });

      test('a full batch: one bad write is refused by name, the others go through, each has one outcome (W5)', async () => {
        const people = Array.from({ length: crm.batchSize }, (_, index) => world.add(`p${index}@example.com`));
        const bad = people[7] ?? '';
        const writes = people.map((id) => update(id, id === bad ? { [world.refused.field]: world.refused.value } : { [world.field]: `new ${id}` }));

        const outcomes = await crm.write(writes);

        expect(outcomes.map(({ key }) => key).sort()).toEqual([...people].sort());
        const refused = outcomes.filter(({ outcome }) => outcome !== 'done');
        expect(refused).toMatchObject([{ key: bad, outcome: 'refused', problem: { code: world.refused.code, fields: [world.refused.field], record: { id: bad } } }]);
        expect((await one(people[8] ?? ''))?.fields[world.field]).toBe(`new ${people[8]}`);
      });

      test('a record that was deleted meanwhile is refused alone', async () => {
        const kept = world.add('ana@example.com');
        const lost = world.add('bo@example.com');
        world.remove(lost);

        const outcomes = byKey(await crm.write([update(kept, { [world.field]: 'x' }), update(lost, { [world.field]: 'x' })]));

        expect(outcomes[kept]).toBe('done');
        expect(['deleted', 'not_found']).toContain(outcomes[lost]);
      });

      test('an update whose answer was lost, before or after it happened, is done once asked again', async () => {
        const id = world.add('ana@example.com');
        world.faults.add({ match: { path: world.path.update }, action: { do: 'drop' } });
        world.faults.add({ match: { path: world.path.update }, action: { do: 'drop-after' }, skip: 0 });

        expect(byKey(await crm.write([update(id, { [world.field]: 'x' })]))).toEqual({ [id]: 'done' });
        expect((await one(id))?.fields[world.field]).toBe('x');
      });

      test('a create makes one record, with its id', async () => {
        const outcomes = await crm.write([create('new@example.com')]);

        expect(outcomes).toMatchObject([{ key: 'new@example.com', outcome: 'done', created: true }]);
        expect(world.count()).toBe(1);
        const [done] = outcomes;
        expect(done?.outcome === 'done' && (await one(done.id))?.emails).toEqual(['new@example.com']);
      });

      test.each<[string, 'drop' | 'drop-after' | 'truncate-after', number]>([
        ['before it happened', 'drop', 0],
        ['after it happened', 'drop-after', 1],
        ['in the middle of the answer', 'truncate-after', 1],
      ])('a create whose answer was lost %s never makes two', async (_name, fault, made) => {
        const hasty = world.again({ deadlineMs: 500 });
        await hasty.describe();
        world.faults.add({ match: { path: world.path.create }, action: { do: fault } });

        const [outcome] = await hasty.write([create('new@example.com')]);

        if (outcome?.outcome === 'done') {
          // An upsert by an external id may be repeated, and then tells.
          expect(world.count()).toBe(1);
          return;
        }
        expect(outcome).toMatchObject({ outcome: 'maybe', problem: { code: 'ambiguous_outcome' } });
        expect(world.count()).toBe(made);
        const identity = world.identity('new@example.com');
        const found = await crm.byIdentity(world.object, identity.field, [identity.value], selection);
        expect(found.records).toHaveLength(made);
      });
    });

    describe('leaving notes and tasks (F2, S3)', () => {
      const activity = (id: string, mark: string, more: Partial<Activity['text']> = {}): Activity => ({
        key: `key ${mark}`,
        kind: world.left.kind,
        on: { crm: crm.crm, object: world.object, id },
        mark,
        text: { title: `Título ${mark}`, lines: [`<b>${mark}</b> & “sí”`, 'dos\nlíneas'], at: world.clock.now() - 3_600_000, ...more },
      });

      test('one is left on its record, told as it was meant, and found again by its mark', async () => {
        const [ana, bo] = [world.add('ana@example.com'), world.add('bo@example.com')];
        const at = world.clock.now() - 3_600_000;

        const outcomes = await crm.leave([activity(ana, 'aaaa', { at }), activity(bo, 'bbbb')]);

        expect(byKey(outcomes)).toEqual({ 'key aaaa': 'done', 'key bbbb': 'done' });
        const [left, ...others] = world.left.on(ana);
        expect(others).toEqual([]);
        expect(left).toMatchObject({ id: (outcomes[0] as { id: string }).id, title: 'Título aaaa' });
        expect(left?.body).toContain(world.left.escaped('<b>aaaa</b> & “sí”'));
        expect(left?.body).toContain(world.left.escaped('dos\nlíneas'));
        expect(left?.body).toContain('[concord aaaa]');
        if (left?.at !== undefined) expect(left.at).toBe(at);

        const sought = (['aaaa', 'bbbb', 'cccc', 'aaa'] as const).map((mark) => ({ kind: world.left.kind, mark, on: activity(mark === 'bbbb' ? bo : ana, mark).on }));
        expect(await crm.findLeft(sought)).toEqual(new Map([['aaaa', left?.id], ['bbbb', world.left.on(bo)[0]?.id]]));
        expect(await crm.findLeft([{ kind: world.left.kind, mark: 'aaaa', on: activity(world.add('cy@example.com'), 'x').on }])).toEqual(new Map());
        expect(await crm.findLeft([])).toEqual(new Map());
      });

      test('a full batch: one on a record that is not there is refused by itself, the others are left (W5)', async () => {
        const people = Array.from({ length: crm.batchSize - 1 }, (_, index) => world.add(`p${index}@example.com`));
        const all = [activity(world.left.nobody, 'nobody'), ...people.map((id) => activity(id, `m${id}`))];

        const outcomes = await crm.leave(all);

        expect(outcomes.map(({ key }) => key)).toEqual(all.map(({ key }) => key));
        expect(outcomes.filter(({ outcome }) => outcome !== 'done')).toMatchObject([{ key: 'key nobody', outcome: 'refused', problem: { retry: 'never' } }]);
        for (const id of people) expect(world.left.on(id)).toHaveLength(1);
        // Looked for among all of them.
        const found = await crm.findLeft(people.map((id) => ({ kind: world.left.kind, mark: `m${id}`, on: activity(id, 'x').on })));
        expect(found.size).toBe(people.length);
      });

      test.each<['drop' | 'drop-after' | 'truncate-after', number]>([
        ['drop', 0],
        ['drop-after', 1],
        ['truncate-after', 1],
      ])('when its answer is lost (%s) it is not sent again, and looking tells', async (fault, there) => {
        const id = world.add('ana@example.com');
        const hasty = world.again({ deadlineMs: 500 });
        await hasty.describe();
        world.faults.add({ match: { method: 'POST', path: world.left.path }, action: { do: fault } });

        expect(await hasty.leave([activity(id, 'aaaa')])).toMatchObject([{ key: 'key aaaa', outcome: 'maybe', problem: { code: 'ambiguous_outcome' } }]);

        expect(world.left.on(id)).toHaveLength(there);
        expect((await crm.findLeft([{ kind: world.left.kind, mark: 'aaaa', on: activity(id, 'x').on }])).size).toBe(there);
      });

      test('trouble of the whole CRM is thrown, and nothing is left', async () => {
        const id = world.add('ana@example.com');
        await crm.describe();
        world.faults.add({ match: { method: 'POST', path: world.left.path }, action: { do: 'answer', ...world.spent }, times: 0 });

        await expect(crm.leave([activity(id, 'aaaa')])).rejects.toBeInstanceOf(CrmError);
        expect(world.left.on(id)).toEqual([]);
      });

      test('what was left follows its record into a merge (I3)', async () => {
        const [winner, loser] = [world.add('ana@example.com'), world.add('bo@example.com')];
        await crm.leave([activity(loser, 'aaaa')]);

        const survivor = world.merge(winner, loser);

        expect((await crm.findLeft([{ kind: world.left.kind, mark: 'aaaa', on: activity(survivor, 'x').on }])).size).toBe(1);
      });
    });

    describe('trouble', () => {
      test('a call that hangs ends at the deadline', async () => {
        const hasty = world.again({ deadlineMs: 300 });
        await hasty.describe();
        world.faults.add({ match: { path: world.path.read }, action: { do: 'hang' }, times: 0 });

        await expect(pagesOf(hasty, world, null)).rejects.toMatchObject({ code: 'unavailable' });
      });

      test('an answer that is cut in the middle is read again', async () => {
        const id = world.add('ana@example.com');
        const hasty = world.again({ deadlineMs: 500 });
        await hasty.describe();
        world.faults.add({ match: { path: world.path.read }, action: { do: 'truncate-after' } });

        expect(ids(recordsOf(await pagesOf(hasty, world, null)))).toContain(id);
      });

      test('“too fast” is waited out', async () => {
        const id = world.add('ana@example.com');
        world.faults.add({ match: { path: world.path.read }, action: { do: 'answer', ...world.busy } });

        expect(ids(recordsOf(await pagesOf(crm, world, null)))).toEqual([id]);
      });

      test('a spent day ends the run, without another try', async () => {
        await crm.describe();
        world.faults.add({ match: { path: world.path.read }, action: { do: 'answer', ...world.spent }, times: 0 });
        const before = crm.usage().calls;

        await expect(pagesOf(crm, world, null)).rejects.toMatchObject({ code: 'quota_spent', exit: 1 });

        expect(crm.usage().calls - before).toBe(1);
      });

      test('a session that ends in the middle', async () => {
        const id = world.add('ana@example.com');
        await crm.describe();

        if (world.expire() === 'ends') {
          await expect(pagesOf(crm, world, null)).rejects.toMatchObject({ code: 'unauthorized', exit: 2 });
          return;
        }
        expect(ids(recordsOf(await pagesOf(crm, world, null)))).toEqual([id]);
      });
    });
  });
}
