import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { concord, startSandboxProcess, type SandboxHandle } from './children';
import type { Limits } from './protocol';

/* Worlds on disk: made once, then copied for every measurement, so that each begins at the same point. */

export interface World {
  people: number;
  sandboxFile: string;
  /** With Concord's work done, what it remembers; else null. */
  storeFile: string | null;
}

export interface Bench {
  /** A new path in the bench's own folder. */
  path(name: string): string;
  /** A world of this size, made on first demand. `settled`: Concord has done its work in it. */
  world(people: number, settled: boolean): Promise<World>;
  /** Opens a copy of a world, works in it, and throws it away. `storeFile` is a copy of the world's, or a path where no store is yet. */
  within<T>(world: World, limits: Limits, work: (sandbox: SandboxHandle, storeFile: string) => Promise<T>): Promise<T>;
  tell(line: string): void;
  close(): void;
}

export function openBench(seed: number, tell: (line: string) => void): Bench {
  const folder = mkdtempSync(join(tmpdir(), 'concord-bench-'));
  const made = new Map<string, Promise<World>>();
  let copies = 0;
  const path = (name: string): string => join(folder, name);

  async function make(people: number, settled: boolean): Promise<World> {
    const name = `${people}-${settled ? 'settled' : 'fresh'}`;
    const sandboxFile = path(`${name}.sandbox.db`);
    tell(`making a ${settled ? 'settled ' : ''}world of ${people} people …`);
    const sandbox = await startSandboxProcess({ file: sandboxFile, limits: 'off' });
    try {
      await concord(sandbox, path(`${name}.setup.db`), { job: 'setup' });
      const storeFile = settled ? path(`${name}.store.db`) : null;
      if (storeFile === null) await sandbox.ask({ do: 'generate', people, seed });
      else await sandbox.ask({ do: 'settle', people, seed, storeFile });
      return { people, sandboxFile, storeFile };
    } finally {
      await sandbox.close();
    }
  }

  return {
    path,
    tell,
    world(people, settled) {
      const name = `${people} ${settled}`;
      const known = made.get(name) ?? make(people, settled);
      made.set(name, known);
      return known;
    },
    async within(world, limits, work) {
      copies += 1;
      const sandboxFile = path(`copy-${copies}.sandbox.db`);
      const storeFile = path(`copy-${copies}.store.db`);
      copyFileSync(world.sandboxFile, sandboxFile);
      if (world.storeFile !== null) copyFileSync(world.storeFile, storeFile);
      const sandbox = await startSandboxProcess({ file: sandboxFile, limits });
      try {
        return await work(sandbox, storeFile);
      } finally {
        await sandbox.close();
        for (const file of [sandboxFile, storeFile]) for (const end of ['', '-wal', '-shm']) if (existsSync(file + end)) rmSync(file + end);
      }
    },
    close() {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
