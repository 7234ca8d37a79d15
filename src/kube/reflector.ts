// Keeps a handler up to date with one collection of the API server: list, then watch, for ever, whatever breaks.
// The server is asked to end each watch after 35 to 45 s: two seconds before that it sends a bookmark, so that even a quiet
// watch goes on from a fresh version; and a watch that outlives its time is half open and torn down, so that nothing is
// missed for longer than 50 s. Watching again costs no list.
import { ApiError } from '../controller/errors.ts';
import type { Clock, Log } from '../controller/ports.ts';
import { RetryDelay } from '../runtime/retry-delay.ts';
import { asApiError } from './api-errors.ts';
import { listAll } from './list-all.ts';
import type { KubeReader } from './reader.ts';

/** Receives the objects of a collection, decoded. Never called after `stop()`. */
export interface ReflectorHandler<T> {
  /** The whole collection as of a version: what is not in it was deleted before that version. */
  replace(objects: readonly T[], resourceVersion: string): void;
  /** Created or changed. */
  upsert(object: T): void;
  delete(object: T): void;
}

/** How a reflector is made. */
export interface ReflectorOptions<T> {
  reader: Pick<KubeReader, 'list' | 'watch'>;
  /** Path of the collection, such as `/api/v1/pods`, without a query. */
  path: string;
  /** Undefined = not an object of this kind; it is passed over. Must not throw. */
  decode(raw: unknown): T | undefined;
  handler: ReflectorHandler<T>;
  clock: Clock;
  /** Numbers in [0, 1). */
  random(): number;
  log: Log;
}

const WATCH_MIN_S = 35;
const WATCH_SPREAD_S = 10;
const OVERDUE_MS = 5_000;
/** A watch that lived this long was a good one: the next one may follow at once. */
const STEADY_MS = 10_000;

/** One list-and-watch loop. */
export class Reflector<T> {
  readonly #options: ReflectorOptions<T>;
  readonly #delay: RetryDelay;
  readonly #stopping = new AbortController();
  readonly #synced = Promise.withResolvers<void>();
  #version: string | undefined;
  #ready = false;
  #trouble: string | undefined;

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
    this.#delay = new RetryDelay(options.random);
  }

  /** Begins; call it once. */
  start(): void {
    void this.#run();
  }

  /** Ends the watch and every wait; the handler is not called any more. */
  stop(): void {
    this.#stopping.abort();
  }

  /** Whether the first list has reached the handler. */
  ready(): boolean {
    return this.#ready;
  }

  /** Resolves when the first list has reached the handler; never after an early `stop()`. */
  whenReady(): Promise<void> {
    return this.#synced.promise;
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const waitMs = await this.#turn();
      if (waitMs > 0) await this.#pause(waitMs);
    }
  }

  /** One list, where needed, and one watch; milliseconds to wait before the next turn. */
  async #turn(): Promise<number> {
    const { clock } = this.#options;
    let watchingSince = Number.POSITIVE_INFINITY;
    let failure: ApiError | undefined;
    try {
      const version = this.#version ?? (await this.#list());
      watchingSince = clock.monotonic();
      await this.#watch(version);
    } catch (error) {
      failure = asApiError(error, `watch ${this.#options.path}`);
    }
    const steady = clock.monotonic() - watchingSince >= STEADY_MS;
    if (steady) this.#delay.reset();
    if (failure !== undefined) return this.#failed(failure);
    return steady ? 0 : this.#delay.next();
  }

  /** Lists once more, beside the watch: then the handler knows all that was stored when this was called. Throws `ApiError`. */
  async catchUp(): Promise<void> {
    await this.#listOnce();
  }

  async #list(): Promise<string> {
    const resourceVersion = await this.#listOnce();
    if (this.#stopping.signal.aborted) return resourceVersion;
    this.#version = resourceVersion;
    this.#ready = true;
    this.#synced.resolve();
    return resourceVersion;
  }

  async #listOnce(): Promise<string> {
    const { reader, path, decode, handler } = this.#options;
    const { signal } = this.#stopping;
    const { items, resourceVersion } = await listAll({ reader, path, decode, signal });
    if (!signal.aborted) handler.replace(items, resourceVersion);
    return resourceVersion;
  }

  /** Returns when the watch has ended in peace or was overdue; throws where it failed. */
  async #watch(version: string): Promise<void> {
    const { reader, path, clock, random } = this.#options;
    const seconds = WATCH_MIN_S + Math.floor(random() * WATCH_SPREAD_S);
    const query = `watch=1&allowWatchBookmarks=true&timeoutSeconds=${seconds}&resourceVersion=${version}`;
    const overdue = new AbortController();
    const cancel = clock.after(seconds * 1_000 + OVERDUE_MS, () => overdue.abort());
    const signal = AbortSignal.any([this.#stopping.signal, overdue.signal]);
    try {
      const events = await reader.watch(`${path}?${query}`, signal);
      this.#recovered();
      for await (const event of events) {
        if (signal.aborted) return;
        this.#take(event);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      cancel();
    }
  }

  #take(event: unknown): void {
    const { type, object } = (event ?? {}) as { type?: unknown; object?: unknown };
    if (type === 'ERROR') throw errorEvent(object);
    const version = (object as { metadata?: { resourceVersion?: unknown } } | undefined)?.metadata?.resourceVersion;
    const decoded = type === 'BOOKMARK' ? undefined : this.#options.decode(object);
    if (decoded !== undefined) {
      if (type === 'DELETED') this.#options.handler.delete(decoded);
      else this.#options.handler.upsert(decoded);
    }
    if (typeof version === 'string' && version !== '') this.#version = version;
  }

  #failed(failure: ApiError): number {
    const { path, log } = this.#options;
    if (this.#stopping.signal.aborted) return 0;
    if (failure.kind === 'gone') this.#version = undefined;
    const trouble = `${failure.kind} ${failure.status}`;
    if (trouble !== this.#trouble && failure.status !== 410) {
      const missing = failure.status === 404 ? 'the kind is not served (yet): is its CRD installed?' : undefined;
      log.warn('cannot list and watch, trying again', {
        path,
        error: failure.message,
        ...(missing && { hint: missing }),
      });
      this.#trouble = trouble;
    }
    return this.#delay.next(failure.retryAfterMs);
  }

  #recovered(): void {
    if (this.#trouble !== undefined) this.#options.log.info('watching again', { path: this.#options.path });
    this.#trouble = undefined;
  }

  #pause(ms: number): Promise<void> {
    const { signal } = this.#stopping;
    return new Promise((resolve) => {
      const done = () => {
        cancel();
        signal.removeEventListener('abort', done);
        resolve();
      };
      const cancel = this.#options.clock.after(ms, done);
      signal.addEventListener('abort', done);
      if (signal.aborted) done();
    });
  }
}

/** A watch's ERROR event holds a Status; most often it is 410: the version is too old to go on from. */
function errorEvent(object: unknown): ApiError {
  const { code, message } = (object ?? {}) as { code?: unknown; message?: unknown };
  const status = typeof code === 'number' ? code : 0;
  const text = typeof message === 'string' ? message : 'the watch failed';
  return new ApiError(status === 410 ? 'gone' : 'unavailable', text.slice(0, 1_024), { status });
}
