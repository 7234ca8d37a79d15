// What every cache over reflectors has: it begins to watch, ends, and knows when all of its lists have come once.
import type { Reflector } from './reflector.ts';

/** A cache that one or more reflectors fill: one for each kind and namespace. */
export abstract class Watching {
  /** Made once, in the constructor of the cache. */
  protected abstract readonly reflectors: readonly Pick<Reflector<unknown>, 'start' | 'stop' | 'ready' | 'whenReady'>[];

  start(): void {
    for (const reflector of this.reflectors) reflector.start();
  }

  stop(): void {
    for (const reflector of this.reflectors) reflector.stop();
  }

  /** Whether every kind and namespace was listed once. */
  synced(): boolean {
    return this.reflectors.every((reflector) => reflector.ready());
  }

  /** Resolves when `synced()`. */
  async whenSynced(): Promise<void> {
    await Promise.all(this.reflectors.map((reflector) => reflector.whenReady()));
  }
}
