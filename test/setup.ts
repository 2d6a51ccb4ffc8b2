import nock from 'nock';

// No test reaches a real host: anything but loopback is refused, and the refusal names the host.
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
