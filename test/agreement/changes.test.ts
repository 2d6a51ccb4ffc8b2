import { changesBetween } from '../../src/agreement/changes';
import { conditionText } from '../../src/agreement/conditions';
import type { Condition } from '../../src/agreement/schema';

/* What the review pack tells of the agreement: its conditions in words, and what has changed in it. */

describe('what has changed between two agreements', () => {
  test.each<[string, unknown, unknown, unknown[]]>([
    ['nothing', { a: 1, list: [{ id: 'x', n: 1 }] }, { a: 1, list: [{ id: 'x', n: 1 }] }, []],
    ['a value', { sla: { answer: '2d' } }, { sla: { answer: '3d' } }, [{ path: 'sla.answer', before: '2d', after: '3d' }]],
    ['a value in a list with ids', { reasons: [{ id: 'a', after: '90d' }, { id: 'b' }] }, { reasons: [{ id: 'b' }, { id: 'a', after: '60d' }] }, [{ path: 'reasons.a.after', before: '90d', after: '60d' }]],
    ['an entry that came and one that went', { goals: [{ id: 'old', n: 1 }] }, { goals: [{ id: 'new', n: 2 }] }, [{ path: 'goals.new', before: null, after: '{"id":"new","n":2}' }, { path: 'goals.old', before: '{"id":"old","n":1}', after: null }]],
    ['a list without ids: as a whole', { needs: ['email', 'phone'] }, { needs: ['email'] }, [{ path: 'needs', before: '["email","phone"]', after: '["email"]' }]],
    ['a list with one id twice: as a whole', { list: [{ id: 'a' }, { id: 'a' }] }, { list: [{ id: 'a' }] }, [{ path: 'list', before: '[{"id":"a"},{"id":"a"}]', after: '[{"id":"a"}]' }]],
    ['a key that came', {}, { marketing: { mqls: 100 } }, [{ path: 'marketing', before: null, after: '{"mqls":100}' }]],
  ])('%s', (_name, before, after, changes) => {
    expect(changesBetween(before, after)).toEqual(changes);
  });
});

describe('a condition in words', () => {
  const names = (field: string): string | undefined => (field === 'country' ? 'Country' : undefined);
  test.each<[Condition, string]>([
    [{ field: 'score', at_least: 60 }, 'score is at least 60'],
    [{ any: [{ field: 'score', at_least: 60 }, { all: [{ field: 'country', in: ['MX', 'CO'] }, { field: 'phone', known: true }] }] }, 'score is at least 60 or (Country is one of MX, CO; phone has a value)'],
    [{ not: { any: [{ field: 'fact.converted', is: true }, { field: 'country', is: 'MX' }] } }, 'not: (the lead is converted or Country is MX)'],
    [{ all: [{ field: 'fact.open_opportunity', is: false }] }, 'has no open opportunity'],
  ])('%j', (condition, text) => {
    expect(conditionText(condition, 'en', names)).toBe(text);
  });

  test('in the other languages', () => {
    expect(conditionText({ any: [{ field: 'score', at_least: 60 }, { field: 'fact.converted', is: true }] }, 'es')).toBe('puntuación es al menos 60 o el lead está convertido');
    expect(conditionText({ field: 'score', at_most: 3 }, 'pt-BR')).toBe('pontuação é no máximo 3');
  });
});
