// A small HTTP server that plays the API server's part badly on purpose: each request goes to a script that may answer,
// stream, go silent or cut the connection. For faults that a real API server does not show at will.
import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { createTransport, type Transport, type TransportOptions } from '../../src/kube/transport.ts';

/** One request that has arrived. */
export interface FakeRequest {
  method: string;
  /** Without the query. */
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage['headers'];
  body: string;
  /** Whether it came over a connection that was used before. */
  reused: boolean;
  json(status: number, body: unknown, headers?: Record<string, string>): void;
  /** A body as it is, perhaps not JSON. */
  text(status: number, body: string, headers?: Record<string, string>): void;
  /** Answers a list request with these items. */
  list(items: readonly unknown[], resourceVersion: string, next?: string): void;
  /** A Status, as the API server refuses. */
  refuse(status: number, message: string, headers?: Record<string, string>): void;
  /** Opens a watch. */
  watch(): FakeWatch;
  /** Resets the connection. */
  cut(): void;
}

/** An open watch. */
export interface FakeWatch {
  send(type: string, object: unknown): void;
  bookmark(resourceVersion: string): void;
  /** Ends in peace. */
  close(): void;
  /** Resets the connection. */
  cut(): void;
  /** Resolves when the client has gone. */
  gone: Promise<void>;
}

/** The server; `requests` holds all that has arrived, oldest first. */
export interface FakeApiserver {
  url: string;
  requests: readonly FakeRequest[];
  /** What to do with the next requests; the default answers 404. */
  script: (request: FakeRequest) => void;
  /** Resolves with the nth request, counted from 1, when it has arrived. */
  request(nth: number): Promise<FakeRequest>;
  /** Connections accepted up to now. */
  connections(): number;
  close(): Promise<void>;
}

/** Listens on a free port of the loopback. */
export async function startFakeApiserver(): Promise<FakeApiserver> {
  const requests: FakeRequest[] = [];
  const waiters: (() => void)[] = [];
  const used = new WeakSet<Socket>();
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer(async (incoming, response) => {
    const reused = used.has(incoming.socket);
    used.add(incoming.socket);
    let body = '';
    for await (const chunk of incoming) body += String(chunk);
    const request = fakeRequest({ incoming, response, body, reused });
    requests.push(request);
    fake.script(request);
    for (const waiter of waiters.splice(0)) waiter();
  });
  server.on('connection', (socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const fake: FakeApiserver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    script: (request) => request.refuse(404, 'the server could not find the requested resource'),
    async request(nth) {
      for (;;) {
        const found = requests[nth - 1];
        if (found !== undefined) return found;
        await new Promise<void>((resolve) => waiters.push(resolve));
      }
    },
    connections: () => connections,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return fake;
}

/** A transport without credentials. */
export function plainTransport(options: Partial<TransportOptions> = {}): Transport {
  const credentials = { current: async () => ({ headers: {}, tls: {} }), reject: () => {} };
  return createTransport({ credentials, userAgent: 'test', ...options });
}

/** Writes a kubeconfig for the server into this folder, and gives its path. */
export function fakeKubeconfig(server: string, directory: string): string {
  const path = join(directory, 'kubeconfig');
  const named = { name: 'fake' };
  const config = {
    clusters: [{ ...named, cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ ...named, user: { token: 'secret' } }],
    contexts: [{ ...named, context: { cluster: 'fake', user: 'fake', namespace: 'ops' } }],
    'current-context': 'fake',
  };
  writeFileSync(path, JSON.stringify(config));
  return path;
}

interface Arrival {
  incoming: IncomingMessage;
  response: ServerResponse;
  body: string;
  reused: boolean;
}

function fakeRequest({ incoming, response, body, reused }: Arrival): FakeRequest {
  const url = new URL(incoming.url ?? '/', 'http://fake');
  const text: FakeRequest['text'] = (status, content, headers = {}) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(content);
  };
  const json: FakeRequest['json'] = (status, content, headers) => text(status, JSON.stringify(content), headers);
  return {
    method: incoming.method ?? '',
    path: url.pathname,
    query: url.searchParams,
    headers: incoming.headers,
    body,
    reused,
    text,
    json,
    list: (items, resourceVersion, next) =>
      json(200, { kind: 'List', metadata: { resourceVersion, ...(next && { continue: next }) }, items }),
    refuse: (status, message, headers) =>
      json(status, { kind: 'Status', status: 'Failure', message, code: status }, headers),
    watch: () => fakeWatch(response),
    cut: () => incoming.socket.resetAndDestroy(),
  };
}

function fakeWatch(response: ServerResponse): FakeWatch {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.flushHeaders();
  const send: FakeWatch['send'] = (type, object) => response.write(`${JSON.stringify({ type, object })}\n`);
  return {
    send,
    bookmark: (resourceVersion) => send('BOOKMARK', { kind: 'Bookmark', metadata: { resourceVersion } }),
    close: () => response.end(),
    cut: () => response.socket?.resetAndDestroy(),
    gone: new Promise((resolve) => response.on('close', resolve)),
  };
}
