// Why an operation failed, from both forms that Sidecars use: `errors` (Icarus 3) and `failureCause` (Icarus <= 1.0.2).
import type { Operation } from '../core/model.ts';
import { boundText } from './bounded-text.ts';
import { field, isObject } from './json.ts';

/** What `status` can hold (crds/: `failureCause`). */
type FailureCause = NonNullable<Operation['failureCause']>;

/** Longest `message` that the CRD takes, in code points. */
export const MESSAGE_LIMIT = 256;
/** Longest `source` that the CRD takes, in code points. */
export const SOURCE_LIMIT = 253;
/** A Throwable's causes are followed no deeper than this. */
const DEEPEST_CAUSE = 16;

/**
 * The cause that an operation's document names; undefined if it names none. Of several errors the first, with the number of
 * the others (`errors` is `[]` where there is none, `message` may be absent, and so may both).
 */
export function readFailureCause(document: object): FailureCause | undefined {
  return fromErrors(field(document, 'errors')) ?? fromThrowable(field(document, 'failureCause'));
}

function fromErrors(errors: unknown): FailureCause | undefined {
  if (!Array.isArray(errors)) return undefined;
  const first: unknown = errors[0];
  if (!isObject(first)) return undefined;
  const more = errors.length > 1 ? `(and ${errors.length - 1} more)` : '';
  return cause(
    shownText(field(first, 'message'), MESSAGE_LIMIT, more),
    shownText(field(first, 'source'), SOURCE_LIMIT),
  );
}

/** Icarus <= 1.0.2 serializes a Throwable; its message may be in a nested `cause` only. */
function fromThrowable(throwable: unknown): FailureCause | undefined {
  let current = throwable;
  for (let depth = 0; depth < DEEPEST_CAUSE && isObject(current); depth += 1) {
    const message = shownText(field(current, 'message'), MESSAGE_LIMIT);
    if (message !== undefined) return { message };
    current = field(current, 'cause');
  }
  return undefined;
}

function shownText(value: unknown, limit: number, suffix = ''): string | undefined {
  const text = typeof value === 'string' ? boundText(value, suffix === '' ? limit : limit - suffix.length - 1) : '';
  const shown = [text, suffix].filter((part) => part !== '').join(' ');
  return shown === '' ? undefined : shown;
}

function cause(message: string | undefined, source: string | undefined): FailureCause | undefined {
  if (message === undefined && source === undefined) return undefined;
  return { ...(message === undefined ? {} : { message }), ...(source === undefined ? {} : { source }) };
}
