import { createInterface, type Interface } from 'node:readline/promises';
import { ConcordError, EXIT } from '../../../domain/problem';
import { PromptOutput } from '../../print';

export interface Question {
  text: string;
  /** What answers it without a terminal. */
  flag: string;
  /** Never shown while typed, and never again. */
  secret?: true;
  /** Taken for an empty answer. */
  proposed?: string;
  /** What is wrong with an answer, in words; null: nothing. */
  fault?: (answer: string) => string | null;
}

/** Asks on the terminal. Where there is none every question is a fault that names its flag (exit 2). */
export class Interview {
  private terminal: Interface | undefined;
  private readonly output: PromptOutput;

  constructor(
    readonly canAsk: boolean,
    private readonly input: NodeJS.ReadableStream = process.stdin,
    output?: NodeJS.WritableStream,
  ) {
    this.output = new PromptOutput(output);
  }

  async ask(question: Question): Promise<string> {
    if (!this.canAsk) throw missing(question);
    for (;;) {
      const answer = await this.line(`${question.text}${question.proposed === undefined ? '' : ` [${question.proposed}]`}: `, question.secret === true);
      const given = answer.trim() === '' ? (question.proposed ?? '') : answer.trim();
      const fault = given === '' ? 'needs an answer' : (question.fault?.(given) ?? null);
      if (fault === null) return given;
      this.tell(`  ${given === '' ? 'It' : 'The answer'} ${fault}.`);
    }
  }

  /** One of the choices, by number or by its value; an empty answer is the proposed one. */
  async choose(question: Omit<Question, 'secret' | 'fault'>, choices: readonly { value: string; label: string }[]): Promise<string> {
    if (!this.canAsk) throw missing(question);
    this.tell(question.text);
    choices.forEach(({ value, label }, index) => this.tell(`  ${index + 1}. ${label === value ? value : `${label} (${value})`}`));
    const meant = (answer: string): string | undefined => choices[Number(answer) - 1]?.value ?? choices.find(({ value, label }) => value.toLowerCase() === answer.toLowerCase() || label.toLowerCase() === answer.toLowerCase())?.value;
    const answer = await this.ask({ ...question, text: 'Number', fault: (given) => (meant(given) === undefined ? `must be a number from 1 to ${choices.length}` : null) });
    return meant(answer) ?? answer;
  }

  async confirm(text: string): Promise<boolean> {
    if (!this.canAsk) return false;
    return /^(y|yes|s|si|sí|sim)$/i.test((await this.line(`${text} (yes/no) `, false)).trim());
  }

  tell(text: string): void {
    this.output.write(`${text}\n`);
  }

  close(): void {
    this.terminal?.close();
  }

  private async line(prompt: string, secret: boolean): Promise<string> {
    // A terminal's own echo is off while readline reads, so that muting its output keeps a secret off the screen.
    this.terminal ??= createInterface({ input: this.input, output: this.output, terminal: true, historySize: 0 });
    const closed = new AbortController();
    const ended = (): void => closed.abort();
    this.terminal.once('close', ended);
    // readline draws its prompt anew with every key: a muted one has to stand there already.
    if (secret) this.output.write(prompt);
    this.output.muted = secret;
    try {
      return await this.terminal.question(secret ? '' : prompt, { signal: closed.signal });
    } catch (cause) {
      if (!closed.signal.aborted) throw cause;
      throw new ConcordError({ code: 'interrupted', message: 'the interview was broken off; nothing more was written', remedy: 'Start it again: what is in .env already is not asked again.', exit: EXIT.usage });
    } finally {
      this.terminal.off('close', ended);
      this.output.muted = false;
      if (secret) this.output.write('\n');
    }
  }
}

function missing(question: Pick<Question, 'text' | 'flag'>): ConcordError {
  return new ConcordError({ code: 'missing_answer', message: `no answer to: ${question.text}`, where: question.flag, remedy: `Give ${question.flag}, or run concord init on a terminal.`, exit: EXIT.usage });
}
