import { problem, type Problem } from '../../domain/problem';
import { CallFailed } from '../pace';
import type { OperationName } from './paths';
import { AccountDetails, BatchReply, DailyUsage, Page, TokenInfo } from './schema';
import type { Answer, Transport } from './transport';

/** An answer that fits its schema, with HubSpot's clock when it was asked. */
export interface Reply<T> {
  value: T;
  askedAt: number | undefined;
  headers: Record<string, string>;
}

export interface ContactInput {
  id: string;
  properties: Record<string, string>;
  objectWriteTraceId: string;
}

/** A note on a contact's timeline. `hs_timestamp` is required and places it (https://developers.hubspot.com/docs/guides/api/crm/engagements/notes). */
export interface NoteInput {
  properties: { hs_timestamp: string; hs_note_body: string };
  contactId: string;
  objectWriteTraceId: string;
}

export interface SearchFilter {
  propertyName: string;
  operator: 'GTE' | 'GT';
  value: string;
}

export interface SearchRequest {
  filterGroups: { filters: SearchFilter[] }[];
  sorts: { propertyName: string; direction: 'ASCENDING' }[];
  properties: string[];
  limit: number;
}

export interface PropertyInput {
  name: string;
  label: string;
  groupName: string;
  type: string;
  fieldType: string;
  description: string;
  hasUniqueValue?: boolean;
  options?: { label: string; value: string; displayOrder: number; hidden: boolean }[];
}

export interface OptionInput {
  label: string;
  value: string;
  displayOrder: number;
  hidden: boolean;
  description?: string;
}

/** The few calls Concord makes. Every one throws `CallFailed`; an answer of another shape than the schema's is `unreadable`. */
export interface HubspotApi {
  accountDetails(): Promise<Reply<AccountDetails>>;
  dailyUsage(): Promise<Reply<DailyUsage>>;
  /** Undocumented for service keys: may be refused for a token that works otherwise. */
  tokenInfo(): Promise<Reply<TokenInfo>>;
  /** At most 100 records, by id. */
  listContacts(request: { limit: number; after?: string; properties: string[]; archived: boolean }): Promise<Reply<Page>>;
  /** At most 200 records. */
  searchContacts(request: SearchRequest): Promise<Reply<Page>>;
  /** At most 100 ids (50 with history), none twice. `idProperty` only for e-mails and unique properties. */
  readContacts(request: { ids: string[]; idProperty?: string; properties: string[]; history?: string[]; archived?: boolean }): Promise<Reply<BatchReply>>;
  /** At most 100 records, none twice. */
  updateContacts(inputs: ContactInput[]): Promise<Reply<BatchReply>>;
  createContacts(inputs: Omit<ContactInput, 'id'>[]): Promise<Reply<BatchReply>>;
  /** At most 100 notes. */
  createNotes(inputs: NoteInput[]): Promise<Reply<BatchReply>>;
  /** At most 100 ids, none twice. */
  readNotes(ids: string[], properties: string[]): Promise<Reply<BatchReply>>;
  /** Notes of at most 1,000 contacts, 500 of each at a time: `after` goes on where a contact's last page ended. A contact without any is among the errors. */
  readNotesOf(contacts: { id: string; after?: string }[]): Promise<Reply<BatchReply>>;
  listProperties(): Promise<Reply<Page>>;
  createProperties(inputs: PropertyInput[]): Promise<Reply<BatchReply>>;
  createProperty(input: PropertyInput): Promise<void>;
  /** Replaces the whole list of options: pass the old ones too. */
  replaceOptions(name: string, options: OptionInput[]): Promise<void>;
  /** At most 100. Archives properties with their values; HubSpot keeps the definitions for 90 days. */
  archiveProperties(names: string[]): Promise<void>;
  archiveProperty(name: string): Promise<void>;
  listGroups(): Promise<Reply<Page>>;
  createGroup(group: { name: string; label: string }): Promise<void>;
  /** Refused while a property is in it. */
  archiveGroup(name: string): Promise<void>;
  listOwners(request: { after?: string; archived: boolean }): Promise<Reply<Page>>;
  /** Opts the address out of every subscription. */
  unsubscribeAll(email: string): Promise<void>;
}

const CONTACTS = 'contacts';

/**
 * The client library's generated classes over our transport. They are loaded on first use: they are large. They only build the requests: their
 * models drop what they do not know (errors of a 200 among it) and fail on odd elements, so answers are read by the schemas from the whole JSON,
 * which the transport keeps aside, and the classes are handed an empty object.
 */
export function createApi(transport: Transport, token: string): HubspotApi {
  let loaded: Promise<Clients> | undefined;
  const clients = (): Promise<Clients> => (loaded ??= load(transport));
  let loadedNotes: ReturnType<typeof loadNotes> | undefined;
  const noteClients = (): ReturnType<typeof loadNotes> => (loadedNotes ??= loadNotes(transport));

  async function raw<T>(schema: Schema<T>, name: OperationName, more: { values?: string[]; query?: Record<string, string>; body?: unknown } = {}): Promise<Reply<T>> {
    return read(schema, await transport.send({ name, ...more }));
  }

  return {
    accountDetails: () => raw(AccountDetails, 'accountDetails'),
    dailyUsage: () => raw(DailyUsage, 'dailyUsage'),
    tokenInfo: () => raw(TokenInfo, 'tokenInfo', { body: { tokenKey: token } }),
    async listContacts({ limit, after, properties, archived }) {
      const { contacts } = await clients();
      return read(Page, answerOf(await contacts.basic.getPageWithHttpInfo(limit, after, properties, undefined, undefined, archived)));
    },
    async searchContacts(request) {
      const { contacts } = await clients();
      // The model calls `sorts` a list of texts; HubSpot takes the objects of its guide, and the serializer passes them through.
      const sorts = request.sorts as unknown as string[];
      const filterGroups = request.filterGroups.map(({ filters }) => ({
        filters: filters.map((filter) => ({ ...filter, operator: contacts.operators[filter.operator] })),
      }));
      return read(Page, answerOf(await contacts.search.doSearchWithHttpInfo({ ...request, sorts, filterGroups })));
    },
    async readContacts({ ids, idProperty, properties, history, archived }) {
      const { contacts } = await clients();
      const request = {
        inputs: ids.map((id) => ({ id })),
        properties,
        propertiesWithHistory: history ?? [],
        ...(idProperty === undefined ? {} : { idProperty }),
      };
      return read(BatchReply, answerOf(await contacts.batch.readWithHttpInfo(request, archived ?? false)));
    },
    async updateContacts(inputs) {
      const { contacts } = await clients();
      return read(BatchReply, answerOf(await contacts.batch.updateWithHttpInfo({ inputs })));
    },
    async createContacts(inputs) {
      const { contacts } = await clients();
      return read(BatchReply, answerOf(await contacts.batch.createWithHttpInfo({ inputs })));
    },
    async createNotes(inputs) {
      const { notes, toContact } = await noteClients();
      const request = { inputs: inputs.map(({ contactId, ...input }) => ({ ...input, associations: [{ to: { id: contactId }, types: [toContact] }] })) };
      return read(BatchReply, answerOf(await notes.createWithHttpInfo(request)));
    },
    async readNotes(ids, properties) {
      const { notes } = await noteClients();
      return read(BatchReply, answerOf(await notes.readWithHttpInfo({ inputs: ids.map((id) => ({ id })), properties, propertiesWithHistory: [] }, false)));
    },
    async readNotesOf(contacts) {
      const { associations } = await noteClients();
      return read(BatchReply, answerOf(await associations.getPageWithHttpInfo(CONTACTS, 'notes', { inputs: contacts })));
    },
    async listProperties() {
      const { properties } = await clients();
      return read(Page, answerOf(await properties.core.getAllWithHttpInfo(CONTACTS, false)));
    },
    async createProperties(inputs) {
      const { properties } = await clients();
      return read(BatchReply, answerOf(await properties.batch.createWithHttpInfo(CONTACTS, { inputs: inputs.map(properties.typed) })));
    },
    async createProperty(input) {
      const { properties } = await clients();
      await properties.core.createWithHttpInfo(CONTACTS, properties.typed(input));
    },
    async replaceOptions(name, options) {
      const { properties } = await clients();
      await properties.core.updateWithHttpInfo(CONTACTS, name, { options });
    },
    async archiveProperties(names) {
      await transport.send({ name: 'archiveProperties', values: [CONTACTS], body: { inputs: names.map((name) => ({ name })) } });
    },
    async archiveProperty(name) {
      await transport.send({ name: 'archiveProperty', values: [CONTACTS, name] });
    },
    async archiveGroup(name) {
      await transport.send({ name: 'archiveGroup', values: [CONTACTS, name] });
    },
    async listGroups() {
      const { properties } = await clients();
      return read(Page, answerOf(await properties.groups.getAllWithHttpInfo(CONTACTS)));
    },
    async createGroup({ name, label }) {
      const { properties } = await clients();
      await properties.groups.createWithHttpInfo(CONTACTS, { name, label, displayOrder: -1 });
    },
    async listOwners({ after, archived }) {
      const { owners } = await clients();
      return read(Page, answerOf(await owners.getPageWithHttpInfo(undefined, after, 100, archived)));
    },
    async unsubscribeAll(email) {
      await transport.send({ name: 'unsubscribeAll', values: [email], query: { channel: 'EMAIL' } });
    },
  };
}

type Clients = Awaited<ReturnType<typeof load>>;

/** The generated classes, each with our transport as its `httpApi`. The library's own retries, limiter and fetch are never reached. */
async function load(transport: Transport) {
  const [contacts, properties, owners] = await Promise.all([
    import('@hubspot/api-client/lib/codegen/crm/contacts'),
    import('@hubspot/api-client/lib/codegen/crm/properties'),
    import('@hubspot/api-client/lib/codegen/crm/owners'),
  ]);
  const contactsConfiguration = contacts.createConfiguration({
    baseServer: new contacts.ServerConfiguration(LIBRARY_HOST, {}),
    httpApi: contacts.wrapHttpLibrary({
      send: async (request) => wrapped(contacts.ResponseContext, await transport.forward(plain(request))),
    }),
  });
  const propertiesConfiguration = properties.createConfiguration({
    baseServer: new properties.ServerConfiguration(LIBRARY_HOST, {}),
    httpApi: properties.wrapHttpLibrary({
      send: async (request) => wrapped(properties.ResponseContext, await transport.forward(plain(request))),
    }),
  });
  const ownersConfiguration = owners.createConfiguration({
    baseServer: new owners.ServerConfiguration(LIBRARY_HOST, {}),
    httpApi: owners.wrapHttpLibrary({
      send: async (request) => wrapped(owners.ResponseContext, await transport.forward(plain(request))),
    }),
  });
  return {
    contacts: {
      basic: new contacts.BasicApi(contactsConfiguration),
      batch: new contacts.BatchApi(contactsConfiguration),
      search: new contacts.SearchApi(contactsConfiguration),
      operators: { GTE: contacts.FilterOperatorEnum.Gte, GT: contacts.FilterOperatorEnum.Gt },
    },
    properties: {
      core: new properties.CoreApi(propertiesConfiguration),
      batch: new properties.BatchApi(propertiesConfiguration),
      groups: new properties.GroupsApi(propertiesConfiguration),
      typed: (input: PropertyInput) => {
        const type = Object.values(properties.PropertyCreateTypeEnum).find((value) => value === input.type);
        const fieldType = Object.values(properties.PropertyCreateFieldTypeEnum).find((value) => value === input.fieldType);
        if (type === undefined || fieldType === undefined) throw new Error(`hubspot: no property type ${input.type}/${input.fieldType}`);
        return { ...input, type, fieldType };
      },
    },
    owners: new owners.OwnersApi(ownersConfiguration),
  };
}

/** The same for notes, which most runs leave none of. */
async function loadNotes(transport: Transport) {
  const [notes, associations] = await Promise.all([import('@hubspot/api-client/lib/codegen/crm/objects/notes'), import('@hubspot/api-client/lib/codegen/crm/associations/v4')]);
  const notesConfiguration = notes.createConfiguration({
    baseServer: new notes.ServerConfiguration(LIBRARY_HOST, {}),
    httpApi: notes.wrapHttpLibrary({
      send: async (request) => wrapped(notes.ResponseContext, await transport.forward(plain(request))),
    }),
  });
  const associationsConfiguration = associations.createConfiguration({
    baseServer: new associations.ServerConfiguration(LIBRARY_HOST, {}),
    httpApi: associations.wrapHttpLibrary({
      send: async (request) => wrapped(associations.ResponseContext, await transport.forward(plain(request))),
    }),
  });
  return {
    notes: new notes.BatchApi(notesConfiguration),
    associations: new associations.BatchApi(associationsConfiguration),
    /** From a note to a contact; the other direction is 201. */
    toContact: { associationCategory: notes.AssociationSpecAssociationCategoryEnum.HubspotDefined, associationTypeId: 202 },
  };
}

/** Where the library believes it talks to; the transport takes the path alone and sends it to the configured host. */
const LIBRARY_HOST = 'https://api.hubapi.com';

interface BuiltRequest {
  getHttpMethod(): string;
  getUrl(): string;
  getBody(): unknown;
}

function plain(request: BuiltRequest): { method: string; url: string; body: string | undefined } {
  const body = request.getBody();
  return { method: String(request.getHttpMethod()), url: request.getUrl(), body: typeof body === 'string' ? body : undefined };
}

/** What the library is handed as an answer's body; the true one rides along. */
class AnswerBody {
  constructor(readonly answer: Answer) {}
  text(): Promise<string> {
    return Promise.resolve('{}');
  }
  binary(): Promise<Buffer> {
    return Promise.resolve(Buffer.from('{}'));
  }
}

const CREATES: ReadonlySet<OperationName> = new Set<OperationName>(['createContacts', 'createNotes', 'createProperties', 'createProperty', 'createGroup']);

type MakesResponse<R> = new (status: number, headers: Record<string, string>, body: AnswerBody) => R;

function wrapped<R>(ResponseContext: MakesResponse<R>, answer: Answer): R {
  // Any 2xx is success to us, whichever of 200, 201 and 207 a family of paths answers; the library insists on one of them.
  const status = CREATES.has(answer.name) ? 201 : 200;
  return new ResponseContext(status, { 'content-type': 'application/json' }, new AnswerBody(answer));
}

function answerOf(info: { body: unknown }): Answer {
  if (!(info.body instanceof AnswerBody)) throw new Error('hubspot: an answer that did not come through the transport');
  return info.body.answer;
}

interface Schema<T> {
  safeParse(value: unknown): { success: true; data: T } | { success: false };
}

function read<T>(schema: Schema<T>, answer: Answer): Reply<T> {
  const parsed = schema.safeParse(answer.json);
  if (!parsed.success) throw new CallFailed(unreadable(answer), 'maybe');
  return { value: parsed.data, askedAt: answer.askedAt, headers: answer.headers };
}

function unreadable(answer: Answer): Problem {
  return problem('unreadable', 'hubspot', { vendorCode: `HTTP_${answer.status}` });
}
