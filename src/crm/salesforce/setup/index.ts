import { ConcordError, EXIT } from '../../../domain/problem';
import type { FieldNeed, SalesNeeds, SetupStep } from '../../port';
import { byHandSteps } from './byHand';
import { deploy } from './deploy';
import { fieldStep, valueSetStep } from './fieldSteps';
import { look, type Provisioning } from './look';
import { assignmentStep, permissionStep } from './permissionSteps';
import { fullName, PERMISSION_SET } from './shapes';
import type { Work } from './step';
import { toolSteps } from './toolSteps';
import { sharedSets } from './valueSets';

export type { Provisioning } from './look';
export { applyRemoval, planRemoval } from './removal';

/** What the org lacks for the needs. Changes nothing. */
export async function planSetup(on: Provisioning, needs: FieldNeed[], sales?: SalesNeeds): Promise<SetupStep[]> {
  return (await work(on, needs, sales)).map(({ deploys: _deploys, do: _do, ...step }) => step);
}

/**
 * Makes what is missing: everything that is metadata in one package, checked and then deployed all or nothing; then the assignment of the permission
 * set; then looks at the result through a fresh describe. Nothing is removed or deactivated; what exists already is sent along as it is, so it may be
 * repeated, and interrupted at any point.
 */
export async function applySetup(on: Provisioning, needs: FieldNeed[], progress: (done: SetupStep) => void, sales?: SalesNeeds): Promise<void> {
  const steps = await work(on, needs, sales);
  const report = (step: Work): void => progress({ id: step.id, state: 'ok', what: step.what });
  const deploying = steps.filter((step) => step.deploys !== undefined);
  if (deploying.length > 0) await deploy(on, { components: deploying.flatMap((step) => step.deploys ?? []) });
  for (const step of deploying) report(step);
  for (const step of steps) if (step.do !== undefined) await step.do().then(() => report(step));
  if (!steps.some(isOpen)) return;
  const open = (await work(on, needs, sales)).filter(isOpen);
  if (open.length === 0) return;
  throw new ConcordError({
    code: 'setup_incomplete',
    message: `Salesforce took every step, but these are still open: ${open.map((step) => step.id).join(', ')}.`,
    remedy: `Give the integration user the permission set ${PERMISSION_SET}, wait a minute, and run setup again.`,
    exit: EXIT.failed,
  });
}

function isOpen(step: SetupStep): boolean {
  return step.state === 'missing' || step.state === 'differs';
}

async function work(on: Provisioning, needs: FieldNeed[], sales: SalesNeeds | undefined): Promise<Work[]> {
  const found = await look(on, needs, sales);
  const fields = needs.map((need) => fieldStep(found, need));
  const usable = needs.filter((_, at) => fields[at]?.state !== 'by_hand');
  const names = usable.map(fullName);
  return [
    ...[...sharedSets(needs)].map(([name, options]) => valueSetStep(found, needs, name, options)),
    ...fields,
    ...(sales === undefined ? [] : toolSteps(found, usable, sales)),
    await permissionStep(on, found, names, sales),
    assignmentStep(on, found, names, sales),
    ...(sales === undefined ? [] : await byHandSteps(on.api, found, needs, sales)),
  ];
}
