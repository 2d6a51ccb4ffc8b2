import { guardHosts } from './support/hosts';

// No test reaches a real host. Replies of odd servers: test/support/nock.ts.
let release: () => void;
beforeAll(() => {
  release = guardHosts();
});
afterAll(() => release());
