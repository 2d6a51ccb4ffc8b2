/** One thing that somebody of the sample company does in their own CRM, as the story tells it. */
export interface SampleAct {
  id: string;
  phase: 1 | 2;
  email: string;
  prospect: string;
  actor: string;
  crm: 'hubspot' | 'salesforce';
  does: string;
  isDone(): boolean;
  act(): void;
}

/** The sandbox as the story needs it: who acts there, and how time passes. `start.ts` makes it; the story never sees a sandbox. */
export interface SampleWorld {
  urls: { hubspot: string; salesforce: string };
  /** False: there were people in it before. */
  seeded: boolean;
  /** Empty when another world than the sample one is in it. */
  acts: SampleAct[];
  /** What setup leaves to an admin's hand, done. */
  adminsPart(): void;
  /** The name of a Salesforce user or queue. */
  ownerName(id: string): string;
  /** Lets so many minutes pass, or as much as there is left until now. */
  pass(minutes: number): Promise<void>;
  /** From here on the sandbox's time is the machine's. */
  catchUp(): void;
}
