// Who may gather answers that are worth something for a few seconds only: as many at once as can use theirs in that time. If all
// gather at once, the last answers come when the first are too old, all ask again, and nobody ever begins (congestion collapse).
import type { Cancel, Clock } from './clock.ts';
import { WorkQueue } from './work-queue.ts';

export interface AdmissionOptions {
  clock: Clock;
  /** The group of a key: groups are served in turn. */
  groupOf: (key: string) => string;
  /** Another one is let in while those inside gather fewer answers than this. */
  most: number;
  /** Who is not done by then lines up anew: so none that waits for a silent Sidecar keeps others out. Milliseconds. */
  stayMs: number;
  /** The key that lined up is let in. */
  admit: (key: string) => void;
}

/** Half a second of work for one core: even a machine at a quarter of its speed has them within 3 s. */
export const admissionDefaults = { most: 500, stayMs: 1_500 };

/** One that is inside, and how many answers it gathers. Its time begins when it has come in, not when it was called. */
interface Ticket {
  readonly weight: number;
  isIn: boolean;
  cancel: Cancel;
}

/** Lets keys in, and lines up the others. */
export class Admission {
  readonly #options: AdmissionOptions;
  readonly #line: WorkQueue;
  /** Of those in line. Who leaves the line is forgotten here, and passed over there. */
  readonly #weights = new Map<string, number>();
  readonly #tickets = new Map<string, Ticket>();
  #inside = 0;

  constructor(options: AdmissionOptions) {
    this.#options = options;
    this.#line = new WorkQueue(options.groupOf);
  }

  /** Whether a key may gather that many answers now; if not, it is in line, and `admit` is called when it may. */
  admits(key: string, weight: number): boolean {
    const ticket = this.#tickets.get(key);
    if (ticket !== undefined) {
      if (!ticket.isIn) this.#startTime(key, ticket);
      return true;
    }
    this.#weights.set(key, weight);
    this.#line.add(key);
    this.#fill(key);
    return this.#tickets.has(key);
  }

  /** The key has what it wanted, or wants it no more. */
  leave(key: string): void {
    this.#weights.delete(key);
    this.#end(key);
    this.#fill();
  }

  #end(key: string): void {
    const ticket = this.#tickets.get(key);
    ticket?.cancel();
    this.#tickets.delete(key);
    this.#inside -= ticket?.weight ?? 0;
  }

  /** Lets in whom there is room for. `asker` hears it as an answer. */
  #fill(asker?: string): void {
    const { most, admit } = this.#options;
    while (this.#inside < most) {
      const key = this.#line.take();
      if (key === undefined) return;
      const weight = this.#weights.get(key);
      if (weight === undefined) continue;
      this.#weights.delete(key);
      this.#inside += weight;
      const ticket = { weight, isIn: false, cancel: () => {} };
      this.#tickets.set(key, ticket);
      this.#startTime(key, ticket, key === asker);
      if (key !== asker) admit(key);
    }
  }

  #startTime(key: string, ticket: Ticket, isIn = true): void {
    ticket.cancel();
    ticket.isIn = isIn;
    ticket.cancel = this.#options.clock.after(this.#options.stayMs, () => {
      this.#end(key);
      this.#fill();
    });
  }
}
