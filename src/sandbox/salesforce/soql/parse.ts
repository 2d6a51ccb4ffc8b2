import { SalesforceError } from '../errors';
import { isDate, parseDateTime } from '../values';

/** SOQL as a tree. The subset is the one that integrations use; what is left out is refused as MALFORMED_QUERY, never ignored. */
export type Literal =
  | { type: 'string'; value: string }
  | { type: 'number'; value: number }
  | { type: 'boolean'; value: boolean }
  | { type: 'null' }
  | { type: 'datetime'; value: number }
  | { type: 'date'; value: string }
  | { type: 'range'; name: string; n: number };

export type Condition =
  | { kind: 'and' | 'or'; parts: Condition[] }
  | { kind: 'not'; part: Condition }
  | { kind: 'compare'; path: string; operator: string; value: Literal; aggregate?: string }
  | { kind: 'in'; path: string; not: boolean; values: Literal[] }
  | { kind: 'in-query'; path: string; not: boolean; query: Soql }
  | { kind: 'includes'; path: string; not: boolean; values: string[] };

export type SelectItem =
  | { kind: 'field'; path: string; alias: string | null }
  | { kind: 'aggregate'; name: string; path: string | null; alias: string | null }
  | { kind: 'fields'; which: 'ALL' | 'STANDARD' | 'CUSTOM' }
  | { kind: 'child'; query: Soql };

export interface OrderItem {
  path: string;
  aggregate: string | null;
  descending: boolean;
  nulls: 'FIRST' | 'LAST' | null;
}

export interface Soql {
  select: SelectItem[];
  from: string;
  alias: string | null;
  where: Condition | null;
  groupBy: string[];
  having: Condition | null;
  orderBy: OrderItem[];
  limit: number | null;
  offset: number | null;
}

interface Token {
  type: 'word' | 'string' | 'number' | 'date' | 'symbol' | 'end';
  text: string;
  at: number;
}

const TOKEN =
  /\s*(?:('(?:[^'\\]|\\[\s\S])*')|(\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2}))?)|([+-]?\d+(?:\.\d+)?(?![\w-]))|([A-Za-z_][\w.]*)|(<=|>=|!=|<>|[=<>(),:]))/iy;

const AGGREGATES = new Set(['COUNT', 'COUNT_DISTINCT', 'SUM', 'AVG', 'MIN', 'MAX']);
/** Functions that change how a value is shown, not which one it is: the sandbox answers the value. */
const SHOWING = new Set(['TOLABEL', 'FORMAT', 'CONVERTCURRENCY']);
const RESERVED = new Set(['FROM', 'WHERE', 'GROUP', 'ORDER', 'LIMIT', 'OFFSET', 'HAVING', 'AND', 'OR', 'NOT', 'IN', 'LIKE', 'ASC', 'DESC', 'NULLS', 'FOR', 'WITH', 'USING', 'INCLUDES', 'EXCLUDES']);
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' };

export function malformed(message: string): SalesforceError {
  return new SalesforceError('MALFORMED_QUERY', message);
}

/** Parses a statement; throws MALFORMED_QUERY. */
export function parseSoql(text: string): Soql {
  if (text.length > 100_000) throw malformed('SOQL statements cannot be longer than 100000 characters.');
  const parser = new Parser(text);
  const query = parser.query();
  parser.end();
  return query;
}

class Parser {
  private readonly tokens: Token[] = [];
  private at = 0;

  constructor(private readonly text: string) {
    TOKEN.lastIndex = 0;
    for (;;) {
      const rest = text.slice(TOKEN.lastIndex);
      if (rest.trim() === '') break;
      const start = TOKEN.lastIndex + (rest.length - rest.trimStart().length);
      const match = TOKEN.exec(text);
      if (!match) throw this.error(`unexpected token: '${text.slice(start, start + 1)}'`, start);
      const [, string, day, number, word, symbol] = match;
      if (string !== undefined) this.tokens.push({ type: 'string', text: unescape(string.slice(1, -1)), at: start });
      else if (day !== undefined) this.tokens.push({ type: 'date', text: day, at: start });
      else if (number !== undefined) this.tokens.push({ type: 'number', text: number, at: start });
      else if (word !== undefined) this.tokens.push({ type: 'word', text: word, at: start });
      else this.tokens.push({ type: 'symbol', text: symbol as string, at: start });
    }
    this.tokens.push({ type: 'end', text: '<EOF>', at: text.length });
  }

  query(): Soql {
    this.word('SELECT');
    const select = this.list(() => this.selectItem());
    this.word('FROM');
    // Any word may name an object: there is one called Group.
    const object = this.next();
    if (object.type !== 'word') throw this.error(`unexpected token: '${object.text}'`, object.at);
    const from = object.text;
    let alias: string | null = null;
    const next = this.peek();
    if (next.type === 'word' && !RESERVED.has(next.text.toUpperCase())) alias = this.name();
    const where = this.is('WHERE') ? (this.next(), this.condition()) : null;
    let groupBy: string[] = [];
    if (this.is('GROUP')) {
      this.next();
      this.word('BY');
      groupBy = this.list(() => this.name());
    }
    const having = this.is('HAVING') ? (this.next(), this.condition()) : null;
    let orderBy: OrderItem[] = [];
    if (this.is('ORDER')) {
      this.next();
      this.word('BY');
      orderBy = this.list(() => this.orderItem());
    }
    const limit = this.is('LIMIT') ? (this.next(), this.whole()) : null;
    const offset = this.is('OFFSET') ? (this.next(), this.whole()) : null;
    return { select, from, alias, where, groupBy, having, orderBy, limit, offset };
  }

  end(): void {
    const token = this.peek();
    if (token.type !== 'end') throw this.error(`unexpected token: '${token.text}'`, token.at);
  }

  private selectItem(): SelectItem {
    if (this.symbol('(')) {
      this.next();
      const query = this.query();
      this.close();
      return { kind: 'child', query };
    }
    const name = this.name();
    const upper = name.toUpperCase();
    if (this.symbol('(')) {
      this.next();
      if (upper === 'FIELDS') {
        const which = this.name().toUpperCase();
        this.close();
        if (which !== 'ALL' && which !== 'STANDARD' && which !== 'CUSTOM') throw malformed(`unexpected token: '${which}'`);
        return { kind: 'fields', which };
      }
      if (SHOWING.has(upper)) {
        const path = this.name();
        this.close();
        return { kind: 'field', path, alias: this.aliasAfter() };
      }
      if (!AGGREGATES.has(upper)) throw malformed(`unknown function: ${name}`);
      const path = this.symbol(')') ? null : this.name();
      this.close();
      return { kind: 'aggregate', name: upper, path, alias: this.aliasAfter() };
    }
    return { kind: 'field', path: name, alias: this.aliasAfter() };
  }

  private aliasAfter(): string | null {
    const token = this.peek();
    return token.type === 'word' && !RESERVED.has(token.text.toUpperCase()) ? this.name() : null;
  }

  private orderItem(): OrderItem {
    let path = this.name();
    let aggregate: string | null = null;
    if (this.symbol('(')) {
      this.next();
      aggregate = path.toUpperCase();
      if (!AGGREGATES.has(aggregate)) throw malformed(`unknown function: ${path}`);
      path = this.symbol(')') ? '' : this.name();
      this.close();
    }
    const descending = this.is('DESC');
    if (descending || this.is('ASC')) this.next();
    let nulls: 'FIRST' | 'LAST' | null = null;
    if (this.is('NULLS')) {
      this.next();
      const which = this.name().toUpperCase();
      if (which !== 'FIRST' && which !== 'LAST') throw malformed(`unexpected token: '${which}'`);
      nulls = which;
    }
    return { path, aggregate, descending, nulls };
  }

  private condition(): Condition {
    const first = this.factor();
    for (const kind of ['and', 'or'] as const) {
      if (!this.is(kind.toUpperCase())) continue;
      const parts = [first];
      while (this.is(kind.toUpperCase())) {
        this.next();
        parts.push(this.factor());
      }
      // The vendor wants brackets where AND and OR meet.
      const token = this.peek();
      if (this.is('AND') || this.is('OR')) throw this.error(`unexpected token: '${token.text}'`, token.at);
      return { kind, parts };
    }
    return first;
  }

  private factor(): Condition {
    if (this.is('NOT')) {
      this.next();
      return { kind: 'not', part: this.factor() };
    }
    if (this.symbol('(')) {
      this.next();
      const inner = this.condition();
      this.close();
      return inner;
    }
    return this.comparison();
  }

  private comparison(): Condition {
    let path = this.name();
    let aggregate: string | undefined;
    if (this.symbol('(')) {
      this.next();
      aggregate = path.toUpperCase();
      if (!AGGREGATES.has(aggregate)) throw malformed(`unknown function: ${path}`);
      path = this.symbol(')') ? '' : this.name();
      this.close();
    }
    const not = this.is('NOT');
    if (not) this.next();
    if (this.is('IN')) {
      this.next();
      return this.inList(path, not);
    }
    if (this.is('INCLUDES') || this.is('EXCLUDES')) {
      const excludes = this.is('EXCLUDES');
      this.next();
      this.open();
      const values = this.list(() => this.literal()).map((v) => (v.type === 'string' ? v.value : ''));
      this.close();
      return { kind: 'includes', path, not: excludes, values };
    }
    const token = this.next();
    const operator = token.text.toUpperCase();
    if (not || !['=', '!=', '<>', '<', '<=', '>', '>=', 'LIKE'].includes(operator)) throw this.error(`unexpected token: '${token.text}'`, token.at);
    return { kind: 'compare', path, operator: operator === '<>' ? '!=' : operator, value: this.literal(), ...(aggregate === undefined ? {} : { aggregate }) };
  }

  private inList(path: string, not: boolean): Condition {
    this.open();
    if (this.is('SELECT')) {
      const query = this.query();
      this.close();
      return { kind: 'in-query', path, not, query };
    }
    const values = this.list(() => this.literal());
    this.close();
    return { kind: 'in', path, not, values };
  }

  private literal(): Literal {
    const token = this.next();
    switch (token.type) {
      case 'string':
        if (token.text.length > 4000) throw malformed('string literal is too long: a WHERE string holds at most 4000 characters');
        return { type: 'string', value: token.text };
      case 'number':
        return { type: 'number', value: Number(token.text) };
      case 'date': {
        if (isDate(token.text)) return { type: 'date', value: token.text };
        const ms = parseDateTime(token.text);
        if (ms === undefined) throw this.error(`unexpected token: '${token.text}'`, token.at);
        return { type: 'datetime', value: ms };
      }
      case 'word': {
        const upper = token.text.toUpperCase();
        if (upper === 'NULL') return { type: 'null' };
        if (upper === 'TRUE' || upper === 'FALSE') return { type: 'boolean', value: upper === 'TRUE' };
        if (['TODAY', 'YESTERDAY', 'TOMORROW', 'THIS_WEEK', 'LAST_WEEK', 'THIS_MONTH', 'LAST_MONTH', 'THIS_QUARTER', 'LAST_QUARTER', 'THIS_YEAR', 'LAST_YEAR'].includes(upper)) {
          return { type: 'range', name: upper, n: 0 };
        }
        if ((upper === 'LAST_N_DAYS' || upper === 'NEXT_N_DAYS') && this.symbol(':')) {
          this.next();
          return { type: 'range', name: upper, n: this.whole() };
        }
        throw this.error(`unexpected token: '${token.text}'`, token.at);
      }
      default:
        throw this.error(`unexpected token: '${token.text}'`, token.at);
    }
  }

  private list<T>(one: () => T): T[] {
    const out = [one()];
    while (this.symbol(',')) {
      this.next();
      out.push(one());
    }
    return out;
  }

  private peek(): Token {
    return this.tokens[this.at] as Token;
  }

  private next(): Token {
    const token = this.peek();
    if (token.type !== 'end') this.at += 1;
    return token;
  }

  private is(word: string): boolean {
    const token = this.peek();
    return token.type === 'word' && token.text.toUpperCase() === word;
  }

  private symbol(text: string): boolean {
    const token = this.peek();
    return token.type === 'symbol' && token.text === text;
  }

  private word(word: string): void {
    const token = this.next();
    if (token.type !== 'word' || token.text.toUpperCase() !== word) throw this.error(`unexpected token: '${token.text}'`, token.at);
  }

  private name(): string {
    const token = this.next();
    if (token.type !== 'word' || RESERVED.has(token.text.toUpperCase())) throw this.error(`unexpected token: '${token.text}'`, token.at);
    return token.text;
  }

  private whole(): number {
    const token = this.next();
    if (token.type !== 'number' || !/^\d+$/.test(token.text)) throw this.error(`unexpected token: '${token.text}'`, token.at);
    return Number(token.text);
  }

  private open(): void {
    const token = this.next();
    if (token.text !== '(' || token.type !== 'symbol') throw this.error(`unexpected token: '${token.text}'`, token.at);
  }

  private close(): void {
    const token = this.next();
    if (token.text !== ')' || token.type !== 'symbol') throw this.error(`expecting a right parentheses, found '${token.text}'`, token.at);
  }

  private error(message: string, at: number): SalesforceError {
    return malformed(`${pointAt(this.text, at)}\n${message}`);
  }
}

/** The statement with a mark under the place of trouble, as the vendor prints it. */
export function pointAt(soql: string, at: number): string {
  const start = Math.max(0, at - 40);
  const line = soql.slice(start, at + 40).replace(/\s/g, ' ');
  return `\n${line}\n${' '.repeat(at - start)}^\nERROR at Row:1:Column:${at + 1}`;
}

function unescape(text: string): string {
  return text.replace(/\\([\s\S])/g, (_whole, c: string) => ESCAPES[c.toLowerCase()] ?? c);
}
