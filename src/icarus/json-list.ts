// Takes a JSON list apart while it arrives, so that no more of it is held at a time than one entry: 8 MiB of JSON parsed
// at once can take half a gigabyte. Every entry goes through JSON.parse; here only quotes, brackets and commas are seen.

/** Bytes of one entry; with Icarus 1.0.2 a failed operation has some 11 kB. */
const ENTRY_BYTES = 256 * 1024;
/** Blanks before the list and behind it. */
const MOST_BLANKS = 1024;
/** Of brackets in brackets; a Throwable of Icarus 1.0.2 nests three deep for each cause. */
const DEEPEST = 128;

const CODES = {
  quote: 0x22,
  comma: 0x2c,
  backslash: 0x5c,
  open: 0x5b,
  close: 0x5d,
  openObject: 0x7b,
  closeObject: 0x7d,
};
const BLANKS = [0x20, 0x09, 0x0a, 0x0d];
const ONLY_BLANKS = /^[ \t\n\r]*$/;

/** Why this is no list; never a part of it. */
export class NoList extends Error {}

/** A list that arrives chunk by chunk. Both methods throw `NoList`, and what `onEntry` throws. */
export class JsonList {
  readonly #onEntry: (entry: unknown) => void;
  #quoted = false;
  #escaped = false;
  #depth = 0;
  #over = false;
  #blanks = 0;
  #commas = 0;
  /** Of the entry under way: what came in earlier chunks, and where it begins in this one. */
  #parts: Buffer[] = [];
  #bytes = 0;
  #from = 0;

  constructor(onEntry: (entry: unknown) => void) {
    this.#onEntry = onEntry;
  }

  take(chunk: Buffer): void {
    this.#from = 0;
    for (let at = 0; at < chunk.length; at += 1) {
      const byte = chunk[at] ?? 0;
      if (this.#quoted) this.#inText(byte);
      else if (this.#depth === 0) this.#outside(byte, at);
      else this.#inside(byte, at, chunk);
    }
    if (this.#depth > 0) this.#keep(chunk.subarray(this.#from));
  }

  /** The body is over. */
  end(): void {
    if (!this.#over) throw new NoList('the body is not JSON');
  }

  #inText(byte: number): void {
    if (this.#escaped) this.#escaped = false;
    else if (byte === CODES.backslash) this.#escaped = true;
    else if (byte === CODES.quote) this.#quoted = false;
  }

  /** Before the list, and behind it. */
  #outside(byte: number, at: number): void {
    if (BLANKS.includes(byte) && this.#blanks < MOST_BLANKS) {
      this.#blanks += 1;
      return;
    }
    if (byte === CODES.openObject && !this.#over) throw new NoList('the list is not an array');
    if (byte !== CODES.open || this.#over) throw new NoList('the body is not JSON');
    this.#depth = 1;
    this.#from = at + 1;
  }

  #inside(byte: number, at: number, chunk: Buffer): void {
    if (byte === CODES.quote) this.#quoted = true;
    else if (byte === CODES.open || byte === CODES.openObject) this.#deeper();
    else if (byte === CODES.close || byte === CODES.closeObject) this.#closes(byte, at, chunk);
    else if (byte === CODES.comma && this.#depth === 1) this.#separates(at, chunk);
  }

  #deeper(): void {
    this.#depth += 1;
    if (this.#depth > DEEPEST) throw new NoList('the list nests too deeply');
  }

  #separates(at: number, chunk: Buffer): void {
    this.#commas += 1;
    this.#entryEnds(at, chunk);
  }

  #closes(byte: number, at: number, chunk: Buffer): void {
    this.#depth -= 1;
    if (this.#depth > 0) return;
    if (byte !== CODES.close) throw new NoList('the body is not JSON');
    this.#over = true;
    this.#entryEnds(at, chunk);
  }

  #entryEnds(at: number, chunk: Buffer): void {
    this.#keep(chunk.subarray(this.#from, at));
    this.#from = at + 1;
    const text = textOf(this.#parts);
    this.#parts = [];
    this.#bytes = 0;
    if (this.#over && this.#commas === 0 && ONLY_BLANKS.test(text)) return;
    this.#onEntry(parse(text));
  }

  #keep(part: Buffer): void {
    this.#bytes += part.length;
    if (this.#bytes > ENTRY_BYTES) throw new NoList(`an entry of the list is longer than ${ENTRY_BYTES} bytes`);
    if (part.length > 0) this.#parts.push(part);
  }
}

function textOf(parts: Buffer[]): string {
  const [only] = parts;
  const bytes = parts.length === 1 && only !== undefined ? only : Buffer.concat(parts);
  try {
    return UTF8.decode(bytes);
  } catch {
    throw new NoList('the body is not text');
  }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new NoList('the body is not JSON');
  }
}
