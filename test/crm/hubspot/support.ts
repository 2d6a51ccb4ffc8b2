import nock from '../../support/nock';
import { createHubspot, type HubspotOptions, type HubspotPort } from '../../../src/crm/hubspot';

export const TOKEN = 'pat-eu1-00000000-0000-4000-8000-00000000cafe';
export const HOST = 'https://api.hubapi.com';

/** A port whose waiting takes no time: its clock moves by what it would have slept. */
export function port(more: Partial<HubspotOptions> = {}): { hubspot: HubspotPort; slept: () => number } {
  let at = Date.parse('2026-11-22T09:00:00Z');
  let slept = 0;
  const hubspot = createHubspot({
    token: TOKEN,
    dailyShare: 1,
    limits: { burst: 100_000, search: 100_000 },
    now: () => at,
    sleep: (ms) => {
      at += ms;
      slept += ms;
      return new Promise((resolve) => setImmediate(resolve));
    },
    ...more,
  });
  return { hubspot, slept: () => slept };
}

const definitions = [
  { name: 'email', type: 'string', fieldType: 'text' },
  { name: 'lifecyclestage', type: 'enumeration', fieldType: 'radio', options: [{ label: 'Lead', value: 'lead', displayOrder: 0, hidden: false }] },
  { name: 'concord_score', type: 'number', fieldType: 'number' },
  { name: 'concord_stage_at', type: 'datetime', fieldType: 'date' },
  { name: 'no_calls', type: 'bool', fieldType: 'booleancheckbox' },
  { name: 'salesforceleadid', type: 'string', fieldType: 'text' },
].map((definition) => ({ label: definition.name, groupName: 'contactinformation', ...definition }));

/** Answers the property list, as every reading asks for it once. */
export function describes(more: object[] = []): void {
  nock(HOST)
    .get('/crm/properties/2026-09/contacts')
    .query(true)
    .reply(200, { results: [...definitions, ...more] });
}

export function contactJson(id: string, properties: Record<string, string | null> = {}, more: object = {}): object {
  return {
    id,
    archived: false,
    createdAt: '2026-01-05T10:00:00.000Z',
    updatedAt: '2026-11-20T08:30:00.123Z',
    properties: { createdate: '2026-01-05T10:00:00Z', hs_object_id: id, lastmodifieddate: '2026-11-20T08:30:00.123Z', ...properties },
    ...more,
  };
}

export interface BatchBody {
  inputs: { id: string; properties: Record<string, string>; objectWriteTraceId: string }[];
  properties: string[];
  idProperty?: string;
}

/** The bodies that arrived at a batch call, in order; `answer` makes each reply. */
export function batch(call: 'read' | 'update' | 'create', answer: (body: BatchBody, url: string) => [number, unknown]): BatchBody[] {
  const seen: BatchBody[] = [];
  nock(HOST)
    .persist()
    .post(`/crm/objects/2026-09/contacts/batch/${call}`)
    .query(true)
    .reply((uri, body) => {
      seen.push(body as unknown as BatchBody);
      return answer(body as unknown as BatchBody, uri) as [number, nock.Body];
    });
  return seen;
}

export function complete(results: unknown[], errors: unknown[] = []): unknown {
  return {
    status: 'COMPLETE',
    results,
    ...(errors.length === 0 ? {} : { numErrors: 1, errors }),
    startedAt: '2026-11-22T09:00:00.000Z',
    completedAt: '2026-11-22T09:00:00.020Z',
  };
}
