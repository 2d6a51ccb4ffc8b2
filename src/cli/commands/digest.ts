import { loadServerSettings } from '../../config/load';
import { DIGESTS, type Digest, type DigestName } from '../../domain/digest';
import { ConcordError, EXIT, type ExitCode } from '../../domain/problem';
import { digestPayload } from '../../notify/digestBlocks';
import { documentOf, htmlOf, markdownOf, textOf } from '../../report/digest/formats';
import { digestOf, holdReview, sendDigest, waysOf, type Sent } from '../../run/digests';
import { messengersOf, now } from '../../wire';
import { json, say, write } from '../print';
import { withStore, type CommonOptions, type Session } from '../session';

interface DigestOptions extends CommonOptions {
  format?: 'text' | 'md' | 'html' | 'slack' | 'json';
  period?: string;
  send?: boolean;
  again?: boolean;
  /** A date; true: today. */
  held?: string | boolean;
}

function usage(message: string, where: string, remedy: string): ConcordError {
  return new ConcordError({ code: 'bad_usage', message, where, remedy, exit: EXIT.usage });
}

/** `concord digest weekly|review`: prints the digest, sends it by the agreement's ways, or takes down that the joint review was held. */
export async function digest(options: DigestOptions, wish: string): Promise<ExitCode> {
  const name = DIGESTS.find((each) => each === wish);
  if (name === undefined) throw usage(`there is no digest ${wish}`, wish, `There are: ${DIGESTS.join(', ')}.`);
  if (options.again === true && options.send !== true) throw usage('--again goes with --send', '--again', 'Add --send, or leave --again away.');
  if (options.held !== undefined) return held(options, name);
  if (options.send === true && options.sandbox === true) throw usage('nothing of the sandbox CRMs is sent to anybody', '--send', 'Leave --send away: the digest is printed.');
  return withStore(options, async (session) => {
    const { store, agreement } = session;
    if (options.send === true) checkWays(session, name);
    const made = await digestOf(store, agreement, now(), name, { period: options.period, publicUrl: loadServerSettings().publicUrl });
    const sent = options.send === true ? await send(session, made, options.again === true) : null;
    await print(options, made, sent);
    return EXIT.done;
  });
}

/** The ways that the agreement names, with what they need of the environment. */
function checkWays({ settings, agreement }: Pick<Session, 'settings' | 'agreement'>, name: DigestName): void {
  const kind = name === 'weekly' ? 'weekly_digest' : 'review_pack';
  const ways = waysOf(agreement, name);
  if (ways.length === 0) throw usage(`the agreement sends the ${kind} to nobody`, `notifications.${kind}`, `Write notifications: { ${kind}: [slack, email] }, with the addresses of both teams.`);
  const messengers = messengersOf(settings, agreement);
  for (const channel of ways) {
    const variable = channel === 'slack' ? 'SLACK_WEBHOOK_URL' : 'SMTP_URL';
    if (messengers[channel] === undefined) throw new ConcordError({ code: 'bad_environment', message: `the agreement sends the ${kind} by ${channel}, but ${variable} is not set`, where: variable, remedy: `Set ${variable}, or take ${channel} out of notifications.${kind}.`, exit: EXIT.usage });
  }
}

async function send({ settings, agreement, store, log }: Omit<Session, 'parts'>, made: Digest, again: boolean): Promise<Sent> {
  const messengers = messengersOf(settings, agreement);
  try {
    return await sendDigest({ store, terms: { agreement }, messengers, log, clock: now }, made, again);
  } finally {
    for (const messenger of Object.values(messengers)) await messenger.close();
  }
}

async function print({ json: asJson, format }: DigestOptions, made: Digest, sent: Sent | null): Promise<void> {
  if (asJson === true || format === 'json') return json({ ...documentOf(made), sent: sent?.ways ?? null });
  if (format === 'html') return write(htmlOf(made));
  if (format === 'md') return write(markdownOf(made));
  if (format === 'slack') return json(digestPayload(made));
  if (sent === null) return write(textOf(made));
  for (const { channel, state, already } of sent.ways) {
    if (already) say(`${channel}: it has gone out before (${state}); --again sends it once more`);
    else say(`${channel}: ${state === 'sent' ? 'sent' : state === 'waiting' ? 'waits for the channel: the next run tries again' : 'given up: concord dead-letters says why'}`);
  }
}

async function held(options: DigestOptions, name: DigestName): Promise<ExitCode> {
  if (name !== 'review') throw usage('only the joint review is held', '--held', 'Write concord digest review --held.');
  for (const other of ['send', 'period', 'format'] as const) if (options[other] !== undefined) throw usage(`--held does not go with --${other}`, `--${other}`, 'Leave it away.');
  return withStore(options, async ({ store, agreement }) => {
    const taken = await holdReview(store, agreement, now(), typeof options.held === 'string' ? options.held : null);
    if (options.json === true) json({ held_on: taken.heldOn, next_due_on: taken.nextDueOn, agreement: taken.agreement });
    else say(`Taken down: the joint review was held on ${taken.heldOn}, under the agreement as it is now. The next one is due by ${taken.nextDueOn}.`);
    return EXIT.done;
  });
}
