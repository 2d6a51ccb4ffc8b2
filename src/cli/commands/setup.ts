import { createInterface } from 'node:readline/promises';
import { ConcordError, EXIT, type ExitCode } from '../../domain/problem';
import type { CrmName } from '../../domain/record';
import type { RemovalStep, SetupStep } from '../../crm/port';
import { checkBelongs } from '../../run/belongs';
import { ownFieldNeeds, salesNeeds } from '../../run/needs';
import { port, type Parts } from '../../run/parts';
import { hint, json, say } from '../print';
import { withSession, type CommonOptions } from '../session';
import { exportSetup } from './setup/export';
import { printByHand, printMade, printPlan, printRemoval, printRemoved, type Steps } from './setup/print';

interface SetupOptions extends CommonOptions {
  plan?: boolean;
  yes?: boolean;
  remove?: boolean;
  deleteData?: boolean;
  export?: string;
  publicUrl?: string;
}

const CRMS = ['hubspot', 'salesforce'] as const;

/** What both CRMs lack, and what was changed since setup. */
export async function setupSteps(parts: Parts): Promise<Steps<SetupStep>> {
  const { agreement } = parts.terms;
  return {
    hubspot: await parts.hubspot.setupPlan(ownFieldNeeds(agreement, 'hubspot')),
    salesforce: await parts.salesforce.setupPlan(ownFieldNeeds(agreement, 'salesforce'), salesNeeds(agreement)),
  };
}

/** Creates what a run needs; reads before it writes; safe to repeat and to interrupt. */
export async function applySetup(parts: Parts, done: (crm: CrmName, step: SetupStep) => void): Promise<void> {
  const { agreement } = parts.terms;
  for (const crm of CRMS) {
    await port(parts, crm).setupApply(ownFieldNeeds(agreement, crm), (step) => done(crm, step), crm === 'salesforce' ? salesNeeds(agreement) : undefined);
    await port(parts, crm).describe(true);
  }
}

export async function setup(options: SetupOptions): Promise<ExitCode> {
  checkUsage(options);
  if (options.export !== undefined) return exportSetup(options.export, options);
  try {
    return await withSession(options, async ({ parts }) => {
      // Fields made in the wrong accounts, or removed from them, are not easily put right.
      await checkBelongs(parts);
      return options.remove === true ? await remove(parts, options) : await create(parts, options);
    });
  } catch (error) {
    if (error instanceof ConcordError && error.code === 'setup_refused' && options.json !== true) printRefused(error.details);
    throw error;
  }
}

/** Options that mean something only beside another one. */
function checkUsage(options: SetupOptions): void {
  const refuse = (message: string): ConcordError => new ConcordError({ code: 'bad_usage', message, where: 'setup', remedy: '`concord setup --help` lists the options.', exit: EXIT.usage });
  if (options.deleteData === true && options.remove !== true) throw refuse('--delete-data goes with --remove.');
  if (options.publicUrl !== undefined && options.export === undefined) throw refuse('--public-url goes with --export.');
  if (options.sandbox === true && options.export !== undefined) throw refuse('--export is made from the agreement alone: --sandbox has no meaning for it.');
}

async function create(parts: Parts, options: SetupOptions): Promise<ExitCode> {
  const steps = await setupSteps(parts);
  const open = CRMS.flatMap((crm) => steps[crm]).filter((step) => step.state === 'missing' || step.state === 'differs');
  const apply = options.plan !== true && open.length > 0 && (options.yes === true || (await ask(options, 'Do this? (yes/no) ', () => printPlan(steps))));
  if (apply) await applySetup(parts, (crm, step) => options.json !== true && printMade(crm, step));
  if (options.json === true) json({ applied: apply, steps });
  else if (apply) printByHand(steps);
  else {
    printPlan(steps);
    say(open.length === 0 ? 'Both CRMs have everything the agreement needs.' : 'Nothing was changed. `concord setup --yes` does it.');
  }
  return EXIT.done;
}

async function remove(parts: Parts, options: SetupOptions): Promise<ExitCode> {
  const { agreement } = parts.terms;
  const deleteData = options.deleteData === true;
  const sales = salesNeeds(agreement);
  const steps: Steps<RemovalStep> = {
    hubspot: await parts.hubspot.removePlan(ownFieldNeeds(agreement, 'hubspot'), deleteData),
    salesforce: await parts.salesforce.removePlan(ownFieldNeeds(agreement, 'salesforce'), deleteData, sales),
  };
  const count = CRMS.flatMap((crm) => steps[crm]).filter((step) => step.state === 'present').length;
  const question = deleteData ? 'Remove these, and every value in them? (yes/no) ' : 'Remove these? (yes/no) ';
  const apply = options.plan !== true && count > 0 && (options.yes === true || (await ask(options, question, () => printRemoval(steps))));
  const removed: Steps<RemovalStep> = { hubspot: [], salesforce: [] };
  // Salesforce first: reps stop being asked for what marketing's side no longer takes.
  for (const crm of apply ? (['salesforce', 'hubspot'] as const) : []) {
    const done = (step: RemovalStep): void => {
      removed[crm].push(step);
      if (options.json !== true) printRemoved(crm, step);
    };
    await port(parts, crm).removeApply(ownFieldNeeds(agreement, crm), deleteData, done, crm === 'salesforce' ? sales : undefined);
  }
  if (options.json === true) json({ applied: apply, remove: true, delete_data: deleteData, steps, removed });
  else if (!apply) {
    printRemoval(steps);
    say(count === 0 ? 'There is nothing to remove.' : `Nothing was changed. \`concord setup --remove${deleteData ? ' --delete-data' : ''} --yes\` does it.`);
  }
  return EXIT.done;
}

async function ask(options: SetupOptions, question: string, show: () => void): Promise<boolean> {
  if (options.json === true || process.stdin.isTTY !== true) return false;
  show();
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^(y|yes|s|si|sí|sim)$/i.test((await terminal.question(question)).trim());
  } finally {
    terminal.close();
  }
}

/** The org's words about its own components: for the screen only, where somebody can act on them. */
function printRefused(details: unknown): void {
  if (typeof details !== 'object' || details === null || !('refused' in details) || !Array.isArray(details.refused)) return;
  for (const line of details.refused) hint(`  ${String(line)}`);
}
