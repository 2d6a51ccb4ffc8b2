import { describeCrashes } from '../support/crashSuite';

// Seven records a batch: many sends, so many places between them.
describeCrashes('a run that dies between small batches', 6, 50, { batchSize: 7, livesOn: false });
