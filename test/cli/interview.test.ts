import { PassThrough } from 'node:stream';
import { Interview } from '../../src/cli/commands/init/interview';

/* The interview on a terminal that is two streams: what is typed, and what is seen. */

describe('the interview', () => {
  let input: PassThrough;
  let seen: string;
  let interview: Interview;
  beforeEach(() => {
    input = new PassThrough();
    const output = new PassThrough();
    seen = '';
    output.on('data', (chunk: Buffer) => (seen += chunk.toString('utf8')));
    interview = new Interview(true, input, output);
  });
  afterEach(() => interview.close());

  /** Types the lines, one for each question. */
  async function typing<T>(lines: string[], work: () => Promise<T>): Promise<T> {
    const answer = work();
    for (const line of lines) {
      await new Promise((resolve) => setImmediate(resolve));
      input.write(`${line}\n`);
    }
    return answer;
  }

  test('a plain answer is shown while it is typed, an empty one is the proposed one', async () => {
    expect(await typing(['https://acme.my.salesforce.com'], () => interview.ask({ text: 'My Domain', flag: '--x' }))).toBe('https://acme.my.salesforce.com');
    expect(seen).toContain('My Domain: ');
    expect(seen).toContain('https://acme.my.salesforce.com');
    expect(await typing([''], () => interview.ask({ text: 'Zone', flag: '--x', proposed: 'Europe/Madrid' }))).toBe('Europe/Madrid');
    expect(seen).toContain('Zone [Europe/Madrid]: ');
  });

  test('a secret is never shown, and what is asked after it is', async () => {
    expect(await typing(['pat-na1-very-secret'], () => interview.ask({ text: 'Token', flag: '--x', secret: true }))).toBe('pat-na1-very-secret');
    expect(await typing(['visible'], () => interview.ask({ text: 'Name', flag: '--x' }))).toBe('visible');
    expect(seen).not.toContain('secret');
    expect(seen).toMatch(/Token: \r?\n[^]*Name: /);
    expect(seen).toContain('visible');
  });

  test('a wrong answer says what is wrong and is asked again; a wrong secret is not repeated', async () => {
    const fault = (answer: string): string | null => (answer.startsWith('ok') ? null : 'must begin with ok');
    expect(await typing(['', 'no-such-secret', 'ok'], () => interview.ask({ text: 'Token', flag: '--x', secret: true, fault }))).toBe('ok');
    expect(seen).toContain('It needs an answer.');
    expect(seen).toContain('The answer must begin with ok.');
    expect(seen).not.toContain('no-such-secret');
  });

  test('a choice is taken by its number, its value or its label', async () => {
    const choices = [{ value: 'lead', label: 'Interesado' }, { value: '81234567', label: 'Aceptado' }];
    const ask = (): Promise<string> => interview.choose({ text: 'Which shows sal?', flag: '--stage sal=VALUE' }, choices);
    expect(await typing(['2'], ask)).toBe('81234567');
    expect(await typing(['Aceptado'], ask)).toBe('81234567');
    expect(await typing(['7', 'lead'], ask)).toBe('lead');
    expect(seen).toContain('  2. Aceptado (81234567)');
    expect(seen).toContain('must be a number from 1 to 2');
  });

  test('yes is said in three languages; everything else is no', async () => {
    for (const [line, answer] of [['yes', true], ['Sí', true], ['sim', true], ['', false], ['nope', false]] as const) expect([line, await typing([line], () => interview.confirm('Write?'))]).toEqual([line, answer]);
  });

  test('broken off in the middle is no answer', async () => {
    const answer = interview.ask({ text: 'Token', flag: '--x', secret: true });
    await new Promise((resolve) => setImmediate(resolve));
    input.end();
    await expect(answer).rejects.toMatchObject({ code: 'interrupted', exit: 2 });
  });

  test('without a terminal a question is a fault that names its flag', async () => {
    await expect(new Interview(false).ask({ text: 'HubSpot token', flag: '--hubspot-token', secret: true })).rejects.toMatchObject({ code: 'missing_answer', exit: 2, where: '--hubspot-token' });
    await expect(new Interview(false).choose({ text: 'Which?', flag: '--stage' }, [])).rejects.toMatchObject({ where: '--stage' });
    expect(await new Interview(false).confirm('Really?')).toBe(false);
  });
});
