// Who must keep the contract: the double, and the engine (or the Icarus of ICARUS_JAR) beside a real Cassandra 5.0.6.
import { type SidecarDouble, startSidecarDouble } from '../support/sidecar-double.ts';
import { changeSchema, cleanupsOf, createKeyspace, disown, loadTable, throttle } from './data.ts';
import { sidecarName } from './engine.ts';
import { missingTools } from './machine.ts';
import { createRing, INSTANT, type Ring, type RingNode, VERSIONS } from './ring.ts';

/** A Sidecar whose Cassandra can be made to clean slowly. */
export interface SlowSubject {
  readonly url: string;
  /** The keyspace of which it holds more than it owns. */
  readonly keyspace: string;
  /** Of Cassandra. */
  readonly version: string;
  /** From now on cleanups of a big table take seconds, or are as fast as they can. */
  slow(on: boolean): Promise<unknown>;
  /** How many cleanups Cassandra runs now. */
  cleaning(): Promise<number>;
}

/** A Sidecar and the Cassandra behind it, with the keyspaces shop (orders, items), Mixed (Tab), empty, and one that is slow. */
export interface Subject extends SlowSubject {
  /** Cassandra hangs: what runs stays RUNNING. */
  freezeCassandra(): Promise<void>;
  thawCassandra(): Promise<void>;
  drainCassandra(): Promise<void>;
  killCassandra(): Promise<void>;
  startCassandra(): Promise<void>;
  /** The Sidecar hangs, and goes on. */
  freeze(): void;
  thaw(): void;
  /** SIGTERM to the Sidecar. */
  terminate(): Promise<void>;
  /** Another process takes its place; it forgets finished operations within `expirySeconds`. Cassandra cleans on. */
  restart(expirySeconds?: number): Promise<void>;
  stop(): Promise<void>;
}

/** The name for the list of tests, and how to start it. */
export interface SubjectChoice {
  readonly name: string;
  start(): Promise<Subject>;
}

/** Tables of the slow keyspace whose cleanup takes seconds, and those that are done as soon as a thread is free. */
export const BIG = ['big1', 'big2', 'big3', 'big4'] as const;
export const SMALL = Array.from({ length: 9 }, (_, index) => `small${index + 1}`);

const DOUBLE = '127.0.0.21';
const SLOW = 'slow';
/** Rows of 4 KiB on each of two nodes, of which one owns half: some 12 s of a slow cleanup, in which a Sidecar is restarted. */
const ROWS = 6_000;

/** The double always; the engine where the machine can run it. */
export const subjects: readonly SubjectChoice[] = [
  { name: 'the double', start: () => startDouble(VERSIONS.newest) },
  ...(missingTools() === undefined ? [{ name: sidecarName(), start: startReal }] : []),
];

/** The double beside a Cassandra of this version. */
export async function startDouble(version: string): Promise<Subject> {
  const shop = { shop: ['orders', 'items'], Mixed: ['Tab'], empty: [], system_auth: ['roles'] };
  const keyspaces = { ...shop, [SLOW]: [...BIG, ...SMALL] };
  const double = await startSidecarDouble({ host: DOUBLE, cassandra: version, keyspaces, tornMs: 4 });
  return {
    url: `http://${double.host}:${double.port}`,
    ...{ keyspace: SLOW, version, slow: async (on) => slowDown(double, on) },
    cleaning: async () => double.cleaning(),
    ...cassandraOf(double),
    freeze: () => double.freeze(),
    thaw: () => double.thaw(),
    terminate: () => double.refuse(),
    restart: async (expirySeconds) => {
      double.restart({ leaveRunning: true });
      if (expirySeconds !== undefined) double.settings.expirationMs = expirySeconds * 1_000;
      await double.listen();
    },
    stop: () => double.close(),
  };
}

type Cassandra = 'freezeCassandra' | 'thawCassandra' | 'drainCassandra' | 'killCassandra' | 'startCassandra';

function cassandraOf(double: SidecarDouble): Pick<Subject, Cassandra> {
  const state = async (value: string) => double.setNodeState(value);
  return {
    freezeCassandra: () => state('FROZEN'),
    thawCassandra: () => state('NORMAL'),
    drainCassandra: () => state('DRAINED'),
    killCassandra: () => state('DOWN'),
    startCassandra: () => state('NORMAL'),
  };
}

function slowDown(double: SidecarDouble, on: boolean): void {
  double.settings.operationMs = on ? 600_000 : 1_000;
  if (!on) double.hurry();
}

async function startReal(): Promise<Subject> {
  const ring = await createRing({ version: VERSIONS.newest, settings: INSTANT });
  const node = await ring.add();
  // Only there to own the other half.
  await (await ring.prepare()).start();
  await fill(ring);
  return {
    ...slowSubject(node, SLOW),
    freezeCassandra: async () => node.freeze(),
    thawCassandra: async () => node.thaw(),
    drainCassandra: async () => void (await node.call('drain')),
    killCassandra: () => node.kill(),
    startCassandra: () => node.start(),
    freeze: () => node.engine.freeze(),
    thaw: () => node.engine.thaw(),
    terminate: async () => node.engine.terminate(),
    restart: async (expirySeconds) => {
      await node.engine.kill();
      await node.engine.start(expirySeconds === undefined ? [] : ['-e', `${expirySeconds}s`]);
    },
    stop: () => ring.stop(),
  };
}

/** A node of a ring that holds more of a keyspace than it owns. */
export function slowSubject(node: RingNode, keyspace: string): SlowSubject {
  return {
    url: node.engine.url,
    ...{ keyspace, version: node.version },
    slow: (on) => throttle(node, on ? 1 : 0),
    cleaning: async () => (await cleanupsOf(node)).length,
  };
}

async function fill(ring: Ring): Promise<void> {
  for (const keyspace of ['shop', '"Mixed"', 'empty']) await createKeyspace(ring, keyspace);
  for (const table of ['orders', 'items']) {
    await loadTable(ring, { keyspace: 'shop', table, rows: 100, bytes: 100, sstables: 1 });
  }
  await changeSchema(ring, 'CREATE TABLE "Mixed"."Tab" (id int PRIMARY KEY)');
  await createKeyspace(ring, SLOW, 2);
  const slow = { keyspace: SLOW, bytes: 4_096 };
  await Promise.all(SMALL.map((table) => loadTable(ring, { ...slow, table, rows: 20, sstables: 1 })));
  await Promise.all(BIG.map((table) => loadTable(ring, { ...slow, table, rows: ROWS, sstables: 4 })));
  await disown(ring, SLOW);
}
