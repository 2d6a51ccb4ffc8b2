import type { Drift, RemovalStep, SetupStep } from '../../../crm/port';
import type { CrmName } from '../../../domain/record';
import { colors, say } from '../../print';

/** The plan of `concord setup` in words: `+` is created, `~` changed back, `-` removed, `=` seen and left. */

export type Steps<T> = Record<CrmName, T[]>;

const CRMS = ['hubspot', 'salesforce'] as const;

const MARKS = { missing: colors.green('+'), differs: colors.yellow('~'), by_hand: colors.yellow('by hand'), ok: '=' } as const;

export function printPlan(steps: Steps<SetupStep>): void {
  for (const crm of CRMS) {
    for (const step of steps[crm]) {
      if (step.state !== 'ok' || step.drift !== undefined) say(`${MARKS[step.state]} ${crm}: ${step.what}`);
      for (const drift of step.drift ?? []) say(`    ${driftLine(drift)}`);
    }
  }
  const count = (state: SetupStep['state']): number => CRMS.flatMap((crm) => steps[crm]).filter((step) => step.state === state).length;
  say(`Plan: ${count('missing')} to create, ${count('differs')} to change, ${count('by_hand')} by hand, ${count('ok')} as agreed.`);
}

/** Which part, what it was agreed to be, what it is, what happens to it and why. */
function driftLine({ part, wanted, found, then, why }: Drift): string {
  return `${part}: agreed “${wanted}”, ${found === null ? 'not there' : `now “${found}”`}; ${then === 'restored' ? 'put back' : 'left'}: ${why}`;
}

export function printMade(crm: CrmName, step: SetupStep): void {
  say(`${colors.green('done')} ${crm}: ${step.what}`);
}

/** What no API can do stays to be done by a person, also after everything else is made. */
export function printByHand(steps: Steps<SetupStep>): void {
  const left = CRMS.flatMap((crm) => steps[crm].filter((step) => step.state === 'by_hand').map((step) => `${crm}: ${step.what}`));
  if (left.length === 0) return;
  say('Left to an administrator (`concord check` looks at them again):');
  for (const line of left) say(`${colors.yellow('[ ]')} ${line}`);
}

export function printRemoval(steps: Steps<RemovalStep>): void {
  for (const crm of CRMS) {
    for (const step of steps[crm]) {
      if (step.state === 'present') say(`${colors.red('-')} ${crm}: ${step.what}`);
      else if (step.state !== 'absent') say(`= ${crm}: ${step.what}${step.why === undefined ? '' : ` Kept: ${step.why}.`}`);
    }
  }
}

export function printRemoved(crm: CrmName, step: RemovalStep): void {
  if (step.state === 'absent') say(`${colors.red('gone')} ${crm}: ${step.what}`);
  else say(`${colors.yellow('by hand')} ${crm}: ${step.what} ${step.why ?? ''}`);
}
