import { compileLess } from '../src/cli/v8';
import { guardHosts } from './support/hosts';

// A test file's code is young: compiling it for good takes more processor time than it gives back.
compileLess();

// No test reaches a real host. Replies of odd servers: test/support/nock.ts.
let release: () => void;
beforeAll(() => {
  release = guardHosts();
});
afterAll(() => release());
