/**
 * W11: the share, from 0 to 1, of governed people on whom both CRMs agree. Named with a reason are also people outside scope (one held, one whose write was
 * refused), so that more may be named than are governed: then it is 0, never less. Null: nobody is governed.
 */
export function agreeing({ people, disagree }: { people: number; disagree: number }): number | null {
  return people === 0 ? null : Math.max(0, 1 - disagree / people);
}
