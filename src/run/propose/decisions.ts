import type { CompiledAgreement } from '../../agreement/compile';
import type { YamlEdits } from '../../agreement/edit';
import type { ConnectionFacts, Description, Survey } from '../../crm/port';
import type { StageId } from '../../domain/stage';

export interface Choice {
  value: string;
  label: string;
}

/**
 * One value of the agreement that depends on how the CRMs are set up. `kept`: what stood there is right here too. `answered`: somebody said so. `found`: the
 * CRM itself says so. `guessed`: by its name. `open`: nothing tells; the value is a stand-in that loads.
 */
export interface Decision {
  /** Path in the agreement, stages by their ids: `stages.mql.salesforce.lead_status`. */
  id: string;
  /** In words: "the Salesforce lead status of mql". */
  what: string;
  /** Null: nothing is written there. */
  value: string | null;
  how: 'kept' | 'answered' | 'found' | 'guessed' | 'open';
  why: string;
  /** The flag that answers it. Null: none does, edit the file. */
  flag: string | null;
  choices: Choice[];
}

/** What one CRM told. */
export interface Looked {
  facts: ConnectionFacts;
  description: Description;
  survey: Survey;
}

/** What the interviewed person, or flags, said. Values are the CRMs' own. */
export interface Answers {
  company?: string;
  timeZone?: string;
  currency?: string;
  language?: string;
  mode?: 'standalone' | 'alongside';
  ownDomains?: string[];
  score?: string;
  lifecycle: Partial<Record<StageId, string>>;
  hubspotStatus: Partial<Record<StageId, string>>;
  leadStatus: Partial<Record<StageId, string>>;
  /** Salesforce lead statuses that reject. */
  rejecting?: string[];
  hubspotRejecting?: string[];
}

/** What the parts of a proposal work with. */
export interface Proposing {
  edits: YamlEdits;
  /** The agreement that is started from. */
  base: CompiledAgreement;
  hubspot: Looked;
  salesforce: Looked;
  answers: Answers;
  decisions: Decision[];
}

/** Begins every comment that a proposal writes, so that people see what was not written by a colleague. */
export const MARK = 'init:';

export function noteOf({ how, why }: Decision): string | null {
  return how === 'kept' ? null : `${MARK} ${how === 'open' ? 'to decide: ' : ''}${why}`;
}

export function stageIndex(on: Proposing, id: StageId): number {
  return (on.edits.get('stages') as { id?: unknown }[]).findIndex((stage) => stage.id === id);
}

export function sameText(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

/** The CRM's own spelling of a value, when it has it. */
export function among(value: string | undefined, choices: readonly Choice[]): Choice | undefined {
  return value === undefined ? undefined : choices.find((choice) => sameText(choice.value, value));
}

/** `Nuevo` or `81234567 (Aceptado por ventas)`. */
export function shownChoice({ value, label }: Choice): string {
  return label === value ? value : `${value} (${label})`;
}
