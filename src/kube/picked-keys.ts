// Keeps, by namespace, the keys of those cached resources that are of a certain sort, so that nobody looks through all the others.
import type { Key } from '../controller/ports.ts';
import type { Resource } from '../core/model.ts';

const NONE: readonly Key[] = [];

/** The keys of some of the resources of a cache. */
export class PickedKeys {
  readonly #versionOf: (resource: Resource) => string | undefined;
  readonly #keys = new Map<string, Set<Key>>();
  readonly #lists = new Map<string, readonly Key[]>();

  /** `versionOf`: undefined = not of this sort; another version of a key makes its list another one. */
  constructor(versionOf: (resource: Resource) => string | undefined) {
    this.#versionOf = versionOf;
  }

  /** Those of a namespace; the same list until one comes, goes or has another version. */
  in(namespace: string): readonly Key[] {
    const known = this.#lists.get(namespace);
    if (known !== undefined) return known;
    const keys = this.#keys.get(namespace);
    if (keys === undefined) return NONE;
    const list = [...keys];
    this.#lists.set(namespace, list);
    return list;
  }

  /** The cache has `now` in the place of `before`; undefined = it had, or has, none. */
  note(key: Key, before: Resource | undefined, now: Resource | undefined): void {
    const was = before && this.#versionOf(before);
    const is = now && this.#versionOf(now);
    if (was === is) return;
    const namespace = (now ?? before)?.metadata.namespace ?? '';
    const keys = this.#keys.get(namespace) ?? new Set<Key>();
    this.#keys.set(namespace, keys);
    if (is === undefined) keys.delete(key);
    else keys.add(key);
    if (keys.size === 0) this.#keys.delete(namespace);
    this.#lists.delete(namespace);
  }
}
