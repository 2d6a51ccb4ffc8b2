import type { PropertyOption } from './definitions';
import { printMoment } from './values';

/** What becomes of a written lifecycle stage: ignored, refused, or the values it takes one after the other. */
export type StageOutcome = 'keep' | 'refuse' | { steps: (string | null)[] };

/**
 * HubSpot's forward-only rule (Concord's L8): from blank any stage may be set, clearing is always possible, a later stage may be set, an
 * earlier one may not. A person in the UI may pick any stage: HubSpot then clears and sets.
 */
export function stageOutcome(
  order: readonly PropertyOption[],
  before: string | undefined,
  wanted: string | null,
  who: 'api' | 'person' | 'machine',
  backward: 'ignore' | 'refuse' | 'accept',
): StageOutcome {
  if (wanted === null || before === undefined || before === wanted) return { steps: [wanted] };
  if (rank(order, wanted) > rank(order, before)) return { steps: [wanted] };
  if (who === 'person') return { steps: [null, wanted] };
  if (who === 'machine') return 'keep';
  if (backward === 'accept') return { steps: [wanted] };
  return backward === 'refuse' ? 'refuse' : 'keep';
}

/** Where a stage stands in the portal's own order; one that is no longer an option stands before all others. */
export function rank(order: readonly PropertyOption[], stage: string): number {
  return order.find((option) => option.value === stage)?.displayOrder ?? -1;
}

/** The timing properties that move with a stage. They hold the latest entry and the latest exit. */
export function stageDates(before: string | null, after: string | null, at: number): Record<string, string> {
  const moment = printMoment(at);
  return {
    ...(before === null ? {} : { [`hs_v2_date_exited_${before}`]: moment }),
    ...(after === null
      ? {}
      : {
          [`hs_v2_date_entered_${after}`]: moment,
          [`hs_lifecyclestage_${after}_date`]: moment,
          hs_v2_date_entered_current_stage: moment,
        }),
  };
}
