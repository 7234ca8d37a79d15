// The API server of a world: objects with resourceVersions, conflicts and UIDs, Pods, one Lease, and a stream of changes.
import type { V1Lease } from '@kubernetes/client-node';
import { ApiError } from '../../src/controller/errors.ts';
import { type Key, keyOf } from '../../src/controller/ports.ts';
import type { Node, Resource, RunSpec, RunStatus } from '../../src/core/model.ts';
import { SECRET } from './texts.ts';

/** Something changed. A deleted object comes with `gone`. */
export interface Change<T> {
  object: T;
  gone: boolean;
  revision: number;
}

/** Who is told of changes. */
export interface Subscriber {
  resource(change: Change<Resource>): void;
  pod(change: Change<Node>): void;
}

/** What each write of a status is judged by. */
export type StatusListener = (before: Resource, after: Resource, writer: string) => void;

/** One API server, never down by itself: faults happen on the way to it. */
export class ApiServer {
  revision = 100;
  readonly resources = new Map<Key, Resource>();
  readonly pods = new Map<string, Node>();
  readonly subscribers = new Set<Subscriber>();
  /** Objects that were deleted, by UID, as they were then. */
  readonly deleted = new Map<string, Resource>();
  lease: V1Lease | undefined;
  onStatus: StatusListener = () => {};
  /** Somebody else than an operator wrote a status, or removed an object. */
  onWipe: (before: Resource, after: Resource) => void = () => {};
  onDelete: (uid: string) => void = () => {};
  onLease: (lease: V1Lease) => void = () => {};
  statusWrites = 0;

  get(key: Key): Resource {
    const found = this.resources.get(key);
    if (found === undefined) throw new ApiError('gone', `${key} not found`, { status: 404 });
    return found;
  }

  create(resource: Resource): void {
    const planted = { labels: { note: SECRET }, annotations: { note: SECRET } };
    this.#store({ ...resource, metadata: { ...resource.metadata, ...planted } });
  }

  /** A user edits the spec. */
  edit(key: Key, change: Partial<RunSpec>): void {
    const before = this.resources.get(key);
    if (before === undefined) return;
    const { metadata, spec } = before;
    this.#store({
      ...before,
      metadata: { ...metadata, generation: metadata.generation + 1 },
      spec: { ...spec, ...change },
    });
  }

  /** Somebody removes or edits a status. */
  vandalize(key: Key, change: (status: RunStatus) => RunStatus): void {
    const before = this.resources.get(key);
    if (before !== undefined) this.onWipe(before, this.#store({ ...before, status: change(before.status) }));
  }

  delete(key: Key): void {
    const object = this.resources.get(key);
    if (object === undefined) return;
    this.resources.delete(key);
    this.deleted.set(object.metadata.uid, object);
    this.onDelete(object.metadata.uid);
    this.revision += 1;
    for (const one of this.subscribers) one.resource({ object, gone: true, revision: this.revision });
  }

  /** A conditional write of a status, as the operator makes it; one that names no version is written over anything. */
  putStatus(resource: Resource, status: RunStatus, writer: string): Resource {
    const before = this.get(keyOf(resource));
    const { uid, resourceVersion } = resource.metadata;
    const isStale = resourceVersion !== '' && before.metadata.resourceVersion !== resourceVersion;
    if (before.metadata.uid !== uid || isStale) {
      throw new ApiError('conflict', 'the object has been modified', { status: 409 });
    }
    this.statusWrites += 1;
    const after = this.#store({ ...before, status });
    this.onStatus(before, after, writer);
    return after;
  }

  deleteExactly(resource: Resource): void {
    const { uid, resourceVersion } = this.get(keyOf(resource)).metadata;
    if (uid !== resource.metadata.uid || resourceVersion !== resource.metadata.resourceVersion) {
      throw new ApiError('conflict', 'precondition failed', { status: 409 });
    }
    this.delete(keyOf(resource));
  }

  putPod(node: Node): void {
    this.revision += 1;
    this.pods.set(node.name, node);
    for (const one of this.subscribers) one.pod({ object: node, gone: false, revision: this.revision });
  }

  deletePod(name: string): void {
    const object = this.pods.get(name);
    if (object === undefined) return;
    this.pods.delete(name);
    this.revision += 1;
    for (const one of this.subscribers) one.pod({ object, gone: true, revision: this.revision });
  }

  readLease(): V1Lease {
    if (this.lease === undefined) throw new ApiError('gone', 'no such lease', { status: 404 });
    return this.lease;
  }

  putLease(body: V1Lease, isNew: boolean): V1Lease {
    const version = this.lease?.metadata?.resourceVersion;
    if (isNew ? this.lease !== undefined : body.metadata?.resourceVersion !== version) {
      throw new ApiError('conflict', 'the lease has been modified', { status: 409 });
    }
    this.revision += 1;
    this.lease = { ...body, metadata: { ...body.metadata, resourceVersion: String(this.revision) } };
    this.onLease(this.lease);
    return this.lease;
  }

  /** Somebody gives the lease to another holder. */
  stealLease(identity: string, leaseDurationSeconds = 15): void {
    this.revision += 1;
    const metadata = { ...this.lease?.metadata, resourceVersion: String(this.revision) };
    this.lease = {
      ...this.lease,
      metadata,
      spec: { ...this.lease?.spec, holderIdentity: identity, leaseDurationSeconds },
    };
  }

  #store(resource: Resource): Resource {
    this.revision += 1;
    const stored = { ...resource, metadata: { ...resource.metadata, resourceVersion: String(this.revision) } };
    this.resources.set(keyOf(resource), stored);
    for (const one of this.subscribers) one.resource({ object: stored, gone: false, revision: this.revision });
    return stored;
  }
}
