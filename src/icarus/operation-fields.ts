// The fields of an operation's document whose form has to be checked, one function each: a usable value, or a note.
import { field } from './json.ts';

/** Says what had to be cut, clamped or dropped (hard case 29). */
export type Note = (text: string) => void;

/** Longest name that is kept: a keyspace or a table has at most 222 characters in Cassandra. */
const NAME_LIMIT = 256;
/** The CRD takes 256 tables; a longer list cannot be ours. */
const TABLES_LIMIT = 1024;
const INT32 = 2 ** 31;

/** RFC 3339 with a zone and at most nine decimals, as the CRD's `date-time` takes it. */
const TIME =
  /^(\d{4})-(\d{2})-(\d{2})T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/** An id as Icarus makes them (a UUID), in lower case; undefined where it is something else. */
export function readId(value: unknown): string | undefined {
  if (typeof value !== 'string' || !/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value)) return undefined;
  return value.toLowerCase();
}

/** The type's word; undefined where it cannot be one. */
export function readType(value: unknown): string | undefined {
  return typeof value === 'string' && /^[A-Za-z][A-Za-z0-9_-]{0,63}$/.test(value) ? value : undefined;
}

/** A fraction. Older Sidecars wrote a string, and once `NaN`. */
export function readProgress(value: unknown, note: Note): number | undefined {
  if (value === undefined || value === null) return undefined;
  const progress = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof progress !== 'number' || !Number.isFinite(progress)) {
    note('the Sidecar reports a progress that is not a number');
    return undefined;
  }
  if (progress >= 0 && progress <= 1) return progress;
  note('the Sidecar reports a progress outside 0 to 1');
  return progress < 0 ? 0 : 1;
}

/** A time, exactly as it came; undefined and a note where no API server could store it. */
export function readTime(document: object, name: string, note: Note): string | undefined {
  const value = field(document, name);
  if (value === undefined || value === null) return undefined;
  const match = typeof value === 'string' ? TIME.exec(value) : null;
  if (match !== null && isDay(Number(match[1]), Number(match[2]), Number(match[3]))) return match[0];
  note(`the Sidecar reports an unusable ${name}`);
  return undefined;
}

function isDay(year: number, month: number, day: number): boolean {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return year > 0 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

/** The keyspace echoed; one that cannot be a keyspace's name is left out, and so never taken for ours. */
export function readKeyspace(value: unknown, note: Note): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string' && value.length <= NAME_LIMIT) return value;
  note('the Sidecar reports an unusable keyspace');
  return undefined;
}

/**
 * The tables echoed. A name that cannot be one (a real Sidecar echoes `null`, too) becomes the empty text, which no spec can
 * ask for: the set stays one that is not ours, instead of becoming "every table".
 */
export function readTables(value: unknown, note: Note): readonly string[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value) || value.length > TABLES_LIMIT) {
    note('the Sidecar reports an unusable list of tables');
    return [''];
  }
  const tables = value.map((name: unknown) => (typeof name === 'string' && name.length <= NAME_LIMIT ? name : ''));
  if (tables.includes('')) note('the Sidecar reports a table without a usable name');
  return tables;
}

/** The number of jobs echoed, an int32. */
export function readJobs(value: unknown, note: Note): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number' && Number.isInteger(value) && value >= -INT32 && value < INT32) return value;
  note('the Sidecar reports an unusable number of jobs');
  return undefined;
}
