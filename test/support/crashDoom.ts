import { AsyncLocalStorage } from 'node:async_hooks';
import type { Store } from '../../src/store/port';

/*
 * A process that dies at a chosen step, without a process: every commit and every HTTP call of a run is a step, and the run can end before or after
 * its effect. Terms: a *doom* belongs to one would-be process. Once it has struck, nothing of that process ever returns: no `finally` gives the lock
 * back, no answer arrives, as after kill -9. Effects that had begun stay.
 */

export type When = 'before' | 'after';

export interface Step {
  kind: 'commit' | 'call';
  /** `transaction`, `releaseLock`, or method and path. */
  name: string;
}

export class Doom {
  readonly steps: Step[] = [];
  dead = false;
  private strike: () => void = () => undefined;
  /** Resolves when it has struck. */
  readonly struck = new Promise<'dead'>((resolve) => {
    this.strike = () => resolve('dead');
  });

  /** `at`: the step, counted from 0, at which it strikes; null: never. */
  constructor(
    private readonly at: number | null,
    private readonly when: When,
  ) {}

  /** Carries out one step, or dies at it. */
  async step<T>(step: Step, effect: () => Promise<T>): Promise<T> {
    if (this.dead) return never();
    const isLast = this.steps.length === this.at;
    this.steps.push(step);
    if (isLast && this.when === 'before') return this.die();
    let result: T;
    try {
      result = await effect();
    } catch (error) {
      // A kept connection to the copy before, on the same port, breaks at its first use: the process dies at this step all the same.
      if (isLast) return this.die();
      throw error;
    }
    if (isLast) return this.die();
    return this.dead ? never() : result;
  }

  /** Something that is no step: it only ends with the process. */
  async whileAlive<T>(work: () => Promise<T>): Promise<T> {
    if (this.dead) return never();
    const result = await work();
    return this.dead ? never() : result;
  }

  private die<T>(): Promise<T> {
    this.dead = true;
    this.strike();
    return never();
  }
}

function never<T>(): Promise<T> {
  return new Promise<T>(() => undefined);
}

const COMMITS: ReadonlySet<string> = new Set(['transaction', 'acquireLock', 'releaseLock', 'prune', 'forget']);

/** The store as the doomed process sees it. */
export function doomedStore(store: Store, doom: Doom): Store {
  return new Proxy(store, {
    get(target, name: string & keyof Store) {
      const member: unknown = target[name];
      if (typeof member !== 'function') return member;
      const call = (...args: unknown[]): Promise<unknown> => (member as (...given: unknown[]) => Promise<unknown>).apply(target, args);
      if (COMMITS.has(name)) return (...args: unknown[]) => doom.step({ kind: 'commit', name }, () => call(...args));
      return (...args: unknown[]) => doom.whileAlive(() => call(...args));
    },
  });
}

const current = new AsyncLocalStorage<Doom>();
let original: typeof fetch | null = null;

/** From now on HTTP calls made under a doom are its steps. Undone by `releaseFetch`. */
export function hookFetch(): void {
  if (original !== null) return;
  const real = (original = globalThis.fetch);
  globalThis.fetch = async (input, init) => {
    const doom = current.getStore();
    if (doom === undefined) return real(input, init);
    const url = new URL(typeof input === 'string' || input instanceof URL ? input : input.url);
    return doom.step({ kind: 'call', name: `${init?.method ?? 'GET'} ${url.pathname}` }, async () => {
      const answer = await real(input, init);
      // The whole answer: the CRM is done with the call when the last byte is there.
      const body = await answer.arrayBuffer();
      return new Response(answer.status === 204 || answer.status === 304 ? null : body, { status: answer.status, headers: answer.headers });
    });
  };
}

export function releaseFetch(): void {
  if (original !== null) globalThis.fetch = original;
  original = null;
  current.disable();
}

/** Runs `work` as the doomed process: its answer, or `dead`. */
export async function until<T>(doom: Doom, work: () => Promise<T>): Promise<T | 'dead'> {
  return current.run(doom, () => Promise.race([work(), doom.struck]));
}
