import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { lowerBound } from '../../scripts/bench/figures';
import { parseOptions } from '../../scripts/bench/options';
import type { Figure } from '../../scripts/bench/figure';
import type { RunResult } from '../../scripts/bench/protocol';
import { generatePerson, generateWorld, type WorldOptions } from '../../src/sandbox/generate';

/* The bench at sizes that say nothing about speed: what it counts is looked at, never what it times. */

const ROOT = join(__dirname, '..', '..');
const AT = Date.UTC(2026, 10, 16, 16, 0, 0);
const world: WorldOptions = { people: 60, seed: 3, at: AT, ownerId: '005Ws000000000A' };

async function bench(...args: string[]): Promise<Map<string, Figure['values']>> {
  const loader = pathToFileURL(join(ROOT, 'node_modules', 'tsx', 'dist', 'loader.mjs')).href;
  const stdout = await new Promise<string>((resolve, reject) => {
    execFile(process.execPath, ['--import', loader, join('scripts', 'bench.ts'), '--json', ...args], { cwd: ROOT, maxBuffer: 10_000_000 }, (error, out, err) => {
      // 1: a figure missed its target, as timed ones may at this size.
      if (error !== null && error.code !== 1) reject(new Error(err));
      else resolve(out);
    });
  });
  const { figures } = JSON.parse(stdout) as { figures: Figure[] };
  return new Map(figures.map((figure) => [figure.name, figure.values]));
}

describe('sixty people', () => {
  let figures: Map<string, Figure['values']>;
  beforeAll(async () => {
    figures = await bench('--people', '60', '--no-change', '0', '--rounds', '1', '--only', 'no-change,settled,first-run,engine');
  }, 240_000);

  test('a quiet run over a settled world costs a handful of calls and writes nothing, and reading it all again finds nothing to write (W2)', () => {
    const quiet = figures.get('no-change run, 60 people');
    expect(quiet).toMatchObject({ people: 60, writes: 0 });
    expect(quiet?.['hubspotCalls']).toBeLessThanOrEqual(5);
    expect(quiet?.['salesforceCalls']).toBeLessThanOrEqual(5);
    expect(figures.get('a settled world read again in full, 60 people')).toEqual({ read: 102, planned: 0 });
  });

  test('a first run’s echoes write nothing; the engine alone decides everybody and plans their writes', () => {
    expect(figures.get('after the first run, 60 people')).toMatchObject({ wrote: 0 });
    const engine = figures.get('engine alone: match, decide, plan');
    expect(engine?.['people']).toBe(120);
    expect(engine?.['writes']).toBeGreaterThan(120);
  });
});

test('the same seed and number give the same person, whatever the order; another seed another world', () => {
  const all = [...generateWorld(world)];

  expect(generatePerson(world, 41)).toEqual(all[41]);
  expect(generatePerson({ ...world, seed: 4 }, 41)).not.toEqual(all[41]);
  expect(new Set(all.map((person) => person.hubspot.properties['email'])).size).toBe(60);
  expect(all.filter((person) => person.lead !== undefined)).toHaveLength(18);
  expect(all.filter((person) => person.contact !== undefined && person.account !== undefined && person.role !== undefined)).toHaveLength(12);
});

test('the lower bound counts full pages, full batches and one re-reading each of W4 and W12', () => {
  const nothing: RunResult['sent'] = { hubspot: { updates: 0, creates: 0, contested: 0, readBack: 0, clears: 0 }, salesforce: { leadUpdates: 0, contactUpdates: 0, creates: 0, contestedLeads: 0, contestedContacts: 0 } };
  const read = { hubspot: { contacts: 0 }, salesforce: { leads: 0, contacts: 0, opportunities: 0 } };

  expect(lowerBound(8, { summary: { read }, sent: nothing })).toBe(8);
  expect(lowerBound(8, { summary: { read: { ...read, hubspot: { contacts: 1000 } } }, sent: nothing })).toBe(12);
  const sent: RunResult['sent'] = { hubspot: { ...nothing.hubspot, updates: 1000, contested: 1000, readBack: 501 }, salesforce: { ...nothing.salesforce, leadUpdates: 999, contestedLeads: 999 } };
  expect(lowerBound(8, { summary: { read }, sent })).toBe(8 + 10 + 10 + 6 + 5 + 1);
});

test('options are read, and what is not understood is said', () => {
  expect(parseOptions(['--people', '500,20', '--no-change', '0', '--only', 'engine', '--json'])).toMatchObject({ people: [20, 500], noChange: null, only: ['engine'], json: true });
  expect(parseOptions(['--only', 'speed'])).toMatch('speed');
  expect(parseOptions(['--people', 'many'])).toMatch('--people many');
});
