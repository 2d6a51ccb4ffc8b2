/**
 * The part of the vendor's formula language that validation rules use. Text compares with case; a blank text and null are both "blank".
 * Functions: AND OR NOT IF CASE ISPICKVAL ISBLANK ISNULL TEXT VALUE LEN LOWER UPPER TRIM CONTAINS BEGINS INCLUDES REGEX ISCHANGED ISNEW PRIORVALUE
 * TODAY NOW BLANKVALUE NULLVALUE. Operators: = == <> != < <= > >= + - & && || !. References: fields, `$User.X`, `$Permission.X`.
 */
export type FormulaValue = string | number | boolean | null;

export interface FormulaContext {
  field(name: string): FormulaValue;
  prior(name: string): FormulaValue;
  isNew: boolean;
  now: number;
  user(name: string): FormulaValue;
  permission(name: string): boolean;
}

type Node =
  | { kind: 'value'; value: FormulaValue }
  | { kind: 'name'; name: string }
  | { kind: 'call'; name: string; args: Node[] }
  | { kind: 'binary'; operator: string; left: Node; right: Node }
  | { kind: 'not'; node: Node }
  | { kind: 'minus'; node: Node };

const TOKEN = /\s*(?:(\/\*[\s\S]*?\*\/)|("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(\d+(?:\.\d+)?)|([$A-Za-z_][\w.]*)|(<>|!=|==|<=|>=|&&|\|\||[=<>!+\-*/&(),]))/y;

function tokens(formula: string): string[] {
  const out: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < formula.length && formula.slice(TOKEN.lastIndex).trim() !== '') {
    const match = TOKEN.exec(formula);
    if (!match) throw new Error('Syntax error in formula');
    const token = match[2] ?? match[3] ?? match[4] ?? match[5];
    if (token !== undefined) out.push(token);
  }
  return out;
}

/** Reads a formula; throws with the vendor's kind of words when it cannot. */
export function parseFormula(formula: string): Node {
  const list = tokens(formula);
  let at = 0;
  const peek = (): string | undefined => list[at];
  const expect = (token: string): void => {
    if (list[at] !== token) throw new Error(`Syntax error. Missing '${token}'`);
    at += 1;
  };
  const LEVELS = [['||'], ['&&'], ['=', '==', '<>', '!='], ['<', '<=', '>', '>='], ['+', '-', '&'], ['*', '/']];
  function level(n: number): Node {
    const operators = LEVELS[n];
    if (!operators) return unary();
    let left = level(n + 1);
    for (let token = peek(); token !== undefined && operators.includes(token); token = peek()) {
      at += 1;
      left = { kind: 'binary', operator: token, left, right: level(n + 1) };
    }
    return left;
  }
  function unary(): Node {
    const token = peek();
    if (token === '!') {
      at += 1;
      return { kind: 'not', node: unary() };
    }
    if (token === '-') {
      at += 1;
      return { kind: 'minus', node: unary() };
    }
    return primary();
  }
  function primary(): Node {
    const token = peek();
    if (token === undefined) throw new Error('Syntax error. Found end of formula');
    at += 1;
    if (token === '(') {
      const inner = level(0);
      expect(')');
      return inner;
    }
    if (token.startsWith('"') || token.startsWith("'")) return { kind: 'value', value: token.slice(1, -1).replace(/\\(.)/g, '$1') };
    if (/^\d/.test(token)) return { kind: 'value', value: Number(token) };
    if (!/^[$A-Za-z_]/.test(token)) throw new Error(`Syntax error. Extra '${token}'`);
    if (peek() === '(') {
      at += 1;
      const args: Node[] = [];
      while (peek() !== ')') {
        args.push(level(0));
        if (peek() === ',') at += 1;
        else if (peek() !== ')') throw new Error("Syntax error. Missing ')'");
      }
      at += 1;
      return { kind: 'call', name: token.toUpperCase(), args };
    }
    const upper = token.toUpperCase();
    if (upper === 'TRUE' || upper === 'FALSE') return { kind: 'value', value: upper === 'TRUE' };
    if (upper === 'NULL') return { kind: 'value', value: null };
    return { kind: 'name', name: token };
  }
  const root = level(0);
  if (at < list.length) throw new Error(`Syntax error. Extra '${list[at] ?? ''}'`);
  return root;
}

/** The formula's value for a record. Throws for a function or a name that it does not know. */
export function evaluateFormula(formula: string, context: FormulaContext): FormulaValue {
  return evaluate(parseFormula(formula), context);
}

const blank = (value: FormulaValue): boolean => value === null || value === '';
const asText = (value: FormulaValue): string => (value === null ? '' : String(value));

function evaluate(node: Node, context: FormulaContext): FormulaValue {
  switch (node.kind) {
    case 'value':
      return node.value;
    case 'name':
      if (node.name.startsWith('$User.')) return context.user(node.name.slice(6));
      if (node.name.startsWith('$Permission.')) return context.permission(node.name.slice(12));
      return context.field(node.name);
    case 'not':
      return evaluate(node.node, context) !== true;
    case 'minus':
      return -Number(evaluate(node.node, context));
    case 'binary':
      return binary(node.operator, node.left, node.right, context);
    case 'call':
      return call(node.name, node.args, context);
  }
}

function binary(operator: string, leftNode: Node, rightNode: Node, context: FormulaContext): FormulaValue {
  const left = evaluate(leftNode, context);
  if (operator === '&&') return left === true && evaluate(rightNode, context) === true;
  if (operator === '||') return left === true || evaluate(rightNode, context) === true;
  const right = evaluate(rightNode, context);
  switch (operator) {
    case '=':
    case '==':
      return blank(left) && blank(right) ? true : left === right;
    case '<>':
    case '!=':
      return !(blank(left) && blank(right) ? true : left === right);
    case '&':
      return asText(left) + asText(right);
    case '+':
      return typeof left === 'string' || typeof right === 'string' ? asText(left) + asText(right) : Number(left) + Number(right);
    case '-':
      return Number(left) - Number(right);
    case '*':
      return Number(left) * Number(right);
    case '/':
      return Number(left) / Number(right);
  }
  if (left === null || right === null) return false;
  if (operator === '<') return left < right;
  if (operator === '<=') return left <= right;
  if (operator === '>') return left > right;
  return left >= right;
}

function call(name: string, args: Node[], context: FormulaContext): FormulaValue {
  const value = (n: number): FormulaValue => {
    const arg = args[n];
    if (!arg) throw new Error(`Incorrect number of parameters for function '${name}()'`);
    return evaluate(arg, context);
  };
  const fieldName = (): string => {
    const arg = args[0];
    if (arg?.kind !== 'name') throw new Error(`Incorrect parameter type for function '${name}()'. Expected Field`);
    return arg.name;
  };
  switch (name) {
    case 'AND':
      return args.every((a) => evaluate(a, context) === true);
    case 'OR':
      return args.some((a) => evaluate(a, context) === true);
    case 'NOT':
      return value(0) !== true;
    case 'IF':
      return value(0) === true ? value(1) : value(2);
    case 'CASE': {
      const subject = value(0);
      for (let i = 1; i + 1 < args.length; i += 2) if (value(i) === subject) return value(i + 1);
      return value(args.length - 1);
    }
    case 'ISPICKVAL':
      return asText(value(0)) === asText(value(1));
    case 'ISBLANK':
    case 'ISNULL':
      return blank(value(0));
    case 'BLANKVALUE':
    case 'NULLVALUE':
      return blank(value(0)) ? value(1) : value(0);
    case 'TEXT':
      return asText(value(0));
    case 'VALUE':
      return Number(value(0));
    case 'LEN':
      return asText(value(0)).length;
    case 'LOWER':
      return asText(value(0)).toLowerCase();
    case 'UPPER':
      return asText(value(0)).toUpperCase();
    case 'TRIM':
      return asText(value(0)).trim();
    case 'CONTAINS':
      return asText(value(0)).includes(asText(value(1)));
    case 'BEGINS':
      return asText(value(0)).startsWith(asText(value(1)));
    case 'INCLUDES':
      return asText(value(0)).split(';').includes(asText(value(1)));
    case 'REGEX':
      return new RegExp(`^(?:${asText(value(1))})$`).test(asText(value(0)));
    case 'ISNEW':
      return context.isNew;
    case 'ISCHANGED':
      return !context.isNew && asText(context.field(fieldName())) !== asText(context.prior(fieldName()));
    case 'PRIORVALUE':
      return context.isNew ? context.field(fieldName()) : context.prior(fieldName());
    case 'TODAY':
      return new Date(context.now).toISOString().slice(0, 10);
    case 'NOW':
      return context.now;
    default:
      throw new Error(`Unknown function ${name}. Check spelling`);
  }
}
