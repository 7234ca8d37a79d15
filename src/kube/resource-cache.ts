// The watched resources in memory: by key and by namespace, never going back to an older version. Pure data structure.
import { type Key, keyOf, specVersionOf } from '../controller/ports.ts';
import type { Resource } from '../core/model.ts';
import { hasLosses, isFinished } from '../core/queue.ts';
import { PickedKeys } from './picked-keys.ts';

/** What a list covered. */
export interface Scope {
  plural: string;
  /** Undefined = all namespaces. */
  namespace: string | undefined;
}

/** One change that the cache took over. */
export interface CacheChange {
  key: Key;
  /** Undefined = deleted. */
  resource: Resource | undefined;
  previous: Resource | undefined;
}

/** UIDs of deleted objects that are remembered, so that a late answer does not bring one back. */
const MAX_DELETED = 1_000;

/** Of an unfinished one: changes with the object and with its spec, not with its status. */
function unfinishedVersion(resource: Resource): string | undefined {
  return isFinished(resource) ? undefined : specVersionOf(resource);
}

function restingVersion(resource: Resource): string | undefined {
  return hasLosses(resource) ? '' : undefined;
}

/** Whether resourceVersion `a` is later than `b`; where they are no numbers, whether they differ. */
export function isNewer(a: string, b: string): boolean {
  const numeric = /^\d+$/;
  return numeric.test(a) && numeric.test(b) ? BigInt(a) > BigInt(b) : a !== b;
}

/** Resources by key; every method that changes it tells what changed, or undefined where nothing did. */
export class ResourceCache {
  readonly #byKey = new Map<Key, Resource>();
  readonly #byNamespace = new Map<string, Map<Key, Resource>>();
  readonly #lists = new Map<string, readonly Resource[]>();
  readonly #unfinished = new PickedKeys(unfinishedVersion);
  readonly #resting = new PickedKeys(restingVersion);
  readonly #deleted = new Set<string>();
  /** Objects that this process is writing, with what an event has said of them meanwhile. */
  readonly #writing = new Map<Key, Resource | undefined>();

  get(key: Key): Resource | undefined {
    return this.#byKey.get(key);
  }

  /** The same list until something of the namespace changes. */
  inNamespace(namespace: string): readonly Resource[] {
    const known = this.#lists.get(namespace);
    if (known !== undefined) return known;
    const resources = this.#byNamespace.get(namespace);
    if (resources === undefined) return [];
    const list = [...resources.values()];
    this.#lists.set(namespace, list);
    return list;
  }

  unfinished(namespace: string): readonly Key[] {
    return this.#unfinished.in(namespace);
  }

  resting(namespace: string): readonly Key[] {
    return this.#resting.in(namespace);
  }

  /** Everything, of every namespace. */
  all(): readonly Resource[] {
    return [...this.#byKey.values()];
  }

  size(): number {
    return this.#byKey.size;
  }

  /** Takes a version that is newer than the one cached; older ones and those of deleted objects are dropped. */
  put(resource: Resource): CacheChange | undefined {
    const key = keyOf(resource);
    const { uid, resourceVersion } = resource.metadata;
    const previous = this.#byKey.get(key);
    if (this.#deleted.has(uid)) return undefined;
    if (previous !== undefined && !isNewer(resourceVersion, previous.metadata.resourceVersion)) return undefined;
    if (previous !== undefined && previous.metadata.uid !== uid) this.#bury(previous.metadata.uid);
    this.#set(key, resource);
    for (const picked of [this.#unfinished, this.#resting]) picked.note(key, previous, resource);
    return { key, resource, previous };
  }

  /** Takes what an event says. Of an object that is being written it may be the echo of that write: it waits for the answer. */
  see(resource: Resource): CacheChange | undefined {
    const key = keyOf(resource);
    if (!this.#writing.has(key)) return this.put(resource);
    this.#writing.set(key, resource);
    return undefined;
  }

  /** This process is about to write this object; `wrote` follows whatever comes of it. */
  writes(key: Key): void {
    this.#writing.set(key, undefined);
  }

  /** The write is over; `stored` = as it is stored now, undefined = it failed. Tells what changed by it (`own`), and by others. */
  wrote(key: Key, stored: Resource | undefined): { change: CacheChange | undefined; own: boolean }[] {
    const seen = this.#writing.get(key);
    this.#writing.delete(key);
    // Not cached = deleted meanwhile: the answer does not bring it back.
    const isKnown = stored !== undefined && this.#byKey.get(key)?.metadata.uid === stored.metadata.uid;
    const own = isKnown ? this.put(stored) : undefined;
    return [
      { change: own, own: true },
      { change: seen && this.put(seen), own: false },
    ];
  }

  /** Removes this very object; a later one of the same name stays. */
  remove(key: Key, uid: string): CacheChange | undefined {
    this.#bury(uid);
    const previous = this.#byKey.get(key);
    if (previous === undefined || previous.metadata.uid !== uid) return undefined;
    this.#byKey.delete(key);
    const { namespace } = previous.metadata;
    const siblings = this.#byNamespace.get(namespace);
    siblings?.delete(key);
    if (siblings?.size === 0) this.#byNamespace.delete(namespace);
    this.#lists.delete(namespace);
    for (const picked of [this.#unfinished, this.#resting]) picked.note(key, previous, undefined);
    return { key, resource: undefined, previous };
  }

  /** Takes a whole list as of `version`: what is cached and not in it was deleted, unless it came after that version. */
  replace(scope: Scope, resources: readonly Resource[], version: string): CacheChange[] {
    const listed = new Set(resources.map((resource) => resource.metadata.uid));
    const gone: [Key, string][] = [];
    for (const [key, { plural, metadata }] of this.#byKey) {
      const covered = plural === scope.plural && (scope.namespace ?? metadata.namespace) === metadata.namespace;
      const absent = covered && !listed.has(metadata.uid);
      if (absent && !isNewer(metadata.resourceVersion, version)) gone.push([key, metadata.uid]);
    }
    const removed = gone.map(([key, uid]) => this.remove(key, uid));
    return [...removed, ...resources.map((resource) => this.put(resource))].filter((change) => change !== undefined);
  }

  #set(key: Key, resource: Resource): void {
    const { namespace } = resource.metadata;
    this.#byKey.set(key, resource);
    const siblings = this.#byNamespace.get(namespace) ?? new Map<Key, Resource>();
    siblings.set(key, resource);
    this.#byNamespace.set(namespace, siblings);
    this.#lists.delete(namespace);
  }

  #bury(uid: string): void {
    this.#deleted.add(uid);
    if (this.#deleted.size <= MAX_DELETED) return;
    const [oldest] = this.#deleted;
    if (oldest !== undefined) this.#deleted.delete(oldest);
  }
}
