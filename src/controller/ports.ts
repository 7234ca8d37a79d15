// The ports: all that the five words need of the world. Adapters implement them; tests give their own.

import type { RunEvent } from '../core/events.ts';
import type {
  CassandraState,
  Need,
  Node,
  Operation,
  OperationAnswer,
  Resource,
  RunStatus,
  SidecarView,
} from '../core/model.ts';
import type { Clock } from '../runtime/clock.ts';

export type { Clock };

/** Names one resource: `plural/namespace/name`. */
export type Key = string;

/** The key of a resource. */
export function keyOf({ plural, metadata }: { plural: string; metadata: { namespace: string; name: string } }): Key {
  return `${plural}/${metadata.namespace}/${metadata.name}`;
}

/** The namespace in a key. */
export function namespaceOf(key: Key): string {
  return key.split('/')[1] ?? '';
}

/** Another text for another object, and for another spec of the same; a change of its status keeps it. */
export function specVersionOf({ metadata }: Resource): string {
  return `${metadata.uid}/${metadata.generation}`;
}

/** The watched custom resources. Never older than the last write that this process made. */
export interface Resources {
  /** From the cache; undefined = deleted, or not known (yet). */
  get(key: Key): Resource | undefined;
  /** All of a namespace, of every registered kind, from the cache. */
  inNamespace(namespace: string): readonly Resource[];
  /** Those of a namespace that have not come to their end; the same list until one comes, ends or gets another spec. */
  unfinished(namespace: string): readonly Key[];
  /** Those of a namespace that may wait out a loss on some Pod. */
  resting(namespace: string): readonly Key[];
  /** All of every namespace, from the cache. */
  all(): readonly Resource[];
  /** Asks the API server, and updates the cache. Undefined = gone. Throws `ApiError`. */
  refresh(key: Key): Promise<Resource | undefined>;
  /** Replaces `status`, conditional on the resourceVersion of `resource`; returns what the server stored. Throws `ApiError`. */
  writeStatus(resource: Resource, status: RunStatus): Promise<Resource>;
  /** Deletes exactly this object (UID and resourceVersion are preconditions). Throws `ApiError`. */
  delete(resource: Resource): Promise<void>;
}

/** The watched Pods. */
export interface NodeDirectory {
  /** Pods of a namespace that are not Succeeded or Failed, from the cache, by name. */
  inNamespace(namespace: string): readonly Node[];
  /** Reads one Pod from the API server, now. Undefined = gone, or it ended. Throws `ApiError`. */
  readLive(namespace: string, name: string): Promise<Node | undefined>;
}

/** How to reach one Sidecar. The UID pins the Pod: an address alone may be another Pod's by now. */
export interface SidecarTarget {
  uid: string;
  ip: string;
  port: number;
}

/** Checked after the connection is made and before the request is written: a text = do not send, and why. */
export type SendGuard = () => string | undefined;

/** The answer to a submission, as `Outcome` without the node it was for. Never throws. */
export type SubmitResult =
  | { result: 'created'; operation: Operation }
  | { result: 'notSent'; message: string }
  | { result: 'rejected'; permanent: boolean; message: string }
  | { result: 'unknown'; message: string };

/** The HTTP client of a Sidecar. Reads throw `SidecarFault`; every call ends within its total deadline. */
export interface SidecarClient {
  list(target: SidecarTarget, type: string): Promise<readonly Operation[]>;
  operation(target: SidecarTarget, id: string): Promise<OperationAnswer>;
  cassandra(target: SidecarTarget): Promise<CassandraState>;
  version(target: SidecarTarget): Promise<string>;
  /** POST, once: no redirect, no retry, a connection of its own that is reset on a time-out or when `signal` aborts. */
  submit(
    target: SidecarTarget,
    body: Readonly<Record<string, unknown>>,
    guard: SendGuard,
    signal: AbortSignal,
  ): Promise<SubmitResult>;
}

/** Keeps the last answers of each Sidecar that some run waits for, and re-queues the keys that wait. */
export interface SidecarWatcher {
  view(uid: string): SidecarView | undefined;
  /** Replaces what `key` waits for. `nodes` tells how to reach the UIDs named in `needs`; an empty list forgets the key. */
  want(key: Key, needs: readonly Need[], nodes: ReadonlyMap<string, Node>): void;
}

/** Emits `events.k8s.io/v1` Events; never throws, never blocks, drops rather than grows. */
export interface EventSink {
  emit(resource: Resource, events: readonly RunEvent[]): void;
}

/** Whether this process may act. */
export interface Leadership {
  isLeader(): boolean;
  /** Whether it is the leader by the API server's word, asked now; false where that cannot be told. Never rejects. */
  confirm(): Promise<boolean>;
}

/** Structured log; keys as in Kubernetes' structured logging. */
export interface Log {
  debug(message: string, keys?: Record<string, unknown>): void;
  info(message: string, keys?: Record<string, unknown>): void;
  warn(message: string, keys?: Record<string, unknown>): void;
  error(message: string, keys?: Record<string, unknown>): void;
}
