import { bulkQuery, chunks, isIn, moment, pageQuery, text } from '../../../src/crm/salesforce/soql';

describe('SOQL', () => {
  test.each([
    ["O'Neill", "'O\\'Neill'"],
    ["o'x\\", "'o\\'x\\\\'"],
    ["\\' OR Name != '", "'\\\\\\' OR Name != \\''"],
    ['a\nb\tc\r', "'a\\nb\\tc\\r'"],
  ])('quotes %j so that it stays one literal', (value, literal) => {
    expect(text(value)).toBe(literal);
  });

  test('an empty list is refused instead of matching everybody', () => {
    expect(() => isIn('Email', [])).toThrow('Email IN ()');
  });

  test('date-times are unquoted UTC without milliseconds', () => {
    expect(moment(Date.UTC(2026, 10, 1))).toBe('2026-11-01T00:00:00Z');
    expect(moment(Date.UTC(2026, 10, 1, 0, 0, 0, 123))).toBe('2026-11-01T00:00:00.123Z');
  });

  test('the first page includes the whole second of since, later ones go on after the last key', () => {
    const since = Date.UTC(2026, 10, 1, 0, 0, 5, 900);
    expect(pageQuery('Lead', ['Id'], { by: 'stamp', since })).toBe('SELECT Id FROM Lead WHERE SystemModstamp >= 2026-11-01T00:00:05Z ORDER BY SystemModstamp, Id LIMIT 2000');
    expect(pageQuery('Lead', ['Id'], { by: 'stamp', since, after: { stamp: since - 900, id: '00Q1' } }, 200)).toBe(
      "SELECT Id FROM Lead WHERE SystemModstamp > 2026-11-01T00:00:05Z OR (SystemModstamp = 2026-11-01T00:00:05Z AND Id > '00Q1') ORDER BY SystemModstamp, Id LIMIT 200",
    );
  });

  test('a condition that every row must meet is added to where the page begins', () => {
    expect(pageQuery('Task', ['Id'], { by: 'id' }, 10, 'IsClosed = true')).toBe('SELECT Id FROM Task WHERE IsClosed = true ORDER BY Id LIMIT 10');
    expect(pageQuery('Task', ['Id'], { by: 'id', after: '00T1' }, 10, 'IsClosed = true')).toBe("SELECT Id FROM Task WHERE (Id > '00T1') AND IsClosed = true ORDER BY Id LIMIT 10");
  });

  test('a read of everything goes by id; a bulk job has neither order nor limit', () => {
    expect(pageQuery('Lead', ['Id'], { by: 'id' })).toBe('SELECT Id FROM Lead ORDER BY Id LIMIT 2000');
    expect(bulkQuery('Lead', ['Id', 'Email'], { by: 'id', after: '00Q1' })).toBe("SELECT Id, Email FROM Lead WHERE Id > '00Q1'");
  });

  test('chunks hold everything once', () => {
    expect(chunks([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]]);
  });
});
