// A watch as one process has it: changes in their order after a delay, each a numbered notification that can be lost (a half
// open watch: all that follows is lost too, until it is noticed and listed again), doubled, held back, or end in a 410.
import type { Change } from './api-server.ts';
import type { Gate, NoticeFault } from './gate.ts';
import type { Process } from './process.ts';

export interface StreamOptions<T> {
  process: Process;
  gate: Gate;
  delayMs: () => number;
  describe: (change: Change<T>) => string;
  take: (change: Change<T>) => void;
  /** Lists everything anew; returns the revision of that list: what is not later than it is in it. */
  relist: () => Promise<number>;
  /** Whether a double may come late: only where what takes it tells old from new. */
  lateDoubles: boolean;
}

/** A half open watch is noticed within this. */
const HALF_OPEN_MS = 50_000;
/** A stream that is held back goes on after this at the latest. */
const HELD_MS = 30_000;

/** A watch that begins closed: call `open()`. */
export class Stream<T> {
  readonly #options: StreamOptions<T>;
  readonly #queue: Change<T>[] = [];
  #listening = false;
  #moving = false;
  /** Changes that must be queued before the held one goes on. */
  #held = 0;

  constructor(options: StreamOptions<T>) {
    this.#options = options;
  }

  /** Lists until that succeeds, then watches. */
  async open(): Promise<void> {
    const { process, relist } = this.#options;
    for (;;) {
      this.#queue.length = 0;
      this.#listening = true;
      try {
        const listed = await relist();
        this.#queue.splice(0, this.#queue.filter(({ revision }) => revision <= listed).length);
        break;
      } catch {
        await new Promise<void>((resolve) => process.clock.after(1_000, resolve));
      }
    }
  }

  push(change: Change<T>): void {
    if (!this.#listening || !this.#options.process.alive) return;
    this.#queue.push(change);
    if (this.#held > 0 && this.#queue.length > this.#held) this.#release();
    this.#move();
  }

  #move(): void {
    if (this.#moving || this.#held > 0 || this.#queue.length === 0) return;
    this.#moving = true;
    this.#options.process.clock.after(this.#options.delayMs(), () => {
      this.#moving = false;
      if (!this.#listening) return;
      const change = this.#queue[0];
      if (change === undefined) return;
      const { gate, process, describe } = this.#options;
      this.#arrive(change, gate.notice(process, describe(change)));
      this.#move();
    });
  }

  #arrive(change: Change<T>, fault: NoticeFault | undefined): void {
    const { process, take, lateDoubles } = this.#options;
    switch (fault) {
      case 'dropped':
        this.#breakOff(HALF_OPEN_MS);
        return;
      case 'gone':
        this.#breakOff(1_000);
        return;
      case 'stale1':
      case 'stale2':
      case 'stale3':
        this.#hold(Number(fault.at(-1)));
        return;
      default:
        this.#queue.shift();
        take(change);
        if (fault === 'duplicated') process.clock.after(lateDoubles ? 700 : 0, () => take(change));
    }
  }

  #hold(changes: number): void {
    this.#held = changes;
    this.#options.process.clock.after(HELD_MS, () => this.#release());
    if (this.#queue.length > changes) this.#release();
  }

  /** What was held back comes now, all at once, oldest first. */
  #release(): void {
    if (this.#held === 0) return;
    this.#held = 0;
    for (const change of this.#queue.splice(0)) this.#options.take(change);
  }

  #breakOff(ms: number): void {
    this.#listening = false;
    this.#queue.length = 0;
    this.#options.process.clock.after(ms, () => void this.open());
  }
}
