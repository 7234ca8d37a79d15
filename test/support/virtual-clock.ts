// A clock that tests own: time passes only where they say so, and timers fire in their order, the promises between
// them settled.
import type { Cancel, Clock } from '../../src/runtime/clock.ts';

interface Timer {
  at: number;
  action: () => void;
}

/** Wall and monotonic clock of a test. The wall clock may be set; the monotonic one only goes on. */
export class VirtualClock implements Clock {
  #wall: number;
  #monotonic = 1_000;
  #timers = new Set<Timer>();

  constructor(wall: number) {
    this.#wall = wall;
  }

  now(): number {
    return this.#wall;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  /** Timers that have not fired. */
  get pending(): number {
    return this.#timers.size;
  }

  after(ms: number, action: () => void): Cancel {
    const timer = { at: this.#monotonic + Math.max(0, ms), action };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** Someone sets the wall clock; timers do not notice. */
  setWall(wall: number): void {
    this.#wall = wall;
  }

  /** Lets time pass, timer by timer. */
  async advance(ms: number): Promise<void> {
    const end = this.#monotonic + ms;
    await settled();
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#pass(next.at - this.#monotonic);
      this.#timers.delete(next);
      next.action();
      await settled();
    }
    this.#pass(end - this.#monotonic);
  }

  #pass(ms: number): void {
    this.#wall += ms;
    this.#monotonic += ms;
  }

  #next(end: number): Timer | undefined {
    const due = [...this.#timers].filter(({ at }) => at <= end);
    return due.reduce<Timer | undefined>(
      (first, one) => (first === undefined || one.at < first.at ? one : first),
      undefined,
    );
  }
}

/** Resolves when every promise that can settle without a timer has. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve));
}
