import { NOTIFICATION_KINDS, STANDARD_CHANNELS } from '../../domain/notification';
import type { Findings } from '../fault';
import { get, list, text } from '../raw';

/** Kinds that are about no record of sales, so that no task can be left, and who reads them. */
const READERS = { rejection_digest: ['marketing'], weekly_digest: ['marketing', 'sales'], review_pack: ['marketing', 'sales'], stale: ['revops'], guard_stop: ['revops'], dead_letters: ['revops'] } as const;
/** Without an owner, or later, somebody else hears of these (S3). */
const ESCALATED = 'breach';
const CONTACTS = { task: 'salesforce_user', slack: 'slack', email: 'email' } as const;

/** Ways that lead to somebody: an e-mail needs its addresses, a task a record, an escalation its contact (S3). Whether the environment has what a way needs is told by `check`. */
export function checkNotifications(data: unknown, findings: Findings): void {
  for (const kind of NOTIFICATION_KINDS) {
    const ways = list(data, 'notifications', kind);
    for (const [index, way] of ways.entries()) {
      const path = ['notifications', kind, index];
      if (typeof way === 'string' && ways.indexOf(way) < index) findings.fault(path, `The way \`${way}\` stands twice.`, 'Write it once.');
      if (kind in READERS) checkReader(data, kind as keyof typeof READERS, way, path, findings);
      if (way === 'email' && text(data, 'notifications', 'addresses', 'from') === undefined) findings.fault(path, 'An e-mail needs a sender.', 'Add notifications: { addresses: { from: concord@your-domain } }.');
    }
  }
  const ways: readonly unknown[] = get(data, 'notifications', ESCALATED) === undefined ? STANDARD_CHANNELS[ESCALATED] : list(data, 'notifications', ESCALATED);
  for (const [way, key] of Object.entries(CONTACTS)) {
    if (text(data, 'notifications', 'escalation', key) === undefined || ways.includes(way)) continue;
    findings.warn(['notifications', 'escalation', key], `Nobody is escalated to by ${way}: \`${ESCALATED}\` does not go that way.`, `Add ${way} to notifications.${ESCALATED}, or remove the contact.`);
  }
  const from = text(data, 'notifications', 'quiet_hours', 'from');
  if (from !== undefined && from === text(data, 'notifications', 'quiet_hours', 'to')) findings.fault(['notifications', 'quiet_hours', 'to'], `Quiet hours begin and end at ${from}: nothing would tell them from the rest of the day.`, 'Write two different times, or remove quiet_hours.');
}

function checkReader(data: unknown, kind: keyof typeof READERS, way: unknown, path: (string | number)[], findings: Findings): void {
  const readers = READERS[kind];
  if (way === 'task') findings.fault(path, `\`${kind}\` is about no single record: no task can be left for it.`, 'Write slack or email.');
  if (way !== 'email') return;
  const silent = readers.filter((reader) => list(data, 'notifications', 'addresses', reader).length === 0);
  if (silent.length === readers.length) findings.fault(path, `\`${kind}\` goes by e-mail, but nobody’s address is given.`, `Add notifications: { addresses: { ${readers.map((reader) => `${reader}: [name@your-domain]`).join(', ')} } }.`);
  else for (const reader of silent) findings.warn(path, `\`${kind}\` is for both teams, but goes to no address of ${reader}.`, `Add notifications: { addresses: { ${reader}: [name@your-domain] } }.`);
}
