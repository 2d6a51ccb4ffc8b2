import fc from 'fast-check';
import type { Value } from '../../src/domain/record';
import { compileCondition, evaluate, explainHeld, explainMissing, fieldsOf, type Truth } from '../../src/agreement/conditions';
import type { Clause, Condition } from '../../src/agreement/schema';

const NOW = Date.parse('2026-11-22T15:00:00.000Z');
const DAY = 86_400_000;

function looking(values: Record<string, Value>): (field: string) => Value | undefined {
  return (field) => values[field];
}

function holds(clause: Omit<Clause, 'field'>, value: Value | undefined, now = NOW): Truth {
  return evaluate({ field: 'score', ...clause }, () => value, now).holds;
}

describe('operators', () => {
  test.each<[Omit<Clause, 'field'>, Value, boolean]>([
    [{ is: 'Mexico' }, 'MEXICO', true],
    [{ is: 'Mexico' }, 'Mexico City', false],
    [{ is: 'Mexico' }, null, false],
    [{ is: 5 }, '5', true],
    [{ is: '5' }, 5, true],
    [{ is: true }, true, true],
    [{ is: true }, false, false],
    [{ is: false }, null, false],
    [{ is_not: 'MX' }, 'CL', true],
    [{ is_not: 'MX' }, 'mx', false],
    [{ is_not: 'MX' }, null, false],
    [{ in: ['MX', 'CL'] }, 'cl', true],
    [{ in: ['MX', 'CL'] }, 'AR', false],
    [{ in: [1, 2] }, 2, true],
    [{ in: ['MX'] }, null, false],
    [{ not_in: ['MX', 'CL'] }, 'AR', true],
    [{ not_in: ['MX', 'CL'] }, 'mx', false],
    [{ not_in: ['MX'] }, null, false],
    [{ at_least: 60 }, 60, true],
    [{ at_least: 60 }, 59.9, false],
    [{ at_least: 60 }, '72', true],
    [{ at_least: 0 }, null, false],
    [{ at_least: 0 }, 'many', false],
    [{ at_least: 0 }, true, false],
    [{ at_most: 60 }, 60, true],
    [{ at_most: 60 }, 61, false],
    [{ at_most: 60 }, null, false],
    [{ at_most: 60 }, ' ', false],
    [{ known: true }, 'x', true],
    [{ known: true }, false, true],
    [{ known: true }, 0, true],
    [{ known: true }, null, false],
    [{ unknown: true }, null, true],
    [{ unknown: true }, 'x', false],
    [{ contains: 'DIRECTOR' }, 'Sales director', true],
    [{ contains: 'director' }, 'CEO', false],
    [{ contains: 'x' }, null, false],
    [{ starts_with: '+52' }, '+52 55', true],
    [{ starts_with: 'a' }, 'ba', false],
    [{ starts_with: 'n' }, null, false],
  ])('%j over %j is %p', (clause, value, expected) => {
    expect(holds(clause, value)).toBe(expected);
  });

  test('a field that the CRM did not return makes every clause unknown, `unknown` too (M5)', () => {
    const clauses: Omit<Clause, 'field'>[] = [{ is: 'x' }, { is_not: 'x' }, { in: ['x'] }, { not_in: ['x'] }, { at_least: 1 }, { at_most: 1 }, { known: true }, { unknown: true }, { contains: 'x' }, { starts_with: 'x' }, { within_days: 1 }];
    for (const clause of clauses) expect(holds(clause, undefined)).toBe('unknown');
  });
});

describe('within_days', () => {
  const at = (iso: string): number => Date.parse(iso);

  test('a moment is recent for whole days of 24 hours, to the millisecond', () => {
    const clause: Condition = { field: 'f', within_days: 30 };
    const moment = '2026-11-01T10:00:00.000Z';
    const end = at(moment) + 30 * DAY;

    expect(evaluate(clause, () => moment, end - 1)).toMatchObject({ holds: true, nextChangeAt: end });
    expect(evaluate(clause, () => moment, end)).toMatchObject({ holds: false, nextChangeAt: undefined });
  });

  test('a date counts from the end of its local day', () => {
    // In Mexico City (UTC-6) 2026-11-01 ends at 2026-11-02T06:00Z.
    const clause: Condition = { field: 'f', within_days: 1 };
    const end = at('2026-11-03T06:00:00.000Z');
    const options = { timeZone: 'America/Mexico_City' };

    expect(evaluate(clause, () => '2026-11-01', end - 1, options)).toMatchObject({ holds: true, nextChangeAt: end });
    expect(evaluate(clause, () => '2026-11-01', end, options).holds).toBe(false);
  });

  test('what lies up to a day ahead counts, what lies further ahead not yet', () => {
    const clause: Condition = { field: 'f', within_days: 7 };
    const moment = '2026-12-10T10:00:00.000Z';
    const from = at(moment) - DAY;

    expect(evaluate(clause, () => moment, from - 1)).toMatchObject({ holds: false, nextChangeAt: from });
    expect(evaluate(clause, () => moment, from).holds).toBe(true);
  });

  test.each(['soon', '2026-13-01', '2026-02-30', 7, true, null])('%p is no date and does not hold', (value) => {
    const evaluation = evaluate({ field: 'f', within_days: 7 }, () => value, NOW);
    expect(evaluation).toMatchObject({ holds: false, nextChangeAt: undefined });
  });

  test('the announced change is the first one: the outcome is the same until just before it', () => {
    fc.assert(
      fc.property(fc.integer({ min: -400, max: 400 }), fc.integer({ min: 1, max: 200 }), fc.boolean(), (hours, within, dated) => {
        const iso = new Date(NOW + hours * 3_600_000).toISOString();
        const value = dated ? iso.slice(0, 10) : iso;
        const ask = compileCondition({ field: 'f', within_days: within }, { timeZone: 'America/Santiago' });
        const now = ask(() => value, NOW);
        if (now.nextChangeAt === undefined) return;
        expect(now.nextChangeAt).toBeGreaterThan(NOW);
        expect(ask(() => value, now.nextChangeAt - 1).holds).toBe(now.holds);
        expect(ask(() => value, now.nextChangeAt).holds).toBe(!(now.holds as boolean));
      }),
    );
  });

  test('the evaluation gives the earliest change of its clauses', () => {
    const condition: Condition = { all: [{ field: 'a', within_days: 30 }, { field: 'b', within_days: 5 }, { field: 'c', known: true }] };

    const evaluation = evaluate(condition, looking({ a: '2026-11-20T00:00:00.000Z', b: '2026-11-20T00:00:00.000Z', c: 'x' }), NOW);

    expect(evaluation.nextChangeAt).toBe(Date.parse('2026-11-25T00:00:00.000Z'));
    expect(evaluation.clauses.map((clause) => clause.nextChangeAt)).toEqual([Date.parse('2026-12-20T00:00:00.000Z'), Date.parse('2026-11-25T00:00:00.000Z'), undefined]);
  });
});

describe('three-valued logic (M5)', () => {
  // t, f and u stand for clauses that hold, do not hold, and cannot be judged.
  const t: Condition = { field: 't', known: true };
  const f: Condition = { field: 'f', known: true };
  const u: Condition = { field: 'u', known: true };
  const values = looking({ t: 1, f: null });

  test.each<[string, Condition, Truth]>([
    ['any(t,f)', { any: [t, f] }, true],
    ['any(f,f)', { any: [f, f] }, false],
    ['any(u,t)', { any: [u, t] }, true],
    ['any(u,f)', { any: [u, f] }, 'unknown'],
    ['all(t,t)', { all: [t, t] }, true],
    ['all(t,f)', { all: [t, f] }, false],
    ['all(u,f)', { all: [u, f] }, false],
    ['all(u,t)', { all: [u, t] }, 'unknown'],
    ['not t', { not: t }, false],
    ['not f', { not: f }, true],
    ['not u', { not: u }, 'unknown'],
    ['not any(u,f)', { not: { any: [u, f] } }, 'unknown'],
    ['not all(u,f)', { not: { all: [u, f] } }, true],
    ['all(any(u,t), not all(u,f))', { all: [{ any: [u, t] }, { not: { all: [u, f] } }] }, true],
  ])('%s', (_, condition, expected) => {
    expect(evaluate(condition, values, NOW).holds).toBe(expected);
  });

  const anyCondition: fc.Arbitrary<Condition> = fc.letrec<{ c: Condition }>((tie) => ({
    c: fc.oneof({ maxDepth: 4, withCrossShrink: true }, fc.constantFrom(t, f, u), fc.array(tie('c'), { minLength: 1, maxLength: 3 }).map((any): Condition => ({ any })), fc.array(tie('c'), { minLength: 1, maxLength: 3 }).map((all): Condition => ({ all })), tie('c').map((not): Condition => ({ not }))),
  })).c;

  /** What the condition would be if the unreadable field held, and if it did not: the only honest outcomes. */
  test('unknown exactly where reading the field could not leave the outcome to chance', () => {
    fc.assert(
      fc.property(anyCondition, (condition) => {
        const outcome = evaluate(condition, values, NOW).holds;
        const ifHeld = evaluate(condition, looking({ t: 1, f: null, u: 1 }), NOW).holds;
        const ifNot = evaluate(condition, looking({ t: 1, f: null, u: null }), NOW).holds;
        expect(ifHeld).not.toBe('unknown');
        if (outcome !== 'unknown') expect([ifHeld, ifNot]).toEqual([outcome, outcome]);
      }),
    );
  });

  test('explanations are consistent: nothing is missing of what holds, something is said of what does not', () => {
    fc.assert(
      fc.property(anyCondition, (condition) => {
        const evaluation = evaluate(condition, values, NOW);
        if (evaluation.holds === true) {
          expect(explainMissing(evaluation, 'en')).toBe('');
          expect(explainHeld(evaluation, 'en')).not.toBe('');
        } else expect(explainMissing(evaluation, 'en')).not.toBe('');
      }),
    );
  });
});

describe('clauses', () => {
  const condition: Condition = {
    any: [
      { field: 'score', at_least: 60 },
      { all: [{ field: 'country', in: ['MX', 'CL'] }, { not: { field: 'email', contains: 'gmail.com' } }] },
    ],
  };

  test('each has a place, a key that does not depend on the place, and its value', () => {
    const { clauses } = evaluate(condition, looking({ score: 72, country: null }), NOW);

    expect(clauses.map(({ path, key, field, holds: truth, negated, value }) => ({ path, key, field, truth, negated, value }))).toEqual([
      { path: 'any.0', key: 'score at_least 60', field: 'score', truth: true, negated: false, value: 72 },
      { path: 'any.1.all.0', key: 'country in ["MX","CL"]', field: 'country', truth: false, negated: false, value: null },
      { path: 'any.1.all.1.not', key: 'email contains "gmail.com"', field: 'email', truth: 'unknown', negated: true, value: undefined },
    ]);
  });

  test('a condition of one clause has the empty place', () => {
    expect(evaluate({ field: 'score', at_least: 60 }, () => 1, NOW).clauses[0]?.path).toBe('');
  });

  test('all clauses are looked at, also after the outcome is certain (L4)', () => {
    const asked: string[] = [];
    evaluate(condition, (field) => (asked.push(field), 99), NOW);
    expect(asked).toEqual(['score', 'country', 'email']);
  });

  test('clauses can be written as JSON', () => {
    const [clause] = evaluate(condition, looking({ score: 72 }), NOW).clauses;
    expect(JSON.parse(JSON.stringify(clause))).toMatchObject({ path: 'any.0', field: 'score', holds: true, value: 72, text: 'score is at least 60 (it is 72)' });
  });

  test('fieldsOf names every field once', () => {
    expect(fieldsOf({ all: [condition, { field: 'score', at_most: 90 }] })).toEqual(['score', 'country', 'email']);
  });
});

describe('words', () => {
  const names = (field: string, language: string): string | undefined => (field === 'country' ? (language === 'es' ? 'País' : 'Country') : undefined);

  test.each<[Clause, Value | undefined, string, string, string]>([
    [{ field: 'score', at_least: 60 }, 72, 'score is at least 60 (it is 72)', 'puntuación es al menos 60 (es 72)', 'pontuação é pelo menos 60 (é 72)'],
    [{ field: 'score', at_most: 60 }, null, 'score is at most 60 (it is empty)', 'puntuación es como máximo 60 (está vacío)', 'pontuação é no máximo 60 (está vazio)'],
    [{ field: 'country', is: 'MX' }, 'MX', 'Country is MX', 'País es MX', 'Country é MX'],
    [{ field: 'country', is_not: 'MX' }, 'CL', 'Country is not MX (it is CL)', 'País no es MX (es CL)', 'Country não é MX (é CL)'],
    [{ field: 'country', in: ['MX', 'CL'] }, 'AR', 'Country is one of MX, CL (it is AR)', 'País es uno de MX, CL (es AR)', 'Country é um de MX, CL (é AR)'],
    [{ field: 'country', not_in: ['MX'] }, 'AR', 'Country is none of MX (it is AR)', 'País no es ninguno de MX (es AR)', 'Country não é nenhum de MX (é AR)'],
    [{ field: 'country', known: true }, 'AR', 'Country has a value', 'País tiene valor', 'Country tem valor'],
    [{ field: 'country', unknown: true }, 'AR', 'Country has no value', 'País no tiene valor', 'Country não tem valor'],
    [{ field: 'country', contains: 'x' }, undefined, 'Country contains “x” (it cannot be read)', 'País contiene «x» (no se puede leer)', 'Country contém “x” (não pode ser lido)'],
    [{ field: 'country', starts_with: 'x' }, 'y', 'Country starts with “x” (it is y)', 'País empieza por «x» (es y)', 'Country começa com “x” (é y)'],
    [{ field: 'hubspot.at', within_days: 9 }, '2026-11-20T08:30:00.000Z', 'hubspot.at was within the last 9 days (it is 2026-11-20 08:30 UTC)', 'hubspot.at fue en los últimos 9 días (es 2026-11-20 08:30 UTC)', 'hubspot.at foi nos últimos 9 dias (é 2026-11-20 08:30 UTC)'],
    [{ field: 'hubspot.flag', is: true }, false, 'hubspot.flag is yes (it is no)', 'hubspot.flag es sí (es no)', 'hubspot.flag é sim (é não)'],
    [{ field: 'fact.converted', is: true }, false, 'the lead is converted', 'el lead está convertido', 'o lead está convertido'],
    [{ field: 'fact.open_opportunity', is: false }, false, 'has no open opportunity', 'no tiene oportunidad abierta', 'não tem oportunidade aberta'],
    [{ field: 'fact.won_opportunity', is_not: true }, undefined, 'has no won opportunity (it cannot be read)', 'no tiene oportunidad ganada (no se puede leer)', 'não tem oportunidade ganha (não pode ser lido)'],
  ])('%j over %j', (clause, value, en, es, pt) => {
    const [result] = evaluate(clause, () => value, NOW, { names }).clauses;
    expect([result?.text, result?.describe('es'), result?.describe('pt-BR')]).toEqual([en, es, pt]);
  });

  const condition: Condition = {
    any: [
      { field: 'score', at_least: 60 },
      { all: [{ field: 'country', is: 'MX' }, { field: 'hubspot.demo', known: true }] },
    ],
  };

  test('what held names only the parts that carry the outcome', () => {
    const evaluation = evaluate(condition, looking({ score: 10, country: 'MX', 'hubspot.demo': 'x' }), NOW, { names });
    expect(explainHeld(evaluation, 'en')).toBe('Country is MX; hubspot.demo has a value');

    const byScore = evaluate(condition, looking({ score: 72, country: 'MX', 'hubspot.demo': null }), NOW, { names });
    expect(explainHeld(byScore, 'es')).toBe('puntuación es al menos 60 (es 72)');
  });

  test('what is missing tells alternatives as such, and of what belongs together only the part that is not there', () => {
    const evaluation = evaluate(condition, looking({ score: 10, country: 'MX', 'hubspot.demo': null }), NOW, { names });
    expect(explainMissing(evaluation, 'en')).toBe('score is at least 60 (it is 10) or hubspot.demo has a value');
    expect(explainMissing(evaluation, 'pt-BR')).toBe('pontuação é pelo menos 60 (é 10) ou hubspot.demo tem valor');

    const none = evaluate(condition, looking({ score: 10, country: 'CL', 'hubspot.demo': null }), NOW, { names });
    expect(explainMissing(none, 'es')).toBe('puntuación es al menos 60 (es 10) o (País es MX (es CL); hubspot.demo tiene valor)');
  });

  test('under not, what should not be is told as such, and alternatives become requirements', () => {
    const barred: Condition = { not: { any: [{ field: 'country', is: 'AR' }, { field: 'hubspot.demo', known: true }] } };

    const held = evaluate(barred, looking({ country: 'MX', 'hubspot.demo': null }), NOW, { names });
    expect(explainHeld(held, 'en')).toBe('not: Country is AR (it is MX); not: hubspot.demo has a value');

    const missing = evaluate(barred, looking({ country: 'AR', 'hubspot.demo': null }), NOW, { names });
    expect(explainMissing(missing, 'es')).toBe('no se cumple: País es AR');
  });
});

