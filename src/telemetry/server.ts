// A small HTTP server for what other programs ask of the operator: /healthz, /readyz and /metrics. It only reads.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

/** Where to listen: host undefined = on all interfaces; port 0 = any free one. */
export interface ListenAddress {
  readonly host: string | undefined;
  readonly port: number;
}

/** The answer to one GET. */
export interface Page {
  readonly status: number;
  readonly body: string;
  readonly contentType?: string;
}

/** What is served, by path. */
export type Pages = Readonly<Record<string, () => Page | Promise<Page>>>;

/** Asked at each probe: undefined = all is well, else the reason why not, in a few words. */
export type Probe = () => string | undefined;

/** A server that listens. */
export interface RunningServer {
  readonly port: number;
  /** Stops at once, open connections included. */
  close(): Promise<void>;
}

/** The pages for the kubelet: /healthz is liveness (a reason restarts the container), /readyz is readiness. */
export function healthPages(live: Probe, ready: Probe): Pages {
  const page = (probe: Probe) => (): Page => {
    const reason = probe();
    return reason === undefined ? { status: 200, body: 'ok\n' } : { status: 503, body: `${reason}\n` };
  };
  return { '/healthz': page(live), '/readyz': page(ready) };
}

/** The page for Prometheus. */
export function metricsPages(metrics: { readonly contentType: string; text(): Promise<string> }): Pages {
  return { '/metrics': async () => ({ status: 200, body: await metrics.text(), contentType: metrics.contentType }) };
}

/**
 * Serves the pages, once the server listens.
 * @throws Error of Node, such as EADDRINUSE, where the address can not be had.
 */
export async function serve(address: ListenAddress, pages: Pages): Promise<RunningServer> {
  const server = createServer({ requestTimeout: 10_000, keepAliveTimeout: 5_000 }, (request, response) => {
    void answer(pages, request, response);
  });
  server.maxConnections = 128;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port: address.port, host: address.host }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const bound = server.address();
  return { port: typeof bound === 'object' ? (bound?.port ?? 0) : 0, close: () => close(server) };
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

async function answer(pages: Pages, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const page = await pageFor(pages, request);
  if (page.status === 405) response.setHeader('allow', 'GET, HEAD');
  response.writeHead(page.status, {
    'content-type': page.contentType ?? 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(page.body),
    'x-content-type-options': 'nosniff',
  });
  response.end(request.method === 'HEAD' ? undefined : page.body);
}

async function pageFor(pages: Pages, { method, url = '/' }: IncomingMessage): Promise<Page> {
  const path = url.split('?', 1)[0] ?? '/';
  const page = Object.hasOwn(pages, path) ? pages[path] : undefined;
  if (page === undefined) return { status: 404, body: 'not found\n' };
  if (method !== 'GET' && method !== 'HEAD') return { status: 405, body: 'only GET and HEAD\n' };
  try {
    return await page();
  } catch {
    return { status: 500, body: 'this page cannot be made at the moment\n' };
  }
}
