// First in, first out, each step in constant time: an array that is shifted, or a Set that is emptied from its front, costs
// the more the longer it is.

interface Link<T> {
  readonly value: T;
  next: Link<T> | undefined;
}

/** A line of what waits. */
export class Line<T> {
  #first: Link<T> | undefined;
  #last: Link<T> | undefined;

  get isEmpty(): boolean {
    return this.#first === undefined;
  }

  /** Puts a value at the end. */
  add(value: T): void {
    const link: Link<T> = { value, next: undefined };
    if (this.#last === undefined) this.#first = link;
    else this.#last.next = link;
    this.#last = link;
  }

  /** Takes the value that was added first; undefined = none is left. */
  take(): T | undefined {
    const first = this.#first;
    if (first === undefined) return undefined;
    this.#first = first.next;
    if (first.next === undefined) this.#last = undefined;
    return first.value;
  }
}
