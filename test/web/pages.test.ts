import { readFileSync } from 'node:fs';
import { emptyState } from '../../src/domain/person';
import { problem } from '../../src/domain/problem';
import { WORDS } from '../../src/web/texts/glossary';
import { contact, entry, handoff, person, salesforce, staged, transition } from '../store/samples';
import { ADMIN, login, NOW, openWeb, tokenIn, VIEWER, wordsOf, type Agent, type Web } from './support';

/* Each page over a store that holds what it shows. What the CRMs say is text on a page, never markup. */

const EVIL = '<script>alert(1)</script>';
const HOUR = 3_600_000;

let web: Web;
let viewer: Agent;
let operator: Agent;
beforeEach(async () => {
  web = await openWeb({ publicUrl: 'http://127.0.0.1:8080' });
  viewer = await login(web, VIEWER);
  operator = await login(web, ADMIN);
});
afterEach(() => web.store.close());

type Work = Parameters<Web['store']['transaction']>[1];
const put = (work: Work): Promise<unknown> => web.store.transaction(null, work);
const words = async (path: string, agent: Agent = viewer): Promise<string> => wordsOf((await agent.get(path).expect(200)).text);
const send = async (path: string, fields: Record<string, string>, from = '/'): Promise<ReturnType<Agent['post']>> => {
  const form = tokenIn((await operator.get(from).expect(200)).text);
  return operator.post(path).type('form').send({ form, ...fields });
};
const named = (id: string, personId: string, first: string, more: Partial<Parameters<typeof contact>[1]> = {}): ReturnType<typeof contact> => contact(id, { personId, emails: [`${id}@cliente.example`], fields: { firstname: first, lastname: 'Paz' }, ...more });

describe('every page', () => {
  const PAGES = ['/', '/people', '/people?list=held', '/people?list=missing', '/people?list=differ', '/people?list=deleted', '/people?list=contested', '/people?stage=mql', '/handoffs', '/handoffs?kind=open', '/handoffs?kind=breached', '/handoffs?kind=coming&clock=answer', '/handoffs/rejections', '/handoffs/rejections?reason=-', '/runs', '/errors', '/agreement', '/glossary'];

  test.each(PAGES)('%s: in three languages, whole and without a form for viewers; on an empty store it says what to do', async (path) => {
    for (const [language, lang] of [['en', 'en'], ['es', 'es'], ['pt-BR', 'pt-BR']] as const) {
      const { text } = await viewer.get(path).set('cookie', `concord_language=${language}`).expect(200);
      expect(text).toContain(`<html lang="${lang}">`);
      expect(text.match(/<h1/g)).toHaveLength(1);
      // Language, log-out and searches are for everybody; what changes anything is not.
      for (const [, action] of (/<main[\s\S]*<\/main>/.exec(text)?.[0] ?? '').matchAll(/<form[^>]*method="post"[^>]*action="([^"]*)"/g)) throw new Error(`a viewer is offered ${action}`);
      // The form's token is drawn at random: one in thousands has these letters in it.
      expect(text.replaceAll(tokenIn(text), '')).not.toMatch(/\{\w+\}|undefined|NaN|\[object/);
      for (const [table] of text.matchAll(/<table>[\s\S]*?<\/table>/g)) expect(table).toMatch(/<caption[\s\S]*<th scope="col"/);
      const ids = [...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
      expect(ids).toEqual([...new Set(ids)]);
    }
  });

  test.each(['/people/nobody', '/runs/none', '/runs/none/rollback', '/errors/cause?cause=none', '/errors/cause', '/people/', '/handoffs/none', '/agreement/x'].filter((path) => path !== '/people/'))('%s: 404, and a way on', async (path) => {
    const { text } = await viewer.get(path).expect(404);
    expect(text).toContain('href="/"');
  });

  test('a key that is none, or a value given twice, is as if it were not there', async () => {
    for (const path of ['/handoffs?after=x~y~z', '/handoffs/rejections?after=1', '/people?after=a&after=b', '/runs?after=yesterday', '/people?list=__proto__', `/people?stage=${EVIL}`, `/people?q=${'x'.repeat(600)}`]) expect((await viewer.get(path).expect(200)).text).not.toContain(EVIL);
  });

  test.each(['/runs', '/runs/portion', '/runs/r1/allow', '/runs/r1/rollback', '/runs/r1/release', '/people/p1/release', '/people/p1/link', '/errors/retry', '/errors/drop'])('POST %s: operators only, by a form of their own session, and nothing happens otherwise', async (path) => {
    await put((tx) => tx.putRun({ id: 'r1', kind: 'sync', mode: 'apply', status: 'stopped', startedAt: NOW, finishedAt: NOW, agreement: 'x', summary: null }));
    await viewer.post(path).type('form').send({ form: tokenIn((await viewer.get('/')).text), confirm: 'yes', apply: 'yes' }).expect(403);
    await operator.post(path).type('form').send({ confirm: 'yes', apply: 'yes' }).expect(403);
    await operator.post(path).type('form').send({ form: tokenIn((await viewer.get('/')).text), confirm: 'yes', apply: 'yes' }).expect(403);
    await operator.post(path).set('sec-fetch-site', 'cross-site').type('form').send({ form: tokenIn((await operator.get('/')).text), confirm: 'yes', apply: 'yes' }).expect(403);
    expect(web.asked).toEqual([]);
  });
});

describe('people', () => {
  test('found by e-mail, record id or own id; several are listed; nobody is said; a name finds nobody', async () => {
    await put(async (tx) => {
      await tx.putPeople([person('p1', { stage: 'mql' }), person('p2')]);
      await tx.putRecords([named('512', 'p1', 'Ana', { emails: ['ana@cliente.example', 'both@cliente.example'] }), named('513', 'p2', 'Beto', { emails: ['both@cliente.example'] })]);
    });
    for (const who of ['ana@cliente.example', ' ANA@cliente.example ', '512', 'p1']) expect((await viewer.get(`/people?q=${encodeURIComponent(who)}`).expect(303)).headers['location']).toBe('/people/p1');
    expect(await words('/people?q=both@cliente.example')).toMatch(/Several people fit.*Ana Paz.*Beto Paz/);
    expect(await words('/people?q=Ana')).toContain('Nobody by that e-mail or id is known');
    await put((tx) => tx.putRecords([salesforce('lead', '00Q7', { personId: null, emails: [] })]));
    expect(await words('/people?q=00Q7')).toContain('Salesforce lead 00Q7 is known and skipped: it has no e-mail');
    const hostile = await viewer.get(`/people?q=${encodeURIComponent(`"${EVIL}`)}`).expect(200);
    expect(hostile.text).not.toContain(EVIL);
    expect(web.logged.join()).not.toContain('cliente');
  });

  test('lists by stage, and of who waits for a person, with why and how many; paged by key', async () => {
    await put(async (tx) => {
      await tx.putPeople([
        ...[...Array(60)].map((_, n) => person(`m${String(n).padStart(2, '0')}`, { stage: 'mql' })),
        person('p1', { held: 'two contacts claim one lead', disagreement: 'held' }),
        person('p2', { missing: 'company;country' }),
        person('p3', { disagreement: 'drift_left_alone', stage: 'sal' }),
        person('p5', { disagreement: 'deleted', stage: 'mql', hubspotId: '5' }),
        person('p4', { disagreement: 'contested', notes: { drift: [{ record: 'hubspot:contact:4', field: 'lifecyclestage', found: 'customer', by: 'workflow 12', outcome: 'contested' }] } }),
      ]);
      await tx.addHolds([{ kind: 'contested', ref: { crm: 'hubspot', object: 'contact', id: '4' }, personId: 'p4', field: 'lifecyclestage', value: 'customer', run: 'r', because: 'workflow 12 changes it back', createdAt: NOW }]);
      await tx.putRecords([named('1', 'p1', EVIL), named('2', 'p2', 'Beto'), named('3', 'p3', 'Caro'), named('4', 'p4', 'Dora'), named('5', 'p5', 'Eva'), named('9', 'm00', 'Mara')]);
    });
    const held = (await viewer.get('/people?list=held').expect(200)).text;
    expect(wordsOf(held)).toMatch(/Ambiguous 1.*Missing information 1.*The CRMs differ 4.*Deleted in one CRM 1.*Contested 1/);
    expect(wordsOf(held)).toContain('two contacts claim one lead');
    expect(held).toContain('&lt;script&gt;');
    expect(held).not.toContain(EVIL);
    expect(await words('/people?list=missing')).toMatch(/Beto Paz.*Company, Country/);
    expect(await words('/people?list=differ')).toMatch(/Caro Paz.*a value set by others, left alone/);
    expect(await words('/people?list=deleted')).toMatch(/Deleted in one CRM 1.*the other record stays.*Eva Paz/);
    expect(await words('/')).toContain('People whose record was deleted in one CRM: 1');
    expect(await words('/people?list=contested')).toMatch(/Dora Paz.*lifecyclestage: set to customer by workflow 12/);

    const first = (await viewer.get('/people?stage=mql').expect(200)).text;
    expect(first.match(/href="\/people\/m\d\d"/g)).toHaveLength(50);
    expect(wordsOf(first)).toContain('Mara Paz');
    const next = /href="(\/people\?stage=mql&amp;after=m49)"/.exec(first)?.[1]?.replaceAll('&amp;', '&') ?? '';
    const second = (await viewer.get(next).expect(200)).text;
    expect(second.match(/href="\/people\/m\d\d"/g)).toEqual([...Array(10)].map((_, n) => `href="/people/m${50 + n}"`));
    expect(second).not.toContain('rel="next"');
    expect(second).toContain('href="/people?stage=mql"');
  });

  test('a person is called by the records that live, on their page and in lists (I3, I4)', async () => {
    await put(async (tx) => {
      await tx.putPeople([person('p1', { hubspotId: '900', stage: 'mql' }), person('p2', { salesforceObject: 'lead', salesforceId: '00Q9', stage: 'mql' })]);
      await tx.putRecords([
        { ...named('100', 'p1', 'Vieja'), emails: ['aaa@cliente.example'], gone: { how: 'merged', into: '900' } },
        { ...named('900', 'p1', 'Nueva'), emails: ['nueva@cliente.example', 'aaa@cliente.example'] },
        salesforce('lead', '00Q1', { personId: 'p2', emails: ['duplicate@cliente.example'] }),
        salesforce('lead', '00Q9', { personId: 'p2', emails: ['written@cliente.example'] }),
      ]);
    });
    expect(await words('/people/p1')).toMatch(/Nueva Paz.*nueva@cliente\.example · p1/);
    expect(await words('/people/p2')).toContain('written@cliente.example');
    const list = await words('/people?stage=mql');
    expect(list).toContain('Nueva Paz');
    expect(list).toContain('written@cliente.example');
    expect(list).not.toMatch(/Vieja|duplicate@/);
  });

  test('a person whose record was deleted in one CRM: which, and when it was seen (I5)', async () => {
    const state = { ...emptyState(), stage: 'mql' as const, stageAt: NOW, ended: ['salesforce' as const], endedAt: { salesforce: NOW } };
    await put(async (tx) => {
      await tx.putPeople([person('p1', { hubspotId: '512', stage: 'mql', stageAt: NOW, disagreement: 'deleted', state }), person('p2', { hubspotId: '513', stage: 'mql', stageAt: NOW, state: { ...state, endedAt: {} } })]);
      await tx.putRecords([named('512', 'p1', 'Eva'), salesforce('lead', '00Q1', { personId: 'p1', gone: { how: 'deleted' } }), named('513', 'p2', 'Ada')]);
    });
    expect(await words('/people/p1')).toMatch(/Deleted in Salesforce: 00Q1, seen .*2026.*nothing makes the record again.*The CRMs do not agree: deleted in one CRM/);
    expect(await words('/people/p2')).toContain('Deleted in Salesforce: the record that Concord had linked. The link has ended');
  });

  test('a person: stage, records with links into both CRMs, handoffs, every write with rule and reason, what was told, what is refused or held', async () => {
    await put(async (tx) => {
      await tx.setMeta('record_pages', JSON.stringify({ hubspot: { contact: 'https://app.hubspot.com/contacts/1/record/0-1/RECORD-ID' }, salesforce: { lead: 'https://acme.lightning.force.com/lightning/r/Lead/RECORD-ID/view' } }));
      await tx.putPeople([person('p1', { hubspotId: '512', salesforceObject: 'lead', salesforceId: '00Q1', stage: 'recycled', stageAt: NOW, shownHubspot: 'recycled', disagreement: 'dead_letter' })]);
      await tx.putRecords([named('512', 'p1', EVIL), salesforce('lead', '00Q1', { personId: 'p1' })]);
      await tx.addTransitions([transition('p1', { at: NOW - 9 * HOUR }), transition('p1', { from: 'mql', to: 'recycled', at: NOW, rule: 'F2', because: 'rejected by sales: no_budget' })]);
      await tx.putHandoffs([handoff('p1', 1, { openedAt: NOW - 9 * HOUR, carriedAt: NOW - 8 * HOUR, rejectedAt: NOW, reason: 'no_budget', reasonText: 'Presupuesto', note: `Llamar en marzo ${EVIL}`, rejectedBy: 'Rita Rep', crm: 'salesforce', route: 'recycle', recycleOn: '2027-05-21', closedAt: NOW, closedAs: 'rejected' })]);
      await tx.intend([entry('e1', { changes: [{ field: 'concord_rejection_note', before: null, after: `Llamar ${EVIL}`, rule: 'F2', because: 'sales rejected in Salesforce' }, { field: 'concord_stage_at', before: '2026-11-13T16:47:00.000Z', after: '2026-11-22T13:15:21.000Z', rule: 'L9', because: 'entered recycled' }] })]);
      await tx.settle([{ id: 'e1', state: 'done', settledAt: NOW + 1, problem: null, ref: { crm: 'hubspot', object: 'contact', id: '512' } }]);
      await tx.putDeadLetters([{ crm: 'salesforce', object: 'lead', recordId: '00Q1', personId: 'p1', field: 'Status', value: 'x', problem: problem('invalid_option', 'salesforce'), lastRun: 'r', lastTriedAt: NOW }]);
      await tx.addHolds([{ kind: 'rolled_back', ref: { crm: 'hubspot', object: 'contact', id: '512' }, personId: 'p1', field: 'jobtitle', value: 'x', run: 'r', because: 'rolled back from run r0', createdAt: NOW }]);
      await tx.post([{ key: 'note:p1', channel: 'hubspot_note', personId: 'p1', target: null, kind: 'rejected', text: { title: 'Sales rejected the handoff', lines: [], at: NOW }, run: 'r', createdAt: NOW, nextTryAt: NOW }]);
    });
    const { text } = await viewer.get('/people/p1').expect(200);
    const seen = wordsOf(text);
    expect(text).not.toContain(EVIL);
    expect(seen).toMatch(/<script>alert\(1\)<\/script> Paz/);
    expect(text).toContain('href="https://app.hubspot.com/contacts/1/record/0-1/512"');
    expect(text).toContain('href="https://acme.lightning.force.com/lightning/r/Lead/00Q1/view"');
    expect(seen).toMatch(/Stage Recycled \(back to nurture\)/);
    expect(seen).toMatch(/Handoff 1 .*Reason No budget Note Llamar en marzo .* By Rita Rep \(Salesforce\) Route Recycle later Next date May 21, 2027/);
    expect(seen).toContain('Stage: Marketing qualified lead (MQL) → Recycled (back to nurture) rejected by sales: no_budget (F2)');
    expect(seen).toMatch(/Written: HubSpot contact 512 .*concord_rejection_note \(empty\) → Llamar .*sales rejected in Salesforce \(F2\)/);
    // Moments as people read them, in the agreement's time zone.
    expect(seen).toMatch(/concord_stage_at Nov 13, 2026, 10:47.AM → Nov 22, 2026, 7:15.AM entered recycled \(L9\)/);
    expect(seen).toMatch(/Told: Sales rejected the handoff note in HubSpot waiting/);
    expect(seen).toMatch(/Refused: Status\. The value is not among the options/);
    expect(seen).toContain('Held back: jobtitle (rolled back from run r0)');
    expect(seen).toContain('The CRMs do not agree: a CRM refused the write');
    // Reasons stay in the language they were taken down in, and say so to whoever has the page read aloud.
    expect(text).not.toContain('lang="en">rejected');
    const spanish = (await viewer.get('/people/p1').set('cookie', 'concord_language=es').expect(200)).text;
    expect(spanish).toContain('<span lang="en">rejected by sales: no_budget</span> (F2)');
    expect(spanish).toContain('Retenido: jobtitle (<span lang="en">rolled back from run r0</span>)');
    // The newest first.
    expect(seen.indexOf('Written: HubSpot contact 512')).toBeLessThan(seen.indexOf('Handoff 1 opened'));
  });

  test('a long course of events comes in pages', async () => {
    await put(async (tx) => {
      await tx.putPeople([person('p1')]);
      await tx.addTransitions([...Array(130)].map((_, n) => transition('p1', { at: NOW + n, because: `step ${n}.` })));
    });
    const first = (await viewer.get('/people/p1').expect(200)).text;
    expect(wordsOf(first)).toContain('step 129.');
    expect(wordsOf(first)).not.toContain('step 29.');
    const second = await words('/people/p1?older=100');
    expect(second).toContain('step 29.');
    expect(second).not.toContain('step 30.');
    expect(first).toContain('href="/people/p1?older=100#course"');
  });
});

describe('handoffs', () => {
  test('S2: by deadline, past ones told as breached whatever the last run said; by clock; with the owner’s name', async () => {
    await put(async (tx) => {
      await tx.putPeople([person('p1'), person('p2'), person('p3')]);
      await tx.putRecords([named('1', 'p1', 'Ana'), named('2', 'p2', 'Beto'), named('3', 'p3', 'Caro')]);
      await tx.putHandoffs([
        handoff('p1', 1, { carriedAt: 1, clock: 'answer', sla: 'on_track', dueAt: NOW - 1, ownerId: '005A' }),
        handoff('p2', 2, { carriedAt: 1, clock: 'first_touch', sla: 'due_soon', dueAt: NOW + HOUR }),
        handoff('p3', 1, { openedAt: 1, adopted: true }),
      ]);
      await tx.putReportFacts([], new Map([['005A', 'Rita Rep']]));
    });
    expect(await words('/handoffs')).toMatch(/Without an answer 3 .*Clock running 2 .*Past the deadline 1 .*Still in time 1/);
    expect(await words('/handoffs')).toMatch(/Caro Paz no clock/);
    expect(await words('/handoffs?kind=open')).toMatch(/Ana Paz breached Answer .*Rita Rep.*Beto Paz due soon First touch .*in 1 hour/);
    expect(await words('/handoffs?kind=breached')).not.toContain('Beto');
    expect(await words('/handoffs?kind=coming')).not.toContain('Ana Paz');
    expect(await words('/handoffs?kind=open&clock=first_touch')).not.toContain('Ana Paz');
    web.now = NOW + 2 * HOUR;
    expect(await words('/handoffs?kind=open')).toMatch(/Beto Paz breached/);
  });

  test('F2: rejections with reason, note, who, when, route and next date; by reason, and without one; in pages', async () => {
    const no = (id: string, rejectedAt: number, reason: string | null, more: Parameters<typeof handoff>[2] = {}): ReturnType<typeof handoff> => handoff(id, 1, { rejectedAt, reason, closedAt: rejectedAt, closedAs: 'rejected', ...more });
    await put(async (tx) => {
      await tx.putPeople([person('p1'), person('p2'), person('p3')]);
      await tx.putRecords([named('1', 'p1', 'Ana'), named('2', 'p2', 'Beto'), named('3', 'p3', 'Caro')]);
      await tx.putHandoffs([no('p1', NOW, 'no_budget', { note: EVIL, rejectedBy: 'Rita Rep', route: 'recycle', recycleOn: '2027-05-21' }), no('p2', NOW - 1, null), no('p3', NOW - 2, 'other', { reasonText: 'se fue de viaje', route: 'unmapped' }), ...[...Array(55)].map((_, n) => no(`x${n}`, NOW - 100 - n, 'timing'))]);
    });
    const first = (await viewer.get('/handoffs/rejections').expect(200)).text;
    expect(first).not.toContain(EVIL);
    expect(wordsOf(first)).toMatch(/Ana Paz Nov 22, 2026, 3:00.AM No budget <script>alert\(1\)<\/script> Rita Rep Recycle later May 21, 2027/);
    expect(wordsOf(first)).toMatch(/Beto Paz .*no reason given/);
    expect(wordsOf(first)).toMatch(/Caro Paz .*Other “se fue de viaje” .*Reason not recognised/);
    const next = /href="(\/handoffs\/rejections\?after=[^"]+)"/.exec(first)?.[1] ?? '';
    expect((await viewer.get(next).expect(200)).text.match(/href="\/people\/x\d+"/g)).toHaveLength(8);
    expect(await words('/handoffs/rejections?reason=-')).toMatch(/Beto Paz/);
    expect(await words('/handoffs/rejections?reason=-')).not.toContain('Ana Paz');
    expect(await words('/handoffs/rejections?reason=no_budget')).not.toContain('Beto Paz');
  });
});

describe('runs', () => {
  const summary = { adoption: false, read: { hubspot: { contacts: 7 }, salesforce: { leads: 1, contacts: 2, opportunities: 3 } }, people: { seen: 9, matched: 5, created: 1, ambiguous: 1, skipped: 2 }, transitions: { mql: 4 }, rejections: { received: 2, pushed: 2, without_reason: 1, unmapped: 0, reopened: 0 }, writes: { hubspot: { planned: 3, done: 3, failed: 0, skipped: 0 }, salesforce: { planned: 2, done: 1, failed: 1, skipped: 0 } }, api_calls: { hubspot: 4, salesforce: 5 }, dead_letters: 1, parity: { people: 9, disagree: 1, percent: 88.9 }, lost_fields: [], stopped_by: null };
  const row = (id: string, more: object = {}): Parameters<Parameters<Work>[0]['putRun']>[0] => ({ id, kind: 'sync', mode: 'apply', status: 'ok', startedAt: NOW, finishedAt: NOW + 61_000, agreement: 'abc', summary, ...more });
  const stopped = { ...summary, stopped_by: [{ limit: 'creates', planned: 900, allowed: 500, message: 'x' }] };

  test('the history, newest first, in pages, of every kind and end; a run of another program’s making is no fault', async () => {
    await put(async (tx) => {
      for (let n = 0; n < 55; n += 1) await tx.putRun(row(`r${n}`, { startedAt: NOW - n * 1000 }));
      await tx.putRun(row('odd', { startedAt: NOW + 1, kind: 'something', summary: 'words', finishedAt: null, status: 'running' }));
    });
    const first = (await viewer.get('/runs').expect(200)).text;
    expect(wordsOf(first)).toMatch(/under way something/);
    expect(wordsOf(first)).toMatch(/done run 4 1 1 min, 1 sec|done run 4 1 1 min 1 sec/);
    const next = /href="(\/runs\?after=[^"]+)"/.exec(first)?.[1] ?? '';
    expect((await viewer.get(next).expect(200)).text.match(/class="id">r\d+/g)).toHaveLength(6);
    await viewer.get('/runs/odd').expect(200);
  });

  test('what is under way, as a piece that a script asks for; when it has ended the page is made anew', async () => {
    expect(wordsOf((await viewer.get('/runs/live').expect(200)).text)).toMatch(/^Nothing is under way\. Next run by the schedule/);
    web.status = { ...web.status, underWay: 'full', progress: { step: 'writing', done: 120, total: 4000 } };
    const piece = await viewer.get('/runs/live?was=full').expect(200);
    expect(piece.text).toMatch(/^<div[^>]*id="live" hx-get="\/runs\/live\?was=full" hx-trigger="every 2s" hx-swap="outerHTML"/);
    expect(piece.text).toContain('<progress aria-label="Under way" max="4000" value="120">');
    expect(wordsOf(piece.text)).toMatch(/Under way Run that reads everything anew writing, 120 of about 4,000/);
    expect(piece.headers['hx-refresh']).toBeUndefined();
    expect(await words('/runs')).toContain('120 of about 4,000');
    web.status = { ...web.status, underWay: null, progress: null };
    expect((await viewer.get('/runs/live?was=full').expect(200)).headers['hx-refresh']).toBe('true');
    for (const underWay of ['sync', 'full', 'allowed', 'targeted', 'feedback', 'rollback', 'weekly', 'review'] as const) {
      web.status = { ...web.status, underWay, progress: { step: 'a step of another program', done: 0, total: null } };
      expect(wordsOf((await viewer.get('/runs/live').expect(200)).text)).toMatch(/^Under way [A-Z].* a step of another program/);
    }
  });

  test('a run: what it read and wrote, each write with before, after, rule and reason, in pages', async () => {
    await put(async (tx) => {
      await tx.putRun(row('r1'));
      await tx.putPeople([person('p1')]);
      await tx.putRecords([named('512', 'p1', 'Ana')]);
      await tx.intend([...Array(30)].map((_, n) => entry(`e${String(n).padStart(2, '0')}`, { run: 'r1', changes: [{ field: 'concord_stage', before: 'lead', after: EVIL, rule: 'L1', because: `score ${n}` }] })));
      await tx.settle([{ id: 'e00', state: 'refused', settledAt: NOW, problem: problem('invalid_option', 'hubspot'), ref: { crm: 'hubspot', object: 'contact', id: '512' } }]);
    });
    const { text } = await viewer.get('/runs/r1').expect(200);
    expect(text).not.toContain(EVIL);
    const seen = wordsOf(text);
    expect(seen).toMatch(/Read 7 HubSpot contacts, 1 leads, 2 Salesforce contacts, 3 opportunities/);
    expect(seen).toMatch(/Stages entered Marketing qualified lead \(MQL\): 4/);
    expect(seen).toMatch(/Both CRMs agree on 88\.9%/);
    expect(seen).toMatch(/Ana Paz HubSpot contact 512 concord_stage lead → <script>alert\(1\)<\/script> score 0 \(L1\) refused invalid_option/);
    expect(seen).toContain('score 24');
    expect(seen).not.toContain('score 25');
    expect(await words('/runs/r1?after=e24')).toMatch(/score 25 .*score 29/);
  });

  test('W6: a stopped run shows its plan and why; an operator may allow it, after a yes, and the log says by which role', async () => {
    await put(async (tx) => {
      await tx.putRun(row('r1', { status: 'stopped', summary: stopped }));
      await tx.setMeta('staged_run', 'r1');
      await tx.stage('r1', [staged(1, { person: person('p1'), writes: [{ key: 'k', personId: 'p1', crm: 'salesforce', object: 'lead', op: 'create', changes: [{ field: 'LastName', after: EVIL, rule: 'F5', because: 'handoff 1' }] }] })]);
      await tx.putRecords([named('512', 'p1', 'Ana')]);
    });
    const seen = (await viewer.get('/runs/r1').expect(200)).text;
    expect(seen).not.toContain(EVIL);
    expect(wordsOf(seen)).toMatch(/The guard stopped this run\. Nothing of its plan was written\. Records to create: 900; 500 are allowed\./);
    expect(wordsOf(seen)).toMatch(/Its plan .*Ana Paz Salesforce lead Record created LastName \(empty\) → .*handoff 1 \(F5\)/);
    expect(seen).not.toContain('action="/runs/r1/allow"');
    expect((await operator.get('/runs/r1').expect(200)).text).toContain('action="/runs/r1/allow"');

    expect((await send('/runs/r1/allow', {}, '/runs/r1')).headers['location']).toBe('/runs/r1?confirm=no');
    expect(await words('/runs/r1?confirm=no', operator)).toContain('Nothing was done: tick the box');
    expect(web.asked).toEqual([]);
    expect((await send('/runs/r1/allow', { confirm: 'yes' }, '/runs/r1')).headers['location']).toBe('/runs');
    expect(web.asked).toEqual(['allowed']);
    expect(web.logged.at(-1)).toBe('a large change was allowed {"by":"page","role":"operator","stopped_run":"r1"}');
    // A later run has made its own plan: this one can be allowed no more.
    await put((tx) => tx.setMeta('staged_run', 'r2'));
    const later = (await operator.get('/runs/r1').expect(200)).text;
    expect(wordsOf(later)).toContain('A later run has made its own plan');
    expect(later).not.toContain('/allow');
  });

  test('W9: a rollback: its plan is asked for, shown, and carried out only after a yes', async () => {
    await put((tx) => tx.putRun(row('r1')));
    expect((await viewer.get('/runs/r1/rollback').expect(200)).text).not.toMatch(/<main[\s\S]*method="post"[\s\S]*<\/main>/);
    await send('/runs/r1/rollback', {}, '/runs/r1/rollback');
    expect(web.asked).toEqual(['rollback r1 plan']);
    web.status = { ...web.status, underWay: 'rollback', rollbacks: [{ run: 'r1', apply: false, allowLargeChange: false, state: 'under_way', by: null, problem: null }] };
    const meanwhile = (await operator.get('/runs/r1/rollback').expect(200)).text;
    expect(wordsOf(meanwhile)).toContain('It is under way.');
    expect(meanwhile).not.toContain('value="yes"');

    await put(async (tx) => {
      await tx.putRun(row('u1', { kind: 'rollback', mode: 'dry-run', summary: { run: 'u1', undoes: 'r1', status: 'planned', planned: 1, left: [{ record: 'hubspot:contact:9', field: 'jobtitle' }], not_undone: [{ record: 'salesforce:lead:00Q', op: 'create' }], writes: null, stopped_by: [{ limit: 'regressions', planned: 60, allowed: 50, message: 'x' }] } }));
      await tx.setMeta('staged_run', 'u1');
      await tx.stage('u1', [staged(1, { person: person('p1'), writes: [{ key: 'k', personId: 'p1', crm: 'hubspot', object: 'contact', op: 'update', id: '512', changes: [{ field: 'lifecyclestage', before: 'lead', after: EVIL, rule: 'W9', because: 'undoes run r1' }] }] })]);
    });
    web.status = { ...web.status, underWay: null, rollbacks: [{ run: 'r1', apply: false, allowLargeChange: false, state: 'done', by: 'u1', problem: null }] };
    const planned = (await operator.get('/runs/r1/rollback').expect(200)).text;
    expect(planned).not.toContain(EVIL);
    expect(wordsOf(planned)).toMatch(/Records that would be put back as they were: 1/);
    expect(wordsOf(planned)).toMatch(/HubSpot contact 512 lifecyclestage lead → .*undoes run r1 \(W9\)/);
    expect(wordsOf(planned)).toMatch(/People whose stage goes back: 60; 50 are allowed/);
    expect(wordsOf(planned)).toMatch(/somebody has changed them since hubspot:contact:9 jobtitle/);
    expect(wordsOf(planned)).toMatch(/Never undone salesforce:lead:00Q create/);

    expect((await send('/runs/r1/rollback', { apply: 'yes' }, '/runs/r1/rollback')).headers['location']).toBe('/runs/r1/rollback?confirm=no');
    await send('/runs/r1/rollback', { apply: 'yes', confirm: 'yes', allow: 'yes' }, '/runs/r1/rollback');
    expect(web.asked).toEqual(['rollback r1 plan', 'rollback r1 apply allowed']);

    await put((tx) => tx.putRun(row('u2', { kind: 'rollback', startedAt: NOW + 5, summary: { run: 'u2', undoes: 'r1', status: 'ok', planned: 1, left: [], not_undone: [], writes: { hubspot: { planned: 1, done: 1, failed: 0, skipped: 0 }, salesforce: { planned: 0, done: 0, failed: 0, skipped: 0 } }, stopped_by: null } })));
    web.status = { ...web.status, rollbacks: [{ run: 'r1', apply: true, allowLargeChange: true, state: 'done', by: 'u2', problem: null }] };
    expect(await words('/runs/r1/rollback')).toMatch(/Records put back: 1\. No run writes these values again .*given back/);
    // Another process knows it from the history.
    web.status = { ...web.status, rollbacks: [] };
    expect(await words('/runs/r1/rollback')).toMatch(/Records put back: 1\./);
    web.status = { ...web.status, rollbacks: [{ run: 'r1', apply: true, allowLargeChange: false, state: 'failed', by: null, problem: { code: 'unavailable', message: 'HubSpot does not answer.', remedy: 'Try again.' } }] };
    expect(await words('/runs/r1/rollback')).toContain('It failed: HubSpot does not answer. Try again.');
  });
});

describe('errors', () => {
  const letter = (recordId: string, field: string | null, code: 'invalid_option' | 'validation_rule'): Parameters<Parameters<Work>[0]['putDeadLetters']>[0][number] => ({ crm: 'salesforce', object: 'lead', recordId, personId: 'p1', field, value: `v ${EVIL}`, problem: problem(code, 'salesforce', { vendorCode: 'VENDOR_CODE', vendorMessage: `words ${EVIL}` }), lastRun: 'r', lastTriedAt: NOW });
  const open = async (): Promise<string[]> => (await web.store.deadLetters({ state: 'open', limit: 99 })).map((each) => each.recordId ?? '').sort();

  test('by root cause with remedy and whose matter it is; the letters of one cause in pages; viewers see no form', async () => {
    await put(async (tx) => {
      await tx.putPeople([person('p1')]);
      await tx.putRecords([named('512', 'p1', 'Ana')]);
      await tx.putDeadLetters([...[...Array(55)].map((_, n) => letter(`a${n}`, 'Country', 'invalid_option')), letter('b', null, 'validation_rule')]);
    });
    const { text } = await viewer.get('/errors').expect(200);
    expect(text).not.toContain(EVIL);
    expect(wordsOf(text)).toMatch(/The value is not among the options of a pick-one field\. 55 VENDOR_CODE Where Salesforce lead, Country Remedy Add the option in the CRM.*Whose matter CRM administrator/);
    expect(wordsOf(text)).toMatch(/A validation rule of the org refuses the change\. 1 .*the whole record/);
    expect(text).not.toContain('action="/errors/');
    expect(wordsOf((await viewer.get('/errors').set('cookie', 'concord_language=es').expect(200)).text)).toMatch(/El valor no está entre las opciones de un campo de selección\. .*Remedio Añada la opción en el CRM/);
    const cause = (/href="(\/errors\/cause\?cause=[^"]+)"/.exec(text)?.[1] ?? '').replaceAll('&amp;', '&');
    const letters = (await viewer.get(cause).expect(200)).text;
    expect(letters).not.toContain(EVIL);
    expect(letters.match(/>Ana Paz</g)).toHaveLength(50);
    const next = (/rel="next" href="([^"]+)"/.exec(letters)?.[1] ?? '').replaceAll('&amp;', '&');
    expect((await viewer.get(next).expect(200)).text.match(/>Ana Paz</g)).toHaveLength(5);
  });

  test('W5: operators retry or drop one, or all of a cause: the next run takes them, and nothing else', async () => {
    await put(async (tx) => {
      await tx.putPeople([person('p1')]);
      await tx.putDeadLetters([letter('a', 'Country', 'invalid_option'), letter('b', 'Country', 'invalid_option'), letter('c', 'Status', 'invalid_option')]);
    });
    const one = (await web.store.deadLetters({ state: 'open', limit: 9 })).find((each) => each.recordId === 'a');
    expect((await send('/errors/retry', { id: one?.id ?? '' }, '/errors')).headers['location']).toBe('/errors?done=retry&n=1');
    expect(await open()).toEqual(['b', 'c']);
    expect((await web.store.queue(null, 9)).map((each) => [each.personId, each.reason])).toEqual([['p1', 'retry']]);
    await send('/errors/drop', { cause: 'salesforce lead Country invalid_option VENDOR_CODE' }, '/errors');
    expect(await open()).toEqual(['c']);
    expect(await web.store.countDeadLetters('dropped')).toBe(1);
    expect(await words('/errors?done=drop&n=1', operator)).toContain('Dropped: 1');
    // What is not there is not found, and nothing happens.
    for (const fields of [{ id: one?.id ?? '' }, { cause: 'none' }, {}, { message: 'none' }]) expect((await send('/errors/retry', fields as Record<string, string>, '/errors')).status).toBe(404);
    expect(await open()).toEqual(['c']);
    expect(web.logged.filter((line) => line.startsWith('dead letters'))).toEqual(['dead letters are to be tried again {"by":"page","role":"operator","letters":1}', 'dead letters were dropped {"by":"page","role":"operator","letters":1}']);
  });

  test('messages that were given up on are there, too, and can be sent again', async () => {
    await put(async (tx) => {
      await tx.post([{ key: 'breach:p1', channel: 'email', personId: 'p1', target: null, kind: 'sla_breached', text: { title: `Breached ${EVIL}`, lines: [], at: NOW }, run: 'r', createdAt: NOW, nextTryAt: NOW }]);
      await tx.settlePosts([{ key: 'breach:p1', state: 'dead', problem: null, remoteId: null, settledAt: NOW, nextTryAt: NOW }]);
    });
    const { text } = await operator.get('/errors').expect(200);
    expect(text).not.toContain(EVIL);
    expect(wordsOf(text)).toMatch(/Messages that could not be sent .*Breached .*e-mail/);
    await send('/errors/retry', { message: 'breach:p1' }, '/errors');
    expect((await web.store.posts(['breach:p1']))[0]).toMatchObject({ state: 'waiting' });
  });
});

describe('what both teams sign', () => {
  test('the agreement in prose: stages with their conditions, reasons and where they lead, deadlines, promises, fields, limits, version', async () => {
    await put((tx) => tx.setMeta('agreements', JSON.stringify([{ hash: web.parts.agreement.hash, run: 'r9', at: NOW }, { hash: 'older', run: 'r1', at: NOW - 99 * HOUR }])));
    const seen = await words('/agreement');
    expect(seen).toContain('The agreement of Acme');
    expect(seen).toContain('Not people with an e-mail of: acme.example.');
    expect(seen).toMatch(/Marketing qualified lead \(MQL\) marketing’s A person enters it when at least one of these holds: score is at least 60 hubspot\.lifecyclestage is marketingqualifiedlead/);
    expect(seen).toContain('Before the handoff these must be known: E-mail, Last name, Company, Country.');
    expect(seen).toMatch(/Opportunity sales’ A person enters it when has an open opportunity/);
    expect(seen).toMatch(/No budget Recycle later after 180 days – half/);
    expect(seen).toMatch(/From the handoff to the first contact 8 working hours/);
    expect(seen).toMatch(/Everybody: Monday, Tuesday, Wednesday, Thursday, Friday, 09:00 to 18:00, America\/Mexico_City\. Holidays listed: 14\./);
    expect(seen).toContain('100 complete MQLs per month.');
    expect(seen).toMatch(/Country country Country \/ MailingCountry/);
    expect(seen).toMatch(/Records created 500/);
    expect(seen).toMatch(new RegExp(`Version In force since First run ${web.parts.agreement.hash.slice(0, 12)} Nov 22, 2026`));
    expect(seen).toMatch(/For marketing .*For sales/);
    const es = wordsOf((await viewer.get('/agreement').set('cookie', 'concord_language=es').expect(200)).text);
    expect(es).toMatch(/Una persona entra cuando se cumple al menos una de estas condiciones: puntuación es al menos 60/);
  });

  test('the glossary: every word of docs/glossary.md that concerns both teams, in each language beside the others', async () => {
    const seen = await words('/glossary');
    expect(seen).toMatch(/handoff One pass of a person from marketing to sales.*entrega entrega/);
    expect((await viewer.get('/glossary').expect(200)).text).toContain('<span lang="pt-BR">');
    const known = [...readFileSync('docs/glossary.md', 'utf8').matchAll(/^\| ([^|]+?) \|/gm)].map(([, word]) => word);
    expect(WORDS.map((each) => each.id).filter((id) => !known.includes(id))).toEqual([]);
  });
});
