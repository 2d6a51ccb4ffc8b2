import { createInterface } from 'node:readline/promises';
import { EXIT, type ExitCode } from '../../../domain/problem';
import { CRM_NAMES, type CrmName } from '../../../domain/record';
import type { SetupStep } from '../../../crm/port';
import { checkParts, type CheckLine } from '../../../run/checks';
import { run, type RunSummary } from '../../../run/run';
import { colors, hint, json } from '../../print';
import { withSession, type Session } from '../../session';
import { isBlocked, printChecks } from '../check';
import { applySetup, setupSteps } from '../setup';
import { printPlan, printSummary } from '../sync';
import type { StartOptions } from '../start';
import { teller, type Teller } from './teller';

/** What `start --once --json` says of real CRMs. */
interface Document {
  sandbox: false;
  checks: CheckLine[];
  setup: Record<CrmName, SetupStep[]>;
  runs: RunSummary[];
}

/**
 * The main job on the real CRMs: checks, setup, the plan, the run; null where both CRMs are on the agreement now and `serve` goes on. Nothing is created or written before a yes on the terminal or
 * `yes`. Without a terminal and without `yes` what needs a yes (setup, adoption, a plan over the guard's limits) ends the command with exit 3; an
 * ordinary plan goes on, so that a supervised service comes up by itself.
 */
export async function startOnRealCrms(options: StartOptions): Promise<ExitCode | null> {
  const told = teller(options.json === true);
  const document: Document = { sandbox: false, checks: [], setup: { hubspot: [], salesforce: [] }, runs: [] };
  return withSession(options, async (session) => {
    const ended = await firstRuns(session, options, told, document);
    if (options.json === true) json(document);
    if (ended !== null) return ended;
    return options.once === true ? exitOf(document.runs) : null;
  });
}

/** Null: both CRMs are on the agreement. Else the exit code with which the command ends. */
async function firstRuns(session: Session, options: StartOptions, told: Teller, document: Document): Promise<ExitCode | null> {
  const { parts } = session;
  told.heading('1. Credentials, permissions, limits, schema');
  await checkParts(parts, document.checks);
  const ofSetup = (line: CheckLine): boolean => [...document.setup.hubspot, ...document.setup.salesforce].some((step) => line.id === `hubspot.${step.id}` || line.id === `salesforce.${step.id}`);
  if (!document.checks.some((line) => !line.ok && (line.id.endsWith('.credentials') || line.id.endsWith('.stopped')))) document.setup = await setupSteps(parts);
  // What setup is about to make is no fault yet.
  document.checks = document.checks.filter((line) => !ofSetup(line));
  if (options.json !== true) printChecks(document.checks);
  if (isBlocked(document.checks)) {
    told.say('Put these right, then start again. Nothing was written.');
    return EXIT.usage;
  }

  if (!(await setUp(session, options, told, document.setup))) return EXIT.guard;

  told.heading('3. The plan');
  const dry = await run(parts, { mode: 'dry-run' });
  document.runs.push(dry);
  if (options.json !== true) {
    await printPlan(parts.store, dry.run, 30);
    printSummary(dry);
  }
  const planned = dry.writes.hubspot.planned + dry.writes.salesforce.planned + dry.consent.planned;
  const asks = dry.stopped_by !== null;
  if (planned > 0 && options.yes !== true && (asks || canAsk(options))) {
    if (!(await yes(options, asks && dry.adoption ? 'Adopt these CRMs and write this plan?' : 'Write this plan?'))) {
      told.say('Nothing was written.');
      if (!canAsk(options)) hint('Look at the plan, then start with --yes, or on a terminal.');
      return EXIT.guard;
    }
  }
  told.heading('4. The run');
  // Whoever was asked, or gave --yes, has decided about the limits too.
  const summary = await run(parts, { mode: 'apply', allowLargeChange: asks });
  document.runs.push(summary);
  if (options.json !== true) printSummary(summary);
  return summary.status === 'stopped' ? EXIT.guard : null;
}

async function setUp({ parts }: Session, options: StartOptions, told: Teller, steps: Record<CrmName, SetupStep[]>): Promise<boolean> {
  told.heading('2. Setup');
  let open = 0;
  for (const crm of ['hubspot', 'salesforce'] as const) {
    for (const step of steps[crm]) {
      if (step.state === 'ok') continue;
      if (step.state !== 'by_hand') open += 1;
      told.say(`  ${step.state === 'by_hand' ? colors.yellow('by hand') : colors.green('create ')} ${CRM_NAMES[crm]}: ${step.what}`);
    }
  }
  if (open === 0) {
    told.say('Both CRMs have everything the agreement needs.');
    return true;
  }
  if (options.yes !== true && !(await yes(options, `Create these ${open} in your CRMs?`))) {
    told.say('Nothing was created.');
    if (!canAsk(options)) hint('Run concord setup --yes, or start with --yes, or on a terminal.');
    return false;
  }
  await applySetup(parts, (crm, step) => told.say(`  ${colors.green('made')} ${CRM_NAMES[crm]}: ${step.what}`));
  return true;
}

function canAsk(options: StartOptions): boolean {
  return options.json !== true && process.stdin.isTTY === true;
}

async function yes(options: StartOptions, question: string): Promise<boolean> {
  if (!canAsk(options)) return false;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^(y|yes|s|si|sí|sim)$/i.test((await terminal.question(`${question} (yes/no) `)).trim());
  } finally {
    terminal.close();
  }
}

function exitOf(runs: RunSummary[]): ExitCode {
  return runs.at(-1)?.exit_code ?? EXIT.done;
}
