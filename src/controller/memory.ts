// What a reconciler remembers of a resource: none of it matters to what is done, only to when, and to what is said twice.

/** What is remembered of a resource between reconciles. */
export interface Memory {
  /** Since when a change has waited for company. */
  waitingSince?: number;
  writtenAt: number;
  /** How many times in a row someone else wrote first. */
  overtaken: number;
  /** Warnings that were given and still hold, so that they come once. */
  warned: Set<string>;
}

/** Someone else may write first three times in a row before we pause: 50 ms, doubled each time, at most 5 s. */
export function overtakenPauseMs(times: number): number {
  return times <= 3 ? 0 : Math.min(5_000, 50 * 2 ** (times - 4));
}
