// What the answer to a POST means: created, surely not created, or unknown (hard case 16).
import { SidecarFault } from '../controller/errors.ts';
import type { SubmitResult } from '../controller/ports.ts';
import type { Operation } from '../core/model.ts';
import { bodyJson, type Reply } from './answer.ts';
import { boundText } from './bounded-text.ts';
import { field, isObject } from './json.ts';
import { readOperation } from './wire.ts';

/** The fields of a request that every type of operation echoes. */
type Body = Readonly<Record<string, unknown>>;

/** Judges the answer to the POST of `sent`. Never throws: what cannot be read is `unknown`, and recovery looks. */
export function judgeSubmission(reply: Reply, sent: Body): SubmitResult {
  const message = answered(reply);
  if (reply.status === 201) return judgeCreated(reply, sent, message);
  if (reply.status === 400 || reply.status === 422) {
    return { result: 'rejected', permanent: true, message: message + complaint(reply) };
  }
  if (isTransientRefusal(reply)) return { result: 'rejected', permanent: false, message };
  return { result: 'unknown', message };
}

function answered(reply: Reply): string {
  const wait = reply.retryAfter === undefined ? '' : `, Retry-After ${boundText(reply.retryAfter, 40)}`;
  return `${reply.call} answered HTTP ${reply.status}${wait}`;
}

function isTransientRefusal(reply: Reply): boolean {
  if ([401, 403, 404, 429].includes(reply.status)) return true;
  return reply.status === 503 && reply.retryAfter !== undefined;
}

function judgeCreated(reply: Reply, sent: Body, message: string): SubmitResult {
  try {
    const operation = readOperation(bodyJson(reply));
    if (typeof operation === 'string') return { result: 'unknown', message: `${message}, but ${operation}` };
    if (isEcho(operation, sent)) return { result: 'created', operation };
    return { result: 'unknown', message: `${message} with another operation than was asked for` };
  } catch (error) {
    return { result: 'unknown', message: error instanceof SidecarFault ? error.message : message };
  }
}

/** Whether the operation is what was asked for: absent and empty tables are the same, and so are absent and 0 jobs. */
export function isEcho(operation: Operation, sent: Body): boolean {
  const tables = new Set(Array.isArray(sent['tables']) ? sent['tables'] : []);
  const echoed = new Set<unknown>(operation.tables ?? []);
  return (
    operation.type === sent['type'] &&
    operation.keyspace === (sent['keyspace'] ?? undefined) &&
    (operation.jobs ?? 0) === (sent['jobs'] ?? 0) &&
    echoed.size === tables.size &&
    [...tables].every((table) => echoed.has(table))
  );
}

/** Icarus <= 1.0.2 says what is wrong with a request as `[{"path":"….keyspace","message":"must not be empty"}]`. */
function complaint(reply: Reply): string {
  try {
    const documents = bodyJson(reply);
    const first: unknown = Array.isArray(documents) ? documents[0] : undefined;
    if (!isObject(first)) return '';
    const texts = [field(first, 'path'), field(first, 'message')].filter((text) => typeof text === 'string');
    return texts.length === 2 ? `: ${texts.map((text) => boundText(text, 80)).join(' ')}` : '';
  } catch {
    return '';
  }
}
