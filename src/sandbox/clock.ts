/** The sandbox's own clock, so that a test can make both CRMs live in any moment, or disagree with the machine. Epoch milliseconds. */
export class SandboxClock {
  private fixed: number | null = null;
  private shift = 0;

  now(): number {
    return (this.fixed ?? Date.now()) + this.shift;
  }

  /** Stands still at a moment (null: runs again with the machine's clock). Clears earlier `advance` calls. */
  set(at: number | null): void {
    this.fixed = at;
    this.shift = 0;
  }

  advance(milliseconds: number): void {
    this.shift += milliseconds;
  }
}
