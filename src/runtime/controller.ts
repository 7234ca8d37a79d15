// Turns keys into reconciles: level-triggered, never two at once for one key, with a backoff after errors that no
// event cuts short, only while started. Knows no Kubernetes and no Cassandra.
import type { Cancel, Clock } from './clock.ts';
import { type QueueMeter, WorkQueue } from './work-queue.ts';

/** What a reconcile wants next: to be called again at this time (wall clock) at the latest. Undefined = when something changes. */
export interface Result {
  recheckAt?: number | undefined;
  /** Changes within this many milliseconds are looked at together, when they are over. */
  pauseMs?: number;
}

export interface ControllerOptions {
  clock: Clock;
  /** In [0, 1), for the jitter of backoffs. */
  random: () => number;
  /** Reconciles at once, over all keys. */
  workers: number;
  /** The group of a key: groups are served in turn. */
  groupOf: (key: string) => string;
  reconcile: (key: string) => Promise<Result>;
  /** Told of every end of a reconcile: `error` where it threw; `ms` = how long it took. */
  onDone?: (key: string, ms: number, error?: unknown) => void;
  /** Told of keys that wait for a worker. */
  queueMeter?: QueueMeter;
}

const FIRST_BACKOFF_MS = 500;
const LAST_BACKOFF_MS = 300_000;
/** After an error, changes are looked at no sooner than this, so that no stream of them turns an error into a loop. */
const PATIENCE_MS = 5_000;

/** A queue with workers. */
export class Controller {
  readonly #options: ControllerOptions;
  readonly #queue: WorkQueue;
  readonly #running = new Set<string>();
  /** Keys that came up again while they were being reconciled. */
  readonly #again = new Set<string>();
  readonly #timers = new Map<string, Cancel>();
  readonly #failures = new Map<string, number>();
  /** Not before this (monotonic), whatever comes up. */
  readonly #pauses = new Map<string, number>();
  #started = false;
  #idle: (() => void) | undefined;

  constructor(options: ControllerOptions) {
    this.#options = options;
    this.#queue = new WorkQueue(options.groupOf, options.queueMeter);
  }

  /** Reconciles the key soon, whatever timer it has, but not before the pause is over that its last reconcile asked for. Nothing is
   *  kept for a later start: who starts it names every key, and one that stands by for weeks holds none. */
  enqueue(key: string): void {
    if (!this.#started) return;
    const pause = (this.#pauses.get(key) ?? 0) - this.#options.clock.monotonic();
    if (this.#running.has(key)) this.#again.add(key);
    else if (pause > 0) this.#schedule(key, pause);
    else this.#queue.add(key);
    this.#pump();
  }

  start(): void {
    this.#started = true;
    this.#idle = undefined;
    this.#pump();
  }

  /** Starts no further reconcile; resolves when those under way have ended, unless it is started
   *  again before that: then what was to follow the stop must not happen. All keys are forgotten. */
  async stop(): Promise<void> {
    this.#started = false;
    for (const cancel of this.#timers.values()) cancel();
    for (const keys of [this.#timers, this.#again, this.#pauses, this.#failures]) keys.clear();
    while (this.#queue.take() !== undefined);
    if (this.#running.size > 0) await new Promise<void>((resolve) => (this.#idle = resolve));
  }

  #pump(): void {
    while (this.#started && this.#running.size < this.#options.workers) {
      const key = this.#queue.take();
      if (key === undefined) return;
      this.#running.add(key);
      void this.#run(key);
    }
  }

  async #run(key: string): Promise<void> {
    const { clock, reconcile, onDone } = this.#options;
    const begun = clock.monotonic();
    this.#unschedule(key);
    try {
      const { recheckAt, pauseMs = 0 } = await reconcile(key);
      this.#failures.delete(key);
      this.#pause(key, pauseMs);
      if (recheckAt !== undefined) this.#schedule(key, recheckAt - clock.now());
      onDone?.(key, clock.monotonic() - begun);
    } catch (error) {
      this.#backOff(key, error);
      onDone?.(key, clock.monotonic() - begun, error);
    }
    this.#finish(key);
  }

  #finish(key: string): void {
    this.#running.delete(key);
    if (this.#again.delete(key)) this.enqueue(key);
    if (this.#running.size === 0) this.#idle?.();
    this.#pump();
  }

  #schedule(key: string, ms: number): void {
    if (!this.#started) return;
    this.#unschedule(key);
    const cancel = this.#options.clock.after(Math.max(0, ms), () => {
      this.#timers.delete(key);
      this.enqueue(key);
    });
    this.#timers.set(key, cancel);
  }

  #unschedule(key: string): void {
    this.#timers.get(key)?.();
    this.#timers.delete(key);
  }

  /** 0.5 s, doubled at each failure in a row, at most 5 min, ± 20 %; longer where the error says so. */
  #backOff(key: string, error: unknown): void {
    const wish = retryAfterMs(error);
    const backoff = Math.max(this.#backoffMs(key), wish);
    this.#pause(key, Math.max(wish, Math.min(backoff, PATIENCE_MS)));
    this.#schedule(key, backoff);
  }

  #pause(key: string, ms: number): void {
    if (ms > 0) this.#pauses.set(key, this.#options.clock.monotonic() + ms);
    else this.#pauses.delete(key);
  }

  #backoffMs(key: string): number {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    return Math.min(LAST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** failures) * (0.8 + 0.4 * this.#options.random());
  }
}

/** What an error asks to wait, where it has a `retryAfterMs`. */
function retryAfterMs(error: unknown): number {
  const wish = typeof error === 'object' && error !== null ? Reflect.get(error, 'retryAfterMs') : undefined;
  return typeof wish === 'number' && Number.isFinite(wish) ? wish : 0;
}
