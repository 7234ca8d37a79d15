// One HTTP request over a connection that stands already, and its answer read whole within limits. No redirect, no retry,
// no decompression, no keep-alive: got is told so, and each would be a hole (reliability.md, Security).
import got, { type OptionsInit } from 'got';
import { SidecarFault } from '../controller/errors.ts';
import type { Reply } from './answer.ts';
import type { ByteBudget } from './byte-budget.ts';
import { type Connection, describeSocketError, errorCode } from './connection.ts';

/** A request, and how much of an answer it may have. */
export interface Request {
  readonly method: 'GET' | 'POST';
  /** `http://10.0.0.7:4567/status`: for the request line, the Host header and messages. */
  readonly url: string;
  readonly authorization?: string;
  /** JSON text. */
  readonly body?: string;
  /** Largest body of an answer, in bytes. */
  readonly limit: number;
  readonly budget: ByteBudget;
  readonly signal: AbortSignal;
}

/** `GET http://10.0.0.7:4567/status`, for messages. */
export function callOf(request: Pick<Request, 'method' | 'url'>): string {
  return `${request.method} ${request.url}`;
}

/**
 * Sends the request over the connection and gives the answer to `use`, whose bytes are accounted until it returns. The
 * connection is over afterwards. Throws `SidecarFault`.
 */
export async function exchange<T>(connection: Connection, request: Request, use: (reply: Reply) => T): Promise<T> {
  const sink: Sink = { chunks: [], bytes: 0 };
  try {
    const head = await receive(connection, request, sink);
    connection.close();
    return use({ call: callOf(request), ...head, body: Buffer.concat(sink.chunks) });
  } finally {
    request.budget.release(sink.bytes);
  }
}

/** What has arrived of a body. */
interface Sink {
  readonly chunks: Buffer[];
  bytes: number;
}

type Head = Pick<Reply, 'status' | 'retryAfter'>;

async function receive(connection: Connection, request: Request, sink: Sink): Promise<Head> {
  const stream = got.stream(plainUrl(request.url), gotOptions(connection, request));
  let head: Head = { status: 0 };
  stream.once('response', (response: { statusCode: number; headers: Record<string, unknown> }) => {
    const retryAfter = response.headers['retry-after'];
    head = { status: response.statusCode, ...(typeof retryAfter === 'string' ? { retryAfter } : {}) };
  });
  const cut = () => {
    connection.reset();
    stream.destroy(new Error('cut'));
  };
  request.signal.addEventListener('abort', cut, { once: true });
  try {
    if (request.signal.aborted) cut();
    for await (const chunk of stream) keep(request, sink, chunk as Buffer);
    return head;
  } catch (error) {
    cut();
    throw asFault(request, error);
  } finally {
    request.signal.removeEventListener('abort', cut);
  }
}

/** The connection does the encrypting, where there is any; got speaks plain HTTP into it. */
function plainUrl(url: string): string {
  return url.replace(/^https:/, 'http:');
}

function gotOptions(connection: Connection, request: Request): OptionsInit & { isStream?: true } {
  return {
    method: request.method,
    createConnection: () => connection.socket,
    headers: {
      accept: 'application/json',
      'user-agent': 'cassandra-cleanup-operator',
      ...(request.authorization === undefined ? {} : { authorization: request.authorization }),
      ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(request.body === undefined ? {} : { body: request.body }),
    throwHttpErrors: false,
    followRedirect: false,
    retry: { limit: 0 },
    decompress: false,
  };
}

function keep(request: Request, sink: Sink, chunk: Buffer): void {
  const call = callOf(request);
  if (sink.bytes + chunk.length > request.limit) {
    throw new SidecarFault('invalid', `${call}: the answer is longer than ${request.limit} bytes`);
  }
  if (!request.budget.take(chunk.length)) {
    throw new SidecarFault('unreachable', `${call}: given up, as too many answers are being read at once`);
  }
  sink.chunks.push(chunk);
  sink.bytes += chunk.length;
}

function asFault(request: Request, error: unknown): SidecarFault {
  if (error instanceof SidecarFault) return error;
  const call = callOf(request);
  if (request.signal.aborted) return new SidecarFault('unreachable', `${call}: ${String(request.signal.reason)}`);
  const code = errorCode(error);
  if (code.startsWith('HPE_')) return new SidecarFault('invalid', `${call}: the answer is not HTTP (${code})`);
  return new SidecarFault('unreachable', `${call}: ${describeSocketError(error)}`);
}
