// A process of its own with a Sidecar double at each of thousands of loopback addresses, all at one port. It answers with what the
// double of the tests answers, and records who was sent what, and when. Started by sidecars-process.ts, which speaks to it.
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { createCassandra } from '../test/support/sidecar-double/cassandra.ts';
import { type Fault, misbehave } from '../test/support/sidecar-double/faults.ts';
import { createOperations, type OperationSettings } from '../test/support/sidecar-double/operations.ts';
import { answer, type DoubleState } from '../test/support/sidecar-double/routes.ts';
import { readWhole, send } from '../test/support/sidecar-double/server.ts';

/** What the doubles are started with. */
export interface SidecarsSetup {
  readonly hosts: readonly string[];
  readonly port: number;
  readonly operationMs: number;
  /** Whether `/status` and every cleanup take 1 s, as with Icarus. */
  readonly waits: boolean;
  /** How long the answer to a POST takes. */
  readonly postDelayMs?: number;
}

/** What one Sidecar went through. */
export interface NodeRecord {
  readonly host: string;
  /** When its POSTs arrived, in milliseconds since the epoch. */
  readonly posts: readonly number[];
  /** When its operations ended. */
  readonly ended: readonly number[];
  /** The most cleanups that were active at once. */
  readonly most: number;
}

export type CallKind = 'submission' | 'list' | 'operation' | 'status' | 'version' | 'other';

/** What all went through since the start. */
export interface SidecarsReport {
  readonly nodes: readonly NodeRecord[];
  /** HTTP requests by what they ask for. */
  readonly calls: Readonly<Record<CallKind, number>>;
}

/** What this process is asked, and answers with `done`; and what it says by itself. */
export type Asked =
  | { readonly what: 'setup'; readonly setup: SidecarsSetup }
  | { readonly what: 'fault'; readonly host: string; readonly fault: 'silent' | 'drip' }
  | { readonly what: 'report' };
export type Said =
  | { readonly what: 'done'; readonly report?: SidecarsReport }
  | { readonly what: 'posted'; readonly host: string };

/** One double. */
interface Sidecar {
  readonly state: DoubleState;
  readonly posts: number[];
  fault?: Fault;
}

const sidecars = new Map<string, Sidecar>();
const calls: Record<CallKind, number> = { submission: 0, list: 0, operation: 0, status: 0, version: 0, other: 0 };
let postDelayMs = 0;

const http = createHttpServer((message, response) => void receive(message, response));
http.keepAliveTimeout = 30_000;

async function receive(message: IncomingMessage, response: ServerResponse): Promise<void> {
  const host = message.socket.localAddress ?? '';
  const request = await readWhole(message);
  const sidecar = sidecars.get(host);
  if (request === undefined || sidecar === undefined) return;
  const kind = kindOf(request.method, request.path);
  calls[kind] += 1;
  if (sidecar.fault !== undefined) {
    misbehave(sidecar.fault, response, () => answer(sidecar.state, request));
    return;
  }
  if (kind === 'submission') {
    sidecar.posts.push(Date.now());
    say({ what: 'posted', host });
  }
  const said = answer(sidecar.state, request);
  const delay = kind === 'submission' && postDelayMs > 0 ? ({ kind: 'delay', ms: postDelayMs } as const) : undefined;
  send(response, request, said, delay);
}

function kindOf(method: string, path: string): CallKind {
  if (path.startsWith('/operations/')) return 'operation';
  if (path.startsWith('/operations')) return method === 'POST' ? 'submission' : 'list';
  if (path.startsWith('/status')) return 'status';
  return path.startsWith('/version') ? 'version' : 'other';
}

async function setUp(setup: SidecarsSetup): Promise<void> {
  const waitMs = setup.waits ? 1_000 : 0;
  const settings: OperationSettings = {
    operationMs: setup.operationMs,
    minOperationMs: waitMs,
    refusedMs: 5,
    poolSize: 10,
    expirationMs: 3_600_000,
    tornMs: 0,
  };
  postDelayMs = setup.postDelayMs ?? 0;
  await Promise.all(
    setup.hosts.map((host) => {
      const cassandra = createCassandra({ version: '5.0.6', state: 'NORMAL', receivesRanges: false });
      const operations = createOperations(cassandra, settings);
      const state: DoubleState = {
        generation: '3.0.0',
        cassandra,
        operations,
        host,
        source: 'vm',
        statusDelayMs: waitMs,
      };
      sidecars.set(host, { state, posts: [] });
      return listen(host, setup.port);
    }),
  );
}

/** A bare TCP server for each address, one HTTP server behind them all: 10,000 take some 40 MB. */
function listen(host: string, port: number): Promise<void> {
  const server = createTcpServer({ noDelay: true }, (socket) => http.emit('connection', socket));
  return new Promise((resolve, reject) => server.once('error', reject).listen(port, host, 512, () => resolve()));
}

function report(): SidecarsReport {
  const nodes = [...sidecars].map(([host, { state, posts }]) => {
    const ended = state.operations.list().flatMap(({ endedAt }) => (endedAt === undefined ? [] : [endedAt]));
    return { host, posts, ended, most: state.operations.mostActiveCleanups() };
  });
  return { nodes, calls };
}

async function carryOut(asked: Asked): Promise<Said> {
  if (asked.what === 'setup') await setUp(asked.setup);
  if (asked.what === 'fault') {
    const sidecar = sidecars.get(asked.host);
    if (sidecar !== undefined) sidecar.fault = { kind: asked.fault };
  }
  return asked.what === 'report' ? { what: 'done', report: report() } : { what: 'done' };
}

function say(said: Said): void {
  process.send?.(said);
}

process.on('message', (asked: Asked) => void carryOut(asked).then(say));
process.on('disconnect', () => process.exit(0));
