import fc from 'fast-check';
import { kaplanMeier, percentile, shareOut, wilson } from '../../src/report/stats';

describe('statistics of the reports (domain.md C2)', () => {
  test('Wilson’s interval: published values, the ends, and nothing of nothing', () => {
    // 10 of 20, 95 %: 0.2993 to 0.7007 (Newcombe’s tables, to four places).
    const half = wilson(10, 20);
    expect(half?.low).toBeCloseTo(0.2993, 4);
    expect(half?.high).toBeCloseTo(0.7007, 4);
    expect(wilson(0, 10)?.low).toBe(0);
    expect(wilson(0, 10)?.high).toBeCloseTo(0.2775, 4);
    expect(wilson(10, 10)?.high).toBe(1);
    expect(wilson(0, 0)).toBeNull();
  });

  test('an interval holds its share and stays within 0 and 1', () => {
    fc.assert(
      fc.property(fc.nat(500), fc.integer({ min: 1, max: 500 }), (some, of) => {
        const hits = Math.min(some, of);
        const interval = wilson(hits, of);
        expect(interval?.low).toBeLessThanOrEqual(hits / of + 1e-12);
        expect(interval?.high).toBeGreaterThanOrEqual(hits / of - 1e-12);
        expect(interval?.low).toBeGreaterThanOrEqual(0);
        expect(interval?.high).toBeLessThanOrEqual(1);
      }),
    );
  });

  test('a percentile is a value that was there: the smallest that covers the share', () => {
    expect(percentile([], 0.5)).toBeNull();
    expect(percentile([7], 0.9)).toBe(7);
    expect(percentile([1, 2, 3, 4], 0.5)).toBe(2);
    expect(percentile([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 0.9)).toBe(9);
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1 }), fc.constantFrom(0.5, 0.75, 0.9), (values, p) => {
        const sorted = [...values].sort((a, b) => a - b);
        const found = percentile(sorted, p) as number;
        expect(sorted.filter((value) => value <= found).length).toBeGreaterThanOrEqual(p * sorted.length);
        expect(sorted.filter((value) => value < found).length).toBeLessThan(p * sorted.length);
      }),
    );
  });

  test('Kaplan–Meier: the remission times of the leukaemia trial have their published median', () => {
    // 6-mercaptopurine arm (Freireich 1963): arrived, and those watched until then. Median 23 weeks.
    expect(kaplanMeier([6, 6, 6, 7, 10, 13, 16, 22, 23], [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35], [0.5, 0.9])).toEqual([23, null]);
    expect(kaplanMeier([], [1, 2], [0.5])).toEqual([null]);
  });

  test('without open cases Kaplan–Meier is the plain percentile; open ones never make it faster', () => {
    const times = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(times, times, (arrived, watched) => {
        const up = (a: number, b: number): number => a - b;
        const sorted = [...arrived].sort(up);
        const [plain] = kaplanMeier(sorted, [], [0.5]);
        expect(plain).toBe(percentile(sorted, 0.5));
        const [estimated] = kaplanMeier(sorted, [...watched].sort(up), [0.5]);
        expect(estimated ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(plain as number);
      }),
    );
  });

  test('cents shared out add up to what was shared, each within a cent of its weight', () => {
    expect(shareOut(100, [1, 1, 1])).toEqual([34, 33, 33]);
    expect(shareOut(5, [0, 0])).toEqual([0, 0]);
    fc.assert(
      fc.property(fc.nat(10_000_000), fc.array(fc.double({ min: 0.001, max: 1, noNaN: true }), { minLength: 1, maxLength: 12 }), (cents, weights) => {
        const parts = shareOut(cents, weights);
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        expect(parts.reduce((sum, part) => sum + part, 0)).toBe(cents);
        parts.forEach((part, index) => expect(Math.abs(part - (cents * (weights[index] as number)) / total)).toBeLessThanOrEqual(1));
      }),
    );
  });
});
