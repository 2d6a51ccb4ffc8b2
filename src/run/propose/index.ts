import type { CompiledAgreement } from '../../agreement/compile';
import { YamlEdits } from '../../agreement/edit';
import { proposeCompany, proposeFieldValues, proposeMode, proposeScore } from './company';
import type { Answers, Decision, Looked, Proposing } from './decisions';
import { proposeHubspotStatuses, proposeLifecycle } from './hubspotValues';
import { proposeLeadStatuses } from './leadStatuses';

export type { Answers, Choice, Decision, Looked } from './decisions';

/**
 * An agreement for what is really there: the given one with its mappings changed to the stages, statuses and options that both CRMs have. Everything else of
 * the text, comments included, stays. Each change says why in a comment; what nothing tells is marked `to decide`. Pure.
 */
export function propose(text: string, base: CompiledAgreement, hubspot: Looked, salesforce: Looked, answers: Answers): { text: string; decisions: Decision[] } {
  const edits = new YamlEdits(text);
  const on: Proposing = { edits, base, hubspot, salesforce, answers, decisions: [] };
  proposeCompany(on);
  proposeMode(on);
  proposeLifecycle(on);
  proposeHubspotStatuses(on);
  proposeLeadStatuses(on);
  proposeScore(on);
  proposeFieldValues(on);
  return { text: edits.toString(), decisions: on.decisions };
}
