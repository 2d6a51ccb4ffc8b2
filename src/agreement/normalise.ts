/**
 * A reason as reps type it, reduced to what is compared (F3): case, accents, stray blanks (no-break and zero-width ones too) and punctuation at the
 * ends do not count. `_` and `-` count as blanks, so that `no budget` and `No-Budget` are the id `no_budget`.
 */
export function normaliseReason(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/[\p{Mn}\p{Cf}]/gu, '')
    .toLowerCase()
    .replace(/[\p{Z}\s_\p{Pd}]+/gu, ' ')
    .replace(/^[\p{P}\p{S} ]+|[\p{P}\p{S} ]+$/gu, '');
}
