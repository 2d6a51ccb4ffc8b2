import { ConcordError } from '../../src/domain/problem';
import { openStore } from '../../src/store';
import { isInTheClear } from '../../src/store/postgres';
import { parseStoreUrl } from '../../src/store/url';
import { startPostgres } from '../support/postgres';
import type { Postgres } from '../support/postgres';
import { describeWith, POSTGRES } from '../support/skips';
import { contact } from './samples';

async function refusal(address: string): Promise<ConcordError> {
  const outcome: unknown = await openStore(address).then(
    (store) => store.close().then(() => 'opened'),
    (error: unknown) => error,
  );
  expect(outcome).toBeInstanceOf(ConcordError);
  return outcome as ConcordError;
}

describe('a PostgreSQL address', () => {
  it('may name a schema, which does not reach the server’s own options', () => {
    expect(parseStoreUrl('postgres://u:p@h/db?schema=acme')).toEqual({ kind: 'postgres', url: 'postgres://u:p@h/db', schema: 'acme' });
    expect(parseStoreUrl('postgresql://h/db?sslmode=require&schema=acme&x=1')).toEqual({ kind: 'postgres', url: 'postgresql://h/db?sslmode=require&x=1', schema: 'acme' });
    expect(parseStoreUrl('postgres://h/db')).toEqual({ kind: 'postgres', url: 'postgres://h/db', schema: null });
    expect(() => parseStoreUrl('postgres://h/db?options=-c%20x')).toThrow(ConcordError);
  });

  it.each<[string, boolean]>([
    ['postgres://u:p@db.acme.com/concord', true],
    ['postgres://u:p@10.0.0.7:5433/concord', true],
    ['postgres://u:p@127.acme.com/concord', true],
    ['postgres://u:p@[fd00::7]/concord', true],
    ['postgres://u:p@db.acme.com/concord?sslmode=disable', true],
    ['postgres:///concord?host=db.acme.com', true],
    ['postgres://u:p@localhost/concord?host=db.acme.com', true],
    ['postgres://u:p@db.acme.com/concord?sslmode=verify-full', false],
    ['postgres://u:p@db.acme.com/concord?ssl=true', false],
    ['postgres://u:p@localhost/concord', false],
    ['postgres://u:p@127.0.0.1:5433/concord', false],
    ['postgres://u:p@127.0.1.1/concord', false],
    ['postgres://u:p@[::1]/concord', false],
    ['postgres://u@%2Fvar%2Frun%2Fpostgresql/concord', false],
    ['postgres:///concord?host=/var/run/postgresql', false],
  ])('%s leads out of this machine in the clear: %s', (url, expected) => {
    expect(isInTheClear(url)).toBe(expected);
  });

  it('is read as the driver reads it, with its environment', () => {
    const { env } = process;
    try {
      process.env = { ...env, PGSSLMODE: 'require' };
      expect(isInTheClear('postgres://u:p@db.acme.com/concord')).toBe(false);
      process.env = { ...env, PGHOST: 'db.acme.com' };
      expect(isInTheClear('postgres:///concord')).toBe(true);
    } finally {
      process.env = env;
    }
  });

  it('where nobody answers is refused without quoting the password', async () => {
    const error = await refusal('postgres://user:secret-word@127.0.0.1:1/db');
    expect(error).toMatchObject({ code: 'store_unreachable', exit: 1 });
    expect(JSON.stringify([error.message, error.remedy, error.where, error.stack])).not.toContain('secret-word');
  });
});

describeWith(POSTGRES, 'a PostgreSQL server', () => {
  let server: Postgres;
  beforeAll(async () => {
    server = (await startPostgres()) as Postgres;
  });
  afterAll(() => server.stop());

  it('that has no such database or user refuses with exit 2', async () => {
    expect(await refusal(server.url.replace('/postgres', '/nothing'))).toMatchObject({ code: 'store_credentials', exit: 2, where: '3D000' });
    expect(await refusal(server.url.replace('concord@', 'nobody@'))).toMatchObject({ code: 'store_credentials', exit: 2 });
  });

  it('keeps the stores of two schemas apart (section 12)', async () => {
    const [one, other] = [await openStore(`${server.url}?schema=one`), await openStore(`${server.url}?schema=other`)];
    await one.transaction(null, (tx) => tx.putRecords([contact('1')]));
    expect(await other.pageRecords('hubspot', 'contact', null, 9)).toEqual([]);
    expect((await one.acquireLock('a', 1, 1000)).ok && (await other.acquireLock('a', 1, 1000)).ok).toBe(true);
    await Promise.all([one.close(), other.close()]);
  });

  it('without a schema in the address keeps a store of its own beside those of named schemas, in any order', async () => {
    const named = await openStore(`${server.url}?schema=beside`);
    const plain = await openStore(server.url);
    const later = await openStore(`${server.url}?schema=afterwards`);
    for (const [store, id] of [[named, '1'], [plain, '2'], [later, '3']] as const) await store.transaction(null, (tx) => tx.putRecords([contact(id)]));

    const ids = await Promise.all([named, plain, later].map(async (store) => (await store.pageRecords('hubspot', 'contact', null, 9)).map((record) => record.ref.id)));
    expect(ids).toEqual([['1'], ['2'], ['3']]);

    await Promise.all([named.close(), plain.close(), later.close()]);
    const again = await openStore(server.url);
    expect(await again.pageRecords('hubspot', 'contact', null, 9)).toHaveLength(1);
    await again.close();
  });

  it('where the user’s default schema does not exist is refused with what is missing', async () => {
    const { Client } = await import('pg');
    const client = new Client({ connectionString: server.url });
    await client.connect();
    await client.query('create role homeless login');
    await client.query('alter role homeless set search_path = nowhere');
    await client.end();
    expect(await refusal(server.url.replace('concord@', 'homeless@'))).toMatchObject({ code: 'store_permission', exit: 2, where: '3F000' });
  });

  it('that a newer Concord wrote to is refused', async () => {
    await (await openStore(`${server.url}?schema=newer`)).close();
    const { Client } = await import('pg');
    const client = new Client({ connectionString: server.url });
    await client.connect();
    await client.query("insert into newer.kysely_migration values ('9999-from-the-future', '2030-01-01')");
    await client.end();
    expect(await refusal(`${server.url}?schema=newer`)).toMatchObject({ code: 'store_newer', exit: 2 });
    await expect(openStore(`${server.url}?schema=not_newer`).then((store) => store.close())).resolves.toBeUndefined();
  });

  it('whose user may not make tables is refused with what is missing', async () => {
    const { Client } = await import('pg');
    const client = new Client({ connectionString: server.url });
    await client.connect();
    await client.query('create role reader login');
    await client.end();
    expect(await refusal(`${server.url.replace('concord@', 'reader@')}?schema=locked`)).toMatchObject({ code: 'store_permission', exit: 2, where: '42501' });
  });

  it('that takes no writes any more (a standby after a failover), or cancels statements, says which of the two', async () => {
    const address = `${server.url}?schema=failover`;
    await (await openStore(address)).close();
    const { Client } = await import('pg');
    const [admin, holder] = [new Client({ connectionString: server.url }), new Client({ connectionString: server.url })];
    await Promise.all([admin.connect(), holder.connect()]);
    await admin.query('alter role concord set default_transaction_read_only = on');
    const failed = await openStore(address).then(
      async (store) => store.transaction(null, (tx) => tx.setMeta('k', 'v')).finally(() => store.close()),
      (error: unknown) => error,
    ).catch((error: unknown) => error);
    await admin.query('alter role concord reset default_transaction_read_only');
    expect(failed).toMatchObject({ code: 'store_read_only', exit: 1, where: '25006', message: expect.stringContaining('standby') });

    const store = await openStore(address);
    // The turn of writers is held by someone else, so that the statement lasts.
    await holder.query('begin');
    await holder.query("select * from failover.locks where name = 'writer' for update");
    const cancelled = store.transaction(null, (tx) => tx.setMeta('k', 'v')).catch((error: unknown) => error);
    for (let done = 0; done === 0; ) done = (await admin.query("select pg_cancel_backend(pid) from pg_stat_activity where application_name = 'concord' and wait_event_type = 'Lock'")).rowCount ?? 0;
    expect(await cancelled).toMatchObject({ code: 'store_busy', exit: 1, where: '57014', message: expect.stringContaining('cancelled') });
    await holder.query('rollback');
    expect(await store.meta('k')).toBeNull();
    await Promise.all([admin.end(), holder.end(), store.close()]);
  });

  it('is asked for signs of life while an answer is waited for, so that one that vanished without a word is noticed', async () => {
    const { Socket } = await import('node:net');
    const asked = jest.spyOn(Socket.prototype, 'setKeepAlive');
    const store = await openStore(`${server.url}?schema=alive`);
    expect(asked).toHaveBeenCalledWith(true, 10_000);
    asked.mockRestore();
    await store.close();
  });

  it('that goes away in the middle ends the transaction with nothing kept, and comes back', async () => {
    const store = await openStore(`${server.url}?schema=gone`);
    const { Client } = await import('pg');
    const work = store.transaction(null, async (tx) => {
      await tx.setMeta('k', 'v');
      const client = new Client({ connectionString: server.url });
      await client.connect();
      await client.query("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'concord'");
      await client.end();
      await tx.setMeta('k', 'w');
    });
    await expect(work).rejects.toMatchObject({ code: 'store_unreachable', exit: 1 });
    expect(await store.meta('k')).toBeNull();
    await store.close();
  });
});
