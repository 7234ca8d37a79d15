// A stand-in for Icarus: a real HTTP server that answers as a real one does (test/icarus/sidecar-double.test.ts holds it to
// the recordings), with knobs for time, Cassandra's state and every fault. Cheap: thousands fit into a process.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CassandraSettings, createCassandra, FAILURES, type NodeState } from './sidecar-double/cassandra.ts';
import type { Generation } from './sidecar-double/documents.ts';
import { createFaults, type Fault, isCarriedOut, misbehave } from './sidecar-double/faults.ts';
import { createOperations, type OperationSettings, type StoredOperation } from './sidecar-double/operations.ts';
import { answer, type DoubleAnswer, type DoubleRequest } from './sidecar-double/routes.ts';
import { readWhole, send } from './sidecar-double/server.ts';

export type { Fault, Generation, StoredOperation };

/** How to start one; everything but `host` has a default, which is what a real one does. */
export interface SidecarDoubleOptions
  extends Partial<OperationSettings>,
    Partial<Omit<CassandraSettings, 'state' | 'version'>> {
  /** A loopback address: 127.0.0.11. */
  readonly host: string;
  /** Default 0: any free one. */
  readonly port?: number;
  readonly generation?: Generation;
  /** Version of Cassandra: 4.1.10 interrupts the first of two cleanups, 5.0.6 refuses the second. */
  readonly cassandra?: string;
  readonly nodeState?: NodeState;
  /** What one JMX call takes; default 1000, with 1.0.2 10. */
  readonly statusDelayMs?: number;
  /** Keep no log of requests (for benches). */
  readonly quiet?: boolean;
}

/** A request that has arrived. */
export interface LoggedRequest extends Omit<DoubleRequest, 'headers'> {
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** A running double. */
export interface SidecarDouble {
  readonly host: string;
  readonly port: number;
  /** Everything that arrived, in order. */
  readonly requests: readonly LoggedRequest[];
  /** Every operation that a POST made, over all restarts, as it is now. */
  readonly posts: readonly StoredOperation[];
  /** Knobs, to be turned at any time. */
  readonly settings: OperationSettings & { statusDelayMs: number };
  /** Most cleanups that were listed as PENDING or RUNNING at a time; 2 is harm done. */
  mostActiveCleanups(): number;
  /** Cleanups that ran while the node received ranges, or was not in the ring. */
  dataLosses(): number;
  /** Cleanups that Cassandra runs now, forgotten ones included. */
  cleaning(): number;
  /** What is listed now, last inserted first. */
  operations(): readonly StoredOperation[];
  finish(id: string): void;
  fail(id: string, message?: string | null): void;
  /** Ends every sleep of an operation now (`minOperationMs`, the rest of `operationMs`): for tests that do not wait. */
  hurry(): void;
  /** Real ones only know 0 and 1. */
  setProgress(id: string, fraction: number): void;
  /** What `/status` says; `DOWN` = the JMX port is closed (what runs fails), `FROZEN` = Cassandra hangs. */
  setNodeState(state: NodeState): void;
  /** Another node joins or leaves; what runs on a Cassandra that guards itself is aborted. */
  setReceivesRanges(receives: boolean): void;
  setCassandraVersion(version: string): void;
  /** Returns what removes it. */
  fault(fault: Fault): () => void;
  clearFaults(): void;
  /** Closes the port and every connection: refused from now on. */
  refuse(): Promise<void>;
  listen(): Promise<void>;
  /** As SIGSTOP does: requests arrive, but are handled only after `thaw` (or `ms`), POSTs last, even if the client has gone. */
  freeze(ms?: number): void;
  thaw(): void;
  /** Forgets every operation. With `leaveRunning` Cassandra cleans on for `operationMs`, unseen. */
  restart(options?: { leaveRunning?: boolean }): void;
  close(): Promise<void>;
}

const REAL = {
  operationMs: 1000,
  minOperationMs: 1000,
  refusedMs: 5,
  poolSize: 10,
  expirationMs: 3_600_000,
  tornMs: 0,
};

/** Starts a double; it listens when the promise is fulfilled. */
export async function startSidecarDouble(options: SidecarDoubleOptions): Promise<SidecarDouble> {
  const generation = options.generation ?? '3.0.0';
  const settings = readSettings(options, generation);
  const cassandra = createCassandra({
    version: options.cassandra ?? '5.0.6',
    state: options.nodeState ?? 'NORMAL',
    receivesRanges: options.receivesRanges ?? false,
    ...(options.keyspaces === undefined ? {} : { keyspaces: options.keyspaces }),
  });
  const faults = createFaults();
  const requests: LoggedRequest[] = [];
  const posts: StoredOperation[] = [];
  const frozen: { held?: (() => void)[]; timer?: NodeJS.Timeout } = {};
  let operations = createOperations(cassandra, settings);
  let most = 0;
  let port = options.port ?? 0;

  const healthy = (request: DoubleRequest): DoubleAnswer => {
    const state = {
      generation,
      cassandra,
      operations,
      host: options.host,
      source: 'vm',
      statusDelayMs: settings.statusDelayMs,
    };
    const said = answer(state, request);
    if (said.created !== undefined) posts.push(said.created);
    return said;
  };

  const handle = (request: DoubleRequest, response: ServerResponse) => {
    const fault = faults.take(request);
    if (fault !== undefined && !isCarriedOut(fault)) misbehave(fault, response, () => healthy(request));
    else send(response, request, healthy(request), fault);
  };

  const receive = async (message: IncomingMessage, response: ServerResponse) => {
    const request = await readWhole(message);
    if (request === undefined) return;
    const { headers: _headers, ...logged } = request;
    if (options.quiet !== true) requests.push({ ...logged, at: Date.now() });
    const act = () => handle(request, response);
    if (frozen.held === undefined) act();
    else if (request.method === 'POST') frozen.held.push(act);
    else frozen.held.unshift(act);
  };

  const thaw = () => {
    const held = frozen.held ?? [];
    clearTimeout(frozen.timer);
    delete frozen.held;
    for (const act of held) act();
  };

  const server = createServer((message, response) => void receive(message, response));
  server.requestTimeout = 0;
  server.keepAliveTimeout = 30_000;
  const listen = async () => {
    port = await listenOn(server, options.host, port);
  };
  await listen();

  return {
    host: options.host,
    get port() {
      return port;
    },
    requests,
    posts,
    settings,
    mostActiveCleanups: () => Math.max(most, operations.mostActiveCleanups()),
    dataLosses: cassandra.dataLosses,
    cleaning: () => cassandra.running().length,
    operations: () => operations.list(),
    finish: (id) => operations.end(id),
    fail: (id, message = 'failed on purpose') => operations.end(id, message),
    hurry: () => operations.hurry(),
    setProgress(id, fraction) {
      const operation = operations.get(id);
      if (operation !== undefined) operation.progress = fraction;
    },
    setNodeState(state) {
      cassandra.settings.state = state;
      if (state === 'DOWN') cassandra.failAll(FAILURES.eof);
    },
    setReceivesRanges(receives) {
      cassandra.settings.receivesRanges = receives;
      if (receives) cassandra.abortGuarded();
    },
    setCassandraVersion(version) {
      cassandra.settings.version = version;
    },
    fault: faults.add,
    clearFaults: faults.clear,
    refuse: () => stop(server),
    listen,
    freeze(ms) {
      frozen.held ??= [];
      clearTimeout(frozen.timer);
      if (ms !== undefined) frozen.timer = setTimeout(thaw, ms);
    },
    thaw,
    restart({ leaveRunning = false } = {}) {
      most = Math.max(most, operations.mostActiveCleanups());
      for (const task of operations.abandon()) {
        if (!leaveRunning) cassandra.end(task);
        else if (Number.isFinite(settings.operationMs))
          setTimeout(() => cassandra.end(task), settings.operationMs).unref();
      }
      operations = createOperations(cassandra, settings);
    },
    async close() {
      clearTimeout(frozen.timer);
      operations.abandon();
      await stop(server);
    },
  };
}

function readSettings(
  options: SidecarDoubleOptions,
  generation: Generation,
): OperationSettings & { statusDelayMs: number } {
  const real = generation === '1.0.2' ? { ...REAL, operationMs: 20, minOperationMs: 10 } : REAL;
  return {
    operationMs: options.operationMs ?? real.operationMs,
    minOperationMs: options.minOperationMs ?? real.minOperationMs,
    refusedMs: options.refusedMs ?? real.refusedMs,
    poolSize: options.poolSize ?? real.poolSize,
    expirationMs: options.expirationMs ?? real.expirationMs,
    tornMs: options.tornMs ?? real.tornMs,
    statusDelayMs: options.statusDelayMs ?? (generation === '1.0.2' ? 10 : 1000),
  };
}

async function listenOn(server: Server, host: string, port: number): Promise<number> {
  if (server.listening) return port;
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, () => resolve()));
  return (server.address() as AddressInfo).port;
}

async function stop(server: Server): Promise<void> {
  if (!server.listening) return;
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
