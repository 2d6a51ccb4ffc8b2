import { describeCrashes } from '../support/crashSuite';

// Reps answer and marketers edit before the next run: who did what and when must not be lost in the clearing up (L5, L11).
describeCrashes('a run that dies while people go on working', 3, 50, { batchSize: 10, livesOn: true });
