// The Sidecars of a load world: answers take time and are right, cleanups take their time and succeed, and a black hole never
// answers. Counts calls, and how many are under way at once to a Sidecar, for a cluster, for a namespace and in all.
import { SidecarFault } from '../../src/controller/errors.ts';
import type { SendGuard, SidecarClient, SidecarTarget, SubmitResult } from '../../src/controller/ports.ts';
import type { CassandraState, Node, Operation } from '../../src/core/model.ts';
import type { Timeline } from '../proof/timeline.ts';
import { id, NOW } from '../support/builders.ts';

/** Milliseconds of a cleanup; of an answer from a Sidecar's memory, and from its Cassandra; until a caller gives up. */
const CLEANUP_MS = 2_000;
const MEMORY_MS = 4;
const CASSANDRA_MS = 1_010;
const GIVE_UP_MS = 10_000;

type Sort = 'read' | 'submission';

/** Where a Sidecar belongs; what is counted of it. */
interface Sidecar {
  readonly node: Node;
  readonly cluster: string;
  readonly cleanups: { id: string; body: Readonly<Record<string, unknown>>; from: number }[];
  isBlackHole: boolean;
}

/** All Sidecars, as the client of one operator. */
export class Sidecars implements SidecarClient {
  readonly #timeline: Timeline;
  readonly #compute: () => Promise<void>;
  readonly #byUid = new Map<string, Sidecar>();
  readonly #underWay = new Map<string, number>();
  #operations = 0;
  /** Calls by what they ask. */
  readonly calls = new Map<string, number>();
  /** The most that were ever under way at once: `read in all`, `read of namespace x`, `read of cluster y`, and one for all Sidecars. */
  readonly peaks = new Map<string, number>();
  onPost: (node: Node) => void = () => {};

  /** `compute`: what a call costs the caller. */
  constructor(timeline: Timeline, compute: () => Promise<void>) {
    this.#timeline = timeline;
    this.#compute = compute;
  }

  add(node: Node, cluster: string): void {
    this.#byUid.set(node.uid, { node, cluster, cleanups: [], isBlackHole: false });
  }

  /** From now on the Sidecar of this Pod answers nothing. */
  silence(uid: string): void {
    this.#sidecar(uid).isBlackHole = true;
  }

  /** Every operation has expired. */
  forgetAll(): void {
    for (const { cleanups } of this.#byUid.values()) cleanups.length = 0;
  }

  /** How many cleanups a Pod ever had. */
  cleanups(uid: string): number {
    return this.#sidecar(uid).cleanups.length;
  }

  list(target: SidecarTarget): Promise<readonly Operation[]> {
    return this.#read(target, 'list', MEMORY_MS, (sidecar) => sidecar.cleanups.map((one) => this.#document(one)));
  }

  operation(target: SidecarTarget, wanted: string): Promise<Operation | null> {
    return this.#read(target, 'operation', MEMORY_MS, ({ cleanups }) => {
      const found = cleanups.find((one) => one.id === wanted);
      return found === undefined ? null : this.#document(found);
    });
  }

  cassandra(target: SidecarTarget): Promise<CassandraState> {
    return this.#read(target, 'status', CASSANDRA_MS, () => 'NORMAL');
  }

  /** One that does not guard itself: its gate is the strictest. */
  version(target: SidecarTarget): Promise<string> {
    return this.#read(target, 'version', CASSANDRA_MS, () => '4.0.7');
  }

  async submit(
    target: SidecarTarget,
    body: Readonly<Record<string, unknown>>,
    guard: SendGuard,
  ): Promise<SubmitResult> {
    const sidecar = this.#sidecar(target.uid);
    return this.#during(sidecar, 'submission', async () => {
      await this.#compute();
      await this.#timeline.sleep(MEMORY_MS);
      const message = guard();
      if (message !== undefined) return { result: 'notSent', message };
      this.#add(this.calls, 'submission', 1);
      await this.#timeline.sleep(sidecar.isBlackHole ? GIVE_UP_MS : MEMORY_MS);
      if (sidecar.isBlackHole) return { result: 'unknown', message: 'no answer within 10 s' };
      const cleanup = { id: id(++this.#operations), body, from: this.#timeline.now };
      sidecar.cleanups.push(cleanup);
      this.onPost(sidecar.node);
      return { result: 'created', operation: this.#document(cleanup) };
    });
  }

  #read<T>(target: SidecarTarget, what: string, ms: number, answer: (sidecar: Sidecar) => T): Promise<T> {
    const sidecar = this.#sidecar(target.uid);
    this.#add(this.calls, what, 1);
    return this.#during(sidecar, 'read', async () => {
      await this.#compute();
      await this.#timeline.sleep(sidecar.isBlackHole ? GIVE_UP_MS : ms);
      if (sidecar.isBlackHole) throw new SidecarFault('unreachable', 'no answer within 10 s');
      return answer(sidecar);
    });
  }

  async #during<T>({ node, cluster }: Sidecar, sort: Sort, call: () => Promise<T>): Promise<T> {
    const places = ['in all', `of namespace ${node.namespace}`, `of cluster ${cluster}`];
    const counted = [...places.map((place) => `${sort} ${place}`), `${sort} of Pod ${node.uid}`];
    for (const name of counted) this.#peak(name, this.#add(this.#underWay, name, 1));
    try {
      return await call();
    } finally {
      for (const name of counted) this.#add(this.#underWay, name, -1);
    }
  }

  #peak(name: string, now: number): void {
    const place = name.replace(/of Pod .*/, 'of a Sidecar');
    this.peaks.set(place, Math.max(now, this.peaks.get(place) ?? 0));
  }

  #add(counts: Map<string, number>, name: string, change: 1 | -1): number {
    const now = (counts.get(name) ?? 0) + change;
    if (now === 0) counts.delete(name);
    else counts.set(name, now);
    return now;
  }

  #sidecar(uid: string): Sidecar {
    const found = this.#byUid.get(uid);
    if (found === undefined) throw new Error(`no Sidecar for ${uid}`);
    return found;
  }

  #document({ id: own, body, from }: Sidecar['cleanups'][number]): Operation {
    const { type, ...echo } = body;
    const isOver = this.#timeline.now >= from + CLEANUP_MS;
    const at = (ms: number) => new Date(NOW + ms).toISOString();
    return {
      ...{ ...echo, id: own, type: String(type), creationTime: at(from), startTime: at(from) },
      ...(isOver
        ? { state: 'COMPLETED', progress: 1, completionTime: at(from + CLEANUP_MS) }
        : { state: 'RUNNING', progress: 0 }),
    };
  }
}
