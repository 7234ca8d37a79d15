// Bounds what the last lists of all Sidecars take in memory together: the heaviest is put away first, so that a Sidecar with
// an endless list costs nobody else's; never the one that has just come, as somebody is about to look at it.
import type { Operation } from '../core/model.ts';

/** Roughly what an operation takes beside its texts. */
const OPERATION_BYTES = 300;

/** Weights of the lists that are kept, by Pod UID. */
export class KeptLists {
  readonly #limit: number;
  readonly #weights = new Map<string, number>();
  #total = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** A new list takes the place of the Pod's last one. Returns the Pods whose lists must be put away: they are forgotten here. */
  keep(uid: string, operations: readonly Operation[]): string[] {
    this.forget(uid);
    const away: string[] = [];
    const weight = weightOf(operations);
    while (this.#total > 0 && this.#total + weight > this.#limit) {
      const heaviest = this.#heaviest();
      away.push(heaviest);
      this.forget(heaviest);
    }
    this.#weights.set(uid, weight);
    this.#total += weight;
    return away;
  }

  /** There is no list of this Pod any more. */
  forget(uid: string): void {
    this.#total -= this.#weights.get(uid) ?? 0;
    this.#weights.delete(uid);
  }

  #heaviest(): string {
    let heaviest = { uid: '', weight: -1 };
    for (const [uid, weight] of this.#weights) if (weight > heaviest.weight) heaviest = { uid, weight };
    return heaviest.uid;
  }
}

function weightOf(operations: readonly Operation[]): number {
  return operations.reduce((sum, operation) => sum + OPERATION_BYTES + textsOf(operation), 0);
}

/** An operation of a list has no texts but these (list-reader.ts). */
function textsOf({ keyspace = '', tables = [] }: Operation): number {
  return [keyspace, ...tables].reduce((sum, text) => sum + 2 * text.length, 0);
}
