// Invariant 8: calls in flight stay under their caps, and every status that is written is one that an API server takes and that
// stays under its size, whatever its number of nodes.
import type { RunStatus } from '../../src/core/model.ts';
import { complaintsAbout } from '../support/crd-schema.ts';

/** One call at once of each sort, from one process to one Sidecar: what its memory answers, what its
 *  Cassandra answers, and a submission. */
export const LANES = ['memory', 'jmx', 'submit'] as const;
export type Lane = (typeof LANES)[number];

/** Over all Sidecars, from one process: the defaults of maxCallsInFlight and maxSubmissionsInFlight. */
const MOST_IN_FLIGHT: Record<Lane, number> = { memory: 256, jmx: 256, submit: 64 };

/** 1 MiB for 2,000 nodes is kept by leaving out what is in a small status: its parts are never larger than this. */
const MOST_BYTES = { status: 1_048_576, entry: 7_000, rest: 160_000 };

/** Calls of one process to one Sidecar. */
export class CallsInFlight {
  readonly #counts = new Map<string, number>();

  /** A call begins or ends; what is wrong with that. */
  changed(process: string, podUid: string, lane: Lane, change: 1 | -1): string | undefined {
    const here = this.#add(`${process}/${lane} -> ${podUid}`, change);
    const all = this.#add(`${process}/${lane}`, change);
    if (here < 0) return `a call of ${process} to ${podUid} ended twice`;
    if (here > 1) return `${here} calls at once (${lane}): ${process} -> ${podUid}`;
    return all > MOST_IN_FLIGHT[lane] ? `${all} calls at once (${lane}): ${process}` : undefined;
  }

  #add(key: string, change: 1 | -1): number {
    const now = (this.#counts.get(key) ?? 0) + change;
    this.#counts.set(key, now);
    return now;
  }
}

/** What is wrong with the size and the form of a status. */
export function oversized(status: RunStatus): string[] {
  const { nodes = [], ...rest } = status;
  const sizes = [
    ['the status', bytesOf(status), MOST_BYTES.status] as const,
    ['the status without its nodes', bytesOf(rest), MOST_BYTES.rest] as const,
    ...nodes.map((run) => [`the entry of ${run.name}`, bytesOf(run), MOST_BYTES.entry] as const),
  ];
  const large = sizes.filter(([, bytes, most]) => bytes > most).map(([what, bytes]) => `${what} has ${bytes} bytes`);
  return [...large, ...complaintsAbout(status)];
}

/** Bytes as Go writes them: UTF-8, and six for each of `<`, `>`, `&` and the two separators. */
function bytesOf(value: unknown): number {
  const text = JSON.stringify(value);
  const escaped = text.match(/[<>&]/g)?.length ?? 0;
  const separators = text.match(/[\u2028\u2029]/g)?.length ?? 0;
  return Buffer.byteLength(text) + 5 * escaped + 3 * separators;
}
