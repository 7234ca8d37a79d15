// How many bytes of answers the whole operator may hold at once; a limit for each answer does not limit their sum. Small
// answers are simply counted. A large one waits for its turn: only one call at a time has it, so that many large answers
// neither fill the memory nor starve one another, and small ones never wait for them.

/** What every answer may have without waiting: 256 calls at once make 16 MiB; one list, with both its halves, another 16. */
const SMALL_BYTES = 64 * 1024;

/** The bytes of one call, over all its answers. */
export interface ByteAccount {
  /** Whether these further bytes need the turn of large answers first. */
  needsTurn(bytes: number): boolean;
  /** Waits for that turn; the account keeps it until it is closed. Rejects when the signal aborts. */
  turn(signal: AbortSignal): Promise<void>;
  /** False where that would pass the limit: nothing is taken then. */
  take(bytes: number): boolean;
  /** Gives everything back. */
  close(): void;
}

/** Bytes in use, of at most a limit. */
export interface ByteBudget {
  open(): ByteAccount;
  inUse(): number;
}

/** A budget of `limit` bytes; all calls of a process share one: at most 32 MiB in the whole operator. */
export function createByteBudget(limit: number): ByteBudget {
  const turns = createTurns();
  let used = 0;
  const open = (): ByteAccount => {
    let own = 0;
    let release: (() => void) | undefined;
    return {
      needsTurn: (bytes) => release === undefined && own + bytes > SMALL_BYTES,
      async turn(signal) {
        release = await turns(signal);
      },
      take(bytes) {
        if (used + bytes > limit) return false;
        own += bytes;
        used += bytes;
        return true;
      },
      close() {
        used -= own;
        own = 0;
        release?.();
      },
    };
  };
  return { open, inUse: () => used };
}

/** First come, first served: resolves with what ends the turn. */
function createTurns(): (signal: AbortSignal) => Promise<() => void> {
  const line = new Set<() => void>();
  let taken = false;
  const next = () => {
    const [first] = line;
    taken = first !== undefined;
    if (first === undefined) return;
    line.delete(first);
    first();
  };
  return (signal) =>
    new Promise((resolve, reject) => {
      const give = () => {
        signal.removeEventListener('abort', leave);
        resolve(next);
      };
      const leave = () => {
        line.delete(give);
        reject(signal.reason);
      };
      if (signal.aborted) return leave();
      signal.addEventListener('abort', leave, { once: true });
      line.add(give);
      if (!taken) next();
    });
}
