import { createHubspot, type ApiVersion, type HubspotOptions } from '../../src/crm/hubspot';
import { SandboxClock } from '../../src/sandbox/clock';
import { openSandboxDatabase } from '../../src/sandbox/database';
import { createHubspotSandbox } from '../../src/sandbox/hubspot';
import { describeCrm, type ContractWorld } from './crm';

async function make(apiVersion: ApiVersion): Promise<ContractWorld> {
  const database = openSandboxDatabase(':memory:');
  const clock = new SandboxClock();
  const sandbox = createHubspotSandbox({ database, clock });
  const { state } = sandbox;
  state.set({ mergeId: 'new' });
  for (const [name, type, fieldType] of [
    ['concord_score', 'number', 'number'],
    ['concord_stage_at', 'datetime', 'date'],
    ['concord_recycle_on', 'date', 'date'],
  ]) {
    state.defineProperty('contacts', { name, label: name, type, fieldType, groupName: 'contactinformation' });
  }
  state.defineProperty('contacts', {
    name: 'no_calls',
    label: 'Do not call',
    type: 'bool',
    fieldType: 'booleancheckbox',
    groupName: 'contactinformation',
    options: [
      { label: 'Yes', value: 'true', displayOrder: 0 },
      { label: 'No', value: 'false', displayOrder: 1 },
    ],
  });
  state.defineProperty('contacts', {
    name: 'interests',
    label: 'Interests',
    type: 'enumeration',
    fieldType: 'checkbox',
    groupName: 'contactinformation',
    options: ['a', 'b', 'c'].map((value, displayOrder) => ({ label: value, value, displayOrder })),
  });
  const server = await sandbox.listen();
  const rep = state.act({ sourceType: 'CRM_UI', userId: 5 });
  const options: HubspotOptions = {
    token: sandbox.token,
    baseUrl: server.url,
    apiVersion,
    dailyShare: 1,
    // What is tested here is not the pacing.
    limits: 'off',
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, Math.min(ms, 5))),
  };
  const contacts = apiVersion === 'v3' ? '/crm/v3/objects/contacts' : '/crm/objects/2026-09/contacts';

  return {
    crm: createHubspot(options),
    again: ({ deadlineMs, credential }) =>
      createHubspot({ ...options, ...(deadlineMs === undefined ? {} : { deadlineMs }), ...(credential === 'wrong' ? { token: 'pat-na1-wrong' } : {}) }),
    faults: sandbox.faults,
    calls: sandbox.calls,
    clock,
    object: 'contact',
    field: 'jobtitle',
    typed: {
      text: { field: 'jobtitle', value: 'Señora; “Jefa”' },
      number: { field: 'concord_score', value: 61.5 },
      boolean: { field: 'no_calls', value: true },
      date: { field: 'concord_recycle_on', value: '2026-03-29' },
      datetime: { field: 'concord_stage_at', value: '2026-11-22T09:00:00.000Z' },
      option: { field: 'hs_lead_status', value: 'UNQUALIFIED' },
      options: { field: 'interests', value: 'a;c' },
    },
    refused: { field: 'hs_lead_status', value: 'NO_SUCH_STATUS', code: 'invalid_option' },
    path: { read: `${contacts}(\\?|/search)`, update: `${contacts}/batch/update`, create: `${contacts}/batch/create` },
    busy: { status: 429, body: { status: 'error', errorType: 'RATE_LIMIT', policyName: 'TEN_SECONDLY_ROLLING', message: 'You have reached your ten_secondly_rolling limit.' }, headers: { 'retry-after': '0' } },
    surveyed: { path: 'access-token-info' },
    forbidden: { status: 403, body: { status: 'error', category: 'MISSING_SCOPES', message: 'no' } },
    spent: { status: 429, body: { status: 'error', errorType: 'RATE_LIMIT', policyName: 'DAILY', message: 'You have reached your daily limit.' } },
    identity: (email) => ({ field: 'email', value: email }),
    emailField: 'email',
    required: {},
    add: (email, fields = {}) => rep.create('contacts', { email, ...fields }).id,
    edit: (id, fields) => void rep.update('contacts', id, fields),
    remove: (id) => rep.archive('contacts', id),
    merge: (winner, loser) => rep.merge('contacts', winner, loser).id,
    load: (count, modifiedAt) =>
      void state.load(
        Array.from({ length: count }, (_, index) => ({ properties: { email: `person${index}@example.com` }, createdate: modifiedAt, lastmodifieddate: modifiedAt })),
      ),
    count: () => state.counts().contacts,
    left: {
      kind: 'note',
      path: '/notes/batch/create',
      on: (id) =>
        state
          .associated('contacts', id, 'notes')
          .map((note) => ({ note, properties: state.get('notes', note)?.properties ?? {} }))
          .map(({ note, properties }) => ({ id: note, title: /<strong>(.*?)<\/strong>/.exec(properties['hs_note_body'] ?? '')?.[1] ?? '', body: properties['hs_note_body'] ?? '', at: Date.parse(properties['hs_timestamp'] ?? '') })),
      escaped: (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('\n', '<br>'),
      nobody: '999999999',
    },
    hide: (field) => state.setPropertyHidden('contacts', field, true),
    expire: () => {
      state.revokeToken(sandbox.token);
      return 'ends';
    },
    lag: () => {
      state.set({ indexLagMs: 30_000 });
      return 60_000;
    },
    close: async () => {
      await server.close();
      database.close();
    },
  };
}

describeCrm('HubSpot on the paths of 2026-09', () => make('2026-09'));
describeCrm('HubSpot on the numbered paths', () => make('v3'));
