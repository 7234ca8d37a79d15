// The one way to the API server: got over kept connections, with credentials, deadlines and a size cap; answers that are
// not 2xx become ApiErrors. Watches have connections of their own. Knows nothing of Kubernetes' objects.
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Readable } from 'node:stream';
import got, { type StreamOptions } from 'got';
import { ApiError } from '../controller/errors.ts';
import { asApiError, errorOf, errorWithoutAnswer } from './api-errors.ts';
import type { Access, Credentials } from './credentials.ts';

/** One request. */
export interface ApiRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Absolute. */
  url: string;
  headers?: Readonly<Record<string, string>>;
  body?: string;
  /** For the whole exchange; default 10 s. */
  timeoutMs?: number;
  signal?: AbortSignal;
}

/** A 2xx answer. */
export interface ApiAnswer {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: string;
}

/** What became of a request, for metrics. */
export interface RequestReport {
  method: string;
  /** HTTP status; 0 = no answer. */
  code: number;
  ms: number;
}

/** How a transport is made. */
export interface TransportOptions {
  credentials: Credentials;
  userAgent: string;
  onRequest?: (report: RequestReport) => void;
  /** Default for one exchange, 10 s. */
  timeoutMs?: number;
  /** An answer larger than this is a `permanent` ApiError, default 32 MiB. */
  maxBytes?: number;
}

/** Sends requests to the API server. Every failure is an ApiError. */
export interface Transport {
  send(request: ApiRequest): Promise<ApiAnswer>;
  /** Opens an answer that does not end by itself; resolves when its 2xx headers are there. */
  open(request: ApiRequest & { signal: AbortSignal }): Promise<Readable>;
  /** Drops idle connections. */
  close(): void;
}

const TIMEOUT_MS = 10_000;
const MAX_BYTES = 32 * 1024 * 1024;
const MAX_REFUSAL_CHARS = 64 * 1024;
/** Silence after which the kernel asks the peer whether it lives; a dead one is noticed some 10 s later. */
const TCP_KEEPALIVE_MS = 15_000;

/** What holds of every request; put together once, as it costs much. */
const http = got.extend({
  headers: { accept: 'application/json' },
  retry: { limit: 0 },
  decompress: false,
  followRedirect: false,
  throwHttpErrors: false,
});

/** A transport with agents of its own; they are remade when CA or certificate change. */
export function createTransport(options: TransportOptions): Transport {
  const agents = new Agents();
  const prepare = async (request: ApiRequest, streaming: boolean): Promise<Prepared> => {
    const access = await options.credentials.current();
    return {
      method: request.method,
      headers: { ...request.headers, 'user-agent': options.userAgent, ...access.headers },
      ...(request.body !== undefined && { body: request.body }),
      ...(request.signal !== undefined && { signal: request.signal }),
      agent: agents.of(access, streaming),
    };
  };
  const settled = (request: ApiRequest, startedAt: number, code: number): void => {
    if (code === 401) options.credentials.reject();
    options.onRequest?.({ method: request.method, code, ms: performance.now() - startedAt });
  };
  return {
    send: (request) => exchange(request, options, { prepare, settled }),
    open: (request) => openStream(request, { prepare, settled }),
    close: () => agents.close(),
  };
}

/** What one request tells got, whichever way it is sent. */
type Prepared = Pick<StreamOptions, 'method' | 'headers' | 'body' | 'signal' | 'agent'>;

interface Steps {
  prepare(request: ApiRequest, streaming: boolean): Promise<Prepared>;
  settled(request: ApiRequest, startedAt: number, code: number): void;
}

async function exchange(request: ApiRequest, options: TransportOptions, steps: Steps): Promise<ApiAnswer> {
  const what = describe(request);
  const startedAt = performance.now();
  let code = 0;
  try {
    const prepared = await steps.prepare(request, false);
    const timeout = { request: request.timeoutMs ?? options.timeoutMs ?? TIMEOUT_MS };
    const answer = await bounded(request, { ...prepared, timeout }, options.maxBytes ?? MAX_BYTES);
    code = answer.status;
    if (code < 200 || code > 299) throw errorOf({ what, ...answer });
    return answer;
  } catch (error) {
    throw asApiError(error, what);
  } finally {
    steps.settled(request, startedAt, code);
  }
}

async function bounded(
  request: ApiRequest,
  prepared: Prepared & Pick<StreamOptions, 'timeout'>,
  maxBytes: number,
): Promise<ApiAnswer> {
  const stop = new AbortController();
  const signal = request.signal === undefined ? stop.signal : AbortSignal.any([request.signal, stop.signal]);
  const call = http(request.url, { ...prepared, signal });
  call.on('downloadProgress', ({ transferred }) => {
    if (transferred > maxBytes) stop.abort();
  });
  try {
    const response = await call;
    return { status: response.statusCode, headers: response.headers as Record<string, string>, body: response.body };
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    throw new ApiError('permanent', `${describe(request)}: the answer is larger than ${maxBytes} bytes`, {
      status: 413,
    });
  }
}

async function openStream(request: ApiRequest & { signal: AbortSignal }, steps: Steps): Promise<Readable> {
  const what = describe(request);
  const startedAt = performance.now();
  let code = 0;
  try {
    const prepared = await steps.prepare(request, true);
    const timeout = { connect: 5_000, secureConnect: 5_000, response: 30_000 };
    const stream = http.stream(request.url, { ...prepared, timeout });
    const { statusCode, headers } = await new Promise<StreamHead>((resolve, reject) => {
      stream.once('response', resolve);
      stream.on('error', reject);
    });
    code = statusCode;
    if (code >= 200 && code <= 299) return stream;
    throw errorOf({ what, status: code, headers, body: await beginning(stream) });
  } catch (error) {
    throw asApiError(error, what);
  } finally {
    steps.settled(request, startedAt, code);
  }
}

interface StreamHead {
  statusCode: number;
  headers: Record<string, string | string[] | undefined>;
}

async function beginning(stream: Readable): Promise<string> {
  let text = '';
  try {
    for await (const chunk of stream) {
      text += String(chunk);
      if (text.length > MAX_REFUSAL_CHARS) break;
    }
  } catch (error) {
    if (text === '') throw errorWithoutAnswer('the text of the refusal', error);
  }
  return text;
}

function describe(request: ApiRequest): string {
  return `${request.method} ${new URL(request.url).pathname}`;
}

/** One set of agents for plain requests and one for streams, so that watches never take up a connection of a request. */
class Agents {
  #made: { access: Access; key: string; agents: HttpsAgent[] } | undefined;
  readonly #plain = [new HttpAgent(pooled(false)), new HttpAgent(pooled(true))];

  of(access: Access, streaming: boolean): { http: HttpAgent; https: HttpsAgent } {
    const index = streaming ? 1 : 0;
    const http = this.#plain[index] as HttpAgent;
    if (access.proxy !== undefined) return { http: access.proxy as unknown as HttpAgent, https: access.proxy };
    if (this.#made?.access !== access) this.#made = this.#renew(access);
    return { http, https: this.#made.agents[index] as HttpsAgent };
  }

  close(): void {
    for (const agent of [...this.#plain, ...(this.#made?.agents ?? [])]) agent.destroy();
  }

  #renew(access: Access): { access: Access; key: string; agents: HttpsAgent[] } {
    const key = JSON.stringify(Object.entries(access.tls).map(([name, value]) => [name, String(value)]));
    if (this.#made?.key === key) return { ...this.#made, access };
    // Idle connections only: a busy one ends with its request, a watch with its time.
    const idle = Object.values(this.#made?.agents[0]?.freeSockets ?? {});
    for (const socket of idle.flatMap((sockets) => sockets ?? [])) socket.destroy();
    return {
      access,
      key,
      agents: [false, true].map((streaming) => new HttpsAgent({ ...pooled(streaming), ...access.tls })),
    };
  }
}

function pooled(streaming: boolean): object {
  const kept = { keepAlive: true, keepAliveMsecs: TCP_KEEPALIVE_MS };
  return streaming ? kept : { ...kept, maxSockets: 32, maxFreeSockets: 32, timeout: 60_000 };
}
