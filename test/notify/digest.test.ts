import type { Digest, DigestPoint } from '../../src/domain/digest';
import type { Message } from '../../src/domain/notification';
import { createEmail } from '../../src/notify/email';
import { payloadOf } from '../../src/notify/slack';
import { startMailServer } from '../support/smtp';

/* Digests as Slack's blocks and as e-mails. */

const EVIL = '<!channel> <https://evil.example|x> & *bold*\n<@U1>';
const point = (id: string, rows: number, more: Partial<DigestPoint> = {}): DigestPoint => ({
  id,
  title: `Point ${id}`,
  lines: ['A line.'],
  tables: [{ id, columns: [{ label: 'What', numeric: false }, { label: 'Now', numeric: true }, { label: 'Before', numeric: true }, { label: 'Owner', numeric: false }], rows: Array.from({ length: rows }, (_, at) => [{ text: `Row ${at}` }, { text: '12' }, { text: '–' }, { text: 'Rita' }]) }],
  links: [],
  blanks: [],
  ...more,
});
const digest = (points: DigestPoint[], more: Partial<Digest> = {}): Digest => ({ digest: 'weekly', title: 'Weekly numbers', company: 'Acme', language: 'en', timeZone: 'UTC', asOf: 0, agreement: 'a', currency: 'USD', period: { from: '2026-11-16', to: '2026-11-22' }, before: { from: '2026-11-09', to: '2026-11-15' }, about: ['About.'], points, ...more });
const message = (made: Digest): Message => ({ id: 'm1', title: made.title, parts: [], digest: made, more: null, to: ['a@acme.example', 'b@acme.example'], mention: [] });
const textsOf = (made: Digest): string[] => payloadOf(message(made)).blocks.map((block) => block.text?.text ?? block.elements?.map((each) => each.text).join() ?? '');

describe('Slack', () => {
  test('a header, what it is about, a section a point; a row is a line, what is not measured is left out', () => {
    expect(payloadOf(message(digest([point('1', 1, { links: [{ label: 'Report', url: 'https://c.example/reports/sla?from=1&to=2' }] })])))).toEqual({
      text: 'Weekly numbers',
      blocks: [
        { type: 'header', text: { type: 'plain_text', text: 'Weekly numbers' } },
        { type: 'context', elements: [{ type: 'mrkdwn', text: 'About.', verbatim: true }] },
        { type: 'section', text: { type: 'mrkdwn', text: '*Point 1*\nA line.\n• Row 0 · Now *12* · Owner Rita\n<https://c.example/reports/sla?from=1&amp;to=2|Report>', verbatim: true } },
      ],
    });
  });

  test('figures beside those before; a first column of numbers has its name; what is not measured at all is left out', () => {
    const compared = { id: 'c', compares: true as const, columns: ['What', 'Nov 16', 'Nov 9', 'Change'].map((label, at) => ({ label, numeric: at > 0 })), rows: [[{ text: 'Won' }, { text: '3' }, { text: '2' }, { text: '+1' }], [{ text: 'Rate' }, { text: '5 % *' }, { text: '–' }, { text: '–' }], [{ text: 'Cycle' }, { text: '–' }, { text: '–' }, { text: '–' }]] };
    const score = { id: 's', columns: [{ label: 'Score', numeric: true }, { label: 'Level', numeric: false }], rows: [[{ text: '64' }, { text: 'fully' }], [{ text: '–' }, { text: '' }]] };
    expect(textsOf(digest([point('1', 0, { lines: [], tables: [compared, score] })])).at(-1)?.split('\n')).toEqual(['*Point 1*', '• Won: *3* (Nov 9: 2, +1)', '• Rate: *5 % ∗* (Nov 9: –)', '• Score *64* · Level fully']);
  });

  test('a text of a CRM mentions nobody, links nowhere and ends no bold (design 6)', () => {
    const made = digest([point('1', 0, { title: EVIL, lines: [EVIL], tables: [{ id: 't', columns: [{ label: EVIL, numeric: false }, { label: EVIL, numeric: true }], rows: [[{ text: EVIL, url: 'https://c.example/?a=|<' }, { text: EVIL }], [{ text: 'bad', url: 'javascript:alert(1)' }, { text: '1' }]] }] })], { about: [EVIL] });
    const mrkdwn = textsOf(made).slice(1).join('\n');
    expect(mrkdwn.replaceAll(/<https:\/\/c\.example[^>]*>/g, '')).not.toMatch(/[<>]/);
    expect(mrkdwn).not.toContain('javascript:');
    expect(mrkdwn).toContain('*&lt;!channel&gt; &lt;https://evil.example|x&gt; &amp; ∗bold∗ &lt;@U1&gt;*');
  });

  test.each([
    ['many rows', [point('1', 400)]],
    ['many points', Array.from({ length: 80 }, (_, at) => point(String(at), 1))],
    ['both', Array.from({ length: 20 }, (_, at) => point(String(at), 60))],
    ['signs that grow when they are escaped', Array.from({ length: 12 }, (_, at) => point(String(at), 0, { lines: Array.from({ length: 30 }, () => '&'.repeat(99)) }))],
  ])('stays under Slack’s limits with %s, and says how many lines it left out', (_name, points) => {
    const { blocks } = payloadOf(message(digest(points, { title: 'x'.repeat(400) })));
    expect(blocks.length).toBeLessThanOrEqual(50);
    expect(blocks[0]?.text?.text).toHaveLength(150);
    for (const block of blocks) expect(block.text?.text.length ?? 0).toBeLessThanOrEqual(3000);
    // Beyond some 13,000 characters Slack answers msg_blocks_too_long.
    expect(JSON.stringify(blocks).length).toBeLessThan(13_000);
    const told = blocks.flatMap((block) => block.text?.text.split('\n') ?? []).filter((line) => /^(•|A line|&)/.test(line)).length;
    const all = points.reduce((sum, each) => sum + each.lines.length + (each.tables[0]?.rows.length ?? 0), 0);
    expect(blocks.at(-1)?.elements?.[0]?.text).toContain(`${all - told} more lines`);
    expect(blocks.at(-1)?.elements?.[0]?.text).toContain('`concord digest weekly`');
  });
});

test('an e-mail to both teams in one: HTML and plain text, the title as its subject in one line', async () => {
  const mail = await startMailServer();
  const email = createEmail(mail.url, { from: 'concord@acme.example', language: 'en', company: 'Acme' });
  try {
    expect(await email.send(message(digest([point('1', 1, { title: EVIL })], { title: 'Weekly\nBcc: x@evil.example' })))).toMatchObject({ outcome: 'sent' });
    const [sent] = mail.mails;
    expect(sent?.to).toEqual(['a@acme.example', 'b@acme.example']);
    expect(sent?.data).toContain('Subject: Weekly Bcc: x@evil.example');
    expect(sent?.data.split('\n\n')[0]).not.toMatch(/^Bcc:/m);
    expect(sent?.data).toMatch(/Content-Type: multipart\/alternative/);
    expect(sent?.data).toContain('Auto-Submitted: auto-generated');
    const body = (sent?.data ?? '').replaceAll('=\n', '').replaceAll('=3D', '=');
    expect(body).toContain('&lt;!channel&gt;');
    expect(body).toMatch(/ {2}Row 0 +12 +=E2=80=93 +Rita/);
  } finally {
    await email.close();
    await mail.close();
  }
});
