// The ports of the controller, written by hand for tests: an API server with resourceVersions, Pods, Sidecar views and
// a Sidecar client whose answers the test gives. Nothing here waits or decides.
import { ApiError } from '../../src/controller/errors.ts';
import type { SubmissionsOptions } from '../../src/controller/execute.ts';
import {
  type EventSink,
  type Key,
  keyOf,
  type Log,
  type NodeDirectory,
  type Resources,
  type SendGuard,
  type SidecarClient,
  type SidecarTarget,
  type SidecarWatcher,
  type SubmitResult,
} from '../../src/controller/ports.ts';
import type { RunEvent } from '../../src/core/events.ts';
import type { Need, Node, Resource, RunStatus, SidecarView } from '../../src/core/model.ts';
import { hasLosses, isFinished } from '../../src/core/queue.ts';

/** An API server with one copy of everything: the cache is never behind. */
export class TestResources implements Resources {
  readonly stored = new Map<Key, Resource>();
  readonly writes: RunStatus[] = [];
  readonly refreshed: Key[] = [];
  readonly deleted: string[] = [];
  /** Thrown by the next writes, in this order, before anything is stored. */
  readonly failures: unknown[] = [];
  /** Called before each write. */
  onWrite: () => void = () => {};
  #version = 100;

  constructor(...resources: Resource[]) {
    for (const resource of resources) this.put(resource);
  }

  put(resource: Resource): void {
    this.#version += 1;
    const metadata = { ...resource.metadata, resourceVersion: String(this.#version) };
    this.stored.set(keyOf(resource), { ...resource, metadata });
  }

  get(key: Key): Resource | undefined {
    return this.stored.get(key);
  }

  inNamespace(namespace: string): readonly Resource[] {
    return [...this.stored.values()].filter((resource) => resource.metadata.namespace === namespace);
  }

  unfinished(namespace: string): readonly Key[] {
    return this.inNamespace(namespace)
      .filter((resource) => !isFinished(resource))
      .map(keyOf);
  }

  resting(namespace: string): readonly Key[] {
    return this.inNamespace(namespace).filter(hasLosses).map(keyOf);
  }

  all(): readonly Resource[] {
    return [...this.stored.values()];
  }

  async refresh(key: Key): Promise<Resource | undefined> {
    this.refreshed.push(key);
    return this.stored.get(key);
  }

  async writeStatus(resource: Resource, status: RunStatus): Promise<Resource> {
    this.onWrite();
    if (this.failures.length > 0) throw this.failures.shift();
    const current = this.stored.get(keyOf(resource));
    if (current === undefined) throw new ApiError('gone', 'not found');
    if (current.metadata.resourceVersion !== resource.metadata.resourceVersion)
      throw new ApiError('conflict', 'conflict');
    this.writes.push(status);
    this.put({ ...current, status });
    return this.stored.get(keyOf(resource)) ?? current;
  }

  async delete(resource: Resource): Promise<void> {
    if (this.failures.length > 0) throw this.failures.shift();
    this.deleted.push(resource.metadata.uid);
    this.stored.delete(keyOf(resource));
  }
}

/** The Pods of a namespace. */
export class TestNodes implements NodeDirectory {
  readonly read: string[] = [];
  /** Not part of a list until something changes, as the directory promises. */
  nodes: readonly Node[];

  constructor(nodes: readonly Node[]) {
    this.nodes = nodes;
  }

  inNamespace(): readonly Node[] {
    return this.nodes;
  }

  async readLive(_namespace: string, name: string): Promise<Node | undefined> {
    this.read.push(name);
    return this.nodes.find((node) => node.name === name);
  }
}

/** Views as the test sets them, and what was wanted last. */
export class TestWatcher implements SidecarWatcher {
  readonly views = new Map<string, SidecarView>();
  readonly wanted = new Map<Key, readonly Need[]>();

  view(uid: string): SidecarView | undefined {
    return this.views.get(uid);
  }

  want(key: Key, needs: readonly Need[]): void {
    this.wanted.set(key, needs);
  }
}

/** One POST that a test answers. */
export interface Post {
  target: SidecarTarget;
  body: Readonly<Record<string, unknown>>;
  guard: SendGuard;
  signal: AbortSignal;
  answer: (result: SubmitResult) => void;
}

/** A Sidecar client that only submits. */
export class TestClient implements SidecarClient {
  readonly posts: Post[] = [];

  submit(
    target: SidecarTarget,
    body: Readonly<Record<string, unknown>>,
    guard: SendGuard,
    signal: AbortSignal,
  ): Promise<SubmitResult> {
    return new Promise((answer) => this.posts.push({ target, body, guard, signal, answer }));
  }

  list(): Promise<never> {
    throw new Error('a reconcile asks no Sidecar');
  }

  operation(): Promise<never> {
    throw new Error('a reconcile asks no Sidecar');
  }

  cassandra(): Promise<never> {
    throw new Error('a reconcile asks no Sidecar');
  }

  version(): Promise<never> {
    throw new Error('a reconcile asks no Sidecar');
  }
}

export class TestEvents implements EventSink {
  readonly emitted: RunEvent[] = [];

  emit(_resource: Resource, events: readonly RunEvent[]): void {
    this.emitted.push(...events);
  }

  get reasons(): string[] {
    return this.emitted.map(({ reason }) => reason);
  }
}

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };

/** The parts of `SubmissionsOptions` that a test looks at. */
export interface SubmissionsHarness extends Pick<SubmissionsOptions, 'requeue' | 'onOutcome' | 'leadership'> {
  requeued: Key[];
  outcomes: string[];
  leads: boolean;
}

export function submissionsHarness(): SubmissionsHarness {
  const harness: SubmissionsHarness = {
    requeued: [],
    outcomes: [],
    leads: true,
    requeue: (key) => harness.requeued.push(key),
    onOutcome: (result) => harness.outcomes.push(result),
    leadership: { isLeader: () => harness.leads, confirm: async () => harness.leads },
  };
  return harness;
}
