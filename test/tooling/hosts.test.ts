import { get } from 'node:http';
import { get as getSecure } from 'node:https';
import { connect, createServer, Socket, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { connect as connectSecure } from 'node:tls';
import { guardHosts } from '../support/hosts';

/* The guard that test/setup.ts puts up: what would leave this machine fails and says where it wanted to go. */

/** Addresses that belong to nobody (RFC 5737, RFC 3849): without the guard nothing would answer there either, but not with this error. */
const FAR = ['192.0.2.1', '2001:db8::1', 'crm.invalid'];
const refused = (host: string): RegExp => new RegExp(`A test wants to connect to ${host.replaceAll('.', '\\.')}:`);

const failureOf = (start: { once(event: 'error', heard: (error: Error) => void): unknown }): Promise<string> => new Promise((done) => start.once('error', (error) => done(error.message)));

test.each(FAR)('%s: by fetch, HTTP, HTTPS, a socket or TLS, nothing gets there', async (host) => {
  const name = host.includes(':') ? `[${host}]` : host;
  const causes = await Promise.all(['http', 'https'].map((scheme) => fetch(`${scheme}://${name}/`).catch((error: { cause: Error }) => error.cause.message)));
  expect(causes).toEqual([expect.stringMatching(refused(host)), expect.stringMatching(refused(host))]);
  const starts = [get(`http://${name}/`), getSecure(`https://${name}/`), connect(80, host), connect({ port: 80, host }), connectSecure(443, host), connectSecure({ port: 443, host })];
  for (const failure of await Promise.all(starts.map(failureOf))) expect(failure).toMatch(refused(host));
});

test('a name that only begins like this machine’s is another one', async () => {
  for (const host of ['localhost.evil.example', '127.0.0.1.evil.example']) expect(await failureOf(connect(80, host))).toMatch(refused(host));
});

describe('this machine', () => {
  const reached = (socket: Socket): Promise<void> =>
    new Promise((done, failed) => {
      socket.once('error', failed);
      socket.once('connect', () => {
        socket.destroy();
        done();
      });
    });
  const servers = [0, join(tmpdir(), `concord-hosts-${process.pid}.sock`)].map((where) => ({ where, server: createServer((socket) => socket.destroy()) }));
  beforeAll(() => Promise.all(servers.map(({ where, server }) => new Promise<void>((done) => server.listen(typeof where === 'number' ? { port: where, host: '127.0.0.1' } : { path: where }, done)))));
  afterAll(() => servers.forEach(({ server }) => server.close()));

  test('is reached by port, by name and by file', async () => {
    const [{ server }, { where }] = servers as [(typeof servers)[0], (typeof servers)[0]];
    const { port } = server.address() as AddressInfo;
    await Promise.all([connect(port), connect(port, '127.0.0.1'), connect({ port, host: 'localhost' }), connect({ port }), connect(String(where)), connect({ path: String(where) })].map(reached));
  });

  test('the guard gives back what it found', () => {
    const before = Socket.prototype.connect;
    const release = guardHosts();
    expect(Socket.prototype.connect).not.toBe(before);
    release();
    expect(Socket.prototype.connect).toBe(before);
  });
});
