// One HTTP request over a connection that stands already, and its answer read whole within limits. No redirect, no retry,
// no decompression, no keep-alive: got is told so, and each would be a hole (docs/security.md).
import got from 'got';
import { SidecarFault } from '../controller/errors.ts';
import type { BodyReader, Head, ReadBody } from './answer.ts';
import type { ByteAccount } from './byte-budget.ts';
import { type Connection, describeSocketError, errorCode } from './connection.ts';
import type { Deadline } from './deadline.ts';

/** A large answer that has its turn holds up other large ones for no longer than this. */
const TURN_MS = 3_000;
/** … and if nothing comes for this long it has none any more. */
const STALL_MS = 1_000;

/** What holds of every call; put together once, as that is a fifth of the cost of a call. */
const http = got.extend({
  headers: { accept: 'application/json', 'user-agent': 'cassandra-cleanup-operator' },
  throwHttpErrors: false,
  followRedirect: false,
  retry: { limit: 0 },
  decompress: false,
});

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
  /** Pays for the body; whoever opened it closes it, when nothing of the answer is held any more. */
  readonly account: ByteAccount;
  readonly deadline: Deadline;
}

/** `GET http://10.0.0.7:4567/status`, for messages. */
export function callOf(request: Pick<Request, 'method' | 'url'>): string {
  return `${request.method} ${request.url}`;
}

/** Sends the request over the connection, and reads the answer. The connection is over afterwards. Throws `SidecarFault`. */
export async function exchange<T>(connection: Connection, request: Request, read: ReadBody<T>): Promise<T> {
  const reader = await receive(connection, request, read);
  connection.close();
  return reader.end();
}

async function receive<T>(connection: Connection, request: Request, read: ReadBody<T>): Promise<BodyReader<T>> {
  const stream = http.stream(plainUrl(request.url), gotOptions(connection, request));
  let head: Head = { call: callOf(request), status: 0 };
  let announced = 0;
  stream.once('response', ({ statusCode, headers }: { statusCode: number; headers: Record<string, unknown> }) => {
    const retryAfter = headers['retry-after'];
    head = { ...head, status: statusCode, ...(typeof retryAfter === 'string' ? { retryAfter } : {}) };
    announced = Number(headers['content-length'] ?? 0);
  });
  const begin = () => {
    if (announced > request.limit) throw tooLong(request);
    return read(head);
  };
  const cut = () => {
    connection.reset();
    stream.destroy(new Error('cut'));
  };
  request.deadline.signal.addEventListener('abort', cut, { once: true });
  try {
    if (request.deadline.signal.aborted) cut();
    return await readAll(stream, request, begin);
  } catch (error) {
    cut();
    throw asFault(request, error);
  } finally {
    request.deadline.signal.removeEventListener('abort', cut);
  }
}

/** `begin` is called once the head is there: with the first bytes of the body, or when it is over without any. */
async function readAll<T>(
  stream: AsyncIterable<unknown>,
  request: Request,
  begin: () => BodyReader<T>,
): Promise<BodyReader<T>> {
  let reader: BodyReader<T> | undefined;
  const admit = admission(request);
  for await (const chunk of stream) {
    const part = chunk as Buffer;
    reader ??= begin();
    await admit(part.length);
    reader.take(part);
  }
  return reader ?? begin();
}

/** The connection does the encrypting, where there is any; got speaks plain HTTP into it. */
function plainUrl(url: string): string {
  return url.replace(/^https:/, 'http:');
}

function gotOptions(connection: Connection, { method, authorization, body }: Request) {
  return {
    method,
    createConnection: () => connection.socket,
    headers: {
      ...(authorization === undefined ? {} : { authorization }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body }),
  };
}

/** Lets further bytes in, at once or in turn; while they wait nothing more is read, and the Sidecar is held up. */
function admission(request: Request): (bytes: number) => Promise<void> {
  const { account, deadline } = request;
  let all = 0;
  let goesOn = () => {};
  return async (bytes) => {
    all += bytes;
    if (all > request.limit) throw tooLong(request);
    goesOn();
    if (account.needsTurn(bytes)) {
      await account.turn(deadline.signal);
      deadline.shorten(TURN_MS, `no end of a large answer within ${TURN_MS / 1000} s of its turn`);
      goesOn = deadline.shorten(STALL_MS, `a large answer stood still for ${STALL_MS / 1000} s`);
    }
    if (account.take(bytes)) return;
    throw new SidecarFault('unreachable', `${callOf(request)}: given up, as too many answers are being read at once`);
  };
}

function tooLong(request: Pick<Request, 'method' | 'url' | 'limit'>): SidecarFault {
  return new SidecarFault('invalid', `${callOf(request)}: the answer is longer than ${request.limit} bytes`);
}

function asFault(request: Request, error: unknown): SidecarFault {
  if (error instanceof SidecarFault) return error;
  const call = callOf(request);
  if (request.deadline.signal.aborted)
    return new SidecarFault('unreachable', `${call}: ${String(request.deadline.signal.reason)}`);
  const code = errorCode(error);
  if (code.startsWith('HPE_')) return new SidecarFault('invalid', `${call}: the answer is not HTTP (${code})`);
  return new SidecarFault('unreachable', `${call}: ${describeSocketError(error)}`);
}
