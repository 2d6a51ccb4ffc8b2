import { isPublicMail } from '../publicMail';
import { CallFailed } from '../pace';
import type { Assignee } from '../survey';
import type { HubspotApi } from './api';
import { Owner, parseEach } from './schema';

/** HubSpot's owners: people and queues that records belong to. Read once, when first asked for. */
export interface Owners {
  /** Those of the given owners that are queues; nothing is asked when none is given. */
  queues(ownerIds: ReadonlySet<string>): Promise<ReadonlySet<string>>;
  /** Names by user id (what histories carry), or else by owner id (what `hubspot_owner_id` carries). Deactivated ones included. */
  names(ids: readonly string[]): Promise<Map<string, string>>;
  /** Those that records can be given to now. */
  active(): Promise<Assignee[]>;
  /** Domains of their addresses, the most frequent first, without public mail providers. */
  domains(): Promise<string[]>;
  /** The same for e-mail addresses; deactivated owners have none. */
  emails(ids: readonly string[]): Promise<Map<string, string>>;
}

interface Known {
  queues: ReadonlySet<string>;
  byUser: Map<string, string>;
  byOwner: Map<string, string>;
  active: Assignee[];
  domains: Map<string, number>;
  /** By user id and by owner id. */
  emails: Map<string, string>;
}

export function createOwners(api: HubspotApi): Owners {
  let known: Promise<Known> | undefined;
  const all = (): Promise<Known> => {
    known ??= load(api).catch((error: unknown) => {
      known = undefined;
      throw error;
    });
    return known;
  };
  return {
    async queues(ownerIds) {
      return ownerIds.size === 0 ? new Set() : (await all()).queues;
    },
    async names(ids) {
      const found = new Map<string, string>();
      if (ids.length === 0) return found;
      const { byUser, byOwner } = await all();
      for (const id of ids) {
        const name = byUser.get(id) ?? byOwner.get(id);
        if (name !== undefined) found.set(id, name);
      }
      return found;
    },
    active: async () => (await all()).active,
    domains: async () => [...(await all()).domains].sort(([, one], [, other]) => other - one).map(([domain]) => domain),
    async emails(ids) {
      if (ids.length === 0) return new Map();
      const { emails } = await all();
      return new Map(ids.flatMap((id) => (emails.has(id) ? [[id, emails.get(id) as string] as const] : [])));
    },
  };
}

async function load(api: HubspotApi): Promise<Known> {
  const queues = new Set<string>();
  const byUser = new Map<string, string>();
  const byOwner = new Map<string, string>();
  const active: Assignee[] = [];
  const domains = new Map<string, number>();
  const emails = new Map<string, string>();
  for (const archived of [false, true]) {
    let after: string | undefined;
    do {
      const page = await ownersPage(api, archived, after);
      for (const owner of parseEach(Owner, page.results).good) {
        if (owner.type === 'QUEUE') queues.add(owner.id);
        const domain = archived ? undefined : owner.email?.split('@')[1]?.toLowerCase();
        if (domain !== undefined && domain !== '' && !isPublicMail(domain)) domains.set(domain, (domains.get(domain) ?? 0) + 1);
        if (!archived && owner.email != null && owner.email !== '') for (const id of [owner.userId, owner.id]) if (id != null && !emails.has(id)) emails.set(id, owner.email);
        const name = [owner.firstName, owner.lastName].filter(Boolean).join(' ') || owner.email;
        if (name == null || name === '') continue;
        if (!archived) active.push({ id: owner.id, name, kind: owner.type === 'QUEUE' ? 'queue' : 'user', ...(owner.userId == null ? {} : { userId: owner.userId }) });
        if (!byOwner.has(owner.id)) byOwner.set(owner.id, name);
        const user = owner.userId ?? owner.userIdIncludingInactive;
        if (user != null && !byUser.has(user)) byUser.set(user, name);
      }
      after = page.next === after ? undefined : page.next;
    } while (after !== undefined);
  }
  return { queues, byUser, byOwner, active, domains, emails };
}

/** Without the scope for owners there are no names and no queues, and everything else goes on. */
async function ownersPage(api: HubspotApi, archived: boolean, after: string | undefined): Promise<{ results: unknown[]; next: string | undefined }> {
  try {
    const { value } = await api.listOwners({ archived, ...(after === undefined ? {} : { after }) });
    return { results: value.results, next: value.paging?.next?.after };
  } catch (error) {
    if (!(error instanceof CallFailed) || (error.problem.code !== 'missing_scope' && error.problem.code !== 'no_permission')) throw error;
    return { results: [], next: undefined };
  }
}
