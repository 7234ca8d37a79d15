// One after another, wherever two have anything in common.

/** Actions by the names of what each is about: those that share a name come in turn, all others at once. */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Calls `action` when every action before it that shares a name with it has ended. Who comes first goes first. */
  async take<T>(names: readonly string[], action: () => Promise<T>): Promise<T> {
    const before = names.map((name) => this.#last.get(name));
    const mine = Promise.allSettled(before).then(action);
    for (const name of names) this.#last.set(name, mine);
    try {
      return await mine;
    } finally {
      for (const name of names) if (this.#last.get(name) === mine) this.#last.delete(name);
    }
  }
}
