import { isOffRamp, rank } from '../../../domain/stage';
import type { Context } from '../context';

export interface Scope {
  inScope: boolean;
  /** Why not, in one line (L10). */
  because: string | null;
}

/** L10: who is governed, judged on the decided stage. */
export function scopeOf(ctx: Context): Scope {
  const { scope } = ctx.terms.agreement.settings;
  const { stage } = ctx.state;
  if (stage === null) return { inScope: false, because: 'no stage of the agreement holds' };
  if (!isOffRamp(stage) && rank(stage) < rank(scope.from_stage)) return { inScope: false, because: `stage ${stage} is before ${scope.from_stage}` };
  const emails = [...(ctx.contact?.emails ?? []), ...ctx.people.flatMap((record) => record.emails)];
  if (emails.some((email) => ctx.terms.agreement.excludesEmail(email))) return { inScope: false, because: 'its e-mail domain is excluded' };
  return { inScope: true, because: null };
}
