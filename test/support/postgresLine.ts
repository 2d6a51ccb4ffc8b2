import { mkdtempSync, rmSync } from 'node:fs';
import { createConnection, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/* The line between Concord and a PostgreSQL server, to be cut at a commit: a relay of its own unix socket. */

const SOCKET = '.s.PGSQL.5432';

export interface PostgresLine {
  url: string;
  /** How many commits went over it. */
  readonly commits: number;
  /** Cuts at the commit that comes after `commits` others: before the server has it (rolled back), or after the server has done it, unheard. Null: never. */
  cutAt(commits: number | null, when?: 'before' | 'after'): void;
  close(): Promise<void>;
}

/** `server`: the URL that `startPostgres` gives. */
export async function openLine(server: string): Promise<PostgresLine> {
  const target = join(decodeURIComponent(server.replace(/^postgres:\/\/concord@/, '').split('/')[0] ?? ''), SOCKET);
  const folder = mkdtempSync(join(tmpdir(), 'concord-line-'));
  const open = new Set<Socket>();
  let commits = 0;
  let cutAt: number | null = null;
  let when: 'before' | 'after' = 'before';
  const relay = createServer((near) => {
    const far = createConnection(target);
    let muted = false;
    const end = (): void => {
      near.destroy();
      far.destroy();
      open.delete(near);
    };
    open.add(near);
    for (const side of [near, far]) side.on('error', end).on('close', end);
    near.on('data', (piece: Buffer) => {
      if (piece.includes('commit\0')) {
        const isCut = cutAt !== null && commits >= cutAt;
        commits += 1;
        if (isCut && when === 'before') return end();
        if (isCut) muted = true;
      }
      far.write(piece);
    });
    far.on('data', (piece: Buffer) => (muted ? end() : near.write(piece)));
  });
  await new Promise<void>((ready) => relay.listen(join(folder, SOCKET), ready));
  return {
    url: `postgres://concord@${encodeURIComponent(folder)}/postgres`,
    get commits() {
      return commits;
    },
    cutAt(count, how = 'before') {
      commits = 0;
      cutAt = count;
      when = how;
    },
    async close() {
      for (const near of open) near.destroy();
      await new Promise((closed) => relay.close(closed));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
