// How long the fuzzers of this folder run: seconds in `npm test`, always the same ones; FUZZ=100 for a hundred times as long, and
// others each time; FUZZ_SEED plays a failure again (fast-check prints the seed and the path of every failure, with the
// smallest input that still fails).
import fc from 'fast-check';

const times = Number(process.env['FUZZ'] ?? 1);
const USUAL_SEED = 20261124;
const seed = process.env['FUZZ_SEED'] ?? (process.env['FUZZ'] === undefined ? USUAL_SEED : undefined);

/** Parameters of fast-check for so many runs, times FUZZ. */
export function runs(usual: number): { numRuns: number; seed?: number; endOnFailure: boolean } {
  return {
    numRuns: Math.ceil(usual * times),
    endOnFailure: false,
    ...(seed === undefined ? {} : { seed: Number(seed) }),
  };
}

/** Milliseconds for a test whose runs take `usual`. */
export function patience(usual: number): number {
  return usual * Math.max(1, times);
}

/** A change of a text, in bytes: what disks, proxies and people do to one. */
export const aSlip = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  length: fc.nat({ max: 40 }),
  kind: fc.constantFrom('cut', 'drop', 'repeat', 'flip', 'insert'),
  bytes: fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 8 }),
    fc.constantFrom(
      ...['"', '\\', '{', '[', ']', '}', ',', ':', '\u0000', '-', '1e999', 'null', '__proto__'].map(bytesOf),
    ),
  ),
});

function bytesOf(text: string): Uint8Array {
  return Buffer.from(text);
}

type Slip = typeof aSlip extends fc.Arbitrary<infer T> ? T : never;

/** The bytes after these changes. */
export function slipped(bytes: Buffer, slips: readonly Slip[]): Buffer {
  return slips.reduce((text, slip) => slippedOnce(text, slip), bytes);
}

function slippedOnce(text: Buffer, { at, length, kind, bytes }: Slip): Buffer {
  const from = Math.floor(at * text.length);
  const before = text.subarray(0, from);
  const part = text.subarray(from, from + length);
  const after = text.subarray(from + length);
  if (kind === 'cut') return before;
  if (kind === 'drop') return Buffer.concat([before, after]);
  if (kind === 'repeat') return Buffer.concat([before, part, part, after]);
  if (kind === 'insert') return Buffer.concat([before, bytes, text.subarray(from)]);
  return Buffer.concat([before, part.map((byte, index) => byte ^ (bytes[index % bytes.length] ?? 0)), after]);
}

/** Any JSON value in the place of one that is there: `path` picks the place, by steps into objects and lists. */
export function replaced(document: unknown, path: readonly number[], value: unknown): unknown {
  const [step = 0, ...rest] = path;
  if (path.length === 0 || typeof document !== 'object' || document === null) return value;
  const keys = Object.keys(document);
  const key = keys[step % Math.max(1, keys.length)];
  if (key === undefined) return value;
  const next = replaced(Reflect.get(document, key), rest, value);
  if (Array.isArray(document)) return document.with(Number(key), next);
  return { ...document, [key]: next };
}

/** Steps for `replaced`. */
export const aPath = fc.array(fc.nat({ max: 40 }), { maxLength: 5 });
