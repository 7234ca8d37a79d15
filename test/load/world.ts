// A whole operator over virtual time with many namespaces, clusters and runs, wired as in src/main.ts: everything but the API server
// and the Sidecars is the real thing. Nothing goes wrong here but what a test asks for: test/proof is for faults.
import { ApiError } from '../../src/controller/errors.ts';
import { Submissions } from '../../src/controller/execute.ts';
import { Neighbours } from '../../src/controller/neighbours.ts';
import { type Key, keyOf, namespaceOf, type Resources } from '../../src/controller/ports.ts';
import { Reconciler } from '../../src/controller/reconciler.ts';
import { createTriggers } from '../../src/controller/triggers.ts';
import { storedBytes } from '../../src/core/bounds.ts';
import type { Resource, RunSpec, RunStatus } from '../../src/core/model.ts';
import { isFinished } from '../../src/core/queue.ts';
import { createSidecarWatcher } from '../../src/icarus/watcher.ts';
import { type CacheChange, ResourceCache } from '../../src/kube/resource-cache.ts';
import { kindOf } from '../../src/operations/index.ts';
import { Admission, admissionDefaults } from '../../src/runtime/admission.ts';
import type { Clock } from '../../src/runtime/clock.ts';
import { Controller } from '../../src/runtime/controller.ts';
import { Slots } from '../../src/runtime/slots.ts';
import { Dice } from '../proof/dice.ts';
import { Timeline } from '../proof/timeline.ts';
import { id, NOW, racked, resource, settings } from '../support/builders.ts';
import { silentLog } from '../support/ports.ts';
import { Pods } from './pods.ts';
import { Sidecars } from './sidecars.ts';

/** Milliseconds of an exchange with the API server. */
const API_MS = 10;
/** What a reconcile costs the one CPU that all share: for itself, and for each node. */
const LOOK_CPU_MS = [0.5, 0.02] as const;

export interface LoadOptions {
  /** In all, for a namespace, for a resource: the defaults of the settings unless a test says otherwise. */
  reads?: readonly number[];
  submissions?: readonly number[];
  /** What each call to a Sidecar costs that CPU. */
  callCpuMs?: number;
  /** What a reconcile costs it: for itself, and for each node. */
  lookCpuMs?: readonly [number, number];
  /** Answers that runs gather at once for starts. */
  gathering?: number;
}

/** One world, one operator. */
export class LoadWorld {
  readonly timeline = new Timeline();
  readonly sidecars: Sidecars;
  readonly nodes = new Pods(() => this.timeline.sleep(API_MS));
  readonly cache = new ResourceCache();
  /** Reconciles so far. */
  reconciles = 0;
  /** Resources that were looked at in the cache. */
  looks = 0;
  writes = 0;
  /** Of all statuses that were written, and of the largest. */
  writtenBytes = 0;
  largestStatus = 0;
  /** When each run was created, sent its first POST (by cluster), and ended. */
  readonly createdAt = new Map<Key, number>();
  readonly firstPostAt = new Map<string, number>();
  readonly finishedAt = new Map<Key, number>();
  readonly #controller: Controller;
  readonly #triggers: ReturnType<typeof createTriggers>;
  readonly #clock: Clock;
  #serial = 0;
  #cpuFreeAt = 0;

  constructor(options: LoadOptions = {}) {
    const { reads = [2_000, 1_000, 800], submissions = [200, 100], callCpuMs = 0, lookCpuMs = LOOK_CPU_MS } = options;
    const [lookMs, nodeMs] = lookCpuMs;
    const gathering = { ...admissionDefaults, most: options.gathering ?? admissionDefaults.most };
    const { timeline, nodes } = this;
    const client = new Sidecars(timeline, () => this.#compute(callCpuMs));
    this.sidecars = client;
    this.#clock = {
      now: () => NOW + timeline.now,
      monotonic: () => timeline.now,
      after: (ms, action) => timeline.after(ms, action),
    };
    const random = new Dice(1).next;
    const clock = this.#clock;
    const requeue = (key: Key) => this.#controller.enqueue(key);
    const resources = this.#resources();
    const neighbours = new Neighbours({ resources, nodes, settings });
    const own = new Submissions({
      ...{ client, clock, requeue, leadership: { isLeader: () => true, confirm: async () => true }, onOutcome() {} },
      slots: new Slots(...submissions),
    });
    const slots = new Slots(...reads);
    const watcher = createSidecarWatcher({ client, clock, random, requeue, types: ['cleanup'], slots });
    const admission = new Admission({ ...gathering, clock, groupOf: namespaceOf, admit: requeue });
    const ports = { resources, nodes, watcher, submissions: own, neighbours, admission, clock, log: silentLog };
    const newId = () => id(++this.#serial);
    const reconciler = new Reconciler({ ...ports, events: { emit() {} }, settings, kindOf, newId });
    this.#controller = new Controller({
      ...{ clock, random, workers: 8, groupOf: namespaceOf },
      reconcile: async (key) => {
        await this.#compute(lookMs + nodeMs * (this.cache.get(key)?.status.nodes?.length ?? 0));
        return reconciler.reconcile(key);
      },
      onDone: (_key, _ms, error) => {
        this.reconciles += 1;
        if (error !== undefined) throw error;
      },
    });
    this.#triggers = createTriggers({
      ...{ resources, neighbours, settings, enqueue: requeue },
      deleted: (one) => reconciler.deleted(one),
    });
    client.onPost = ({ labels }) => {
      const cluster = labels['app'] ?? '';
      if (!this.firstPostAt.has(cluster)) this.firstPostAt.set(cluster, timeline.now);
    };
    this.#controller.start();
  }

  /** A cluster of Pods with Sidecars; four racks where there are many. Returns their UIDs. */
  addCluster(namespace: string, cluster: string, count: number): string[] {
    return Array.from({ length: count }, (_, index) => {
      const name = `${cluster}-${index}`;
      const rack = count < 12 ? 'r' : `r${index % 4}`;
      const labels = { app: cluster, 'app.kubernetes.io/instance': cluster };
      const plain = racked(name, rack, { namespace, uid: `uid-${name}`, labels });
      this.nodes.put(plain);
      this.sidecars.add(plain, cluster);
      return plain.uid;
    });
  }

  /** Someone creates a run over a cluster. */
  create(namespace: string, cluster: string, name: string, spec: Partial<RunSpec> = {}): Key {
    const created = new Date(NOW + this.timeline.now).toISOString();
    const metadata = { name, namespace, uid: `run-${namespace}-${name}`, creationTimestamp: created };
    const podSelector = { matchLabels: { app: cluster } };
    const one = this.#stamped(resource({ metadata, spec: { podSelector, ...spec } }));
    this.createdAt.set(keyOf(one), this.timeline.now);
    this.#tell(this.cache.put(one), false);
    return keyOf(one);
  }

  /** A Pod is Ready, or not any more. */
  setReady(namespace: string, name: string, ready: boolean): void {
    const previous = this.nodes.inNamespace(namespace).find((one) => one.name === name);
    if (previous === undefined) throw new Error(`no Pod ${name}`);
    const node = { ...previous, ready };
    this.nodes.put(node);
    this.#triggers.nodeChanged(node, previous);
  }

  /** A run that has come to its end long ago. */
  addFinished(namespace: string, name: string, status: RunStatus): void {
    const metadata = { name, namespace, uid: `run-${namespace}-${name}` };
    this.#tell(this.cache.put(this.#stamped(resource({ metadata, status }))), true);
  }

  /** Runs until all these have come to their end; throws after `limitMs`. */
  async untilFinished(keys: readonly Key[], limitMs: number): Promise<void> {
    let seen = -1;
    const isDone = () => {
      const isNews = seen !== this.finishedAt.size;
      seen = this.finishedAt.size;
      return isNews && keys.every((key) => this.finishedAt.has(key));
    };
    if (await this.timeline.run(isDone, this.timeline.now + limitMs)) return;
    const stuck = keys.filter((key) => !this.finishedAt.has(key));
    const first = JSON.stringify(this.cache.get(stuck[0] ?? ''));
    throw new Error(`${stuck.length} runs have not ended, ${stuck[0]}: ${first}`);
  }

  /** Someone deletes a run that has ended; nothing is kept of it. */
  forget(key: Key): void {
    const uid = this.cache.get(key)?.metadata.uid ?? '';
    this.#tell(this.cache.remove(key, uid), false);
    for (const times of [this.createdAt, this.finishedAt]) times.delete(key);
    this.sidecars.forgetAll();
  }

  /** Lets so much time pass. */
  async pass(ms: number): Promise<void> {
    const end = this.timeline.now + ms;
    await this.timeline.run(() => false, end);
    this.timeline.now = end;
  }

  /** Milliseconds from creation to end. */
  durationOf(key: Key): number {
    return (this.finishedAt.get(key) ?? Number.POSITIVE_INFINITY) - (this.createdAt.get(key) ?? 0);
  }

  /** Milliseconds from creation of a run to the first POST to its cluster. */
  startOf(key: Key, cluster: string): number {
    return (this.firstPostAt.get(cluster) ?? Number.POSITIVE_INFINITY) - (this.createdAt.get(key) ?? 0);
  }

  /** Waits for the CPU: one thing at a time, in the order of asking. */
  async #compute(ms: number): Promise<void> {
    const { timeline } = this;
    if (ms === 0) return;
    this.#cpuFreeAt = Math.max(this.#cpuFreeAt, timeline.now) + ms;
    await timeline.sleep(this.#cpuFreeAt - timeline.now);
  }

  #resources(): Resources {
    const { cache } = this;
    return {
      get: (key) => {
        this.looks += 1;
        return cache.get(key);
      },
      inNamespace: (namespace) => {
        const all = cache.inNamespace(namespace);
        this.looks += all.length;
        return all;
      },
      unfinished: (namespace) => cache.unfinished(namespace),
      resting: (namespace) => cache.resting(namespace),
      all: () => cache.all(),
      refresh: async (key) => cache.get(key),
      writeStatus: (one, status) => this.#write(one, status),
      delete: () => Promise.reject(new Error('nothing is deleted here')),
    };
  }

  async #write(one: Resource, status: RunStatus): Promise<Resource> {
    const key = keyOf(one);
    await this.timeline.sleep(API_MS);
    if (cacheVersion(this.cache, key) !== one.metadata.resourceVersion) throw new ApiError('conflict', 'conflict');
    this.writes += 1;
    const bytes = storedBytes(status);
    this.writtenBytes += bytes;
    this.largestStatus = Math.max(this.largestStatus, bytes);
    const stored = this.#stamped({ ...one, status });
    if (isFinished(stored)) this.finishedAt.set(key, this.timeline.now);
    this.#tell(this.cache.put(stored), true);
    return stored;
  }

  #stamped(one: Resource): Resource {
    return { ...one, metadata: { ...one.metadata, resourceVersion: String(++this.#serial) } };
  }

  #tell(change: CacheChange | undefined, own: boolean): void {
    if (change !== undefined) this.#triggers.resourceChanged(change.key, change.resource, change.previous, own);
  }
}

function cacheVersion(cache: ResourceCache, key: Key): string | undefined {
  return cache.get(key)?.metadata.resourceVersion;
}
