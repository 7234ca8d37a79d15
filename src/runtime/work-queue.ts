// Keys that wait for a worker: each at most once, in turns between groups (namespaces), so that a flood in one delays no other.
// Knows no Kubernetes and no Cassandra.
import { Line } from './line.ts';

/** Keys of one group: which ones wait, and in what order. */
interface Group {
  readonly name: string;
  readonly keys: Set<string>;
  readonly line: Line<string>;
}

/** Told of every key that comes and goes, for metrics. */
export interface QueueMeter {
  added(key: string): void;
  taken(key: string): void;
}

/** A queue without duplicates that serves its groups in turn. Every step takes the same time, whatever waits. */
export class WorkQueue {
  readonly #groupOf: (key: string) => string;
  readonly #meter: QueueMeter | undefined;
  readonly #groups = new Map<string, Group>();
  readonly #turns = new Line<Group>();
  #size = 0;

  constructor(groupOf: (key: string) => string, meter?: QueueMeter) {
    this.#groupOf = groupOf;
    this.#meter = meter;
  }

  /** Keys that wait. */
  get size(): number {
    return this.#size;
  }

  /** Adds a key; a key that already waits keeps its place. */
  add(key: string): void {
    const { keys, line } = this.#group(this.#groupOf(key));
    if (keys.has(key)) return;
    keys.add(key);
    line.add(key);
    this.#size += 1;
    this.#meter?.added(key);
  }

  /** Takes the next key; its group goes to the end of the line. */
  take(): string | undefined {
    const group = this.#turns.take();
    const key = group?.line.take();
    if (group === undefined || key === undefined) return undefined;
    group.keys.delete(key);
    if (group.line.isEmpty) this.#groups.delete(group.name);
    else this.#turns.add(group);
    this.#size -= 1;
    this.#meter?.taken(key);
    return key;
  }

  #group(name: string): Group {
    const known = this.#groups.get(name);
    if (known !== undefined) return known;
    const group = { name, keys: new Set<string>(), line: new Line<string>() };
    this.#groups.set(name, group);
    this.#turns.add(group);
    return group;
  }
}
