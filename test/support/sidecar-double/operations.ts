// The operations that the double knows: one pool of threads for every type, a life from PENDING to its end, expiry.
import { randomUUID } from 'node:crypto';
import { type Cassandra, type CleanupTask, FAILURES } from './cassandra.ts';
import type { OperationRequest } from './post-body.ts';

/** An operation as the Sidecar keeps it; its document is printed from this. */
export interface StoredOperation extends OperationRequest {
  readonly id: string;
  readonly creationTime: string;
  state: 'PENDING' | 'RUNNING' | 'COMPLETED' | 'CANCELLED' | 'FAILED';
  progress: number;
  startTime?: string;
  completionTime?: string;
  /** Set once it has failed; `null` = an exception without a message. */
  failure?: string | null;
  cancelled?: boolean;
  endedAt?: number;
}

/** Knobs, in milliseconds; they may be changed at any time and count from then on. */
export interface OperationSettings {
  /** How long an operation takes in all, but never less than `minOperationMs`. Infinity = until `end`. */
  operationMs: number;
  /** Each JMX call of Icarus 3 first sleeps 1 s (docs/sidecar.md, What is unusual 12); Cassandra hears of it only then. */
  minOperationMs: number;
  /** How long it takes until JMX has failed, where the port is closed. */
  refusedMs: number;
  poolSize: number;
  /** Finished operations are forgotten 1.1 of these after their end (docs/sidecar.md, What is unusual 8). */
  expirationMs: number;
  /** How long a failing operation shows FAILED before the rest is written (docs/sidecar.md, What is unusual 5). */
  tornMs: number;
}

/** The operations of one run of a Sidecar. */
export interface Operations {
  create(request: OperationRequest): StoredOperation;
  get(id: string): StoredOperation | undefined;
  /** Last inserted first. */
  list(): readonly StoredOperation[];
  /** DELETE: marks it, and changes nothing else (docs/sidecar.md, What is unusual 4). */
  cancel(operation: StoredOperation): void;
  /** Ends one now, by hand; an unknown id does nothing. */
  end(id: string, failure?: string | null): void;
  /** Does at once what operations wait for: they have slept for long enough. */
  hurry(): void;
  /** The process ends: nothing is told any more, but Cassandra goes on with what it was told to do. */
  abandon(): readonly CleanupTask[];
  mostActiveCleanups(): number;
}

const isActive = (operation: StoredOperation) => operation.state === 'PENDING' || operation.state === 'RUNNING';

/** Operations on one Cassandra. */
export function createOperations(cassandra: Cassandra, settings: OperationSettings): Operations {
  const all = new Map<string, StoredOperation>();
  const tasks = new Map<string, CleanupTask>();
  const timers = new Map<NodeJS.Timeout, () => void>();
  const waiting: StoredOperation[] = [];
  let running = 0;
  let mostActive = 0;

  const after = (ms: number, action: () => void) => {
    if (ms === Number.POSITIVE_INFINITY) return;
    const timer = setTimeout(() => {
      timers.delete(timer);
      action();
    }, ms);
    timers.set(timer.unref(), action);
  };

  const hurry = () => {
    for (const [timer, action] of [...timers]) {
      clearTimeout(timer);
      if (timers.delete(timer)) action();
    }
  };

  const finish = (operation: StoredOperation, failure?: string | null) => {
    if (operation.endedAt !== undefined) return;
    operation.endedAt = Date.now();
    if (failure === undefined) complete(operation);
    else fail(operation, failure, settings.tornMs, after);
    running -= 1;
    next();
  };

  const work = (operation: StoredOperation): void => {
    if (operation.endedAt !== undefined) return;
    const task: CleanupTask = {
      keyspace: operation.keyspace,
      tables: operation.tables,
      done: (failure) => finish(operation, failure),
    };
    if (cassandra.settings.state === 'DOWN') finish(operation, FAILURES.refused);
    else if (cassandra.settings.state === 'FROZEN') after(100, () => work(operation));
    else {
      tasks.set(operation.id, task);
      if (operation.type === 'cleanup') cassandra.start(task);
      after(Math.max(0, settings.operationMs - settings.minOperationMs), () => endOnceThawed(operation));
    }
  };

  const endOnceThawed = (operation: StoredOperation) => {
    if (cassandra.settings.state === 'FROZEN') after(100, () => endOnceThawed(operation));
    else endTask(operation);
  };

  const endTask = (operation: StoredOperation, failure?: string | null) => {
    const task = tasks.get(operation.id);
    if (task !== undefined && cassandra.isRunning(task)) cassandra.end(task, failure);
    else finish(operation, failure);
  };

  const next = () => {
    while (running < settings.poolSize) {
      const operation = waiting.shift();
      if (operation === undefined) return;
      running += 1;
      operation.state = 'RUNNING';
      operation.startTime = javaNow();
      after(cassandra.settings.state === 'DOWN' ? settings.refusedMs : settings.minOperationMs, () => work(operation));
    }
  };

  const expire = () => {
    const before = Date.now() - settings.expirationMs * 1.1;
    for (const operation of all.values())
      if ((operation.endedAt ?? Number.POSITIVE_INFINITY) < before) all.delete(operation.id);
  };

  return {
    create(request) {
      const operation: StoredOperation = {
        ...request,
        id: randomUUID(),
        creationTime: javaNow(),
        state: 'PENDING',
        progress: 0,
      };
      all.set(operation.id, operation);
      waiting.push(operation);
      next();
      const cleanups = [...all.values()].filter((other) => other.type === 'cleanup' && isActive(other));
      mostActive = Math.max(mostActive, cleanups.length);
      return operation;
    },
    get(id) {
      expire();
      return all.get(id.toLowerCase());
    },
    list() {
      expire();
      return [...all.values()].reverse();
    },
    cancel(operation) {
      operation.cancelled = true;
    },
    end(id, failure) {
      const operation = all.get(id);
      if (operation?.state === 'RUNNING') endTask(operation, failure);
    },
    hurry,
    abandon() {
      for (const timer of timers.keys()) clearTimeout(timer);
      timers.clear();
      waiting.length = 0;
      all.clear();
      return [...tasks.values()].filter((task) => cassandra.isRunning(task));
    },
    mostActiveCleanups: () => mostActive,
  };
}

function complete(operation: StoredOperation): void {
  operation.completionTime = javaNow();
  operation.progress = 1;
  operation.state = 'COMPLETED';
}

/** FAILED comes first, the rest behind it; one that was deleted shows CANCELLED for that moment. */
function fail(
  operation: StoredOperation,
  failure: string | null,
  tornMs: number,
  after: (ms: number, action: () => void) => void,
): void {
  const rest = () => {
    operation.failure = failure;
    operation.completionTime = javaNow();
    operation.progress = 1;
    operation.state = 'FAILED';
  };
  operation.state = operation.cancelled === true ? 'CANCELLED' : 'FAILED';
  if (tornMs > 0 || operation.cancelled === true) after(tornMs, rest);
  else rest();
}

const EPOCH_NS = BigInt(Date.now()) * 1_000_000n - process.hrtime.bigint();

/** Now, as Java prints an Instant: nine decimals. Never goes back. */
export function javaNow(): string {
  const ns = EPOCH_NS + process.hrtime.bigint();
  const second = new Date(Number(ns / 1_000_000n)).toISOString().slice(0, 19);
  return `${second}.${(ns % 1_000_000_000n).toString().padStart(9, '0')}Z`;
}
