// What the tests of the Sidecar client share: a quick double, hand-made servers, and the fault that a call ended in.
import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket, type Server as TcpServer } from 'node:net';
import { SidecarFault } from '../../src/controller/errors.ts';
import { until } from './cleanups.ts';
import { post, send } from './sidecar-double/replay.ts';
import type { SidecarDouble, SidecarDoubleOptions } from './sidecar-double.ts';

/** Options of a double in which everything takes a millisecond. */
export const QUICK = { statusDelayMs: 1, minOperationMs: 1, operationMs: 1 } satisfies Partial<SidecarDoubleOptions>;

/** A cleanup as the operator asks for one. */
export const CLEANUP = { type: 'cleanup', keyspace: 'shop', tables: ['orders'], jobs: 2 } as const;

/** An id that no Sidecar has. */
export const UNKNOWN_ID = '11111111-1111-4111-8111-111111111111';

/** The `SidecarFault` that a call ended in; throws if it ended in anything else. */
export async function faultOf(call: Promise<unknown>): Promise<SidecarFault> {
  const error = await call.then(
    (value) => new Error(`it answered ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  );
  if (error instanceof SidecarFault) return error;
  throw error;
}

/** Has the double run an operation to its end; returns its id. */
export async function operationOf(double: SidecarDouble, body: object): Promise<string> {
  await send(double, post(JSON.stringify(body)));
  await until(() => double.operations().every((one) => one.completionTime !== undefined));
  return double.posts.at(-1)?.id ?? '';
}

/** A server made by hand, on a free port. */
export async function listen(host: string, handle: RequestListener): Promise<{ server: Server; port: number }> {
  const server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return { server, port: (server.address() as AddressInfo).port };
}

const taps = new Set<TcpServer>();

/** What a wiretap has heard so far. */
export interface Heard {
  bytes: number;
  connections: number;
  open: number;
  /** How the last connection ended. */
  end?: string;
}

/** A TCP server that answers nothing, and tells what arrives and how it ends. */
export async function wiretap(host: string): Promise<{ port: number; heard: Heard }> {
  const heard: Heard = { bytes: 0, connections: 0, open: 0 };
  const server = createTcpServer((socket: Socket) => {
    heard.connections += 1;
    heard.open += 1;
    socket.on('data', (data) => {
      heard.bytes += data.length;
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      heard.end = error.code ?? 'error';
    });
    socket.on('close', () => {
      heard.open -= 1;
      heard.end ??= 'closed';
    });
  });
  taps.add(server);
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return { port: (server.address() as AddressInfo).port, heard };
}

/** Closes every wiretap of this test file. */
export function closeTaps(): void {
  for (const tap of taps) tap.close();
  taps.clear();
}
