// Asks Sidecars what some run waits to hear, keeps their last answers, and re-queues the keys that wait. A reconcile never
// waits for a read; a silent Sidecar costs its own runs nothing but itself (docs/decisions/0007).
import type { Clock, Key, SidecarClient, SidecarWatcher } from '../controller/ports.ts';
import type { Need, Node, SidecarView } from '../core/model.ts';
import type { Slots } from '../runtime/slots.ts';
import { KeptLists } from './kept-lists.ts';
import { type AnyAnswer, askClient, asSidecarError, type LaneName, laneOf, nameOf, targetOf } from './questions.ts';
import { type Want, WatchedSidecar } from './watched-sidecar.ts';

/** What a watcher works with. Times are milliseconds. */
export interface SidecarWatcherOptions {
  readonly client: SidecarClient;
  readonly clock: Clock;
  /** From 0 to 1, evenly. */
  readonly random: () => number;
  /** Called for each key that wanted an answer which has come, or which failed to come. */
  readonly requeue: (key: Key) => void;
  /** Types of operations to list: those that are registered. */
  readonly types: readonly string[];
  /** Of the calls under way, by namespace and key. A silent Sidecar holds one or two for at most the client's total deadline. */
  readonly slots: Slots;
  /** A question just answered is not asked again for this long, so that no loop is faster. Default 50. */
  readonly settleMs?: number;
}

/** What the last lists of all Sidecars may take in memory; some 20,000 operations. */
const KEPT_BYTES = 8 * 1024 * 1024;
/** Views that nobody needs are emptied after this, and forgotten after an hour. */
const IDLE_MS = 120_000;
const FORGET_MS = 3_600_000;
const SWEEP_MS = 30_000;
/** Above this number, those that nobody needs are forgotten at once. */
const MOST_SIDECARS = 20_000;
const LANES: readonly LaneName[] = ['memory', 'jmx'];

/** A watcher that watches nothing yet. Needs that lie in the future are asked with up to 10 % of jitter. */
export function createSidecarWatcher(options: SidecarWatcherOptions): SidecarWatcher {
  return new Watcher(options);
}

interface KeyState {
  readonly uids: ReadonlySet<string>;
  /** Serial of the last answer that came before its latest `want`. */
  readonly seen: number;
}

class Watcher implements SidecarWatcher {
  readonly #options: SidecarWatcherOptions;
  readonly #settleMs: number;
  readonly #sidecars = new Map<string, WatchedSidecar>();
  readonly #keys = new Map<Key, KeyState>();
  readonly #lists = new KeptLists(KEPT_BYTES);
  #serial = 0;
  #sweptAt = Number.NEGATIVE_INFINITY;

  constructor(options: SidecarWatcherOptions) {
    this.#options = options;
    this.#settleMs = options.settleMs ?? 50;
  }

  view(uid: string): SidecarView | undefined {
    return this.#known(uid)?.view;
  }

  want(key: Key, needs: readonly Need[], nodes: ReadonlyMap<string, Node>): void {
    const now = this.#options.clock.monotonic();
    const before = this.#keys.get(key) ?? { uids: new Set<string>(), seen: -1 };
    this.#learn(nodes, now);
    const byUid = Map.groupBy(needs, ({ uid }) => uid);
    let missed = false;
    for (const uid of new Set([...before.uids, ...byUid.keys()])) {
      missed = this.#replace(key, before.seen, this.#watched(uid, nodes, now), byUid.get(uid) ?? []) || missed;
      this.#schedule(uid);
    }
    const uids = [...before.uids, ...byUid.keys()].filter(
      (uid) => byUid.has(uid) || this.#sidecars.get(uid)?.wants.has(key),
    );
    if (uids.length === 0) this.#keys.delete(key);
    else this.#keys.set(key, { uids: new Set(uids), seen: this.#serial });
    this.#sweep(now);
    // The answer came for another key, between this key's look and now.
    if (missed) this.#options.requeue(key);
  }

  /** Sets what a key wants of one Sidecar; true if it wants an answer that is there, and that it may not have seen. What is being asked
   *  it hears of in any case: an answer that nobody heard may have been the last one that it waited for. */
  #replace(key: Key, seen: number, sidecar: WatchedSidecar, needs: readonly Need[]): boolean {
    const before = sidecar.wants.get(key) ?? [];
    const isWanted = (want: Want) => needs.some((need) => nameOf(need) === nameOf(want));
    const open = before.filter((want) => sidecar.asking.get(laneOf(want)) === nameOf(want) && !isWanted(want));
    let missed = false;
    for (const need of needs) {
      const serial = sidecar.satisfiedBy(need, seen);
      if (serial === undefined) open.push(before.find((want) => isSame(want, need)) ?? this.#dated(need));
      else missed ||= serial > seen;
    }
    if (open.length > 0) sidecar.wants.set(key, open);
    else sidecar.wants.delete(key);
    return missed;
  }

  #learn(nodes: ReadonlyMap<string, Node>, now: number): void {
    for (const [uid, node] of nodes) {
      const sidecar = this.#sidecars.get(uid);
      if (sidecar === undefined) continue;
      sidecar.node = node;
      sidecar.knownAt = now;
    }
  }

  /** What is known of a Sidecar, with its times by the wall clock as it is set now. */
  #known(uid: string): WatchedSidecar | undefined {
    const sidecar = this.#sidecars.get(uid);
    sidecar?.setTo(this.#offset());
    return sidecar;
  }

  #offset(): number {
    const { clock } = this.#options;
    return clock.now() - clock.monotonic();
  }

  #watched(uid: string, nodes: ReadonlyMap<string, Node>, now: number): WatchedSidecar {
    const sidecar = this.#known(uid) ?? new WatchedSidecar(now, this.#offset());
    this.#sidecars.set(uid, sidecar);
    sidecar.node = nodes.get(uid) ?? sidecar.node;
    sidecar.neededAt = now;
    sidecar.knownAt = now;
    return sidecar;
  }

  #dated(need: Need): Want {
    const { what, id, at } = need;
    const { clock, random } = this.#options;
    const delay = Math.max(0, at - clock.now());
    const due = clock.monotonic() + delay * (1 + 0.1 * random());
    return { what, at, due, ...(id === undefined ? {} : { id }) };
  }

  /** Starts the call of each lane that is due, and sets the timers of the others. */
  #schedule(uid: string): void {
    const sidecar = this.#sidecars.get(uid);
    if (sidecar === undefined) return;
    for (const lane of LANES) {
      const next = sidecar.busy.has(lane) ? undefined : sidecar.next(lane, this.#settleMs);
      const isDue = next !== undefined && next.due <= this.#options.clock.monotonic();
      this.#setTimer(uid, sidecar, lane, isDue ? undefined : next?.due);
      if (isDue) this.#enqueue(uid, sidecar, lane, next.key);
    }
  }

  #setTimer(uid: string, sidecar: WatchedSidecar, lane: LaneName, due: number | undefined): void {
    const { clock } = this.#options;
    const timer = sidecar.timers.get(lane);
    if (timer?.due === due) return;
    timer?.cancel();
    sidecar.timers.delete(lane);
    if (due === undefined) return;
    const wake = () => {
      sidecar.timers.delete(lane);
      this.#schedule(uid);
    };
    sidecar.timers.set(lane, { due, cancel: clock.after(due - clock.monotonic(), wake) });
  }

  /** The call counts as one of `key`, whoever else wants to hear the answer. */
  #enqueue(uid: string, sidecar: WatchedSidecar, lane: LaneName, key: Key): void {
    sidecar.busy.add(lane);
    this.#options.slots.run([sidecar.node?.namespace ?? '', key], () => {
      // What is most due may have changed while the call waited for its slot.
      const next = sidecar.next(lane, this.#settleMs);
      if (next !== undefined && next.due <= this.#options.clock.monotonic()) return this.#ask(uid, sidecar, next, lane);
      sidecar.busy.delete(lane);
      queueMicrotask(() => this.#schedule(uid));
      return undefined;
    });
  }

  async #ask(uid: string, sidecar: WatchedSidecar, want: Want, lane: LaneName): Promise<void> {
    const { client, clock, types, requeue } = this.#options;
    const startedAt = clock.monotonic();
    sidecar.beginsAsking(want, clock.now());
    let heard: Pick<AnyAnswer, 'value' | 'error'>;
    try {
      heard = { value: await askClient(client, targetOf(sidecar.node), want, types) };
    } catch (error) {
      heard = { error: asSidecarError(error) };
    }
    this.#serial += 1;
    sidecar.busy.delete(lane);
    sidecar.setTo(this.#offset());
    const endedAt = clock.monotonic();
    const answeredAt = clock.now();
    const answer = { askedAt: answeredAt - (endedAt - startedAt), answeredAt, ...heard };
    const keys = sidecar.record({ question: want, answer, endedAt, serial: this.#serial });
    if (want.what === 'list') this.#boundLists(uid, sidecar);
    this.#schedule(uid);
    for (const key of keys) requeue(key);
  }

  /** Puts away the heaviest lists of others where a new one makes them too much. */
  #boundLists(uid: string, { view }: WatchedSidecar): void {
    for (const other of this.#lists.keep(uid, view.list?.value ?? [])) this.#sidecars.get(other)?.putListAway();
  }

  /** Empties and forgets what nobody needs; only ever on the way of something else, as an idle watcher has no timer. */
  #sweep(now: number): void {
    if (now - this.#sweptAt < SWEEP_MS) return;
    this.#sweptAt = now;
    const idle = [...this.#sidecars].filter(([, sidecar]) => sidecar.wants.size === 0 && sidecar.busy.size === 0);
    for (const [uid, sidecar] of idle) {
      if (now - sidecar.neededAt >= IDLE_MS) this.#trim(uid, sidecar);
      if (now - sidecar.knownAt >= FORGET_MS || this.#sidecars.size > MOST_SIDECARS) this.#forget(uid);
    }
  }

  #trim(uid: string, sidecar: WatchedSidecar): void {
    sidecar.trim();
    this.#lists.forget(uid);
  }

  #forget(uid: string): void {
    this.#sidecars.delete(uid);
    this.#lists.forget(uid);
  }
}

function isSame(want: Want, need: Need): boolean {
  return want.what === need.what && want.id === need.id && want.at === need.at;
}
