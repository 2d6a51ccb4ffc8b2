import { before } from '../support/crashScene';
import { cast, HOUR, MINUTE, openScenario, type Scenario } from '../support/scenario';

/*
 * W4 on answers, told over both CRMs: a rep acts on a record after the run has read it and before the run writes it. Theirs stands, the next run decides the
 * person afresh from it, and nothing that anybody said is lost. All the people share one world and one raced run.
 */

const CLOSED = 'Closed - Not Converted';

/** Where the rep acts meanwhile: sales' earlier answer came from the other CRM and is on its way there. */
const PLACES = ['hubspot', 'lead', 'contact'] as const;
type Place = (typeof PLACES)[number];

/** What the rep does there. A Contact has no Status (F1): it is answered and taken back by its reason alone. */
const ACTS = ['accepts by the status', 'rejects by the status', 'gives another reason', 'writes a note', 'says it all', 'takes it back', 'edits a mapped field'] as const;
type Act = (typeof ACTS)[number];

interface Seen {
  stage: string;
  reason: string | null;
  note: string | null;
  count: string | null;
  phone: string;
}

const CELLS: [Act, Place][] = ACTS.flatMap((act) => PLACES.filter((place) => place !== 'contact' || !act.endsWith('by the status')).map((place): [Act, Place] => [act, place]));

describe('a rep acts between the reading and the writing (W4)', () => {
  let s: Scenario;
  const { ui, rep, person, adopted, quiet } = cast(() => s);
  const emailOf = (act: Act, place: Place): string => `${act.replaceAll(' ', '-')}.${place}@race.example`;
  const salesId = new Map<string, string>();
  const contactId = (email: string): string => s.sandbox.hubspot.state.byEmail(email)?.id ?? '';
  const stood = new Map<string, Seen>();

  /** The rep's answer on one CRM's record of the person. */
  function say(where: Place, email: string, answer: { reason?: string | null; note?: string; status?: 'rejected' | 'working'; phone?: string }): void {
    const { reason, note, status, phone } = answer;
    if (where === 'hubspot') {
      ui().update('contacts', contactId(email), {
        ...(reason === undefined ? {} : { concord_rejection_reason: reason ?? '' }),
        ...(note === undefined ? {} : { concord_rejection_note: note }),
        ...(status === undefined ? {} : { hs_lead_status: status === 'rejected' ? 'UNQUALIFIED' : 'IN_PROGRESS' }),
        ...(phone === undefined ? {} : { phone }),
      });
      return;
    }
    rep().update(where === 'lead' ? 'Lead' : 'Contact', salesId.get(email) ?? '', {
      ...(reason === undefined ? {} : { Concord_Rejection_Reason__c: reason }),
      ...(note === undefined ? {} : { Concord_Rejection_Note__c: note }),
      ...(status === undefined || where === 'contact' ? {} : { Status: status === 'rejected' ? CLOSED : 'Working - Contacted' }),
      ...(phone === undefined ? {} : { Phone: phone }),
    });
  }
  const other = (place: Place): Place => (place === 'hubspot' ? 'lead' : 'hubspot');

  function meanwhile(act: Act, place: Place): void {
    const email = emailOf(act, place);
    switch (act) {
      case 'accepts by the status':
        return say(place, email, { status: 'working' });
      case 'rejects by the status':
        return say(place, email, { status: 'rejected' });
      case 'gives another reason':
        return say(place, email, { reason: 'not_icp' });
      case 'writes a note':
        return say(place, email, { note: 'ours' });
      case 'says it all':
        return say(place, email, { status: 'rejected', reason: 'not_icp', note: 'ours' });
      case 'takes it back':
        return say(place, email, { status: 'working', ...(place === 'contact' ? { reason: null } : {}) });
      case 'edits a mapped field':
        return say(place, email, { phone: '+52 2' });
    }
  }

  function look(where: Place, email: string): Seen {
    if (where === 'hubspot') {
      const of = s.contact(email);
      return { stage: of['concord_stage'] ?? '', reason: of['concord_rejection_reason'] ?? null, note: of['concord_rejection_note'] ?? null, count: of['concord_rejection_count'] ?? null, phone: of['phone'] ?? '' };
    }
    const of = where === 'lead' ? s.lead(salesId.get(email) ?? '') : s.sfContact(salesId.get(email) ?? '');
    const count = of['Concord_Rejection_Count__c'];
    return { stage: String(of['Concord_Stage__c']), reason: of['Concord_Rejection_Reason__c'] as string | null, note: of['Concord_Rejection_Note__c'] as string | null, count: typeof count === 'number' ? String(count) : null, phone: String(of['Phone']) };
  }

  beforeAll(async () => {
    s = await openScenario();
    await adopted();
    for (const [act, place] of CELLS) person(emailOf(act, place), { lifecyclestage: 'marketingqualifiedlead', phone: '+52 1' });
    s.pass(MINUTE);
    await s.sync();
    for (const [act, place] of CELLS) {
      const email = emailOf(act, place);
      const lead = String(s.leadByEmail(email)?.['Id']);
      salesId.set(email, place === 'contact' ? rep().convertLead({ leadId: lead, convertedStatus: 'Closed - Converted', doNotCreateOpportunity: true }).contactId : lead);
    }
    s.pass(HOUR);
    await s.sync();
    // What is taken back has been said, and is known in both CRMs.
    for (const place of PLACES) say(place, emailOf('takes it back', place), { status: 'rejected', reason: 'no_need', note: 'first' });
    s.pass(MINUTE);
    await s.sync();
    s.pass(HOUR);
    await s.sync();
    for (const [act, place] of CELLS) say(other(place), emailOf(act, place), { status: 'rejected', reason: 'timing', note: 'theirs' });
    s.pass(MINUTE);
    const raced = (['hubspot', 'salesforce'] as const).map((crm) =>
      before(s.parts[crm], 'byIds', () => {
        s.pass(MINUTE);
        for (const [act, place] of CELLS) if ((place === 'hubspot') === (crm === 'hubspot')) meanwhile(act, place);
      }),
    );
    const run = await s.sync();
    expect(raced.map((each) => each.happened())).toEqual([true, true]);
    expect(run).toMatchObject({ status: 'partial', writes: { hubspot: { failed: 0 }, salesforce: { failed: 0 } } });
    for (const [act, place] of CELLS) stood.set(emailOf(act, place), look(place, emailOf(act, place)));
    for (let round = 0; round < 2; round += 1) {
      s.pass(MINUTE);
      await s.sync();
    }
  }, 120_000);
  afterAll(async () => {
    await s.close();
  });

  /** What comes of it in both CRMs; `here` is where the rep acted, where nothing of theirs is written over. */
  const expected: Record<Act, { here?: Partial<Seen>; both: Partial<Seen>; there?: Partial<Seen>; open: boolean }> = {
    // F6: the later of the two decides, so the earlier "no" is taken back; it is not the contact's, whose status says nothing.
    'accepts by the status': { both: { stage: 'sal', reason: null, note: null, phone: '+52 1' }, open: true },
    // M4: a "no" without a reason takes none away.
    'rejects by the status': { both: { stage: 'recycled', reason: 'timing', note: 'theirs', count: '1', phone: '+52 1' }, open: false },
    'gives another reason': { here: { note: null }, both: { stage: 'disqualified', reason: 'not_icp', count: '1', phone: '+52 1' }, there: { note: 'theirs' }, open: false },
    'writes a note': { here: { note: 'ours' }, both: { stage: 'recycled', reason: 'timing', count: '1', phone: '+52 1' }, there: { note: 'theirs' }, open: false },
    'says it all': { both: { stage: 'disqualified', reason: 'not_icp', note: 'ours', count: '1', phone: '+52 1' }, open: false },
    'takes it back': { both: { reason: null, note: null, count: '0', phone: '+52 1' }, open: true },
    'edits a mapped field': { both: { stage: 'recycled', reason: 'timing', note: 'theirs', count: '1', phone: '+52 2' }, open: false },
  };
  /** What the run that was overtaken had left standing where the rep acted. */
  const theirs: Record<Act, Partial<Seen>> = {
    'accepts by the status': { reason: null },
    'rejects by the status': { reason: null },
    'gives another reason': { reason: 'not_icp' },
    'writes a note': { note: 'ours', reason: null },
    'says it all': { reason: 'not_icp', note: 'ours' },
    'takes it back': {},
    'edits a mapped field': { phone: '+52 2' },
  };

  test.each(CELLS)('%s on the %s', async (act, place) => {
    const email = emailOf(act, place);
    const { here, both, there, open } = expected[act];
    const status = (where: Place): unknown => (where === 'hubspot' ? s.contact(email)['hs_lead_status'] : s.lead(salesId.get(email) ?? '')['Status']);
    expect(stood.get(email)).toMatchObject(theirs[act]);
    const elsewhere = place === 'hubspot' ? 'lead' : 'hubspot';
    expect({ [place]: look(place, email), [elsewhere]: look(elsewhere, email) }).toMatchObject({ [place]: { ...both, ...here }, [elsewhere]: { ...both, ...there } });
    // The status of both says whether sales is at it, whoever set it.
    for (const where of [place, elsewhere] as const) if (where !== 'contact' && place !== 'contact') expect(['UNQUALIFIED', 'BAD_TIMING', CLOSED].includes(String(status(where)))).toBe(!open);
    if (act === 'takes it back') expect(look('hubspot', email).stage).toBe(place === 'contact' ? 'sql' : 'sal');

    // Nothing is lost: what anybody said stands in a CRM, on the timeline, or in the journal as what was there before.
    const told = await s.explain(email);
    const left = JSON.stringify([told.writes.flatMap((write) => write.changes.map(({ before: was }) => was)), told.told.map((post) => post.text), look(place, email), look(elsewhere, email)]);
    expect(left).toContain('timing');
    expect(left).toContain('theirs');
    if (theirs[act].note !== undefined) expect(left).toContain('ours');
    expect(told.deadLetters).toEqual([]);
  });

  test('marketing reads both notes on the timeline (F2)', () => {
    const { state } = s.sandbox.hubspot;
    for (const place of PLACES) {
      const notes = state.associated('contacts', contactId(emailOf('writes a note', place)), 'notes').map((id) => state.get('notes', id)?.properties['hs_note_body'] ?? '');
      expect(notes).toEqual([expect.stringContaining('theirs'), expect.stringMatching(/theirs.*ours/s)]);
    }
  });

  test('then both CRMs are at rest (W2)', async () => {
    await quiet();
  });
});
