import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createSalesforce, type SalesforceOptions } from '../../../src/crm/salesforce';
import type { CrmPort } from '../../../src/crm/port';

/** A request as it reached the scripted org. */
export interface Sent {
  method: string;
  path: string;
  body: unknown;
  headers: IncomingHttpHeaders;
}

/** What the org does: answers, or one of the ways an answer is lost. */
export type Reply =
  | { status?: number; body?: unknown; headers?: Record<string, string> }
  | 'drop'
  | 'cut'
  | 'stall'
  | 'hang';

export interface ScriptedOrg {
  port: CrmPort;
  url: string;
  /** Requests after the token and describe ones. */
  sent: Sent[];
  tokens: number;
  /** Waits that the adapter asked for, in order. */
  waits: number[];
  close(): Promise<void>;
}

const field = (name: string, type: string, more: Record<string, unknown> = {}): Record<string, unknown> => ({
  name, label: name, type, length: 0, createable: true, updateable: true, unique: false, restrictedPicklist: false, picklistValues: [], ...more,
});
const readOnly = { createable: false, updateable: false };
const system = [field('Id', 'id', readOnly), field('CreatedDate', 'datetime', readOnly), field('SystemModstamp', 'datetime', readOnly), field('LastModifiedById', 'reference', readOnly), field('IsDeleted', 'boolean', readOnly)];

/** Describes in the shape of `GET /sobjects/Lead/describe`, cut down to the members that clients look at. */
export const DESCRIBES: Record<string, Record<string, unknown>[]> = {
  Lead: [
    ...system, field('MasterRecordId', 'reference', readOnly), field('Email', 'email'), field('OwnerId', 'reference'), field('LastName', 'string', { length: 80 }), field('Company', 'string', { length: 255 }),
    field('IsConverted', 'boolean', { updateable: false }), field('ConvertedDate', 'date', readOnly), field('ConvertedContactId', 'reference', readOnly), field('ConvertedAccountId', 'reference', readOnly),
    field('ConvertedOpportunityId', 'reference', readOnly), field('HasOptedOutOfEmail', 'boolean'), field('DoNotCall', 'boolean'), field('Name', 'string', readOnly),
    field('Status', 'picklist', { picklistValues: [{ value: 'Open', label: 'Abierto', active: true }, { value: 'Closed - Converted', label: 'Convertido', active: true }, { value: 'Old', label: 'Old', active: false }] }),
    field('Concord_Stage__c', 'picklist', { restrictedPicklist: true, picklistValues: [{ value: 'mql', label: 'MQL', active: true }] }),
    field('Concord_Score__c', 'double'), field('Concord_MQL_At__c', 'datetime'), field('Concord_Recycle_On__c', 'date'), field('Interests__c', 'multipicklist'),
    field('Concord_HubSpot_Id__c', 'string', { length: 64, unique: true }), field('Address', 'address', readOnly),
  ],
  Contact: [...system, field('MasterRecordId', 'reference', readOnly), field('Email', 'email'), field('OwnerId', 'reference'), field('AccountId', 'reference'), field('LastName', 'string'), field('HasOptedOutOfEmail', 'boolean'), field('Concord_HubSpot_Id__c', 'string', { unique: true })],
  Opportunity: [
    ...system, field('OwnerId', 'reference'), field('Name', 'string'), field('AccountId', 'reference'), field('IsClosed', 'boolean', readOnly), field('IsWon', 'boolean', readOnly), field('Amount', 'currency'), field('CloseDate', 'date'), field('Type', 'picklist'),
    field('StageName', 'picklist', { picklistValues: [{ value: 'Prospecting', label: 'Prospecting', active: true }, { value: 'Closed Won', label: 'Closed Won', active: true }] }),
  ],
  OpportunityContactRole: [...system, field('OpportunityId', 'reference'), field('ContactId', 'reference'), field('Role', 'picklist'), field('IsPrimary', 'boolean')],
};

export const query = (records: unknown[]): Record<string, unknown> => ({ totalSize: records.length, done: true, records });

/** The answer of a composite call, one body (or refusal) a subrequest. */
export function composite(subs: (unknown | { refuse: number; errors: unknown[] })[]): Reply {
  return {
    body: {
      compositeResponse: subs.map((sub, at) => {
        const refusal = typeof sub === 'object' && sub !== null && 'refuse' in sub ? (sub as { refuse: number; errors: unknown[] }) : undefined;
        return { body: refusal === undefined ? sub : refusal.errors, httpHeaders: {}, httpStatusCode: refusal?.refuse ?? 200, referenceId: `r${at}` };
      }),
    },
  };
}

export const error = (code: string, message = 'words', fields?: string[]): Record<string, unknown> => ({ message, errorCode: code, ...(fields === undefined ? {} : { fields }) });

/**
 * A loopback server that plays an org by script: `reply` answers every request but the token's and describe's (give `describes` to change those). For
 * replies that a well-behaved org does not give.
 */
export async function scriptedOrg(
  reply: (request: Sent, at: number) => Reply,
  more: { options?: Partial<SalesforceOptions>; token?: (at: number) => Reply; describes?: (at: number) => typeof DESCRIBES } = {},
): Promise<ScriptedOrg> {
  const sent: Sent[] = [];
  const waits: number[] = [];
  let tokens = 0;
  let described = 0;
  let url = '';
  const server = createServer((req, res) => {
    const parts: Buffer[] = [];
    req.on('data', (part: Buffer) => parts.push(part));
    req.on('end', () => {
      const text = Buffer.concat(parts).toString();
      const path = decodeURIComponent((req.url ?? '').replace(/\+/g, ' '));
      const request: Sent = { method: req.method ?? '', path, body: text.startsWith('{') ? JSON.parse(text) : text, headers: req.headers };
      let is: Reply;
      if (path === '/services/oauth2/token') {
        tokens += 1;
        is = more.token?.(tokens) ?? { body: { access_token: `00D000000000001!T${tokens}`, instance_url: url, id: `${url}/id/00D000000000001AAA/005000000000001AAA`, token_type: 'Bearer' } };
      } else if (text.includes('/describe')) {
        described += 1;
        const describes = more.describes?.(described) ?? DESCRIBES;
        is = composite([
          ...['Lead', 'Contact', 'Opportunity', 'OpportunityContactRole'].map((name) => {
            const fields = describes[name];
            return fields === undefined ? { refuse: 404, errors: [error('NOT_FOUND', 'The requested resource does not exist')] } : { name, fields };
          }),
          query([{ ApiName: 'Open', IsConverted: false }, { ApiName: 'Closed - Converted', IsConverted: true }]),
          query([{ ApiName: 'Prospecting', IsClosed: false }, { ApiName: 'Closed Won', IsClosed: true }, { ApiName: 'Closed Lost', IsClosed: true }]),
        ]);
      } else {
        sent.push(request);
        is = reply(request, sent.length);
      }
      if (is === 'hang') return;
      if (is === 'drop') {
        req.socket.destroy();
        return;
      }
      if (is === 'cut' || is === 'stall') {
        req.socket.write('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n[{"id":"00Q');
        if (is === 'cut') setTimeout(() => req.socket.destroy(), 5);
        return;
      }
      res.writeHead(is.status ?? 200, { 'content-type': 'application/json;charset=UTF-8', 'sforce-limit-info': 'api-usage=18/100000', ...is.headers });
      res.end(is.body === undefined ? '' : typeof is.body === 'string' ? is.body : JSON.stringify(is.body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const port = createSalesforce({
    loginUrl: url, clientId: 'key', clientSecret: 'a-secret-of-the-test', externalIdField: 'Concord_HubSpot_Id__c', dailyShare: 1, deadlineMs: 2_000, maxTries: 3,
    sleep: async (ms) => void waits.push(ms), random: () => 0.5, ...more.options,
  });
  return {
    port, url, sent, waits,
    get tokens() {
      return tokens;
    },
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
}
