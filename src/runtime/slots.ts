// Caps on what is under way at once: in all, in each group, and in each group of a group. What is above a cap waits, and groups
// are served in turn: one that is full, or that holds its slots for long, takes no more than its cap and delays no other.
import { Line } from './line.ts';

/** Begins something; undefined = it is not needed any more, and takes no slot. Must not throw. */
export type Start = () => Promise<unknown> | undefined;

/** A group with what is under way and what waits in it. The outermost holds all; the innermost have lines of their own. */
class Group {
  readonly name: string;
  readonly cap: number;
  readonly outer: Group | undefined;
  readonly groups = new Map<string, Group>();
  /** Groups within that may begin something, each once, in the order of their turns. */
  readonly turns = new Line<Group>();
  readonly line = new Line<Start>();
  inUse = 0;
  #hasTurn = false;

  constructor(cap: number, name = '', outer?: Group) {
    this.cap = cap;
    this.name = name;
    this.outer = outer;
  }

  get mayBegin(): boolean {
    return this.inUse < this.cap && !(this.line.isEmpty && this.turns.isEmpty);
  }

  /** Waits for a turn where there is something to begin, and forgets itself where there is nothing at all. */
  settle(): void {
    if (this.mayBegin && !this.#hasTurn) {
      this.#hasTurn = true;
      this.outer?.turns.add(this);
    }
    if (this.inUse === 0 && this.line.isEmpty && this.turns.isEmpty) this.outer?.groups.delete(this.name);
  }

  /** The innermost group whose turn it is. */
  next(): Group {
    this.#hasTurn = false;
    return this.turns.take()?.next() ?? this;
  }
}

/** Slots in groups. Every step takes the same time, whatever waits. */
export class Slots {
  readonly #caps: readonly number[];
  readonly #all: Group;

  /** How many may be under way: in all, in a group, in a group of a group. A cap that is not given is none. */
  constructor(...caps: readonly number[]) {
    this.#caps = caps;
    this.#all = new Group(this.#capOf(0));
  }

  /** Calls `start` when its groups (the outer one first) have a slot; what it begins holds that slot until it has ended. */
  run(groups: readonly string[], start: Start): void {
    const group = groups.reduce((outer, name) => this.#within(outer, name), this.#all);
    group.line.add(start);
    for (const one of outwards(group)) one.settle();
    this.#fill();
  }

  /** The same for an action that somebody waits for. */
  use<T>(groups: readonly string[], action: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.run(groups, () => action().then(resolve, reject));
    });
  }

  #capOf(depth: number): number {
    return this.#caps[depth] ?? Number.POSITIVE_INFINITY;
  }

  #within(outer: Group, name: string): Group {
    const known = outer.groups.get(name);
    if (known !== undefined) return known;
    const group = new Group(this.#capOf([...outwards(outer)].length), name, outer);
    outer.groups.set(name, group);
    return group;
  }

  #fill(): void {
    while (this.#all.mayBegin) this.#begin(this.#all.next());
  }

  #begin(group: Group): void {
    const start = group.line.take();
    this.#count(group, 1);
    const work = start?.();
    if (work === undefined) {
      this.#count(group, -1);
      return;
    }
    const ended = () => {
      this.#count(group, -1);
      this.#fill();
    };
    work.then(ended, ended);
  }

  /** A slot is taken or given back; groups that may begin something now go to the end of their line of turns. */
  #count(group: Group, change: 1 | -1): void {
    for (const one of outwards(group)) {
      one.inUse += change;
      one.settle();
    }
  }
}

/** A group and all that it is in, from the innermost to the outermost. */
function* outwards(group: Group): Generator<Group> {
  for (let one: Group | undefined = group; one !== undefined; one = one.outer) yield one;
}
