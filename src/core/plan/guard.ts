import type { Agreement } from '../../agreement/schema';

export interface GuardTotals {
  people: number;
  changed: number;
  creates: number;
  regressions: number;
  linksEnded: number;
  overwrites: number;
}

export interface GuardFinding {
  limit: 'creates' | 'regressions' | 'links_ended' | 'overwrites' | 'share' | 'adoption';
  planned: number;
  allowed: number;
  message: string;
}

/** What a plan has of people who were not governed before (L7). */
export interface GuardAdoption {
  /** Nobody was. */
  first: boolean;
  /** How many of them it changes. */
  changed: number;
  /** Percent of the people that the run goes as far as. */
  portion: number;
}

const NOBODY_NEW: GuardAdoption = { first: false, changed: 0, portion: 100 };

/** W6, L7: what of a plan goes over the agreement's limits. `governed` is how many people Concord keeps; their adoption always takes a person's yes. */
export function guard(settings: Agreement['guard'], totals: GuardTotals, governed: number, adoption: GuardAdoption = NOBODY_NEW): GuardFinding[] {
  const whom = adoption.portion < 100 ? ` for ${adoption.portion} % of the people` : '';
  if (adoption.first) {
    if (totals.changed === 0) return [];
    return [{ limit: 'adoption', planned: totals.changed, allowed: 0, message: `this is the first run on these CRMs${whom}: it would change ${totals.changed} people, and takes a yes` }];
  }
  const findings: GuardFinding[] = [];
  if (adoption.changed > 0) findings.push({ limit: 'adoption', planned: adoption.changed, allowed: 0, message: `this run is the first${whom} who were not governed before: it would change ${adoption.changed} of them, and takes a yes` });
  const check = (limit: GuardFinding['limit'], planned: number, allowed: number, what: string): void => {
    if (planned > allowed) findings.push({ limit, planned, allowed, message: `${planned} ${what}, more than the ${allowed} that the agreement allows in one run` });
  };
  check('creates', totals.creates, settings.creates, 'records to create');
  check('regressions', totals.regressions, settings.regressions, 'people whose stage goes back');
  check('links_ended', totals.linksEnded, settings.links_ended, 'links to end');
  check('overwrites', totals.overwrites, settings.overwrites, 'values to overwrite that the two CRMs never agreed on');
  if (governed >= settings.share_from) {
    const allowed = Math.floor(governed * settings.share);
    check('share', totals.changed - adoption.changed, allowed, `people to change of ${governed}`);
  }
  return findings;
}
