import { CallFailed, createPace, type PaceSettings } from '../../src/crm/pace';
import { problem, type ProblemCode, type Retry } from '../../src/domain/problem';

/** Time that passes only when everybody waits for it. */
class VirtualTime {
  at = 1_000_000;
  private sleepers: { until: number; wake: () => void }[] = [];

  now = (): number => this.at;
  sleep = (ms: number): Promise<void> => new Promise((wake) => this.sleepers.push({ until: this.at + ms, wake }));

  async run<T>(work: Promise<T>): Promise<T> {
    let isDone = false;
    const end = (): void => {
      isDone = true;
    };
    work.then(end, end);
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      if (isDone) return work;
      this.sleepers.sort((a, b) => a.until - b.until);
      const next = this.sleepers.shift();
      if (next === undefined) continue;
      this.at = Math.max(this.at, next.until);
      next.wake();
    }
  }
}

function settings(time: VirtualTime, more: Partial<PaceSettings> = {}): PaceSettings {
  return {
    name: 'hubspot',
    windows: [
      { name: 'burst', limit: 100, perMs: 10_000 },
      { name: 'search', limit: 5, perMs: 1_000 },
    ],
    maxConcurrent: 6,
    dailyShare: 1,
    deadlineMs: 30_000,
    maxTries: 5,
    now: time.now,
    sleep: time.sleep,
    random: () => 0,
    ...more,
  };
}

function failure(code: ProblemCode, sent: 'no' | 'yes' | 'maybe' = 'no', retry?: Retry): CallFailed {
  return new CallFailed(problem(code, 'hubspot', retry === undefined ? {} : { retry }), sent);
}

/** Fails with each of these in turn, then answers. */
function failing(...failures: CallFailed[]): { fn: () => Promise<string>; tries: () => number } {
  let tries = 0;
  return {
    fn: () => {
      const failed = failures[tries];
      tries += 1;
      return failed === undefined ? Promise.resolve('answer') : Promise.reject(failed);
    },
    tries: () => tries,
  };
}

describe('windows (W10)', () => {
  test('no window of the CRM’s clock ever holds more than its limit, and at least 90 % of it is used', async () => {
    const time = new VirtualTime();
    const pace = createPace(settings(time, { maxConcurrent: 20 }));
    const counted: number[] = [];
    let seed = 7;
    const random = (): number => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;

    const calls = Array.from({ length: 600 }, () =>
      pace.call({ kind: 'read', windows: ['burst'] }, async () => {
        const latency = 5 + random() * 250;
        const before = random() * latency;
        await time.sleep(before);
        // Some moment between sending and answer: when the CRM counts it is not ours to know.
        counted.push(time.at);
        await time.sleep(latency - before);
      }),
    );
    await time.run(Promise.all(calls));

    counted.sort((a, b) => a - b);
    for (let first = 0; first + 100 < counted.length; first += 1) {
      expect((counted[first + 100] ?? 0) - (counted[first] ?? 0)).toBeGreaterThanOrEqual(10_000);
    }
    const lasted = (counted.at(-1) ?? 0) - (counted[0] ?? 0);
    expect(lasted).toBeLessThan((5 * 10_000) / 0.9);
  });

  test('a call counts against the windows it names, by default against all', async () => {
    const time = new VirtualTime();
    const pace = createPace(settings(time, { windows: [{ name: 'burst', limit: 1, perMs: 10_000 }, { name: 'search', limit: 1, perMs: 1_000 }], headroom: 1 }));
    const answer = (): Promise<number> => Promise.resolve(time.at);

    const first = await time.run(pace.call({ kind: 'read', windows: ['burst'] }, answer));
    const search = await time.run(pace.call({ kind: 'read', windows: ['search'] }, answer));
    const both = await time.run(pace.call({ kind: 'read' }, answer));

    expect(search - first).toBe(0);
    expect(both - first).toBe(10_000);
  });

  test('a limit that the CRM tells is taken over', async () => {
    const time = new VirtualTime();
    const pace = createPace(settings(time, { windows: [{ name: 'burst', limit: 1, perMs: 10_000 }] }));
    pace.heardWindow('burst', 190);
    const started = time.at;

    await time.run(Promise.all(Array.from({ length: 190 }, () => pace.call({ kind: 'read' }, () => Promise.resolve()))));

    expect(time.at).toBe(started);
  });

  test('an unknown window is our mistake, not a free pass', async () => {
    const time = new VirtualTime();
    const pace = createPace(settings(time));

    await expect(pace.call({ kind: 'read', windows: ['brust'] }, () => Promise.resolve())).rejects.toThrow('no window brust');
  });

  test('at most so many calls are under way at once', async () => {
    const time = new VirtualTime();
    const pace = createPace(settings(time, { maxConcurrent: 3 }));
    let running = 0;
    let most = 0;

    await time.run(
      Promise.all(
        Array.from({ length: 20 }, () =>
          pace.call({ kind: 'read', windows: ['burst'] }, async () => {
            running += 1;
            most = Math.max(most, running);
            await time.sleep(50);
            running -= 1;
          }),
        ),
      ),
    );

    expect(most).toBe(3);
  });
});

describe('retries', () => {
  test.each([
    ['a limit that was hit', failure('rate_limited', 'no', { afterMs: 10_000 }), 10_000],
    ['a row that was locked', failure('locked', 'no', { afterMs: 2_000 }), 2_000],
    ['an overloaded CRM', failure('unavailable', 'maybe'), 0],
    ['a short maintenance', failure('maintenance', 'no', { afterMs: 5_000 }), 5_000],
  ])('%s is waited out', async (_name, failed, wait) => {
    const time = new VirtualTime();
    const pace = createPace(settings(time));
    const call = failing(failed);
    const started = time.at;

    await expect(time.run(pace.call({ kind: 'repeatable', windows: ['burst'] }, call.fn))).resolves.toBe('answer');

    expect(call.tries()).toBe(2);
    expect(time.at - started).toBeGreaterThanOrEqual(wait);
    expect(pace.calls()).toBe(2);
  });

  test.each<ProblemCode>(['unauthorized', 'missing_scope', 'quota_spent', 'invalid_value', 'duplicate', 'bad_request', 'unknown', 'converted'])(
    '%s is not tried again within a call',
    async (code) => {
      const time = new VirtualTime();
      const call = failing(failure(code));

      await expect(time.run(createPace(settings(time)).call({ kind: 'read' }, call.fn))).rejects.toMatchObject({ problem: { code } });

      expect(call.tries()).toBe(1);
    },
  );

  test('the last of so many tries is thrown', async () => {
    const time = new VirtualTime();
    const call = failing(...Array.from({ length: 9 }, () => failure('unavailable', 'no')));

    await expect(time.run(createPace(settings(time, { maxTries: 3 })).call({ kind: 'read' }, call.fn))).rejects.toMatchObject({ problem: { code: 'unavailable' } });

    expect(call.tries()).toBe(3);
  });

  test('a write that must not be sent twice is sent again only when it certainly was not sent', async () => {
    const time = new VirtualTime();
    const pace = createPace(settings(time));
    const unsent = failing(failure('unavailable', 'no'));
    const lost = failing(failure('unavailable', 'maybe'));
    const acted = failing(failure('unavailable', 'yes'));

    await expect(time.run(pace.call({ kind: 'once' }, unsent.fn))).resolves.toBe('answer');
    await expect(time.run(pace.call({ kind: 'once' }, lost.fn))).rejects.toMatchObject({ sent: 'maybe' });
    await expect(time.run(pace.call({ kind: 'once' }, acted.fn))).rejects.toMatchObject({ sent: 'yes' });

    expect([unsent.tries(), lost.tries(), acted.tries()]).toEqual([2, 1, 1]);
  });

  test('the wait doubles, with full jitter', async () => {
    const time = new VirtualTime();
    const pace = createPace(settings(time, { random: () => 1, windows: [] }));
    const call = failing(...Array.from({ length: 4 }, () => failure('unavailable')));
    const started = time.at;

    await time.run(pace.call({ kind: 'read' }, call.fn));

    expect(time.at - started).toBe(500 + 1000 + 2000 + 4000);
  });

  test('a longer wait than a run can stand ends the call', async () => {
    const time = new VirtualTime();
    const call = failing(failure('maintenance', 'no', { afterMs: 24 * 60 * 60_000 }));

    await expect(time.run(createPace(settings(time)).call({ kind: 'read' }, call.fn))).rejects.toMatchObject({ problem: { code: 'maintenance' } });

    expect(call.tries()).toBe(1);
  });

  test('a limit that one call hit holds the others of the window back too', async () => {
    const time = new VirtualTime();
    const pace = createPace(settings(time));
    const started = time.at;
    const hit = pace.call({ kind: 'read', windows: ['search'] }, failing(failure('rate_limited', 'no', { afterMs: 1_000 })).fn);
    await new Promise((resolve) => setImmediate(resolve));

    const other = pace.call({ kind: 'read', windows: ['search'] }, () => Promise.resolve(time.at));
    const unrelated = pace.call({ kind: 'read', windows: ['burst'] }, () => Promise.resolve(time.at));

    const [, otherAt, unrelatedAt] = await time.run(Promise.all([hit, other, unrelated]));
    expect(otherAt - started).toBeGreaterThanOrEqual(1_000);
    expect(unrelatedAt).toBe(started);
  });

  test('an error that is no CallFailed is a fault of ours and passes through', async () => {
    const time = new VirtualTime();
    let tries = 0;

    await expect(
      time.run(
        createPace(settings(time)).call({ kind: 'read' }, () => {
          tries += 1;
          return Promise.reject(new TypeError('oops'));
        }),
      ),
    ).rejects.toThrow(TypeError);

    expect(tries).toBe(1);
  });

  test('the message of a failure holds no words of the CRM', () => {
    const failed = new CallFailed(problem('invalid_value', 'hubspot', { vendorMessage: 'ana@example.com is wrong' }), 'no');

    expect(failed.message).not.toContain('ana@example.com');
  });
});

describe('deadline', () => {
  test('a call that never ends, ends at the deadline, also when it does not listen to its signal', async () => {
    const pace = createPace({ ...settings(new VirtualTime()), maxTries: 1 });
    let signal: AbortSignal | undefined;

    const call = pace.call({ kind: 'once', deadlineMs: 50 }, (given) => {
      signal = given;
      return new Promise<never>(() => undefined);
    });

    await expect(call).rejects.toMatchObject({ problem: { code: 'unavailable', vendorCode: 'deadline' }, sent: 'maybe' });
    expect(signal?.aborted).toBe(true);
  });

  test('every attempt has a deadline of its own, and its slots come back', async () => {
    const time = new VirtualTime();
    const pace = createPace(settings(time, { deadlineMs: 30, maxTries: 3, maxConcurrent: 1 }));
    let tries = 0;

    const answer = await time.run(
      pace.call({ kind: 'read' }, () => {
        tries += 1;
        return tries < 3 ? new Promise<never>(() => undefined) : Promise.resolve('answer');
      }),
    );

    expect(answer).toBe('answer');
    expect(tries).toBe(3);
  });
});

describe('the day’s quota (W10)', () => {
  const answer = (): Promise<string> => Promise.resolve('answer');

  test('Concord stops at its share of the day', async () => {
    const time = new VirtualTime();
    const pace = createPace(settings(time, { dailyShare: 0.5, windows: [] }));
    pace.heardQuota({ limit: 10, remaining: 10 });

    for (let i = 0; i < 5; i += 1) await pace.call({ kind: 'read' }, answer);

    await expect(pace.call({ kind: 'read' }, answer)).rejects.toMatchObject({ problem: { code: 'quota_spent' }, sent: 'no' });
    expect(pace.calls()).toBe(5);
    expect(pace.usage()).toEqual({ calls: 5, quota: { limit: 10, remaining: 5 } });
  });

  test('what earlier processes spent today counts', async () => {
    const pace = createPace(settings(new VirtualTime(), { dailyShare: 0.5, spentToday: 4, windows: [] }));
    pace.heardQuota({ limit: 10, remaining: 6 });

    await pace.call({ kind: 'read' }, answer);

    await expect(pace.call({ kind: 'read' }, answer)).rejects.toMatchObject({ problem: { code: 'quota_spent' } });
  });

  test('what others spent counts only when nothing is left', async () => {
    const pace = createPace(settings(new VirtualTime(), { dailyShare: 0.5, windows: [] }));
    pace.heardQuota({ limit: 100, remaining: 1 });

    await expect(pace.call({ kind: 'read' }, answer)).resolves.toBe('answer');
    await expect(pace.call({ kind: 'read' }, answer)).rejects.toMatchObject({ problem: { code: 'quota_spent' } });
  });

  test('the next day everything is open again', async () => {
    const time = new VirtualTime();
    const pace = createPace(settings(time, { dailyShare: 0.1, windows: [] }));
    pace.heardQuota({ limit: 10, remaining: 10, resetsAt: time.at + 60_000 });
    await pace.call({ kind: 'read' }, answer);
    await expect(pace.call({ kind: 'read' }, answer)).rejects.toMatchObject({ problem: { code: 'quota_spent' } });

    time.at += 60_000;

    await expect(pace.call({ kind: 'read' }, answer)).resolves.toBe('answer');
  });

  test('until the CRM has said anything, nothing is held back and nothing is claimed', async () => {
    const pace = createPace(settings(new VirtualTime(), { dailyShare: 0 }));

    await expect(pace.call({ kind: 'read' }, answer)).resolves.toBe('answer');
    expect(pace.usage()).toEqual({ calls: 1 });
  });
});
