// Virtual time of a whole world: events in their order, all promises between two of them settled. Nothing sleeps.
import type { Cancel } from '../../src/runtime/clock.ts';

interface Timed {
  at: number;
  serial: number;
  action: (() => void) | undefined;
}

/** The one true time of a world, in milliseconds since it began; a binary heap of what is to come. */
export class Timeline {
  now = 0;
  /** Called after each event, when everything has settled. */
  onStep: () => void = () => {};
  readonly #heap: Timed[] = [];
  #serial = 0;
  #atOnce = 0;

  after(ms: number, action: () => void): Cancel {
    const timed: Timed = { at: this.now + Math.max(0, ms), serial: ++this.#serial, action };
    this.#push(timed);
    return () => {
      timed.action = undefined;
    };
  }

  /** Resolves after `ms`. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve));
  }

  /** Runs until `isDone`, or until `limit`, or until nothing is to come; false = not done. */
  async run(isDone: () => boolean, limit: number): Promise<boolean> {
    await settled();
    while (!isDone()) {
      if ((this.#heap[0]?.at ?? Number.POSITIVE_INFINITY) > limit) return false;
      const next = this.#pop();
      if (next?.action !== undefined) await this.#happen(next.at, next.action);
    }
    return true;
  }

  async #happen(at: number, action: () => void): Promise<void> {
    this.#atOnce = at > this.now ? 0 : this.#atOnce + 1;
    if (this.#atOnce > 20_000) throw new Error(`more than 20,000 events at ${this.now} ms: something spins`);
    this.now = at;
    action();
    await settled();
    this.onStep();
  }

  #push(timed: Timed): void {
    const heap = this.#heap;
    let index = heap.push(timed) - 1;
    for (let parent = (index - 1) >> 1; index > 0; index = parent, parent = (index - 1) >> 1) {
      const above = heap[parent];
      if (above === undefined || !isBefore(timed, above)) break;
      heap[index] = above;
      heap[parent] = timed;
    }
  }

  #pop(): Timed | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    heap[0] = last;
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      const [a, b] = [heap[left], heap[left + 1]];
      const child = a !== undefined && b !== undefined && isBefore(b, a) ? left + 1 : left;
      const below = heap[child];
      if (below === undefined || !isBefore(below, last)) return first;
      heap[index] = below;
      heap[child] = last;
      index = child;
    }
  }
}

function isBefore(a: Timed, b: Timed): boolean {
  return a.at === b.at ? a.serial < b.serial : a.at < b.at;
}

/** Resolves when every promise that can settle without a timer has: a macrotask runs after all microtasks. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
