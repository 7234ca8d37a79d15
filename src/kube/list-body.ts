// Takes the JSON of a Kubernetes list apart while it arrives, so that no more of it is held at a time than one item. Items, and what
// stands around them, go through JSON.parse; here only quotes, brackets and commas are seen.

/** The largest object that the API server stores is about 3 MiB. */
const MAX_ITEM_BYTES = 16 * 1024 * 1024;
/** Kind, version and metadata of the list itself. */
const MAX_HEAD_BYTES = 1024 * 1024;

const [QUOTE, COMMA, BACKSLASH] = [0x22, 0x2c, 0x5c];
const [OPEN, CLOSE, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];
/** How deep an item stands: the list is an object, and the only array right in it is `items`. */
const ITEM_DEPTH = 2;

/** A list that arrives chunk by chunk. Methods throw where it is no JSON or too large, and what `onItem` throws. */
export class ListBody {
  readonly #onItem: (item: unknown) => void;
  #quoted = false;
  #escaped = false;
  #depth = 0;
  #inItems = false;
  readonly #item = new Part(MAX_ITEM_BYTES, 'an item of the list is too long');
  readonly #head = new Part(MAX_HEAD_BYTES, 'the list is too long beside its items');
  /** Where what has not been kept yet begins in this chunk. */
  #from = 0;

  constructor(onItem: (item: unknown) => void) {
    this.#onItem = onItem;
  }

  take(chunk: Buffer): void {
    this.#from = 0;
    for (let at = 0; at < chunk.length; at += 1) {
      const byte = chunk[at] ?? 0;
      if (this.#quoted) this.#inText(byte);
      else if (byte === QUOTE) this.#quoted = true;
      else this.#between(byte, at, chunk);
    }
    this.#keep(chunk.subarray(this.#from));
  }

  /** The body is over: the list without its items. */
  end(): unknown {
    return JSON.parse(this.#head.taken());
  }

  #inText(byte: number): void {
    if (this.#escaped) this.#escaped = false;
    else if (byte === BACKSLASH) this.#escaped = true;
    else if (byte === QUOTE) this.#quoted = false;
  }

  #between(byte: number, at: number, chunk: Buffer): void {
    if (byte === OPEN || byte === OPEN_OBJECT) this.#opens(byte, at, chunk);
    else if (byte === CLOSE || byte === CLOSE_OBJECT) this.#closes(byte, at, chunk);
    else if (byte === COMMA && this.#isAtItem()) this.#itemEnds(at, chunk);
  }

  #isAtItem(): boolean {
    return this.#inItems && this.#depth === ITEM_DEPTH;
  }

  #opens(byte: number, at: number, chunk: Buffer): void {
    this.#depth += 1;
    if (byte !== OPEN || this.#depth !== ITEM_DEPTH) return;
    this.#keep(chunk.subarray(this.#from, at + 1));
    this.#from = at + 1;
    this.#inItems = true;
  }

  #closes(byte: number, at: number, chunk: Buffer): void {
    if (byte === CLOSE && this.#isAtItem()) {
      this.#itemEnds(at, chunk);
      // The closing bracket is of the head again.
      this.#from = at;
      this.#inItems = false;
    }
    this.#depth -= 1;
  }

  #itemEnds(at: number, chunk: Buffer): void {
    this.#keep(chunk.subarray(this.#from, at));
    this.#from = at + 1;
    const text = this.#item.taken();
    if (text.trim() !== '') this.#onItem(JSON.parse(text));
  }

  #keep(bytes: Buffer): void {
    (this.#inItems ? this.#item : this.#head).add(bytes);
  }
}

/** A part of the body, as it comes in chunk by chunk. */
class Part {
  readonly #most: number;
  readonly #complaint: string;
  #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(most: number, complaint: string) {
    this.#most = most;
    this.#complaint = complaint;
  }

  add(chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#most) throw new Error(this.#complaint);
    this.#chunks.push(chunk);
  }

  /** Its text; what comes next is of another part. */
  taken(): string {
    const text = String(Buffer.concat(this.#chunks));
    this.#chunks = [];
    this.#bytes = 0;
    return text;
  }
}
