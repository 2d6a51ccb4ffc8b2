import type { Transporter } from 'nodemailer';
import type { Message, Messenger, SendOutcome } from '../domain/notification';

/*
 * E-mail over SMTP. Beyond loopback the connection is always encrypted (smtps, or smtp with STARTTLS). The Message-ID follows from the message, so that
 * the second of two that were sent because the first one's answer was lost can be recognised.
 */

/** What every e-mail of the agreement has in common. */
export interface Letterhead {
  from: string;
  /** For `lang` in the HTML. */
  language: string;
  company: string;
}

const CONNECT_MS = 10_000;
const SILENCE_MS = 20_000;
/** Of one message as a whole: far less than the time for which it is claimed. */
const DEADLINE_MS = 60_000;
const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]'];

/** A mail server's messenger, by `smtps://user:password@host:465` or `smtp://…:587`. Connects anew for each message. */
export function createEmail(smtpUrl: string, head: Letterhead): Messenger {
  const options = optionsOf(smtpUrl);
  let transport: Promise<Transporter> | null = null;
  return {
    async send(message) {
      // Loaded when there is something to send: most runs send nothing.
      transport ??= import('nodemailer').then(({ createTransport }) => createTransport(options));
      return within(DEADLINE_MS, transport.then((made) => sendBy(made, message, head)));
    },
    async close() {
      (await transport)?.close();
    },
  };
}

/** The connection's options. Parameters in the address are refused with the settings: they could switch the encryption's checks off. */
export function optionsOf(smtpUrl: string): { host: string; port: number; secure: boolean; requireTLS: boolean; auth?: { user: string; pass: string } } & Record<string, unknown> {
  const { protocol, hostname, port, username, password } = new URL(smtpUrl);
  const secure = protocol === 'smtps:';
  return {
    host: hostname.replaceAll(/^\[|\]$/g, ''),
    port: port === '' ? (secure ? 465 : 587) : Number(port),
    secure,
    requireTLS: !secure && !LOOPBACK.includes(hostname),
    ...(username === '' ? {} : { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    socketTimeout: SILENCE_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

async function sendBy(transport: Transporter, message: Message, head: Letterhead): Promise<SendOutcome> {
  // Loaded when there is one: most mails are short.
  const laidOut = message.digest === undefined ? null : await import('../report/digest/formats');
  const messageId = `<${message.id}@${head.from.slice(head.from.lastIndexOf('@') + 1)}>`;
  try {
    await transport.sendMail({
      from: { name: 'Concord', address: head.from },
      to: message.to,
      subject: oneLine(message.title),
      text: message.digest === undefined || laidOut === null ? textOf(message, head) : laidOut.textOf(message.digest),
      html: message.digest === undefined || laidOut === null ? htmlOf(message, head) : laidOut.htmlOf(message.digest),
      messageId,
      // RFC 3834: no out-of-office replies.
      headers: { 'Auto-Submitted': 'auto-generated' },
    });
    return { outcome: 'sent', id: messageId };
  } catch (error) {
    const { code, responseCode } = error as { code?: unknown; responseCode?: unknown };
    const why = typeof code === 'string' && /^[A-Z_]{3,20}$/.test(code) ? code.toLowerCase() : 'unreachable';
    const named = typeof responseCode === 'number' ? `${why}_${responseCode}` : why;
    // EENVELOPE: it took none of the addresses; EMESSAGE: not this message.
    return { outcome: why === 'eenvelope' || why === 'emessage' ? 'refused' : 'down', code: named };
  }
}

function within(ms: number, sending: Promise<SendOutcome>): Promise<SendOutcome> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<SendOutcome>((resolve) => {
    timer = setTimeout(() => resolve({ outcome: 'down', code: 'timeout' }), ms);
  });
  return Promise.race([sending, late]).finally(() => clearTimeout(timer));
}

export function textOf(message: Message, head: Pick<Letterhead, 'company'>): string {
  const parts = message.parts.map((part) => [...(isOnly(message) ? [] : [part.title]), ...part.lines, ...(part.links ?? []).map(({ label, url }) => `${label}: ${url}`)].join('\n'));
  return [message.title, ...parts, ...(message.more === null ? [] : [message.more]), `Concord · ${head.company}`].join('\n\n');
}

export function htmlOf(message: Message, head: Pick<Letterhead, 'company' | 'language'>): string {
  const parts = message.parts.map((part) => {
    const links = (part.links ?? []).map(({ label, url }) => `<a href="${escaped(url)}">${escaped(label)}</a>`).join(' · ');
    const title = isOnly(message) ? '' : `<h3 style="margin:16px 0 4px">${escaped(part.title)}</h3>`;
    return `${title}<p style="margin:4px 0">${[...part.lines.map(escaped), ...(links === '' ? [] : [links])].join('<br>')}</p>`;
  });
  const more = message.more === null ? '' : `<p>${escaped(message.more)}</p>`;
  return `<!doctype html><html lang="${escaped(head.language)}"><head><meta charset="utf-8"><title>${escaped(oneLine(message.title))}</title></head><body style="font-family:sans-serif;font-size:14px"><h2>${escaped(message.title)}</h2>${parts.join('')}${more}<p style="color:#666">Concord · ${escaped(head.company)}</p></body></html>`;
}

function isOnly(message: Message): boolean {
  return message.parts.length === 1 && message.parts[0]?.title === message.title;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;').replaceAll('\n', '<br>');
}

/** A header is one line. */
function oneLine(text: string): string {
  return text.replaceAll(/[\u0000-\u001f\u007f]+/g, ' ');
}
