import { agreeing } from '../../src/core/measure/parity';

test.each([
  [{ people: 0, disagree: 0 }, null],
  [{ people: 0, disagree: 3 }, null],
  [{ people: 4, disagree: 0 }, 1],
  [{ people: 4, disagree: 1 }, 0.75],
  // W11: whoever is held or refused is named also outside scope.
  [{ people: 4, disagree: 5 }, 0],
])('%j agree to %s', (counted, share) => {
  expect(agreeing(counted)).toBe(share);
});
