// Requests that a test sends to a Sidecar by itself, past the operator.
import { setTimeout as sleep } from 'node:timers/promises';
import { PATIENCE_MS } from '../support/cleanups.ts';

/** An operation's document. */
export interface OperationDocument {
  id: string;
  type: string;
  state: string;
  progress: number;
  creationTime: string;
  startTime?: string;
  completionTime?: string;
  errors: { source?: string; message?: string }[];
  keyspace?: string;
  tables?: string[];
  jobs?: number;
}

/** What was answered; `json` and `list` are empty where the body is not such. */
export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  json: Record<string, unknown>;
  list: OperationDocument[];
}

interface Place {
  url: string;
}

/** Sends a request on a connection of its own. */
export async function ask(to: Place, path: string, init: RequestInit = {}): Promise<Answer> {
  const headers = { connection: 'close', ...init.headers };
  const response = await fetch(`${to.url}${path}`, { ...init, headers });
  const text = await response.text();
  const value = parse(text);
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: Array.isArray(value) ? {} : ((value ?? {}) as Record<string, unknown>),
    list: Array.isArray(value) ? value : [],
  };
}

/** POST /operations with this body. */
export function submit(to: Place, body: unknown): Promise<Answer> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return ask(to, '/operations', { method: 'POST', headers: { 'content-type': 'application/json' }, body: text });
}

/** A cleanup as anybody could order it, and its final document. */
export async function cleanAndWait(to: Place, request: Record<string, unknown>): Promise<OperationDocument> {
  const { json } = await submit(to, { type: 'cleanup', ...request });
  return untilEnded(to, String(json['id']));
}

/** An operation as it is now. */
export async function readOperation(to: Place, id: string): Promise<OperationDocument> {
  return (await ask(to, `/operations/${id}`)).json as unknown as OperationDocument;
}

/** Polls an operation until it has ended and is written in full. */
export async function untilEnded(to: Place, id: string): Promise<OperationDocument> {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const document = await readOperation(to, id);
    const ended = document.completionTime !== undefined && !['CANCELLED', 'RUNNING'].includes(document.state);
    // Once more: its fields are written, and read, one by one.
    if (ended) return readOperation(to, id);
    if (Date.now() > end) throw new Error(`operation ${id} has not ended: ${JSON.stringify(document)}`);
    await sleep(50);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
