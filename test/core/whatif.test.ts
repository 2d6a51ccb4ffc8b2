import type { CompiledAgreement } from '../../src/agreement/compile';
import { acceptance, better, count, emptyTally } from '../../src/core/whatif/tally';
import { evidenceAt } from '../../src/core/whatif/evidenceAt';
import { replay, type Replayed } from '../../src/core/whatif/replay';
import { handedOverIn, passesIn, stateBefore, type Recorded } from '../../src/core/whatif/recorded';
import type { Handoff, PersonState, Transition } from '../../src/domain/person';
import { emptyState } from '../../src/domain/person';
import { agreed, agreement, automated, DAY, HOUR, NOW, own, person, set, type PersonTold } from '../support/person';

/*
 * The replay of one person's record (what-if). NOW is Monday 2026-11-23, 10:00 in Mexico City; the shipped agreement's MQL is a score of 60, an answer is
 * due after 2 working days, a reason `no_budget` recycles.
 */

const WINDOW = { from: NOW - 60 * DAY, to: NOW };
const at = (days: number): number => NOW - days * DAY;

/** The shipped agreement with another score. */
const threshold = (score: number): CompiledAgreement =>
  agreed((settings) => {
    const mql = settings.stages.find((stage) => stage.id === 'mql');
    if (mql === undefined) throw new Error('no mql');
    mql.when = { any: [{ field: 'score', at_least: score }, { field: 'hubspot.lifecyclestage', is: 'marketingqualifiedlead' }] };
  });

function handoff(more: Partial<Handoff>): Handoff {
  const openedAt = more.openedAt ?? at(20);
  return { cycle: 1, openedAt, adopted: false, why: '', carriedAt: openedAt, firstTouchAt: null, acceptedAt: null, rejection: null, closedAt: null, closedAs: null, ownerId: '005A', sla: null, slaDueAt: null, held: ['score at_least 60'], lacks: [], ...more };
}

function rejected(days: number, more: Partial<Handoff> = {}, reason = 'no_budget'): Handoff {
  const rejection = { at: at(days), crm: 'salesforce' as const, record: 'salesforce:lead:00Q000000000001AAA', by: { id: '005A' }, reason, words: reason, reasonAt: at(days), note: null, detail: null, route: 'recycle' as const, recycleOn: '2027-02-01', counted: true };
  return handoff({ rejection, closedAt: at(days), closedAs: 'rejected', ...more });
}

function recorded(told: PersonTold, handoffs: Handoff[] = [], transitions: Recorded['transitions'] = [], state: Partial<PersonState> = {}): Recorded {
  const { evidence, pins } = person(told);
  return { evidence, pins, transitions, state: { ...emptyState(), handoffs, ...state } };
}

const move = (to: Transition['to'], days: number): Recorded['transitions'][number] => ({ to, at: at(days), skipped: false });
const found = (of: Replayed): [days: number, outcome: string][] => of.passes.map((pass) => [(NOW - pass.at) / DAY, pass.outcome]);

describe('when a person becomes an MQL', () => {
  const told: PersonTold = { hubspot: { hubspotscore: automated(72, at(10)) } };

  test('at the moment at which the recorded value came to be, by the clause that it met', () => {
    const made = replay({ agreement }, recorded(told), WINDOW);
    expect(made.passes).toMatchObject([{ at: at(10), standing: false, clauses: ['score at_least 60'], outcome: 'unseen', seen: false }]);
  });

  test('never, where the changed agreement asks for more', () => {
    expect(replay({ agreement: threshold(80) }, recorded(told), WINDOW)).toEqual({ passes: [], before: false, unclear: false });
  });

  test('before the window: not its volume, but a person who would be handed over at once', () => {
    const old = recorded({ hubspot: { hubspotscore: automated(50, at(80)) } });
    expect(replay({ agreement }, old, WINDOW).passes).toEqual([]);
    expect(replay({ agreement: threshold(40) }, old, WINDOW).passes).toMatchObject([{ standing: true }]);
  });

  test('not again, for who was with sales before the window', () => {
    const known = recorded(told, [handoff({ openedAt: at(70) })], [move('lead', 80), move('mql', 70)]);
    expect(replay({ agreement }, known, WINDOW)).toEqual({ passes: [], before: true, unclear: false });
  });

  test('a value that has been overwritten since is proved by the pass that it opened, as far as its clause says', () => {
    const rescored = recorded({ hubspot: { hubspotscore: automated(85, at(3)) } }, [handoff({ openedAt: at(20) })]);
    expect(found(replay({ agreement }, rescored, WINDOW))).toEqual([[20, 'waiting']]);
    // Whether it was 80 already is not recorded; that it is 85 since three days is.
    expect(found(replay({ agreement: threshold(80) }, rescored, WINDOW))).toEqual([[3, 'waiting']]);
  });

  test('a marketer’s value that Concord itself has written over since still speaks (L11)', () => {
    const moved = recorded({ hubspot: { lifecyclestage: own('salesqualifiedlead', at(15)) }, lead: { Status: set('Working - Contacted', at(18), { id: '005A' }) } }, [handoff({ openedAt: at(20), held: ['hubspot.lifecyclestage is "marketingqualifiedlead"'], acceptedAt: at(18) })]);
    expect(found(replay({ agreement }, moved, WINDOW))).toEqual([[20, 'accepted']]);
  });

  test('begins with the adoption, when Concord was not there before (L7)', () => {
    const adopted = recorded(told, [], [], { adoptedAt: at(5) });
    expect(replay({ agreement }, adopted, WINDOW).passes).toMatchObject([{ at: at(5), standing: true }]);
  });

  test('cannot be told, where a field that the criteria need was never read (M5)', () => {
    const webinar = agreed((settings) => {
      const mql = settings.stages.find((stage) => stage.id === 'mql');
      if (mql !== undefined) mql.when = { field: 'hubspot.webinar_attendance', known: true };
    });
    expect(replay({ agreement: webinar }, recorded(told), WINDOW)).toEqual({ passes: [], before: false, unclear: true });
  });
});

describe('sales’ answers', () => {
  const accepted = recorded({ hubspot: { hubspotscore: automated(85, at(6)) }, lead: { Status: set('Working - Contacted', at(18), { id: '005A' }) } }, [handoff({ openedAt: at(20), acceptedAt: at(18) })]);

  test('belong to the handoff that they answered: before it, nothing has happened', () => {
    // Taken at its own time the acceptance would make the person an SAL on day 18, who never becomes an MQL on day 6.
    expect(found(replay({ agreement: threshold(80) }, accepted, WINDOW))).toEqual([[6, 'accepted']]);
  });

  test('without any handoff are sales’ own doing, at their own time', () => {
    const alone = recorded({ hubspot: { hubspotscore: automated(85, at(6)) }, lead: { Status: set('Working - Contacted', at(18), { id: '005A' }) } });
    expect(found(replay({ agreement }, alone, WINDOW))).toEqual([]);
  });

  test('a rejection lasts as long as the changed agreement says (L4, F5)', () => {
    const told = { hubspot: { hubspotscore: automated(72, at(45)) }, lead: { Status: set('Closed - Not Converted', at(40), { id: '005A' }), Concord_Rejection_Reason__c: set('no_budget', at(40), { id: '005A' }) } };
    const said = recorded(told, [rejected(40, { openedAt: at(45) })]);
    expect(found(replay({ agreement }, said, WINDOW))).toEqual([[45, 'rejected']]);
    const sooner = agreed((settings) => {
      const reason = settings.rejection.reasons.find((each) => each.id === 'no_budget');
      if (reason !== undefined) reason.after = '30d';
    });
    // Forty days ago was 2026-10-14; thirty days later, at midnight in Mexico City, is ten hours before the tenth day back.
    expect(found(replay({ agreement: sooner }, said, WINDOW))).toEqual([
      [45, 'rejected'],
      [10 + 10 / 24, 'unseen'],
    ]);
  });

  test('to an earlier pass come from its record, where a later one shows on the CRM', () => {
    const told = { hubspot: { hubspotscore: automated(72, at(45)), recent_conversion_date: automated(new Date(at(20)).toISOString(), at(20)) }, lead: { Status: set('Working - Contacted', at(18), { id: '005A' }) } };
    const twice = recorded(told, [rejected(40, { openedAt: at(45) }), handoff({ cycle: 2, openedAt: at(20), acceptedAt: at(18) })]);
    expect(found(replay({ agreement }, twice, WINDOW))).toEqual([
      [45, 'rejected'],
      [20, 'accepted'],
    ]);
  });

  test('a deal that followed a handoff makes nobody a customer without it', () => {
    const won = recorded(
      { hubspot: { hubspotscore: automated(72, at(30)) }, contact: {}, opportunities: [{ isWon: true, createdAt: at(25), closedAt: at(20), role: 'Buyer' }] },
      [handoff({ openedAt: at(30), acceptedAt: at(26), closedAt: at(20), closedAs: 'won' })],
    );
    expect(found(replay({ agreement }, won, WINDOW))).toEqual([[30, 'accepted']]);
    expect(replay({ agreement: threshold(80) }, won, WINDOW)).toEqual({ passes: [], before: false, unclear: false });
  });
});

describe('deadlines', () => {
  // Handed over on Monday 2026-11-02, 10:00; accepted on Thursday 2026-11-05, 10:00: three working days. 2d is due on Wednesday, 5d on Monday 09.
  const monday = NOW - 21 * DAY;
  const late = recorded({ hubspot: { hubspotscore: automated(72, monday) }, lead: { Status: set('Working - Contacted', monday + 3 * DAY, { id: '005A' }) } }, [handoff({ openedAt: monday, acceptedAt: monday + 3 * DAY, firstTouchAt: monday + HOUR })]);
  const tally = (of: CompiledAgreement, who: Recorded): ReturnType<typeof emptyTally> => {
    const made = emptyTally();
    count(made, replay({ agreement: of }, who, WINDOW), NOW);
    return made;
  };

  test('are those of the agreement that is replayed, against the recorded answer', () => {
    expect(tally(agreement, late).clocks).toMatchObject({ answer: { started: 1, due: 1, met: 0, missed: 1, unknown: 0 }, first_touch: { started: 1, due: 1, met: 1, missed: 0 } });
    const patient = agreed((settings) => {
      settings.sla.answer = '5d';
    });
    expect(tally(patient, late).clocks.answer).toEqual({ started: 1, due: 1, met: 1, missed: 0, unknown: 0 });
  });

  test('of what sales never saw come due, and nobody knows how they would have ended', () => {
    const unseen = recorded({ hubspot: { hubspotscore: automated(72, monday) } });
    expect(tally(agreement, unseen)).toMatchObject({ mqls: 1, outcomes: { unseen: 1 }, clocks: { answer: { started: 1, due: 1, met: 0, missed: 0, unknown: 1 } } });
  });

  test('an unanswered handoff comes back under an agreement that says so; one that sales never saw does not', () => {
    const returning = agreed((settings) => {
      settings.sla.unanswered.return = '3d';
      settings.sla.unanswered.comes_back = '100d';
    });
    const told = { hubspot: { hubspotscore: automated(72, monday) }, lead: {} };
    // Due on Wednesday, back on Monday: the pass was recorded as still open.
    expect(tally(returning, recorded(told, [handoff({ openedAt: monday })]))).toMatchObject({ mqls: 1, outcomes: { returned: 1, waiting: 0 }, clocks: { answer: { due: 1, missed: 1 } } });
    expect(tally(agreement, recorded(told, [handoff({ openedAt: monday })]))).toMatchObject({ mqls: 1, outcomes: { returned: 0, waiting: 1 } });
    const returned = handoff({ openedAt: monday, closedAt: monday + 7 * DAY, closedAs: 'expired' });
    expect(tally(agreement, recorded(told, [returned]))).toMatchObject({ mqls: 1, outcomes: { returned: 0, waiting: 1 }, clocks: { answer: { missed: 1 } } });
    // It came back before a longer deadline was over: nobody had answered all the same.
    const longer = agreed((settings) => {
      settings.sla.answer = '8d';
    });
    expect(tally(longer, recorded(told, [returned])).clocks.answer).toMatchObject({ due: 1, met: 0, missed: 1 });
    // So does a second handoff.
    const again = recorded({ hubspot: { hubspotscore: automated(72, at(90)), recent_conversion_date: automated(new Date(monday).toISOString(), monday) }, lead: {} }, [rejected(70, { openedAt: at(80) }), handoff({ cycle: 2, openedAt: monday })], [move('mql', 80), move('recycled', 70)]);
    expect(tally(returning, again)).toMatchObject({ mqls: 1, outcomes: { returned: 1 } });
    expect(tally(returning, recorded(told))).toMatchObject({ mqls: 1, outcomes: { returned: 0, unseen: 1 } });
  });
});

describe('the state before the window', () => {
  test('has what was known by then, and nothing later', () => {
    const who = recorded({}, [rejected(70, { openedAt: at(80) }), handoff({ cycle: 2, openedAt: at(65), carriedAt: at(65), acceptedAt: at(50), closedAt: at(10), closedAs: 'won' }), handoff({ cycle: 3, openedAt: at(5) })], [move('lead', 90), move('mql', 80), move('recycled', 70), move('mql', 65), move('sal', 50), move('customer', 10)]);
    expect(stateBefore(who, WINDOW.from)).toMatchObject({
      stage: 'mql',
      stageAt: at(65),
      entries: { lead: { first: at(90), latest: at(90) }, mql: { first: at(80), latest: at(65) } },
      handoffs: [{ cycle: 1, closedAs: 'rejected' }, { cycle: 2, acceptedAt: null, closedAt: null, closedAs: null }],
      rejectionCount: 1,
      block: null,
      lastAnswer: { at: WINDOW.from, said: [] },
    });
    expect(handedOverIn(who.state, WINDOW).map((each) => each.cycle)).toEqual([3]);
  });

  test('keeps what stood in the way then (L4)', () => {
    const who = recorded({}, [rejected(70, { openedAt: at(80) })], [move('recycled', 70)]);
    expect(stateBefore(who, WINDOW.from)?.block).toMatchObject({ at: at(70), cause: 'rejection', route: 'recycle', until: '2027-02-01', held: ['score at_least 60'] });
    expect(stateBefore(recorded({}, [rejected(40, { openedAt: at(80) })], [move('mql', 80), move('recycled', 40)]), WINDOW.from)).toMatchObject({ stage: 'mql', block: null, rejectionCount: 0, handoffs: [{ rejection: null, closedAt: null }] });
  });

  test('a block that stood then already is kept as it was; a pass that was lost blocks too (L12)', () => {
    const held = { at: at(70), cause: 'rejection' as const, route: 'disqualify' as const, until: null, held: ['x'] };
    expect(stateBefore(recorded({}, [rejected(70, { openedAt: at(80) })], [move('recycled', 70)], { block: held }), WINDOW.from)?.block).toEqual(held);
    const lost = handoff({ openedAt: at(80), closedAt: at(70), closedAs: 'lost' });
    expect(stateBefore(recorded({}, [lost], [move('lost', 70)]), WINDOW.from)?.block).toEqual({ at: at(70), cause: 'lost', route: null, until: null, held: ['score at_least 60'] });
    const won = handoff({ openedAt: at(80), closedAt: at(70), closedAs: 'won' });
    expect(stateBefore(recorded({}, [won], [move('customer', 70)]), WINDOW.from)?.block).toBeNull();
  });

  test('is nothing for somebody who was not known', () => {
    expect(stateBefore(recorded({}, [handoff({ openedAt: at(5) })], [move('mql', 5)]), WINDOW.from)).toBeNull();
  });
});

describe('the evidence at a moment of the replay', () => {
  // Handed over twenty days ago, but six days ago in the replay: what sales did comes fourteen days later.
  const late = { recorded: [handoff({ openedAt: at(20) })], opened: [at(6)] };
  const who = person({
    hubspot: { lifecyclestage: own('customer', at(15)) },
    lead: { Status: set('Working - Contacted', at(18), { id: '005A' }) },
    leads: [],
    contacts: [],
    more: { lead: { conversion: { at: at(18), contactId: '003000000000001AAA' } } },
    opportunities: [{ isWon: true, createdAt: at(18), closedAt: at(10) }],
  }).evidence;
  const seen = (progress: Parameters<typeof evidenceAt>[2], days: number): ReturnType<typeof evidenceAt> => evidenceAt(agreement, who, progress, at(days), null);

  test('what sales did comes as long after the handoff as it did', () => {
    expect(seen(late, 5).leads[0]?.fields).not.toHaveProperty('Status');
    expect(seen(late, 4).leads[0]).toMatchObject({ fields: { Status: 'Working - Contacted' }, since: { Status: { at: at(4) } } });
    expect(seen(late, 5).leads[0]?.conversion).toBeUndefined();
    expect(seen(late, 4).leads[0]?.conversion).toBeDefined();
    expect(seen(late, 5).opportunities).toEqual([]);
    expect(seen(late, 4).opportunities).toMatchObject([{ record: { createdAt: at(4), opportunity: { isClosed: false, isWon: false } } }]);
  });

  test('closed is a deal from its closing on', () => {
    const then = { recorded: [handoff({ openedAt: at(20) })], opened: [at(20)] };
    expect(seen(then, 11).opportunities).toMatchObject([{ record: { opportunity: { isClosed: false, isWon: false } } }]);
    expect(seen(then, 10).opportunities).toMatchObject([{ record: { opportunity: { isClosed: true, isWon: true, closedAt: at(10) } } }]);
  });

  test('a handoff that sales has not seen again has no answer from the one before it (F5)', () => {
    expect(seen({ recorded: [handoff({ openedAt: at(20) })], opened: [at(20), at(10)] }, 0).leads[0]?.fields).not.toHaveProperty('Status');
  });

  test('without the handoff nothing of it happens; Concord’s own values stand, and prove nothing (L11)', () => {
    const never = { recorded: [handoff({ openedAt: at(20) })], opened: [] };
    expect(seen(never, 0).leads[0]?.fields).not.toHaveProperty('Status');
    expect(seen(never, 0).opportunities).toEqual([]);
    expect(seen(never, 0).hubspot[0]).toMatchObject({ fields: { lifecyclestage: 'customer' }, since: { lifecyclestage: { own: true } } });
  });

  test('a “no” without a handoff is no pass (F8)', () => {
    const loose = handoff({ openedAt: at(20), adopted: true, carriedAt: null, closedAt: at(20), closedAs: 'rejected' });
    expect(passesIn({ ...emptyState(), handoffs: [loose, handoff({ cycle: 2, openedAt: at(10) })] }, WINDOW).map((each) => each.cycle)).toEqual([2]);
  });
});

describe('an earlier answer that the CRM no longer shows', () => {
  // Two passes are recorded; the replay has opened the first one ten days late, on day 10.
  const progress = (first: Handoff): Parameters<typeof evidenceAt>[2] => ({ recorded: [first, handoff({ cycle: 2, openedAt: at(12) })], opened: [at(10)] });
  const onHubspot = { crm: 'hubspot' as const, record: 'hubspot:contact:101' };
  const said = (more: object): Handoff => rejected(18, { openedAt: at(20), rejection: { ...(rejected(18).rejection as NonNullable<Handoff['rejection']>), ...more } });
  const seen = (first: Handoff, days: number, told: PersonTold = { hubspot: {}, lead: {} }): ReturnType<typeof evidenceAt> => evidenceAt(agreement, person(told).evidence, progress(first), at(days), null);

  test('is told again on the lead that said it, as late as the pass: status, reason, note, who', () => {
    const early = seen(said({ note: 'call in May' }), 9);
    expect(early.leads[0]?.since['Status']?.by).toBeUndefined();
    const [lead] = seen(said({ note: 'call in May' }), 8).leads;
    expect(lead).toMatchObject({ fields: { Status: 'Closed - Not Converted', Concord_Rejection_Reason__c: 'no_budget', Concord_Rejection_Note__c: 'call in May' }, since: { Status: { at: at(8), by: { id: '005A' } }, Concord_Rejection_Reason__c: { at: at(8) } } });
  });

  test('on the HubSpot contact by its own names', () => {
    const told = seen(said({ ...onHubspot, by: { id: '7' }, note: 'x' }), 8);
    expect(told.hubspot[0]).toMatchObject({ fields: { hs_lead_status: 'UNQUALIFIED', concord_rejection_reason: 'no_budget', concord_rejection_note: 'x' }, since: { hs_lead_status: { at: at(8), by: { id: '7' } } } });
    expect(told.leads[0]?.fields['Concord_Rejection_Reason__c'] ?? null).toBeNull();
  });

  test('on a Salesforce contact, which has no status, by the reason alone', () => {
    const [contact] = seen(said({ record: 'salesforce:contact:003000000000001AAA' }), 8, { hubspot: {}, contact: {} }).contacts;
    expect(contact?.fields).toMatchObject({ Concord_Rejection_Reason__c: 'no_budget' });
    expect(contact?.fields).not.toHaveProperty('Status');
  });

  test('without a reason by the status alone, and by nobody whom the record does not name (F4)', () => {
    const [lead] = seen(said({ reason: null, words: null, by: null }), 8).leads;
    expect(lead?.fields).toMatchObject({ Status: 'Closed - Not Converted' });
    expect(lead?.fields['Concord_Rejection_Reason__c'] ?? null).toBeNull();
    expect(lead?.since['Status']).toEqual({ at: at(8) });
  });

  test('the reason that came later comes later; one whose time is not known with the “no”', () => {
    const reasonAt = (given: number | null): unknown => seen(said({ reasonAt: given }), 5).leads[0]?.since['Concord_Rejection_Reason__c']?.at;
    expect([reasonAt(at(17)), reasonAt(null)]).toEqual([at(7), at(8)]);
  });
});

describe('what a recorded pass proves of a value that is not there any more', () => {
  const proved = (held: string[], told: PersonTold['hubspot'] = {}): Record<string, unknown> => {
    const values = Object.fromEntries(['jobtitle', 'country', 'hubspotscore', 'num_conversion_events'].map((name) => [name, automated('later', at(1))]));
    const [contact] = evidenceAt(agreement, person({ hubspot: { ...values, ...told } }).evidence, { recorded: [handoff({ openedAt: at(20), held })], opened: [at(20)] }, at(10), null).hubspot;
    return Object.fromEntries(Object.keys(values).flatMap((name) => (contact !== undefined && name in contact.fields ? [[name, contact.fields[name]]] : [])));
  };

  test.each<[string, string[], Record<string, unknown>]>([
    ['a number of a clause on the score', ['score at_least 60'], { hubspotscore: 60 }],
    ['words of a clause on a mapped field', ['job_title contains "director"'], { jobtitle: 'director' }],
    ['one of several values', ['hubspot.country in ["Peru","Chile"]'], { country: 'Peru' }],
    ['yes or no', ['hubspot.num_conversion_events is true'], { num_conversion_events: true }],
    ['nothing where the clause names no value', ['hubspot.jobtitle known true', 'hubspot.country within_days 7'], {}],
    ['nothing of Salesforce, of a fact, or of a field that is not mapped', ['salesforce.Rating is "Hot"', 'fact.converted is true', 'unheard_of is "x"'], {}],
    ['nothing from a list of nothing', ['hubspot.country in []'], {}],
  ])('%s', (_, held, expected) => {
    expect(proved(held)).toEqual(expected);
  });

  test('a pass of which no clauses are kept proves nothing', () => {
    const [contact] = evidenceAt(agreement, person({ hubspot: { jobtitle: automated('later', at(1)) } }).evidence, { recorded: [{ ...handoff({ openedAt: at(20) }), held: undefined as unknown as string[] }], opened: [at(20)] }, at(10), null).hubspot;
    expect(contact?.fields).not.toHaveProperty('jobtitle');
  });
});

describe('the tally', () => {
  test('acceptance is among those that sales answered; null when it answered none', () => {
    const tally = emptyTally();
    expect(acceptance(tally)).toBeNull();
    tally.outcomes = { accepted: 3, rejected: 1, returned: 2, waiting: 4, unseen: 9 };
    expect(acceptance(tally)).toBe(0.75);
  });

  test('a person with two passes is one person; standing ones are no volume', () => {
    const tally = emptyTally();
    const pass = { at: at(5), standing: false, clauses: ['a', 'b'], outcome: 'accepted' as const, clocks: [], seen: true };
    count(tally, { passes: [pass, { ...pass, clauses: ['a'], outcome: 'rejected' }], before: false, unclear: false }, NOW);
    count(tally, { passes: [{ ...pass, standing: true }], before: false, unclear: false }, NOW);
    count(tally, { passes: [], before: true, unclear: true }, NOW);
    expect(tally).toMatchObject({ mqls: 2, people: 1, standing: 1, undecided: 0, clauses: { a: 2, b: 1 }, outcomes: { accepted: 1, rejected: 1 } });
  });

  test('of several people in a deal the best speaks', () => {
    expect([better('missed', 'kept'), better('before', 'missed'), better('never', 'missed'), better('undecided', 'missed')]).toEqual(['kept', 'before', 'missed', 'undecided']);
  });
});
