import { bodyOf } from '../../../src/crm/hubspot/notes';
import { createHubspot, type HubspotPort } from '../../../src/crm/hubspot';
import type { Activity } from '../../../src/domain/outbox';
import { SandboxClock } from '../../../src/sandbox/clock';
import { openSandboxDatabase } from '../../../src/sandbox/database';
import { createHubspotSandbox, type HubspotSandbox } from '../../../src/sandbox/hubspot';

/** What is HubSpot's own about notes; what both CRMs have in common is in the contract. */

let sandbox: HubspotSandbox;
let hubspot: HubspotPort;
let close: () => Promise<void>;

beforeEach(async () => {
  const database = openSandboxDatabase(':memory:');
  sandbox = createHubspotSandbox({ database, clock: new SandboxClock() });
  const server = await sandbox.listen();
  hubspot = createHubspot({ token: sandbox.token, baseUrl: server.url, dailyShare: 1, limits: 'off' });
  close = async () => {
    await server.close();
    database.close();
  };
});
afterEach(() => close());

const note = (id: string, mark: string): Activity => ({ key: mark, kind: 'note', on: { crm: 'hubspot', object: 'contact', id }, mark, text: { title: 'T', lines: ['x'], at: Date.UTC(2026, 10, 22) } });
const rep = (): ReturnType<HubspotSandbox['state']['act']> => sandbox.state.act({ sourceType: 'CRM_UI', userId: 7 });

test('a body is HTML in which no text of a CRM is: every character that could begin a tag, an entity or an attribute is escaped', () => {
  expect(bodyOf({ title: `<script>"a"</script>`, lines: [`it's & <b>`, 'one\r\ntwo\rthree\n<br>'], at: 0 }, 'ab12')).toBe(
    '<p><strong>&lt;script&gt;&quot;a&quot;&lt;/script&gt;</strong></p><p>it&#39;s &amp; &lt;b&gt;<br>one<br>two<br>three<br>&lt;br&gt;</p><p>[concord ab12]</p>',
  );
});

test('a note among more than one page of a contact’s notes is found', async () => {
  const contact = rep().create('contacts', { email: 'ana@example.com' }).id;
  await hubspot.leave([note(contact, 'aaaa')]);
  for (let index = 0; index < 620; index += 1) rep().create('notes', { hs_timestamp: '2026-11-22T09:00:00.000Z', hs_note_body: `call ${index}` }, [{ to: 'contacts', id: contact }]);
  sandbox.calls.clear();

  const found = await hubspot.findLeft([{ kind: 'note', mark: 'aaaa', on: note(contact, '').on }, { kind: 'note', mark: 'bbbb', on: note(contact, '').on }]);

  expect([...found.keys()]).toEqual(['aaaa']);
  // Two pages of associations, seven of notes.
  expect(sandbox.calls.count).toBe(9);
});

test('a token without the scope: the notes are refused, the run is not ended', async () => {
  const contact = rep().create('contacts', { email: 'ana@example.com' }).id;
  sandbox.state.removeScope(sandbox.token, 'crm.objects.contacts.write');

  expect(await hubspot.leave([note(contact, 'aaaa'), note(contact, 'bbbb')])).toMatchObject([
    { key: 'aaaa', outcome: 'refused', problem: { code: 'missing_scope', retry: 'never' } },
    { key: 'bbbb', outcome: 'refused', problem: { code: 'missing_scope' } },
  ]);
});

test('two notes on one contact go in one call', async () => {
  const contact = rep().create('contacts', { email: 'ana@example.com' }).id;
  sandbox.calls.clear();
  expect(await hubspot.leave([note(contact, 'aaaa'), note(contact, 'bbbb')])).toMatchObject([{ outcome: 'done' }, { outcome: 'done' }]);
  expect(sandbox.calls.count).toBe(1);
  expect(sandbox.state.associated('contacts', contact, 'notes')).toHaveLength(2);
});

test('what is no note on a contact is a fault of the caller', async () => {
  await expect(hubspot.leave([{ ...note('1', 'aaaa'), kind: 'task' }])).rejects.toThrow('only notes on contacts');
});
