// How many bytes of answers the whole operator may hold at once; a limit for each answer does not limit their sum.

/** Bytes in use, of at most `limit`. */
export interface ByteBudget {
  /** False where that would pass the limit: nothing is taken then. */
  take(bytes: number): boolean;
  release(bytes: number): void;
  inUse(): number;
}

/** A budget of `limit` bytes; all calls of a process share one (hard-cases.md: at most 32 MiB in the whole operator). */
export function createByteBudget(limit: number): ByteBudget {
  let used = 0;
  return {
    take(bytes) {
      if (used + bytes > limit) return false;
      used += bytes;
      return true;
    },
    release(bytes) {
      used -= bytes;
    },
    inUse: () => used,
  };
}
