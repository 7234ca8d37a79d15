// Keeps a status under the size the API server can store (hard case 30). Counted as Go writes JSON: `<`, `>`, `&` are six bytes.
import { MAX_STATUS_BYTES } from './limits.ts';
import type { Run, RunStatus } from './model.ts';
import { isOver } from './run.ts';

/** A node's entry never takes more bytes than this, nor all the rest than that: so small runs need no counting. */
const MAX_ENTRY_BYTES = 7_000;
const MAX_REST_BYTES = 160_000;

const NOTE = 'the status was too large: messages and details of nodes were left out';

/** Bytes of a value as the API server stores it. */
export function storedBytes(value: unknown): number {
  const text = JSON.stringify(value) ?? '';
  if (!/[<>&\u0080-\uffff]/.test(text)) return text.length;
  let bytes = 0;
  for (let i = 0; i < text.length; i++) bytes += bytesOf(text.charCodeAt(i));
  return bytes;
}

function bytesOf(code: number): number {
  if (code === 0x3c || code === 0x3e || code === 0x26 || code === 0x2028 || code === 0x2029) return 6;
  if (code < 0x80) return 1;
  if (code < 0x800) return 2;
  return code >= 0xd800 && code <= 0xdfff ? 2 : 3;
}

/** The status, with details dropped in this order until it fits: messages, failure causes, timers and times of finished
 *  nodes. `since` stays: on a finished node it says since when its Pod is gone, and the gate waits for that. */
export function bounded(status: RunStatus, limit = MAX_STATUS_BYTES): RunStatus {
  const nodes = status.nodes ?? [];
  if (nodes.length * MAX_ENTRY_BYTES + MAX_REST_BYTES < limit || storedBytes(status) <= limit) return status;
  let smaller = status;
  for (const drop of [withoutMessage, withoutCause, withoutTimes]) {
    smaller = noted({ ...smaller, nodes: (smaller.nodes ?? []).map(drop) });
    if (storedBytes(smaller) <= limit) return smaller;
  }
  return smaller;
}

function noted(status: RunStatus): RunStatus {
  const conditions = (status.conditions ?? []).map((condition) =>
    condition.type === 'Finished' && !condition.message.endsWith(`(${NOTE})`)
      ? { ...condition, message: `${condition.message} (${NOTE})` }
      : condition,
  );
  return { ...status, conditions };
}

function withoutMessage(run: Run): Run {
  const { message: _message, ...rest } = run;
  return rest;
}

function withoutCause(run: Run): Run {
  if (run.operation === undefined) return run;
  const { failureCause: _cause, ...operation } = run.operation;
  return { ...run, operation };
}

function withoutTimes(run: Run): Run {
  if (!isOver(run)) return run;
  const { notBefore: _notBefore, startTime: _startTime, sidecarContainer: _container, intent: _intent, ...rest } = run;
  if (rest.operation === undefined) return rest;
  const { creationTime: _c, startTime: _s, completionTime: _e, ...operation } = rest.operation;
  return { ...rest, operation };
}
