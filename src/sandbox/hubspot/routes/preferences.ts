import { validationRefusal } from '../errors';
import { arrayOf, isObject, objectOf, optionalText, textOf } from '../json';
import { batchReply, type Call, type Operation, type Reply, type Scopes } from '../operation';
import { everySubscription, legalBases, type StatusState, type SubscriptionStatus } from '../subscriptions';
import { isEmail } from '../values';
import { appActor } from './objects';

const v3 = '/communication-preferences/v3';
const v4 = '/communication-preferences/v4';
const dated = '/communication-preferences/:version';

const read = (): Scopes => [['communication_preferences.read', 'communication_preferences.read_write']];
const write = (): Scopes => [['communication_preferences.write', 'communication_preferences.read_write']];
const batchRead = (): Scopes => [['communication_preferences.statuses.batch.read']];
const batchWrite = (): Scopes => [['communication_preferences.statuses.batch.write']];

function address(text: string): string {
  const email = text.trim().toLowerCase();
  if (!isEmail(email)) throw validationRefusal(`Email address ${text} is invalid`);
  return email;
}

function emailChannel(channel: unknown): void {
  if (channel !== 'EMAIL') throw validationRefusal(`channel ${JSON.stringify(channel)} is not one of EMAIL`);
}

function checkedBasis(value: unknown): string | undefined {
  const basis = optionalText(value, 'legalBasis');
  if (basis !== undefined && !legalBases.some((one) => one === basis)) throw validationRefusal(`legalBasis ${basis} is not one of ${legalBases.join(', ')}`);
  return basis;
}

function stateOf(value: unknown): StatusState {
  if (value === 'SUBSCRIBED' || value === 'UNSUBSCRIBED' || value === 'NOT_SPECIFIED') return value;
  throw validationRefusal(`statusState ${JSON.stringify(value)} is not one of SUBSCRIBED, UNSUBSCRIBED, NOT_SPECIFIED`);
}

/** A status as v4 and the dated versions print it (OpenAPI `PublicStatus`). */
function show(call: Call, status: SubscriptionStatus, reason?: string): object {
  return {
    channel: 'EMAIL',
    source: status.source,
    status: status.status,
    subscriberIdString: status.email,
    subscriptionId: status.subscriptionId,
    subscriptionName: call.parts.subscriptions.definition(status.subscriptionId).name,
    timestamp: new Date(status.at).toISOString(),
    ...(status.legalBasis === null ? {} : { legalBasis: status.legalBasis }),
    ...(status.explanation === null ? {} : { legalBasisExplanation: status.explanation }),
    ...(reason === undefined ? {} : { setStatusSuccessReason: reason }),
  };
}

function setOne(call: Call, email: string, input: Record<string, unknown>): object {
  emailChannel(input['channel']);
  const id = Number(textOf(input['subscriptionId'], 'subscriptionId'));
  const reason = call.parts.subscriptions.set(email, id, stateOf(input['statusState']), {
    legalBasis: checkedBasis(input['legalBasis']),
    explanation: optionalText(input['legalBasisExplanation'], 'legalBasisExplanation'),
    by: appActor(call.token),
  });
  const status = call.parts.subscriptions.statuses(email).find((one) => one.subscriptionId === id);
  if (status === undefined) throw validationRefusal(`Subscription ${id} does not exist`);
  return show(call, status, reason);
}

function unsubscribeAll(call: Call, email: string): object[] {
  const reason = call.parts.subscriptions.set(email, everySubscription, 'UNSUBSCRIBED', { by: appActor(call.token) });
  return call.parts.subscriptions.statuses(email).map((status) => show(call, status, reason));
}

function wide(call: Call, email: string): object {
  const { status, at } = call.parts.subscriptions.wide(email);
  return { channel: 'EMAIL', status, subscriberIdString: email, timestamp: new Date(at).toISOString(), wideStatusType: 'PORTAL_WIDE' };
}

function results(call: Call, list: object[]): Reply {
  return batchReply(call, call.parts.clock.now(), list, []);
}

/** A status as v3 prints it (OpenAPI `PublicSubscriptionStatus`). */
function showV3(call: Call, status: SubscriptionStatus): object {
  const definition = call.parts.subscriptions.definition(status.subscriptionId);
  const all = call.parts.subscriptions.optedOut(status.email);
  return {
    id: definition.id,
    name: definition.name,
    description: definition.description,
    status: status.status === 'SUBSCRIBED' ? 'SUBSCRIBED' : 'NOT_SUBSCRIBED',
    sourceOfStatus: all ? 'PORTAL_WIDE_STATUS' : 'SUBSCRIPTION_STATUS',
    ...(status.legalBasis === null ? {} : { legalBasis: status.legalBasis }),
    ...(status.explanation === null ? {} : { legalBasisExplanation: status.explanation }),
  };
}

const statusV3: Operation['run'] = (call) => {
  const email = address(call.params['email'] ?? '');
  return { status: 200, body: { recipient: email, subscriptionStatuses: call.parts.subscriptions.statuses(email).map((status) => showV3(call, status)) } };
};

function changeV3(state: StatusState): Operation['run'] {
  return (call) => {
    const input = objectOf(call.body);
    const email = address(textOf(input['emailAddress'], 'emailAddress'));
    const id = Number(textOf(input['subscriptionId'], 'subscriptionId'));
    call.parts.subscriptions.set(email, id, state, {
      legalBasis: checkedBasis(input['legalBasis']),
      explanation: optionalText(input['legalBasisExplanation'], 'legalBasisExplanation'),
      by: appActor(call.token),
    });
    const status = call.parts.subscriptions.statuses(email).find((one) => one.subscriptionId === id);
    return { status: 200, body: status === undefined ? {} : showV3(call, status) };
  };
}

function emails(call: Call): string[] {
  return arrayOf(objectOf(call.body)['inputs'], 'inputs').map((input) => address(textOf(input, 'input')));
}

function channelOfQuery(call: Call): void {
  emailChannel(call.query.get('channel'));
}

/** Communication preferences: v3, v4, and the dated versions, which hold both. */
export const preferenceOperations: readonly Operation[] = [
  {
    method: 'GET', numbered: `${v3}/definitions`, scopes: read,
    run: (call) => ({ status: 200, body: { subscriptionDefinitions: call.parts.subscriptions.definitions() } }),
  },
  {
    method: 'GET', numbered: `${v4}/definitions`, dated: `${dated}/definitions`, scopes: read,
    run: (call) => results(call, call.parts.subscriptions.definitions()),
  },
  { method: 'GET', numbered: `${v3}/status/email/:email`, dated: `${dated}/status/email/:email`, scopes: read, run: statusV3 },
  { method: 'POST', numbered: `${v3}/unsubscribe`, dated: `${dated}/unsubscribe`, scopes: write, run: changeV3('UNSUBSCRIBED') },
  { method: 'POST', numbered: `${v3}/subscribe`, dated: `${dated}/subscribe`, scopes: write, run: changeV3('SUBSCRIBED') },
  {
    method: 'POST', numbered: `${v4}/statuses/batch/read`, dated: `${dated}/statuses/batch/read`, scopes: batchRead,
    run: (call) => {
      channelOfQuery(call);
      return results(call, emails(call).map((email) => ({ subscriberIdString: email, statuses: call.parts.subscriptions.statuses(email).map((status) => show(call, status)) })));
    },
  },
  {
    method: 'POST', numbered: `${v4}/statuses/batch/write`, dated: `${dated}/statuses/batch/write`, scopes: batchWrite,
    run: (call) =>
      results(
        call,
        arrayOf(objectOf(call.body)['inputs'], 'inputs').map((entry) => {
          const input = isObject(entry) ? entry : {};
          return setOne(call, address(textOf(input['subscriberIdString'], 'subscriberIdString')), input);
        }),
      ),
  },
  {
    method: 'POST', numbered: `${v4}/statuses/batch/unsubscribe-all/read`, dated: `${dated}/statuses/batch/unsubscribe-all/read`, scopes: batchRead,
    run: (call) => {
      channelOfQuery(call);
      return results(call, emails(call).map((email) => ({ subscriberIdString: email, wideStatuses: [wide(call, email)] })));
    },
  },
  {
    method: 'POST', numbered: `${v4}/statuses/batch/unsubscribe-all`, dated: `${dated}/statuses/batch/unsubscribe-all`, scopes: batchWrite,
    run: (call) => {
      channelOfQuery(call);
      const verbose = call.query.get('verbose') === 'true';
      return results(
        call,
        emails(call).map((email) => {
          const statuses = unsubscribeAll(call, email);
          return { subscriberIdString: email, ...(verbose ? { statuses } : {}) };
        }),
      );
    },
  },
  {
    method: 'GET', numbered: `${v4}/statuses/:email`, dated: `${dated}/statuses/:email`, scopes: read,
    run: (call) => {
      channelOfQuery(call);
      return results(call, call.parts.subscriptions.statuses(address(call.params['email'] ?? '')).map((status) => show(call, status)));
    },
  },
  {
    method: 'POST', numbered: `${v4}/statuses/:email`, dated: `${dated}/statuses/:email`, scopes: write,
    run: (call) => results(call, [setOne(call, address(call.params['email'] ?? ''), objectOf(call.body))]),
  },
  {
    method: 'GET', numbered: `${v4}/statuses/:email/unsubscribe-all`, dated: `${dated}/statuses/:email/unsubscribe-all`, scopes: read,
    run: (call) => {
      channelOfQuery(call);
      return results(call, [wide(call, address(call.params['email'] ?? ''))]);
    },
  },
  {
    method: 'POST', numbered: `${v4}/statuses/:email/unsubscribe-all`, dated: `${dated}/statuses/:email/unsubscribe-all`, scopes: write,
    run: (call) => {
      channelOfQuery(call);
      const statuses = unsubscribeAll(call, address(call.params['email'] ?? ''));
      return results(call, call.query.get('verbose') === 'true' ? statuses : []);
    },
  },
];
