import type { CompiledAgreement } from '../agreement/compile';
import type { Language } from '../agreement/schema';
import { STAGES, type StageId } from '../domain/stage';
import { sayIn } from './texts';

/** A stage's label. What is no stage keeps its own word, so that a value which an older agreement knew keeps nobody from a page. */
export function stageName(agreement: CompiledAgreement, stage: string | null, language: Language): string {
  if (stage === null || stage === 'none') return sayIn(language)('no_stage');
  return STAGES.includes(stage as StageId) ? agreement.stageLabel(stage as StageId, language) : stage;
}

/** Where a stage stands in the order of all of them; what is none comes last. */
export function placeOf(stage: string): number {
  const place = STAGES.indexOf(stage as StageId);
  return place === -1 ? STAGES.length : place;
}
