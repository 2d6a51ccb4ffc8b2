import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { Message, Messenger } from '../../src/domain/notification';
import { createMessengers } from '../../src/notify';
import { createEmail, htmlOf, optionsOf, textOf } from '../../src/notify/email';
import { SLACK_URL } from '../support/slack';
import { startMailServer, type MailServer } from '../support/smtp';

/* E-mail to a mail server of the test's own, over real TCP. */

const HEAD = { from: 'concord@acme.example', language: 'pt-BR', company: 'Acme <SA>' };
const message = (more: Partial<Message> = {}): Message => ({ id: 'm1', title: 'Ação atrasada: Ana', parts: [{ title: 'Ação atrasada: Ana', lines: ['Empresa: Cliente'], links: [{ label: 'HubSpot', url: 'https://app.hubspot.com/contacts/1?a=1&b=2' }] }], more: null, to: ['rita@acme.example', 'ops@acme.example'], mention: [], ...more });

let server: MailServer;
let email: Messenger;
beforeEach(async () => {
  server = await startMailServer();
  email = createEmail(server.url, HEAD);
});
afterEach(async () => {
  await email.close();
  await server.close();
});

test('one mail to all of them, in text and HTML, that no answering machine answers, under a Message-ID of its own', async () => {
  expect(await email.send(message())).toEqual({ outcome: 'sent', id: '<m1@acme.example>' });
  const [mail] = server.mails;
  expect(mail).toMatchObject({ from: 'concord@acme.example', to: ['rita@acme.example', 'ops@acme.example'] });
  expect(mail?.data).toMatch(/^Message-ID: <m1@acme\.example>$/m);
  expect(mail?.data).toMatch(/^Auto-Submitted: auto-generated$/m);
  expect(mail?.data).toMatch(/^From: Concord <concord@acme\.example>$/m);
  expect(mail?.data).toContain('text/plain');
  expect(mail?.data).toContain('text/html');
});

test('sent again it has the same Message-ID', async () => {
  server.mode = 'hang-up-after';
  expect(await email.send(message())).toMatchObject({ outcome: 'down' });
  server.mode = 'ok';
  expect(await email.send(message())).toMatchObject({ outcome: 'sent' });
  const ids = server.mails.map(({ data }) => /^Message-ID: (.*)$/m.exec(data)?.[1]);
  expect(ids).toEqual(['<m1@acme.example>', '<m1@acme.example>']);
});

test('a title cannot add headers', async () => {
  await email.send(message({ title: 'Hi\r\nBcc: evil@evil.example\r\n\r\nbody' }));
  expect(server.mails[0]?.to).toEqual(['rita@acme.example', 'ops@acme.example']);
  const [headers = ''] = (server.mails[0]?.data ?? '').split('\n\n');
  expect(headers).toContain('Subject: Hi Bcc: evil@evil.example body');
  expect(headers).not.toMatch(/^Bcc/m);
});

describe('trouble is told by a code, without words of the other side', () => {
  test('no address is known: this message; one is: sent', async () => {
    server.unknown.add('rita@acme.example');
    expect(await email.send(message())).toMatchObject({ outcome: 'sent' });
    server.unknown.add('ops@acme.example');
    expect(await email.send(message())).toEqual({ outcome: 'refused', code: 'eenvelope_550' });
  });
  test('busy, and gone', async () => {
    server.mode = 'busy';
    expect(await email.send(message())).toEqual({ outcome: 'down', code: expect.stringMatching(/^e[a-z]+(_421)?$/) });
    await server.close();
    expect(await email.send(message())).toEqual({ outcome: 'down', code: expect.stringMatching(/^e[a-z]+$/) });
  });
  test('a server that never answers does not hold anybody up', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
    const mute = createServer();
    await new Promise<void>((ready) => mute.listen(0, '127.0.0.1', ready));
    const stuck = createEmail(`smtp://127.0.0.1:${(mute.address() as AddressInfo).port}`, HEAD);
    try {
      const sending = stuck.send(message());
      await jest.advanceTimersByTimeAsync(61_000);
      expect(await sending).toMatchObject({ outcome: 'down' });
    } finally {
      jest.useRealTimers();
      await stuck.close();
      mute.close();
    }
  });
});

describe('the connection', () => {
  test.each([
    ['smtps://u:p%40w@mail.acme.example', { host: 'mail.acme.example', port: 465, secure: true, requireTLS: false, auth: { user: 'u', pass: 'p@w' } }],
    ['smtp://mail.acme.example', { host: 'mail.acme.example', port: 587, secure: false, requireTLS: true }],
    ['smtp://127.0.0.1:2525', { host: '127.0.0.1', port: 2525, secure: false, requireTLS: false }],
    ['smtp://[::1]:2525', { host: '::1', port: 2525, secure: false, requireTLS: false }],
  ])('%s', (url, options) => {
    expect(optionsOf(url)).toMatchObject({ ...options, disableFileAccess: true, disableUrlAccess: true });
    expect('auth' in optionsOf(url)).toBe('auth' in options);
  });

  test('a server that offers no encryption is not written to, beyond loopback', async () => {
    // The same server, by an address that is none of loopback's as far as anybody can tell from it.
    const strict = createEmail(server.url.replace('127.0.0.1', '0.0.0.0'), HEAD);
    expect(await strict.send(message())).toEqual({ outcome: 'down', code: expect.stringMatching(/^e(tls|socket|connection)/) });
    expect(server.mails).toEqual([]);
    await strict.close();
  });
});

describe('what stands in it', () => {
  const many = message({ title: '3 prazos', parts: [{ title: '<b>One</b>', lines: ['a & b', '"q"\n\'s\''], links: [{ label: 'HubSpot', url: 'https://x.example/"><script>' }] }, { title: 'Two', lines: [] }], more: '… e mais 1' });
  test('text', () => {
    expect(textOf(many, HEAD)).toBe('3 prazos\n\n<b>One</b>\na & b\n"q"\n\'s\'\nHubSpot: https://x.example/"><script>\n\nTwo\n\n… e mais 1\n\nConcord · Acme <SA>');
    expect(textOf(message(), HEAD).match(/Ação atrasada/g)).toHaveLength(1);
  });
  test('HTML, with everything from a CRM escaped', () => {
    const html = htmlOf(many, HEAD);
    expect(html).toContain('<html lang="pt-BR">');
    expect(html).toContain('<h3 style="margin:16px 0 4px">&lt;b&gt;One&lt;/b&gt;</h3>');
    expect(html).toContain('a &amp; b<br>&quot;q&quot;<br>&#39;s&#39;<br><a href="https://x.example/&quot;&gt;&lt;script&gt;">HubSpot</a>');
    expect(html).toContain('Acme &lt;SA&gt;');
    expect(html).not.toContain('<script>');
  });
});

test('messengers are those that the environment and the agreement give', () => {
  const head = { language: 'en', company: 'Acme' };
  expect(Object.keys(createMessengers({}, { ...head, from: null }))).toEqual([]);
  expect(Object.keys(createMessengers({ slackWebhookUrl: SLACK_URL, smtpUrl: server.url }, { ...head, from: null }))).toEqual(['slack']);
  expect(Object.keys(createMessengers({ slackWebhookUrl: SLACK_URL, smtpUrl: server.url }, { ...head, from: 'concord@acme.example' }))).toEqual(['slack', 'email']);
});
