import type { EpochMs } from '../../domain/record';
import { stands } from '../known';
import { isPublicMail } from '../publicMail';
import { CallFailed } from '../pace';
import type { Assignee } from '../survey';
import type { HubspotApi } from './api';
import { Owner, parseEach } from './schema';

/** HubSpot's owners: people and queues that records belong to. All are read when first asked for, and again when what was read does not stand any more. */
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
  at: EpochMs;
  /** By owner id and by user id. Null: the app may not ask, and nobody can be missed. */
  ids: ReadonlySet<string> | null;
  queues: ReadonlySet<string>;
  byUser: Map<string, string>;
  byOwner: Map<string, string>;
  active: Assignee[];
  domains: Map<string, number>;
  /** By user id and by owner id. */
  emails: Map<string, string>;
}

export function createOwners(api: HubspotApi, now: () => EpochMs): Owners {
  let known: Promise<Known> | undefined;
  const all = (): Promise<Known> => {
    known ??= load(api, now()).catch((error: unknown) => {
      known = undefined;
      throw error;
    });
    return known;
  };
  /** All of them, read again after a while, and sooner when one of `ids` is nobody's. */
  const allFor = async (ids: Iterable<string> = []): Promise<Known> => {
    const asked = all();
    const { at, ids: found } = await asked;
    if (stands(at, now(), found === null || [...ids].every((id) => found.has(id)))) return asked;
    if (known === asked) known = undefined;
    return all();
  };
  return {
    async queues(ownerIds) {
      return ownerIds.size === 0 ? new Set() : (await allFor(ownerIds)).queues;
    },
    async names(ids) {
      const found = new Map<string, string>();
      if (ids.length === 0) return found;
      const { byUser, byOwner } = await allFor(ids);
      for (const id of ids) {
        const name = byUser.get(id) ?? byOwner.get(id);
        if (name !== undefined) found.set(id, name);
      }
      return found;
    },
    active: async () => (await allFor()).active,
    domains: async () => [...(await allFor()).domains].sort(([, one], [, other]) => other - one).map(([domain]) => domain),
    async emails(ids) {
      if (ids.length === 0) return new Map();
      const { emails } = await allFor(ids);
      return new Map(ids.flatMap((id) => (emails.has(id) ? [[id, emails.get(id) as string] as const] : [])));
    },
  };
}

async function load(api: HubspotApi, at: EpochMs): Promise<Known> {
  const ids = new Set<string>();
  let mayAsk = true;
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
      if (page === null) {
        mayAsk = false;
        break;
      }
      for (const owner of parseEach(Owner, page.results).good) {
        for (const id of [owner.id, owner.userId, owner.userIdIncludingInactive]) if (id != null) ids.add(id);
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
  return { at, ids: mayAsk ? ids : null, queues, byUser, byOwner, active, domains, emails };
}

/** Null without the scope for owners: there are no names and no queues then, and everything else goes on. */
async function ownersPage(api: HubspotApi, archived: boolean, after: string | undefined): Promise<{ results: unknown[]; next: string | undefined } | null> {
  try {
    const { value } = await api.listOwners({ archived, ...(after === undefined ? {} : { after }) });
    return { results: value.results, next: value.paging?.next?.after };
  } catch (error) {
    if (!(error instanceof CallFailed) || (error.problem.code !== 'missing_scope' && error.problem.code !== 'no_permission')) throw error;
    return null;
  }
}
