import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

export const ROOT = resolve(__dirname, '..', '..');

const made: string[] = [];
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

/** A new folder with the given files (path → text), removed when the test file ends. */
export function folderWith(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'concord-tooling-'));
  made.push(folder);
  addFiles(folder, files);
  return folder;
}

export function addFiles(folder: string, files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

/** The value of an expression over a module of scripts/ (`m`), evaluated by Node itself: Jest does not load ES modules. */
export function valueOf(module: string, expression: string): unknown {
  const code = `import * as m from ${JSON.stringify(pathToFileURL(join(ROOT, module)).href)}; console.log(JSON.stringify(${expression}));`;
  const done = spawnSync(process.execPath, ['--input-type=module', '-e', code], { cwd: ROOT, encoding: 'utf8' });
  if (done.status !== 0) throw new Error(done.stderr);
  return JSON.parse(done.stdout);
}

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** Is given what a process has printed so far, at every piece of output, and may send it a signal. */
export type Watch = (kill: (signal: NodeJS.Signals) => void, printed: string) => void;

/** Runs Node with `args` in `cwd`, without a terminal. `watch` looks at stdout, `watchErrors` at stderr. */
export function node(args: string[], options: { cwd: string; env?: Record<string, string>; watch?: Watch; watchErrors?: Watch }): Promise<Ended> {
  return new Promise((done) => {
    const child = spawn(process.execPath, args, { cwd: options.cwd, env: { ...process.env, npm_execpath: '', ...options.env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (piece: Buffer) => {
      stdout += piece.toString();
      options.watch?.((signal) => child.kill(signal), stdout);
    });
    child.stderr.on('data', (piece: Buffer) => {
      stderr += piece.toString();
      options.watchErrors?.((signal) => child.kill(signal), stderr);
    });
    child.on('close', (code, signal) => done({ code, signal, stdout, stderr }));
  });
}
