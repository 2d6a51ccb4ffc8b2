import { createServer, type AddressInfo, type Server } from 'node:net';
import { asStoreError } from '../../src/store/errors';
import { openStoreAt } from '../../src/wire';

/* A PostgreSQL that is asked for an encrypted connection: what comes of it is the settings' matter, not a fault of Concord. */

/** Answers the wish for TLS (PostgreSQL's SSLRequest) with one byte and ends. */
async function answering(byte: string): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end(byte));
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  return server;
}

test.each([
  ['has none', 'N'],
  ['answers something else', 'E'],
])('a server that %s is told as a matter of sslmode, with exit code 2 and without the password', async (_what, byte) => {
  const server = await answering(byte);
  try {
    const url = `postgres://concord:hunter2hunter2@127.0.0.1:${(server.address() as AddressInfo).port}/concord?sslmode=verify-full`;
    const error: unknown = await openStoreAt(url).then(
      () => null,
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code: 'store_tls', exit: 2, remedy: expect.stringContaining('sslrootcert') });
    expect(JSON.stringify(error) + String(error)).not.toContain('hunter2');
  } finally {
    await new Promise((closed) => server.close(closed));
  }
});

test.each(['DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'CERT_HAS_EXPIRED', 'ERR_TLS_CERT_ALTNAME_INVALID'])('a certificate that is refused: %s', (code) => {
  expect(asStoreError(Object.assign(new Error('certificate'), { code }))).toMatchObject({ code: 'store_tls', exit: 2, where: code });
});

test('a file of authorities that is not there', async () => {
  await expect(openStoreAt('postgres://concord@127.0.0.1:9/concord?sslmode=verify-full&sslrootcert=/nowhere/ca.pem')).rejects.toMatchObject({ code: 'store_tls', exit: 2, where: 'ENOENT' });
});
