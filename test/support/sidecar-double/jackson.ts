// Prints documents byte for byte as Icarus does (Jackson's default pretty printer), keeps Java's number and set forms.

/** A Java float: `0.0`, not `0`. */
export interface Float {
  readonly float: number;
}

/** A value in Jackson's terms. `Fields` is an object whose keys may occur twice, as `type` does in Icarus 1.0.2. */
export type Json = null | boolean | number | string | Float | readonly Json[] | Fields;

/** An object as a list of keys and values, in the order in which they are printed. */
export class Fields {
  readonly entries: readonly (readonly [string, Json | undefined])[];

  constructor(entries: readonly (readonly [string, Json | undefined])[]) {
    this.entries = entries;
  }
}

/** The text of a value; absent (`undefined`) fields are left out. */
export function print(value: Json, depth = 0): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (value instanceof Fields) return printFields(value, depth);
  if ('float' in value) return Number.isInteger(value.float) ? value.float.toFixed(1) : String(value.float);
  return value.length === 0 ? '[ ]' : `[ ${value.map((item) => print(item, depth)).join(', ')} ]`;
}

function printFields(fields: Fields, depth: number): string {
  const indent = '  '.repeat(depth + 1);
  const lines = fields.entries
    .filter((entry): entry is readonly [string, Json] => entry[1] !== undefined)
    .map(([key, item]) => `${indent}${JSON.stringify(key)} : ${print(item, depth + 1)}`);
  return lines.length === 0 ? '{ }' : `{\n${lines.join(',\n')}\n${'  '.repeat(depth)}}`;
}

/** A serialized Throwable, as `failureCause` (Icarus 1.0.2) and `exception` show it; about as long as a real one. */
export function throwable(message: string | undefined, cause?: Fields): Fields {
  const frames = Array.from(
    { length: 50 },
    (_, line) =>
      new Fields([
        ['classLoaderName', 'app'],
        ['methodName', 'forceKeyspaceCleanup'],
        ['fileName', 'StorageService.java'],
        ['lineNumber', 4135 + line],
        ['nativeMethod', false],
        ['className', 'org.apache.cassandra.service.StorageService'],
      ]),
  );
  return new Fields([
    ['cause', cause],
    ['stackTrace', frames],
    ['message', message],
    ['suppressed', []],
    ['localizedMessage', message],
  ]);
}

/** The order in which a Java HashSet of at most a few thousand strings is printed; duplicates are dropped. */
export function hashSetOrder(names: readonly (string | null)[]): (string | null)[] {
  const unique = [...new Set(names)];
  let capacity = 16;
  while (unique.length > capacity * 0.75) capacity *= 2;
  const bucket = (name: string | null) => spreadHash(name) & (capacity - 1);
  return unique.sort((a, b) => bucket(a) - bucket(b));
}

function spreadHash(name: string | null): number {
  let hash = 0;
  for (let index = 0; index < (name?.length ?? 0); index += 1) {
    hash = (Math.imul(hash, 31) + (name?.charCodeAt(index) ?? 0)) | 0;
  }
  return hash ^ (hash >>> 16);
}
