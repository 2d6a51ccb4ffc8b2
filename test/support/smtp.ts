import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

/*
 * A mail server as far as a sender sees it (RFC 5321): it greets, takes a message and keeps it. It can refuse an address, refuse everything, or hang up
 * after it has taken a message, before it says so.
 */

export interface Mail {
  from: string;
  to: string[];
  /** Headers and body as sent, line breaks as LF. */
  data: string;
}

export interface MailServer {
  url: string;
  mails: Mail[];
  /** How it behaves from now on. */
  mode: 'ok' | 'busy' | 'hang-up-after';
  /** Addresses that it does not know. */
  unknown: Set<string>;
  close(): Promise<void>;
}

export async function startMailServer(): Promise<MailServer> {
  const sockets = new Set<Socket>();
  const state: MailServer = { url: '', mails: [], mode: 'ok', unknown: new Set(), close: () => Promise.resolve() };
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    converse(socket, state);
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  state.url = `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`;
  state.close = () =>
    new Promise((closed) => {
      for (const socket of sockets) socket.destroy();
      server.close(() => closed());
    });
  return state;
}

function converse(socket: Socket, state: MailServer): void {
  let buffer = '';
  let mail: Mail = { from: '', to: [], data: '' };
  let isData = false;
  const say = (line: string): void => void socket.write(`${line}\r\n`);
  say(state.mode === 'busy' ? '421 busy' : '220 test');
  const address = (line: string): string => /<([^>]*)>/.exec(line)?.[1] ?? '';
  const take = (line: string): void => {
    const verb = line.slice(0, 4).toUpperCase();
    if (verb === 'EHLO' || verb === 'HELO') say('250 test');
    else if (verb === 'MAIL') {
      mail = { from: address(line), to: [], data: '' };
      say('250 ok');
    } else if (verb === 'RCPT') {
      if (state.unknown.has(address(line))) return say('550 no such user');
      mail.to.push(address(line));
      say('250 ok');
    } else if (verb === 'DATA') {
      isData = true;
      say('354 go on');
    } else if (verb === 'QUIT') {
      say('221 bye');
      socket.end();
    } else say('502 not known');
  };
  socket.on('data', (bytes) => {
    buffer += bytes.toString('utf8');
    for (;;) {
      const end = isData ? buffer.indexOf('\r\n.\r\n') : buffer.indexOf('\r\n');
      if (end < 0) return;
      const text = buffer.slice(0, end);
      buffer = buffer.slice(end + (isData ? 5 : 2));
      if (!isData) {
        take(text);
        continue;
      }
      isData = false;
      state.mails.push({ ...mail, data: text.replaceAll('\r\n', '\n') });
      if (state.mode === 'hang-up-after') socket.destroy();
      else say('250 taken');
    }
  });
}
