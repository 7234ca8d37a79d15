// Checked reading of untyped JSON, field by field: what has the wrong type is absent. Never throws.

/** An object of JSON. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Reads one value; undefined = unusable. */
export type Field = (value: unknown) => unknown;

/** The fields of an object, by name. */
export type Fields = Readonly<Record<string, Field>>;

/** Whether this is an object of JSON, and no list. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A text that is not empty. */
export function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

/** Any text, the empty one too. */
export function string(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** A text that is not empty. */
export function text(value: unknown): string | undefined {
  return isText(value) ? value : undefined;
}

/** A list of texts. */
export function texts(value: unknown): string[] | undefined {
  return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : undefined;
}

/** A whole number. */
export function integer(value: unknown): number | undefined {
  return Number.isSafeInteger(value) ? (value as number) : undefined;
}

/** A whole number of 0 or more. */
export function count(value: unknown): number | undefined {
  const number = integer(value);
  return number !== undefined && number >= 0 ? number : undefined;
}

/** An RFC 3339 time, as it is written. */
export function time(value: unknown): string | undefined {
  return isText(value) && !Number.isNaN(Date.parse(value)) ? value : undefined;
}

/** One of these words. */
export function oneOf<T extends string>(words: readonly T[]): (value: unknown) => T | undefined {
  return (value) => words.find((word) => word === value);
}

/** A list; unusable items are left out. */
export function list(field: Field): (value: unknown) => unknown[] | undefined {
  return (value) => (Array.isArray(value) ? value.map(field).filter((item) => item !== undefined) : undefined);
}

/** An object of these fields; unusable as a whole where a required one is. */
export function record(fields: Fields, required: readonly string[] = []): (value: unknown) => JsonObject | undefined {
  return (value) => {
    if (!isObject(value)) return undefined;
    const picked = pick(value, fields);
    return required.every((name) => picked[name] !== undefined) ? picked : undefined;
  };
}

/** The usable ones of these fields; everything else is left out. */
export function pick(value: JsonObject, fields: Fields): Record<string, unknown> {
  const picked: Record<string, unknown> = {};
  // Not Object.entries(): ten thousand finished runs are a million objects, and each would have a list made for it.
  for (const name in fields) {
    const field = fields[name];
    const read = field !== undefined && Object.hasOwn(value, name) ? field(value[name]) : undefined;
    if (read !== undefined) picked[name] = read;
  }
  return picked;
}
