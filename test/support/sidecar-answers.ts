// Answers of a Sidecar for tests of the decoding: whole by default, and changed where a test says so.
import type { Operation } from '../../src/core/model.ts';
import type { Reply } from '../../src/icarus/answer.ts';
import { readList } from '../../src/icarus/list-reader.ts';
import { readOperation } from '../../src/icarus/wire.ts';

/** The id of `document()`. */
export const ID = 'd8ce7bb4-96cb-40dc-a30d-24b80531e5bc';

/** An answer with this body: a text as it is, all else as JSON. */
export function reply(body: unknown, status = 200): Reply {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { call: 'GET http://10.0.0.7:4567/x', status, body: Buffer.from(text) };
}

/** A running cleanup, as a Sidecar prints it. */
export function document(change: object = {}): Record<string, unknown> {
  return {
    id: ID,
    type: 'cleanup',
    state: 'RUNNING',
    progress: 0,
    creationTime: '2026-11-24T15:38:06Z',
    errors: [],
    ...change,
  };
}

/** The same, decoded. */
export function operation(change: object): Operation {
  const read = readOperation(document(change));
  if (typeof read === 'string') throw new Error(read);
  return read;
}

/** What a list says that is there whole. */
export function decodeList(reply: Reply): readonly Operation[] {
  const reader = readList(reply);
  reader.take(reply.body);
  return reader.end();
}
