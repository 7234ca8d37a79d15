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
  /** Of the item, or of the head, under way: what came in earlier chunks, and where the rest begins in this one. */
  #item: Buffer[] = [];
  readonly #head: Buffer[] = [];
  #itemBytes = 0;
  #headBytes = 0;
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
    return JSON.parse(String(Buffer.concat(this.#head)));
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
    const text = String(Buffer.concat(this.#item));
    this.#item = [];
    this.#itemBytes = 0;
    if (text.trim() !== '') this.#onItem(JSON.parse(text));
  }

  #keep(part: Buffer): void {
    if (this.#inItems) {
      this.#itemBytes += part.length;
      if (this.#itemBytes > MAX_ITEM_BYTES) throw new Error('an item of the list is too long');
      this.#item.push(part);
    } else {
      this.#headBytes += part.length;
      if (this.#headBytes > MAX_HEAD_BYTES) throw new Error('the list is too long beside its items');
      this.#head.push(part);
    }
  }
}
