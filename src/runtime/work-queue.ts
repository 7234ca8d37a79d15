// Keys that wait for a worker: each at most once, in turns between groups (namespaces), so that a flood in one delays no other.
// Knows no Kubernetes and no Cassandra.

/** A queue without duplicates that serves its groups in turn. */
export class WorkQueue {
  readonly #groupOf: (key: string) => string;
  readonly #groups = new Map<string, Set<string>>();
  #size = 0;

  constructor(groupOf: (key: string) => string) {
    this.#groupOf = groupOf;
  }

  /** Keys that wait. */
  get size(): number {
    return this.#size;
  }

  /** Adds a key; a key that already waits keeps its place. */
  add(key: string): void {
    const group = this.#groupOf(key);
    const keys = this.#groups.get(group) ?? new Set();
    if (keys.has(key)) return;
    this.#groups.set(group, keys.add(key));
    this.#size += 1;
  }

  /** Takes the next key; its group goes to the end of the line. */
  take(): string | undefined {
    const first = this.#groups.entries().next();
    if (first.done) return undefined;
    const [group, keys] = first.value;
    const [key] = keys;
    this.#groups.delete(group);
    if (key === undefined) return undefined;
    keys.delete(key);
    if (keys.size > 0) this.#groups.set(group, keys);
    this.#size -= 1;
    return key;
  }
}
