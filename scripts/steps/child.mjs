import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/** Two copies of one signal within this time are one: npm sends its own copy of what the terminal or the supervisor has sent already. */
const ONE_SIGNAL_MS = 1000;

/**
 * Starts a program on this process's stdin, stdout and stderr and waits for its end. Resolves with `{ code, signal }` as Node's `exit` event gives
 * them; `code` is 127 when the program cannot be started. `started` is given the child process at once.
 *
 * SIGTERM is passed on once. SIGINT and SIGHUP are passed on once when no terminal is there; with one, the terminal itself signals the whole
 * foreground group, the child included, and a second copy would turn a graceful stop into a forced one.
 */
export function runChild(program, args, { started = () => undefined, ...options } = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: 'inherit', ...options });
    started(child);
    const terminal = [process.stdin, process.stdout, process.stderr].some((stream) => stream.isTTY === true);
    const sentAt = {};
    const pass = (signal) => {
      const now = Date.now();
      if (terminal && signal !== 'SIGTERM') return;
      if (sentAt[signal] !== undefined && now - sentAt[signal] < ONE_SIGNAL_MS) return;
      sentAt[signal] = now;
      child.kill(signal);
    };
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    for (const signal of signals) process.on(signal, pass);
    const end = (result) => {
      for (const signal of signals) process.removeListener(signal, pass);
      resolve(result);
    };
    child.on('error', (error) => {
      process.stderr.write(`${program} could not be started: ${error.message}\n`);
      end({ code: 127, signal: null });
    });
    child.on('exit', (code, signal) => end({ code, signal }));
  });
}

/** Ends this process as the child ended: same exit code, or by the same signal. */
export function endLike({ code, signal }) {
  if (signal === null) {
    process.exitCode = code === null ? 1 : code;
    return;
  }
  process.exitCode = 128 + (constants.signals[signal] || 0);
  process.kill(process.pid, signal);
}

/** Runs a program and keeps what it prints. Resolves with `{ code, output }` (stdout and stderr as they came); never rejects. */
export function capture(program, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
    const pieces = [];
    child.stdout.on('data', (piece) => pieces.push(piece));
    child.stderr.on('data', (piece) => pieces.push(piece));
    const output = () => Buffer.concat(pieces).toString('utf8');
    child.on('error', (error) => resolve({ code: 127, output: `${program} could not be started: ${error.message}\n` }));
    child.on('close', (code) => resolve({ code: code === null ? 1 : code, output: output() }));
  });
}
