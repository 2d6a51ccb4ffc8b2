import { placeOf } from '../../src/run/portion';
import { run } from '../../src/run/run';
import { pagesOf } from '../support/dashboard';
import { cast, HOUR, MINUTE, openScenario, type Scenario } from '../support/scenario';
import { ADMIN, login, OPEN, tokenIn, VIEWER, wordsOf, type Web } from '../web/support';

/*
 * What both teams see of a story: the pages over the store that real runs on both sandbox CRMs have filled. What pages ask for is done here at once,
 * in this process; that the server does it in its runner is shown by test/cli/serve.test.ts.
 */

let s: Scenario;
let web: Web;
let doing: () => Promise<unknown>;
const { adopted, handedOver, lead, person, rep } = cast(() => s);

async function open(edit?: (text: string) => string): Promise<void> {
  s = await openScenario(edit === undefined ? {} : { edit });
  const pages = pagesOf(s, { ...OPEN, publicUrl: null }, () => 'http://127.0.0.1:8080');
  doing = pages.doing;
  web = { app: pages.app } as Web;
}
afterEach(() => s.close());

/** Days pass in a story, and a login ends after hours: everybody who looks has just come in. */
const look = async (path: string): Promise<string> => (await (await login(web, VIEWER)).get(path).expect(200)).text;
const words = async (path: string): Promise<string> => wordsOf(await look(path));
const operatorWords = async (path: string): Promise<string> => wordsOf((await (await login(web, ADMIN)).get(path).expect(200)).text);
const send = async (path: string, fields: Record<string, string>): Promise<void> => {
  const operator = await login(web, ADMIN);
  const form = tokenIn((await operator.get('/').expect(200)).text);
  await operator.post(path).type('form').send({ form, ...fields }).expect(303);
  await doing();
};
const found = async (who: string): Promise<string> => (await (await login(web, VIEWER)).get(`/people?q=${encodeURIComponent(who)}`).expect(303)).headers['location'] as string;

test('F2: a rejection shows on the person’s page, in the list of rejections and on the overview, with links into both CRMs; the run that carried it shows each write', async () => {
  await open();
  const { lead, contact } = await handedOver();
  expect(await words('/handoffs?kind=open')).toMatch(/Ana Paz on track First touch .*in \d+ hours.* Rita Rep|Ana Paz on track First touch/);
  rep().update('Lead', lead, { Status: 'Closed - Not Converted', Concord_Rejection_Reason__c: 'no_budget', Concord_Rejection_Note__c: 'Sin <b>presupuesto</b> hasta marzo' });
  s.pass(MINUTE);
  const { run: id } = await s.sync();

  const page = await found('ana@cliente.example');
  const text = await look(page);
  expect(wordsOf(text)).toMatch(/Stage Recycled \(back to nurture\)/);
  expect(wordsOf(text)).toMatch(/Reason No budget Note Sin <b>presupuesto<\/b> hasta marzo By Rita Rep \(Salesforce\) Route Recycle later Next date/);
  expect(text).not.toContain('<b>presupuesto');
  expect(wordsOf(text)).toMatch(/Told: .* note in HubSpot · HubSpot contact \d+ sent/);
  // Both CRMs told their addresses when they were asked; the pages asked nobody.
  expect(text).toMatch(new RegExp(`href="https://[^"]+/record/0-1/${contact}"`));
  expect(text).toMatch(new RegExp(`href="https?://[^"]+/lightning/r/Lead/${lead}/view"`));
  expect(await found(lead)).toBe(page);

  expect(await words('/handoffs/rejections?reason=no_budget')).toMatch(/Ana Paz .*No budget .*Rita Rep Recycle later/);
  expect(await words('/handoffs')).toContain('No handoff in this list');
  expect(await words('/')).toMatch(/Rejections, last 30 days .*No budget 1/);
  expect(await words(`/runs/${id}`)).toMatch(/Rejections 1 received/);
  expect(await words(`/runs/${id}`)).toMatch(/Ana Paz HubSpot contact \d+ .*rejected by sales: no_budget \(F2\)/);
  expect(await words('/agreement')).toContain(`This page shows version ${s.agreement.hash.slice(0, 12)}`);
  expect(await look('/agreement')).toMatch(/In force since[\s\S]*<time datetime=/);
});

test('W9: a run is rolled back by the page: planned first, nothing written before the yes, then put back', async () => {
  await open();
  await adopted();
  const id = person('ana@cliente.example', { lifecyclestage: 'marketingqualifiedlead' });
  s.pass(MINUTE);
  const { run: done } = await s.sync();
  s.pass(MINUTE);
  expect(s.contact('ana@cliente.example')['concord_stage']).toBe('mql');

  await send(`/runs/${done}/rollback`, {});
  const planned = await words(`/runs/${done}/rollback`);
  expect(planned).toMatch(/Records that would be put back as they were: \d/);
  expect(planned).toMatch(new RegExp(`HubSpot contact ${id} .*concord_stage mql → \\(empty\\) undoes run ${done} \\(W9\\)`));
  expect(planned).toMatch(/Never undone .*create/);
  expect(s.contact('ana@cliente.example')['concord_stage']).toBe('mql');
  // Without the tick nothing is asked for.
  await send(`/runs/${done}/rollback`, { apply: 'yes' });
  expect(s.contact('ana@cliente.example')['concord_stage']).toBe('mql');

  await send(`/runs/${done}/rollback`, { apply: 'yes', confirm: 'yes' });
  expect(s.contact('ana@cliente.example')['concord_stage'] ?? '').toBe('');
  expect(await words(`/runs/${done}/rollback`)).toMatch(/Records put back: \d/);
  expect(await words('/runs')).toMatch(/rollback/);
  // What was rolled back is held, and the person's page says so.
  expect(await words(await found('ana@cliente.example'))).toContain('Held back: concord_stage (rolled back from run');

  // Given back by the page of the run that was rolled back, after a yes; the next run writes it again.
  expect(await operatorWords(`/runs/${done}/rollback`)).toMatch(/Fields that are held since this run was rolled back: \d/);
  await send(`/runs/${done}/release`, {});
  expect(await words(await found('ana@cliente.example'))).toContain('Held back');
  await send(`/runs/${done}/release`, { confirm: 'yes' });
  expect(await words(await found('ana@cliente.example'))).not.toContain('Held back');
  s.pass(MINUTE);
  await s.sync();
  expect(s.contact('ana@cliente.example')['concord_stage']).toBe('mql');
});

test('W12: a contested field is given back on the person’s page, one or all, after a yes', async () => {
  await open();
  const { contact } = await handedOver();
  for (let times = 1; times <= 3; times += 1) {
    s.sandbox.hubspot.state.act({ sourceType: 'AUTOMATION_PLATFORM', sourceId: 'workflow 12' }).update('contacts', contact, { lifecyclestage: 'customer' });
    s.pass(MINUTE);
    await s.sync();
    s.pass(HOUR);
  }
  expect(s.contact('ana@cliente.example')['lifecyclestage']).toBe('customer');
  expect(await words('/')).toContain('Fields that somebody else keeps setting back: 1');
  expect(await words('/people?list=contested')).toMatch(/Contested 1 .*Ana Paz .*lifecyclestage: set to customer by AUTOMATION_PLATFORM/);
  const page = await found('ana@cliente.example');
  expect(await words(page)).toContain('Contested: lifecyclestage: set to customer by AUTOMATION_PLATFORM. Concord has stopped writing it.');
  expect(await look(page)).not.toContain('/release"');
  await send(`${page}/release`, {});
  expect(await operatorWords(`${page}?confirm=release`)).toContain('Nothing was done: tick the box first.');
  s.pass(MINUTE);
  await s.sync();
  expect(s.contact('ana@cliente.example')['lifecyclestage']).toBe('customer');
  await send(`${page}/release`, { confirm: 'yes' });
  s.pass(MINUTE);
  await s.sync();
  expect(s.contact('ana@cliente.example')['lifecyclestage']).toBe('marketingqualifiedlead');
  expect(await words('/people?list=contested')).toContain('Contested 0');
});

test('I8: an ambiguous person’s page lists the candidates; an operator picks, after a yes, and the next run acts on it', async () => {
  await open();
  person('ana@cliente.example', { lifecyclestage: 'lead' });
  const right = lead('ana@cliente.example');
  lead('ana@cliente.example', { FirstName: 'Bruno', LastName: 'Silva' });
  await adopted();
  const page = await found('ana@cliente.example');
  const contact = String(s.sandbox.hubspot.state.byEmail('ana@cliente.example')?.id);
  expect(await words('/people?list=held')).toMatch(/one e-mail under clearly different people/);
  // Viewers see who it could be, and cannot pick.
  expect(await words(page)).toMatch(/Who is who .*HubSpot contact Ana Paz .*Salesforce lead or contact .*Bruno Silva/);
  expect(await look(page)).not.toContain('/link"');
  expect(await operatorWords(page)).toContain('I have looked at both records');

  const isHeld = async (): Promise<boolean> => (await s.store.countWaiting('held', 9)) > 0;
  for (const fields of [{ hubspot: contact, salesforce: right }, { hubspot: contact, salesforce: '00QWs0000000099MAA', confirm: 'yes' }, { hubspot: contact, confirm: 'yes' }]) {
    await send(`${page}/link`, fields);
    s.pass(MINUTE);
    await s.sync();
    expect(await isHeld()).toBe(true);
  }
  expect(await operatorWords(`${page}?confirm=link`)).toContain('Nothing was done: pick one record of each CRM');
  await send(`${page}/link`, { hubspot: contact, salesforce: right, confirm: 'yes' });
  expect(await words(page)).toContain('A pick was made; the next run acts on it.');
  s.pass(MINUTE);
  await s.sync();
  expect(await isHeld()).toBe(false);
  expect((await s.store.people([page.slice('/people/'.length)]))[0]).toMatchObject({ salesforceId: right, held: null });
});

test('L7: adoption goes out in portions by the page: some first, then everybody; who waits is not written', async () => {
  await open();
  for (let n = 0; n < 30; n += 1) person(`p${n}@portion.example`);
  s.pass(MINUTE);
  const governed = (): number => [...Array(30).keys()].filter((n) => s.contact(`p${n}@portion.example`)['concord_stage'] !== undefined).length;
  const stopped = await run(s.parts, { mode: 'apply' });
  expect(await operatorWords(`/runs/${stopped.run}`)).toMatch(/1% of the people, the others wait .*10% .*Everybody/);
  await send(`/runs/${stopped.run}/allow`, { confirm: 'yes', portion: '55' });
  expect(governed()).toBe(0);
  await send(`/runs/${stopped.run}/allow`, { confirm: 'yes', portion: '10' });
  const some = (await s.store.pagePeople(null, 99)).filter((each) => placeOf(each.id) < 10).length;
  expect(governed()).toBe(some);

  // It goes on where runs are; a portion only grows.
  expect(await words('/')).toContain('Adoption has reached 10% of the people');
  expect(await words('/runs')).toContain('10% of the people are governed so far');
  expect(await look('/runs')).not.toContain('action="/runs/portion"');
  const asked = await operatorWords('/runs');
  expect(asked).not.toContain('1% of the people, the others wait');
  for (const fields of [{ portion: '100' }, { confirm: 'yes' }, { portion: '1', confirm: 'yes' }]) await send('/runs/portion', fields);
  expect(governed()).toBe(some);
  await send('/runs/portion', { portion: '100', confirm: 'yes' });
  expect(governed()).toBe(30);
  expect(await words('/runs')).not.toContain('governed so far');
});

test('W6, L7: the first run stops and shows its plan; an operator’s yes lets it write', async () => {
  await open();
  person('ana@cliente.example');
  s.pass(MINUTE);
  const stopped = await run(s.parts, { mode: 'apply' });
  expect(stopped.status).toBe('stopped');
  const seen = await words(`/runs/${stopped.run}`);
  expect(seen).toMatch(/The first run on these CRMs takes a yes\. People whom it would change: 1\./);
  expect(seen).toMatch(/Its plan .*Ana Paz HubSpot contact \d+ .*concord_stage \(empty\) → lead/);
  // How far adoption goes has to be said, too.
  await send(`/runs/${stopped.run}/allow`, { confirm: 'yes' });
  expect(s.contact('ana@cliente.example')['concord_stage'] ?? '').toBe('');
  await send(`/runs/${stopped.run}/allow`, { confirm: 'yes', portion: '100' });
  expect(s.contact('ana@cliente.example')['concord_stage']).toBe('lead');
  const [allowed] = await s.store.runs(null, 1);
  expect(await words(`/runs/${allowed?.id ?? ''}`)).toMatch(/A person decided to go over the limits\. The first run on these CRMs takes a yes/);
});

test('W5: a refused write is listed by its root cause, retried by the page, and gone when the CRM takes it', async () => {
  await open();
  const { lead } = await handedOver();
  s.sandbox.salesforce.state.addValidationRule({ object: 'Lead', name: 'Stage_Kept', formula: "ISCHANGED(Concord_Stage__c)", message: 'A phone <i>number</i> is needed', field: 'Concord_Stage__c' });
  rep().update('Lead', lead, { Status: 'Closed - Not Converted', Concord_Rejection_Reason__c: 'no_budget' });
  s.pass(MINUTE);
  const { run: id } = await s.sync();
  expect(await s.store.countDeadLetters('open')).toBeGreaterThan(0);
  expect(await words('/')).toMatch(/Writes that a CRM refused: \d/);
  const text = await look('/errors');
  expect(text).not.toContain('<i>number');
  expect(wordsOf(text)).toMatch(/A validation rule of the org refuses the change\. .*FIELD_CUSTOM_VALIDATION_EXCEPTION Where Salesforce lead/);
  expect(await words(`/runs/${id}`)).toMatch(/refused validation_rule/);

  s.sandbox.salesforce.state.removeValidationRule('Lead', 'Stage_Kept');
  for (const { cause } of await s.store.deadLetterCauses(9)) await send('/errors/retry', { cause });
  s.pass(HOUR);
  await send('/runs', {});
  expect(s.lead(lead)).toMatchObject({ Concord_Stage__c: 'recycled' });
  expect(await words('/errors')).toContain('No dead letters');
});
