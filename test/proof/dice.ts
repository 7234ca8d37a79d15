// Random numbers that a seed decides, so that every schedule can be had again.

/** A die with a seed. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = (seed * 2_654_435_761) >>> 0;
  }

  /** In [0, 1). */
  readonly next = (): number => {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** From `low` to `high`, a whole number. */
  between(low: number, high: number): number {
    return Math.floor(low + this.next() * (high - low + 1));
  }

  pick<T>(first: T, ...rest: T[]): T {
    return [first, ...rest][this.between(0, rest.length)] ?? first;
  }
}
