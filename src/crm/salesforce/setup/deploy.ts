import { ConcordError, EXIT } from '../../../domain/problem';
import { CallFailed } from '../../pace';
import { unreadable } from '../problems';
import { DeployStarted, DeployStatus, parsed } from '../schema';
import type { Provisioning } from './look';
import { deployFiles, zip, type Package } from './package';

/** The first look at a deploy comes soon, later ones at most this far apart. */
const FIRST_LOOK_MS = 50;
const LONGEST_PAUSE_MS = 5_000;

/** Deploys of this size take seconds; orgs that are busy queue them. */
const PATIENCE_MS = 15 * 60_000;

/**
 * Sends one package, all or nothing: first only checked, then deployed with `rollbackOnError`. A deploy repeated has the same effect, so an answer that
 * was lost is asked for again. Throws `ConcordError` `setup_refused`, naming each component that the org refuses and its words.
 */
export async function deploy(on: Provisioning, content: Package): Promise<void> {
  const archive = zip(deployFiles(content, on.api.version));
  await one(on, archive, true);
  await one(on, archive, false);
}

async function one(on: Provisioning, archive: Buffer, checkOnly: boolean): Promise<void> {
  const started = parsed(DeployStarted, await on.api.metadata('repeatable', (metadata) => metadata.deploy(archive, { checkOnly, rollbackOnError: true, singlePackage: true })));
  if (started === undefined) throw new CallFailed(unreadable('deploy'), 'maybe');
  const until = on.now() + PATIENCE_MS;
  for (let pause = FIRST_LOOK_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    const status = parsed(DeployStatus, await on.api.metadata('read', (metadata) => metadata.checkDeployStatus(started.id, true)));
    if (status === undefined) throw new CallFailed(unreadable('deploy'), 'maybe');
    if (status.done === true) {
      if (status.success === true) return;
      throw refusal(status, checkOnly);
    }
    if (on.now() >= until) {
      throw new ConcordError({
        code: 'setup_incomplete',
        message: 'Salesforce has the changes in its queue and has not finished them.',
        where: started.id,
        remedy: 'Look at Setup > Deployment Status, and run setup again when the deployment has ended.',
        exit: EXIT.failed,
      });
    }
    await on.sleep(pause);
  }
}

/** Names the components; the org's words about them are for the screen, in `details.refused`. */
function refusal(status: DeployStatus, checkOnly: boolean): ConcordError {
  const failures = status.details?.componentFailures ?? [];
  const names = failures.map((failure) => `${failure.componentType ?? ''} ${failure.fullName ?? ''}`.trim());
  return new ConcordError({
    code: 'setup_refused',
    message: `Salesforce refuses the changes${checkOnly ? ' when it checks them' : ''}, and none of them was made${names.length === 0 ? '' : `: ${names.join(', ')}`}.`,
    ...(failures[0]?.fullName == null ? {} : { where: failures[0].fullName }),
    remedy: 'Correct what Salesforce says about these components, in the org or in the agreement, then run setup again.',
    exit: EXIT.failed,
    details: { refused: failures.length === 0 ? [status.errorMessage ?? status.status ?? ''] : failures.map((failure, at) => `${names[at] ?? ''}: ${failure.problem ?? ''}`) },
  });
}
