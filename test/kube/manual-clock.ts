// A clock that stands still until a test moves it.
import type { Clock } from '../../src/runtime/clock.ts';

interface Timer {
  at: number;
  action: () => void;
}

/** Wall and monotonic time move together, except by `stepWall` and `freeze`. */
export class ManualClock implements Clock {
  #time = 1_000_000;
  #wallOffset = 1_750_000_000_000;
  #timers: Timer[] = [];
  #waiters: (() => void)[] = [];

  now(): number {
    return this.#time + this.#wallOffset;
  }

  monotonic(): number {
    return this.#time;
  }

  after(ms: number, action: () => void): () => void {
    const timer = { at: this.#time + Math.max(0, ms), action };
    this.#timers.push(timer);
    for (const waiter of this.#waiters.splice(0)) waiter();
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Moves on, and fires what comes due, in order. */
  advance(ms: number): void {
    const until = this.#time + ms;
    for (;;) {
      const [next] = this.#timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.#timers = this.#timers.filter((other) => other !== next);
      this.#time = Math.max(this.#time, next.at);
      next.action();
    }
    this.#time = until;
  }

  /** Both clocks move on, and no timer fires: the process was stopped. */
  freeze(ms: number): void {
    this.#time += ms;
  }

  /** The wall clock jumps. */
  stepWall(ms: number): void {
    this.#wallOffset += ms;
  }

  /** Timers that stand. */
  pending(): number {
    return this.#timers.length;
  }

  /** Milliseconds to the next timer, as soon as one stands that is due within `ms`. */
  async timer(ms: number): Promise<number> {
    for (;;) {
      const dues = this.#timers.map(({ at }) => at - this.#time).filter((due) => due <= ms);
      if (dues.length > 0) return Math.min(...dues);
      await new Promise<void>((resolve) => this.#waiters.push(resolve));
    }
  }

  /** Waits for that timer, and fires it; gives the milliseconds that went by. */
  async fire(ms: number): Promise<number> {
    const due = await this.timer(ms);
    this.advance(due);
    return due;
  }
}
