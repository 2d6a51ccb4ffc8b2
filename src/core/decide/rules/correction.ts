import type { EpochMs, MirrorRecord } from '../../../domain/record';
import { normaliseReason } from '../../../agreement/normalise';
import type { CompiledField } from '../../../agreement/fields';
import { LANGUAGES } from '../../../agreement/schema';
import type { Context } from '../context';

export interface Correction {
  at: EpochMs;
  field: CompiledField;
}

/**
 * F2, `fix_data`: the first correction since the rejection: a mapped field that somebody else than Concord has given another value in either CRM. When the
 * rep named the field (by id, label in any language, or name in a CRM), only that one. Null: none yet.
 */
export function correctedSince(ctx: Context, at: EpochMs, detail: string | null): Correction | null {
  const found = fieldsToCorrect(ctx, detail).flatMap((field): Correction[] => {
    const times = [ctx.contact, ctx.primary].flatMap((record) => {
      const name = record === null ? null : nameOn(record, field);
      const since = record === null || name === null ? undefined : record.since[name];
      const given = since !== undefined && since.own !== true && since.first !== true && since.at > at && since.at <= ctx.now;
      return given && record !== null && name !== null && (record.fields[name] ?? null) !== null ? [since.at] : [];
    });
    return times.length === 0 ? [] : [{ at: Math.min(...times), field }];
  });
  return found.sort((a, b) => a.at - b.at || (a.field.id < b.field.id ? -1 : 1))[0] ?? null;
}

/** The fields that the rep's words name; every mapped field when they name none. */
export function fieldsToCorrect(ctx: Context, detail: string | null): CompiledField[] {
  const fields = ctx.terms.agreement.fields.filter((field) => field.settings.policy !== 'read_only');
  const words = detail === null ? '' : normaliseReason(detail);
  const named = fields.filter((field) => [field.id, field.hubspot, field.lead, field.contact, ...LANGUAGES.map((language) => field.settings.label?.[language])].some((name) => name != null && normaliseReason(name) === words));
  return named.length > 0 ? named : fields;
}

function nameOn(record: MirrorRecord, field: CompiledField): string | null {
  return record.ref.crm === 'hubspot' ? field.hubspot : field[record.ref.object as 'lead' | 'contact'];
}
