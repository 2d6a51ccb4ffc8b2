import { setFlagsFromString } from 'node:v8';
import { guardHosts } from './support/hosts';

// As `compileLess` of src/wire.ts, which not every test file has to load: a test file's code is young, and compiling it for good takes more processor time than it gives back.
if (Number.parseInt(process.versions.v8, 10) < 12) setFlagsFromString('--interrupt-budget=400000');

// No test reaches a real host. Replies of odd servers: test/support/nock.ts.
let release: () => void;
beforeAll(() => {
  release = guardHosts();
});
afterAll(() => release());
