import { describeCrashes } from '../support/crashSuite';

// Three records a batch: a crash leaves most of one chunk's intents open.
describeCrashes('a run that dies between very small batches', 4, 50, { batchSize: 3, livesOn: false });
