import { ConcordError, EXIT } from '../../src/domain/problem';
import { failure, jsonWithList, plain, table } from '../../src/cli/print';

/* How results are drawn: whatever stands in a CRM, nothing is cut off, nothing runs out of 100 columns, and nothing steers the terminal. */

function capture(channel: 'stdout' | 'stderr'): () => string {
  let text = '';
  jest.spyOn(process[channel], 'write').mockImplementation((piece) => {
    text += String(piece);
    return true;
  });
  return () => text;
}

afterEach(() => jest.restoreAllMocks());

describe('table', () => {
  test.each([
    ['words', 'a sentence of a dozen words that does not fit into the column it gets '.repeat(3)],
    ['one endless word', 'x'.repeat(250)],
    ['an address', `https://acme.lightning.force.com/lightning/r/Lead/${'0'.repeat(120)}/view`],
    ['letters with marks', 'São Paulo, Bogotá e\u0301 '.repeat(12)],
    ['wide letters', '東京都千代田区'.repeat(12)],
    ['rare wide letters', '𠮷野家𠮟る'.repeat(20)],
    ['letters with marks of their own', 'सर्वश्रेष्ठविपणनप्रबंधक'.repeat(9)],
    ['marks above and below', 'ที่ปรึกษาด้านการตลาดผู้เชี่ยวชาญ'.repeat(8)],
    ['flags, keycaps and skin tones', '🇲🇽1️⃣👍🏽👩‍👩‍👧'.repeat(12)],
  ])('%s: all of it, within 100 columns', (_what, text) => {
    const out = capture('stdout');
    table(['record', 'field', 'why'], [['hubspot:contact:1001', 'concord_rejection_note', text]]);
    const drawn = out();
    const joined = drawn
      .split('\n')
      .filter((line) => line.startsWith('│'))
      .slice(1)
      .map((line) => line.split('│')[3]?.replaceAll(' ', '') ?? '')
      .join('');
    expect(joined).toBe(text.replaceAll(' ', ''));
    const columns = (line: string): number => [...new Intl.Segmenter().segment(line)].reduce((sum, { segment }) => sum + (/[\u4e00-\u9fff\u{20000}-\u{2ffff}]|\p{Emoji_Presentation}/u.test(segment) ? 2 : 1), 0);
    expect(Math.max(...drawn.split('\n').map(columns))).toBeLessThanOrEqual(100);
  });

  test('many columns with long names still fit', () => {
    const out = capture('stdout');
    table(Array.from({ length: 7 }, (_, at) => `column ${at} of seven`), [Array.from({ length: 7 }, () => '01K8Z3ABCDEFGHJKMNPQRSTVWX')]);
    expect(Math.max(...out().split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
  });

  test('no row: nothing is drawn', () => {
    const out = capture('stdout');
    table(['a'], []);
    expect(out()).toBe('');
  });
});

test('plain: line breaks stay, what would steer a terminal or turn the reading direction goes', () => {
  expect(plain('one\r\ntwo\tthree\u001b[31mred\u0007\u202egnirts\u0000')).toBe('one\ntwo three[31mredgnirts');
});

test('a list is one JSON document, empty or not', async () => {
  async function* numbers(upTo: number): AsyncGenerator<number> {
    for (let value = 0; value < upTo; value += 1) yield value;
  }
  for (const [upTo, head] of [[0, {}], [1, { run: 'a' }], [3, { run: 'a"b', totals: { people: 1 } }]] as const) {
    const out = capture('stdout');
    await jsonWithList(head, 'writes', numbers(upTo));
    expect(JSON.parse(out())).toEqual({ ...head, writes: Array.from({ length: upTo }, (_, value) => value) });
    jest.restoreAllMocks();
  }
});

describe('failure', () => {
  test('a known one keeps its code, place, remedy and exit code', () => {
    const out = capture('stdout');
    const code = failure(new ConcordError({ code: 'locked', message: 'another run is under way', remedy: 'Wait.', exit: EXIT.locked }), true);
    expect({ code, document: JSON.parse(out()) as unknown }).toEqual({ code: 5, document: { error: { code: 'locked', message: 'another run is under way', where: null, remedy: 'Wait.' } } });
  });

  test('an unexpected one exits 1 and lets no secret or address ride on its words', () => {
    const out = capture('stderr');
    const code = failure(new Error('connect postgres://concord:hunter2@db/concord with pat-na1-12345678-dead-beef failed for ana@cliente.example'), false);
    expect(code).toBe(1);
    expect(out()).toMatch(/an unexpected fault: connect/);
    expect(out()).not.toMatch(/hunter2|12345678|ana@cliente/);
  });
});
