// Keeps one copy of texts that come again and again (Pod names, UIDs, reasons, label values): JSON.parse makes a new one for
// each. Bounded: what has not been seen for a while is forgotten.

const GENERATION = 8_192;
const MAX_LENGTH = 128;

/** A pool of texts in two generations; a text that comes again in time stays. */
export class TextPool {
  #young = new Map<string, string>();
  #old = new Map<string, string>();

  /** An equal text, the same one each time. */
  intern(text: string): string {
    if (text.length > MAX_LENGTH) return text;
    const young = this.#young.get(text);
    if (young !== undefined) return young;
    const kept = this.#old.get(text) ?? text;
    if (this.#young.size >= GENERATION) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(kept, kept);
    return kept;
  }

  /** How many texts are kept. */
  size(): number {
    return this.#young.size + this.#old.size;
  }

  /** Replaces the texts within an object or a list, which nobody else holds yet; gives it back. */
  internAll<T extends object>(value: T): T {
    const fields = value as Record<string, unknown>;
    for (const name of Object.keys(fields)) {
      const field = fields[name];
      if (typeof field === 'string') fields[name] = this.intern(field);
      else if (typeof field === 'object' && field !== null) this.internAll(field);
    }
    return value;
  }
}
