// One process of the operator as the world sees it: it can be frozen and thawed, and killed for good; its clock is its own.
import type { Clock } from '../../src/runtime/clock.ts';
import { NOW } from '../support/builders.ts';
import type { Timeline } from './timeline.ts';

/** Whatever a dead process waited for never comes, and whatever it still says is heard by nobody. */
export class Process {
  readonly name: string;
  readonly timeline: Timeline;
  /** Milliseconds by which its wall clock is wrong; may jump. */
  wallOffset: number;
  alive = true;
  #frozenUntil = 0;
  readonly clock: Clock;

  constructor(name: string, timeline: Timeline, wallOffset = 0) {
    this.name = name;
    this.timeline = timeline;
    this.wallOffset = wallOffset;
    this.clock = {
      now: () => NOW + timeline.now + this.wallOffset,
      monotonic: () => timeline.now,
      after: (ms, action) => timeline.after(ms, () => this.deliver(action)),
    };
  }

  /** kill -9. */
  crash(): void {
    this.alive = false;
  }

  /** SIGSTOP, and SIGCONT after `ms`. */
  freeze(ms: number): void {
    this.#frozenUntil = Math.max(this.#frozenUntil, this.timeline.now + ms);
  }

  /** Does something inside the process: never when it is dead, later when it is frozen. */
  deliver(action: () => void): void {
    if (!this.alive) return;
    const wait = this.#frozenUntil - this.timeline.now;
    if (wait > 0) this.timeline.after(wait, () => this.deliver(action));
    else action();
  }
}
