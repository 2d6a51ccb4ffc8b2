import nock from 'nock';

/* nock for the files that import it: it takes every request of its process apart, so the others go without. */

beforeAll(() => {
  if (!nock.isActive()) nock.activate();
  nock.disableNetConnect();
  nock.enableNetConnect(/^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/);
});
afterEach(() => {
  nock.abortPendingRequests();
  nock.cleanAll();
});
// Without this the next test file in the same worker is not intercepted.
afterAll(() => {
  nock.restore();
});

export default nock;
