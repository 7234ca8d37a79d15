// Documents that are written field by field, and read so for the reply: a tight loop of reads, and the forms that it may see.
import { expect } from '@jest/globals';
import { exchange, get } from './contract-wire.ts';
import type { OperationDocument } from './sidecar-calls.ts';

interface Place {
  readonly url: string;
}

/** What a document may look like: state, progress, number of errors, start and completion time (s, c). */
const FORMS: readonly RegExp[] = [
  /^PENDING 0 0( s)?$/,
  // With a completionTime: the state was read before the end, the time behind it. The same may be true of the others.
  /^RUNNING 0 0( s)?$/,
  /^RUNNING [01] [01] sc?$/,
  // Without a completionTime: read in code only.
  /^COMPLETED [01] 0 sc?$/,
  /^FAILED [01] [01] sc?$/,
  /^CANCELLED [01] [01] sc?$/,
];

/** In which order the states of one operation may be seen. CANCELLED is not a result, and is overwritten. */
const ORDER = ['PENDING', 'RUNNING', 'CANCELLED', 'COMPLETED', 'FAILED'];
/** Reads after the end, in which nothing may change. */
const READS_AFTER = 100;

/** The form of a document. */
export function formOf({ state, progress, errors, startTime, completionTime }: OperationDocument): string {
  return `${state} ${progress} ${errors.length} ${startTime ? 's' : ''}${completionTime ? 'c' : ''}`.trimEnd();
}

/** Reads an operation as fast as it can until it is final, and a while longer. Returns its last document. */
export async function watch(place: Place, id: string, seen: Map<string, number>): Promise<OperationDocument> {
  let before = await read(place, id);
  let document = before;
  do {
    before = document;
    document = await read(place, id);
    note(document, seen);
    expect(ORDER.indexOf(document.state)).toBeGreaterThanOrEqual(ORDER.indexOf(before.state));
  } while (!isFinal(document, before));
  const final = await read(place, id);
  // Not the progress: it is read before the completionTime (read in code only).
  const { state, errors, completionTime } = document;
  expect(final).toMatchObject({ state, errors, completionTime });
  for (let count = 0; count < READS_AFTER; count += 1) expect(await read(place, id)).toEqual(final);
  return final;
}

function note(document: OperationDocument, seen: Map<string, number>): void {
  const form = formOf(document);
  if (!FORMS.some((allowed) => allowed.test(form))) throw new Error(`not allowed: ${JSON.stringify(document)}`);
  seen.set(form, (seen.get(form) ?? 0) + 1);
}

/** A final state with a completionTime; CANCELLED, or FAILED without errors, only if it was read twice. */
function isFinal(document: OperationDocument, before: OperationDocument): boolean {
  const ended = !['PENDING', 'RUNNING'].includes(document.state) && document.completionTime !== undefined;
  const doubtful = document.state === 'CANCELLED' || (document.state === 'FAILED' && document.errors.length === 0);
  return ended && (!doubtful || formOf(before) === formOf(document));
}

async function read(place: Place, id: string): Promise<OperationDocument> {
  const text = await exchange(place, get(`/operations/${id}`, true));
  return JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4)) as OperationDocument;
}
