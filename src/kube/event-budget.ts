// Which Events may go out: no repeat within ten minutes, 25 at once for an object and then two a minute, the last few of
// them kept for warnings. Bounded memory.
import type { RunEvent } from '../core/events.ts';

const REPEAT_MS = 10 * 60_000;
const BURST = 25;
const FOR_WARNINGS = 5;
const REFILL_MS = 30_000;
const MAX_OBJECTS = 5_000;
const MAX_REMEMBERED = 10_000;

/** Decides about each Event; times are monotonic milliseconds. */
export class EventBudget {
  /** When an Event like this was let out, oldest first. */
  readonly #seen = new Map<string, number>();
  readonly #buckets = new Map<string, { tokens: number; at: number }>();

  /** Whether this Event of the object with that UID may go out; if so, it is counted. */
  allows(uid: string, event: RunEvent, now: number): boolean {
    this.#forgetOld(now);
    const key = JSON.stringify([uid, event.reason, event.node, event.note]);
    if (this.#seen.has(key)) return false;
    if (!this.#take(uid, event.type === 'Warning' ? 1 : 1 + FOR_WARNINGS, now)) return false;
    this.#seen.set(key, now);
    dropOldest(this.#seen, MAX_REMEMBERED);
    return true;
  }

  /** How much is remembered. */
  size(): number {
    return this.#seen.size + this.#buckets.size;
  }

  /** Forgets what makes no difference any more: repeats that may come, buckets that are full again. */
  #forgetOld(now: number): void {
    for (const [key, at] of this.#seen) {
      if (now - at < REPEAT_MS) break;
      this.#seen.delete(key);
    }
    for (const [uid, { at }] of this.#buckets) {
      if (now - at < BURST * REFILL_MS) break;
      this.#buckets.delete(uid);
    }
  }

  /** Takes one token where at least `needed` are there. */
  #take(uid: string, needed: number, now: number): boolean {
    const { tokens, at } = this.#buckets.get(uid) ?? { tokens: BURST, at: now };
    const filled = Math.min(BURST, tokens + (now - at) / REFILL_MS);
    const enough = filled >= needed;
    this.#buckets.delete(uid);
    this.#buckets.set(uid, { tokens: enough ? filled - 1 : filled, at: now });
    dropOldest(this.#buckets, MAX_OBJECTS);
    return enough;
  }
}

function dropOldest(map: Map<string, unknown>, max: number): void {
  if (map.size <= max) return;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}
