import { createInterface } from 'node:readline/promises';
import { EXIT, type ExitCode } from '../../domain/problem';
import type { CrmName } from '../../domain/record';
import type { SetupStep } from '../../crm/port';
import { checkBelongs } from '../../run/belongs';
import { ownFieldNeeds } from '../../run/needs';
import { port, type Parts } from '../../run/parts';
import { colors, json, say } from '../print';
import { withSession, type CommonOptions } from '../session';

interface SetupOptions extends CommonOptions {
  plan?: boolean;
  yes?: boolean;
}

export async function setupSteps(parts: Parts): Promise<Record<CrmName, SetupStep[]>> {
  const { agreement } = parts.terms;
  return { hubspot: await parts.hubspot.setupPlan(ownFieldNeeds(agreement, 'hubspot')), salesforce: await parts.salesforce.setupPlan(ownFieldNeeds(agreement, 'salesforce')) };
}

/** Creates what a run needs; reads before it writes; safe to repeat and to interrupt. */
export async function applySetup(parts: Parts, done: (crm: CrmName, step: SetupStep) => void): Promise<void> {
  for (const crm of ['hubspot', 'salesforce'] as const) {
    await port(parts, crm).setupApply(ownFieldNeeds(parts.terms.agreement, crm), (step) => done(crm, step));
    await port(parts, crm).describe(true);
  }
}

export async function setup(options: SetupOptions): Promise<ExitCode> {
  return withSession(options, async ({ parts }) => {
    // Fields made in the wrong accounts are not easily unmade.
    await checkBelongs(parts);
    const steps = await setupSteps(parts);
    const open = (crm: CrmName): SetupStep[] => steps[crm].filter((step) => step.state === 'missing' || step.state === 'differs');
    const count = open('hubspot').length + open('salesforce').length;
    const apply = options.plan !== true && count > 0 && (options.yes === true || (await ask(options, steps)));
    if (apply) await applySetup(parts, (crm, step) => options.json !== true && say(`${colors.green('made')} ${crm}: ${step.what}`));
    if (options.json === true) json({ applied: apply, steps });
    else if (!apply) print(steps, count);
    else printByHand(steps);
    return EXIT.done;
  });
}

async function ask(options: SetupOptions, steps: Record<CrmName, SetupStep[]>): Promise<boolean> {
  if (options.json === true || process.stdin.isTTY !== true) return false;
  print(steps, 1);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^(y|yes|s|si|sí|sim)$/i.test((await terminal.question('Create these? (yes/no) ')).trim());
  } finally {
    terminal.close();
  }
}

/** What no API can do stays to be done by a person, also after everything else is made. */
function printByHand(steps: Record<CrmName, SetupStep[]>): void {
  for (const crm of ['hubspot', 'salesforce'] as const) for (const step of steps[crm]) if (step.state === 'by_hand') say(`${colors.yellow('by hand')} ${crm}: ${step.what}`);
}

function print(steps: Record<CrmName, SetupStep[]>, count: number): void {
  for (const crm of ['hubspot', 'salesforce'] as const) {
    for (const step of steps[crm]) if (step.state !== 'ok') say(`${step.state === 'by_hand' ? colors.yellow('by hand') : colors.green('+')} ${crm}: ${step.what}`);
  }
  say(count === 0 ? 'Both CRMs have everything the agreement needs.' : 'Nothing was changed. `concord setup --yes` creates it.');
}
