import { mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/*
 * One process at a time installs or builds in a checkout. The lock is a folder (creating one is atomic everywhere); its file `owner` names the
 * holder. Invariant: a lock is taken away only from a holder that is gone, and only under a second folder (`.takeover`), so that two waiting
 * processes never take away each other's new lock.
 */

const BEAT_MS = 2000;
/** A holder on another machine (a shared folder) is gone when it has not touched the lock for this long. */
const SILENT_MS = 60000;
/** Between creating the folder and writing `owner` a holder needs milliseconds. */
const NAMELESS_MS = 5000;
const TAKEOVER_MS = 10000;

/**
 * Does `work` while holding the lock `folder`, and resolves with its result. While another process holds it, waits; `waiting` is called once, with
 * the holder in words. The lock is given back however the work ends; the work must not block the event loop for long, or the lock looks abandoned.
 * A holder that a signal ends leaves the lock behind, and the next process takes it over.
 */
export async function withLock(folder, work, waiting = () => undefined) {
  let told = false;
  while (!take(folder)) {
    const holder = ownerOf(folder);
    if (isGone(folder, holder)) takeAway(folder);
    else {
      // Between the folder and its `owner` a holder has no name yet: it is told at the next look.
      if (!told && holder !== null) {
        waiting(`process ${holder.pid} on ${holder.host}`);
        told = true;
      }
      await wait(200);
    }
  }
  const beat = setInterval(() => touch(folder), BEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(beat);
    rmSync(folder, { recursive: true, force: true });
  }
}

function take(folder) {
  mkdirSync(path.dirname(folder), { recursive: true });
  try {
    mkdirSync(folder);
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
  writeFileSync(path.join(folder, 'owner'), JSON.stringify({ pid: process.pid, host: hostname() }));
  return true;
}

function ownerOf(folder) {
  try {
    return JSON.parse(readFileSync(path.join(folder, 'owner'), 'utf8'));
  } catch {
    return null;
  }
}

function isGone(folder, holder) {
  const age = ageOf(folder);
  if (age === null) return false;
  if (holder === null) return age > NAMELESS_MS;
  if (holder.host !== hostname()) return age > SILENT_MS;
  try {
    process.kill(holder.pid, 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
}

function takeAway(folder) {
  const takeover = `${folder}.takeover`;
  try {
    mkdirSync(takeover);
  } catch {
    const age = ageOf(takeover);
    if (age !== null && age > TAKEOVER_MS) rmSync(takeover, { recursive: true, force: true });
    return;
  }
  try {
    if (isGone(folder, ownerOf(folder))) rmSync(folder, { recursive: true, force: true });
  } finally {
    rmSync(takeover, { recursive: true, force: true });
  }
}

function ageOf(folder) {
  try {
    return Date.now() - statSync(folder).mtimeMs;
  } catch {
    return null;
  }
}

function touch(folder) {
  try {
    utimesSync(folder, new Date(), new Date());
  } catch {
    // The folder is gone only when somebody removed it by hand; the work goes on.
  }
}
