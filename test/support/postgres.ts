import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { POSTGRES } from './skips';

const run = promisify(execFile);

export interface Postgres {
  /** `postgres://…` over a unix socket; append `?schema=NAME` for tables of one's own. */
  url: string;
  /** Stops at once, as a power cut would: connections end, nothing is finished. The data stay. */
  crash(): Promise<void>;
  /** Starts again over the same data. */
  restart(): Promise<void>;
  /** For good. */
  stop(): Promise<void>;
}

/**
 * Starts a throw-away PostgreSQL server on a unix socket in a new temporary folder, without a TCP port. PostgreSQL refuses to run as root: then it
 * runs as `nobody`. Null, with nothing left behind, when this machine has no PostgreSQL.
 */
export async function startPostgres(): Promise<Postgres | null> {
  const binaries = POSTGRES.find();
  if (binaries === null) return null;
  const folder = mkdtempSync(join(tmpdir(), 'concord-pg-'));
  const asRoot = process.getuid?.() === 0;
  if (asRoot) {
    chmodSync(folder, 0o755);
    execFileSync('chown', ['nobody', folder]);
  }
  const data = join(folder, 'data');
  // From the folder itself: the working directory may be closed to `nobody`.
  const as = (name: string, args: string[]): Promise<unknown> => {
    const [command, ...rest] = asRoot ? ['setpriv', '--reuid=nobody', '--regid=nogroup', '--clear-groups', join(binaries, name), ...args] : [join(binaries, name), ...args];
    return run(command, rest, { cwd: folder, env: { ...process.env, HOME: folder, LC_ALL: 'C' } });
  };
  const start = (): Promise<unknown> => as('pg_ctl', ['-D', data, '-w', '-t', '30', '-l', join(folder, 'log'), '-o', `-c listen_addresses='' -c unix_socket_directories='${folder}' -c max_connections=60 -c fsync=off -c synchronous_commit=off -c full_page_writes=off`, 'start']);
  const halt = (): Promise<unknown> => as('pg_ctl', ['-D', data, '-m', 'immediate', '-w', 'stop']);
  let isUp = true;
  try {
    await as('initdb', ['-D', data, '-U', 'concord', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync']);
    await start();
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  return {
    url: `postgres://concord@${encodeURIComponent(folder)}/postgres`,
    async crash() {
      isUp = false;
      await halt();
    },
    async restart() {
      await start();
      isUp = true;
    },
    async stop() {
      if (isUp) await halt();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
