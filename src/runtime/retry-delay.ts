// How long to wait before the next try at the API server: 0.8 s at first, twice as long each time, at most 30 s.

const FIRST_MS = 800;
const MAX_MS = 30_000;

/** Exponential waits with up to half as much again by chance. */
export class RetryDelay {
  readonly #random: () => number;
  #tries = 0;

  /** `random` gives numbers in [0, 1). */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** Milliseconds to wait now; never less than the server asked for. */
  next(retryAfterMs = 0): number {
    const base = FIRST_MS * 2 ** Math.min(this.#tries, 10);
    this.#tries += 1;
    return Math.max(retryAfterMs, Math.min(MAX_MS, base * (1 + this.#random() / 2)));
  }

  /** All is well again. */
  reset(): void {
    this.#tries = 0;
  }
}
