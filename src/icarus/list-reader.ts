// Decodes the answer to `GET /operations?…` while it arrives: of a list of 8 MiB only its operations are kept, and of these
// what a list is for. How an operation ended is only ever believed when it was asked for by its id (core/running.ts).
import { createHash } from 'node:crypto';
import type { Operation } from '../core/model.ts';
import { type BodyReader, type Head, invalidBody } from './answer.ts';
import { JsonList, NoList } from './json-list.ts';
import { readOperation } from './wire.ts';

/** Operations of one list: a real Sidecar forgets them after an hour or two, and none of them takes less than a second. */
export const LIST_OPERATIONS = 20_000;

/**
 * Reads a list of operations. One entry that does not conform makes the whole list invalid: it could be a cleanup, and a
 * list with a hole proves no absence: a list that is not whole is never a good answer.
 */
export function readList(head: Head): BodyReader<readonly Operation[]> {
  const operations: Operation[] = [];
  const hash = createHash('sha256');
  let bytes = 0;
  const invalid = (why: string) => invalidBody(head, why, { bytes, digest: hash.digest('hex') });
  const list = new JsonList((entry) => {
    const operation = readOperation(entry);
    if (typeof operation === 'string') throw new NoList(operation);
    if (operations.length === LIST_OPERATIONS)
      throw new NoList(`the list holds more than ${LIST_OPERATIONS} operations`);
    const { completionTime: _ended, failureCause: _cause, notes: _notes, ...light } = operation;
    operations.push(light);
  });
  const guarded = (action: () => void) => {
    try {
      action();
    } catch (error) {
      throw error instanceof NoList ? invalid(error.message) : error;
    }
  };
  return {
    take(chunk) {
      bytes += chunk.length;
      hash.update(chunk);
      if (head.status === 200) guarded(() => list.take(chunk));
    },
    end() {
      if (head.status !== 200) throw invalid('not what Icarus answers');
      guarded(() => list.end());
      return operations;
    },
  };
}

/** One list of several, each operation once, the later word counts; a list that stands alone is not copied. */
export function mergedLists(lists: readonly (readonly Operation[])[]): readonly Operation[] {
  if (lists.slice(0, -1).every((list) => list.length === 0)) return lists.at(-1) ?? [];
  return [...new Map(lists.flat().map((operation) => [operation.id, operation])).values()];
}
