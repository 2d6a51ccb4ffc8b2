/*
 * One thing at a time. Invariant: never two works under way; what is asked for meanwhile waits, once per kind, and follows in the order of importance.
 */

export interface Turns<Kind extends string> {
  /** Begins now, or waits its turn. Asking for what waits already adds nothing. */
  ask(kind: Kind): void;
  readonly underWay: Kind | null;
  /** Nothing is under way and nothing waits. */
  readonly idle: boolean;
  /** Begins nothing any more; resolves when the one under way has ended. */
  stop(): Promise<void>;
}

export interface TurnsOptions<Kind extends string> {
  /** The most important first. */
  order: readonly Kind[];
  /** Kinds that are done, too, when this one is begun. */
  covers: Partial<Record<Kind, readonly Kind[]>>;
  run: (kind: Kind) => Promise<void>;
  /** Hears what `run` throws; the turns go on. */
  failed: (error: unknown, kind: Kind) => void;
}

export function createTurns<Kind extends string>({ order, covers, run, failed }: TurnsOptions<Kind>): Turns<Kind> {
  const waiting = new Set<Kind>();
  let underWay: { kind: Kind; ended: Promise<void> } | null = null;
  let stopped = false;

  const begin = (kind: Kind): void => {
    for (const covered of [kind, ...(covers[kind] ?? [])]) waiting.delete(covered);
    const ended = run(kind)
      .catch((error: unknown) => failed(error, kind))
      .then(() => {
        underWay = null;
        const next = order.find((each) => waiting.has(each));
        if (next !== undefined && !stopped) begin(next);
      });
    underWay = { kind, ended };
  };

  return {
    ask(kind) {
      if (stopped) return;
      if (underWay === null) begin(kind);
      else waiting.add(kind);
    },
    get underWay() {
      return underWay?.kind ?? null;
    },
    get idle() {
      return underWay === null && waiting.size === 0;
    },
    async stop() {
      stopped = true;
      waiting.clear();
      await underWay?.ended;
    },
  };
}
