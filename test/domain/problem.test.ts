import { ConcordError, CrmError, EXIT, problem, PROBLEMS } from '../../src/domain/problem';

/* Every trouble says what it is and what to do (design.md section 6), and ends a command as the contract says. */

test.each(Object.entries(PROBLEMS))('%s names the trouble, the way out, and whose it is', (_code, info) => {
  expect(info.message).toMatch(/^[A-Z].*\.$/);
  expect(info.remedy).toMatch(/^[A-Z].*[.)]$/);
  expect(['never', 'next-run']).toContain(info.retry);
  expect(info.whose).not.toBe('');
});

test('a problem is the table’s, with what is particular to the case', () => {
  expect(problem('duplicate', 'hubspot', { vendorCode: 'CONFLICT', fields: ['email'] })).toEqual({
    code: 'duplicate', crm: 'hubspot', message: PROBLEMS.duplicate.message, remedy: PROBLEMS.duplicate.remedy, retry: PROBLEMS.duplicate.retry, vendorCode: 'CONFLICT', fields: ['email'],
  });
});

test('a credential that is not accepted, or may not do it, is for the user to put right; other trouble of a CRM is a failure', () => {
  const exits = (['unauthorized', 'missing_scope', 'unavailable', 'quota_spent'] as const).map((code) => new CrmError(problem(code, 'salesforce')).exit);

  expect(exits).toEqual([EXIT.usage, EXIT.usage, EXIT.failed, EXIT.failed]);
});

test('a CRM’s trouble names the CRM, its code, and keeps the cause', () => {
  const cause = new Error('socket');
  const error = new CrmError(problem('unavailable', 'hubspot', { vendorCode: '503' }), cause);

  expect(error).toMatchObject({ name: 'CrmError', code: 'unavailable', where: '503', message: `hubspot: ${PROBLEMS.unavailable.message}`, cause });
  expect(error).toBeInstanceOf(ConcordError);
  expect(new CrmError(problem('unavailable', 'hubspot')).where).toBeUndefined();
});

test('what ends a run speaks of the run: nobody is told to look for a record, or that a command which has ended tries again', () => {
  for (const code of ['unavailable', 'maintenance', 'rate_limited'] as const) expect(new CrmError(problem(code, 'hubspot')).remedy).toMatch(/^Run again later: the next run goes on from there\./);
  const nowhere = new CrmError(problem('not_found', 'hubspot'));
  expect(nowhere.message).toBe('hubspot: The address that was called does not exist there.');
  expect(nowhere.remedy).toContain('.env');
});
