import { describeCrashes } from '../support/crashSuite';

// The batches that the CRMs take: one send holds most of the run's writes.
describeCrashes('a run that dies around whole batches', 2, 50, { batchSize: 100, livesOn: false });
