// The HTTP side of the double: reads requests as Icarus does (a cut-off one may still count), writes answers with its headers.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Fault } from './faults.ts';
import { isWholeJson } from './post-body.ts';
import type { DoubleAnswer, DoubleRequest } from './routes.ts';

/** Bodies longer than Grizzly's buffer go out chunked. */
const BUFFER = 8192;
/** A refused request of which more than this is unread costs the connection (big-bodies.json). */
const DRAINED = 65_536;

const CORS = {
  'Access-control-allow-headers': 'origin, content-type, accept, authorization',
  'Access-control-allow-methods': 'GET, POST, PUT, DELETE, OPTIONS, HEAD',
  'Access-control-allow-origin': '*',
  'Access-control-allow-credentials': 'true',
};

/**
 * The request with its body. A client that goes away in the middle is heard all the same if its JSON is whole
 * (docs/sidecar.md, What is unusual 2); undefined = it is not.
 */
export async function readWhole(message: IncomingMessage): Promise<DoubleRequest | undefined> {
  const chunks: Buffer[] = [];
  const text = () => Buffer.concat(chunks).toString('utf8');
  try {
    for await (const chunk of message) chunks.push(chunk as Buffer);
  } catch {
    if (!isWholeJson(text())) return undefined;
  }
  return { method: message.method ?? '', path: message.url ?? '', headers: message.headers, body: text() };
}

/** Sends the answer in its time, unless the fault spoils it. */
export function send(response: ServerResponse, request: DoubleRequest, answer: DoubleAnswer, fault?: Fault): void {
  if (answer.hang === true) return;
  if (fault?.kind === 'drop' || (answer.status === 500 && request.body.length > DRAINED)) {
    response.socket?.resetAndDestroy();
    return;
  }
  const delayMs = (answer.delayMs ?? 0) + (fault?.kind === 'delay' ? fault.ms : 0);
  const body = fault?.kind === 'rewrite' ? fault.body(answer.body) : answer.body;
  const act = () => write(response, request, { ...answer, body });
  if (delayMs > 0) setTimeout(act, delayMs).unref();
  else act();
}

function write(response: ServerResponse, request: DoubleRequest, answer: DoubleAnswer): void {
  if (response.destroyed) return;
  if (request.path.startsWith('//')) {
    writeTrue404(response);
    return;
  }
  const length = Buffer.byteLength(answer.body);
  response.writeHead(answer.status, {
    ...CORS,
    ...answer.headers,
    ...(answer.json ? { 'Content-type': 'application/json' } : {}),
    ...(length <= BUFFER && request.method !== 'HEAD' ? { 'Content-length': String(length) } : {}),
  });
  response.end(answer.body);
}

/** Outside of every context: a true 404, in HTML, without a date. */
function writeTrue404(response: ServerResponse): void {
  const body = '<h1>404 Not Found</h1>No context found for request';
  response.sendDate = false;
  response.writeHead(404, { 'Content-Length': '50', 'Content-Type': 'text/html', Connection: 'close' }).end(body);
}
