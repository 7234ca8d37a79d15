// Who must keep the contract: the double, and the engine (or the Icarus of ICARUS_JAR) beside a real Cassandra 5.0.6.
import { startSidecarDouble } from '../support/sidecar-double.ts';
import { createKeyspace, loadTable } from './data.ts';
import { sidecarName } from './engine.ts';
import { missingTools } from './machine.ts';
import { createRing, VERSIONS } from './ring.ts';

/** A Sidecar and the Cassandra behind it, with the keyspaces shop (orders, items), Mixed (Tab) and empty. */
export interface Subject {
  readonly url: string;
  /** Cassandra hangs: what runs stays RUNNING. */
  freezeCassandra(): Promise<void>;
  thawCassandra(): Promise<void>;
  drainCassandra(): Promise<void>;
  killCassandra(): Promise<void>;
  startCassandra(): Promise<void>;
  /** The Sidecar hangs, and goes on. */
  freeze(): void;
  thaw(): void;
  /** Another process takes its place; it forgets finished operations within `expirySeconds`. */
  restart(expirySeconds?: number): Promise<void>;
  stop(): Promise<void>;
}

/** The name for the list of tests, and how to start it. */
export interface SubjectChoice {
  readonly name: string;
  start(): Promise<Subject>;
}

const DOUBLE = '127.0.0.21';

/** The double always; the engine where the machine can run it. */
export const subjects: readonly SubjectChoice[] = [
  { name: 'the double', start: startDouble },
  ...(missingTools() === undefined ? [{ name: sidecarName(), start: startReal }] : []),
];

async function startDouble(): Promise<Subject> {
  const keyspaces = { shop: ['orders', 'items'], Mixed: ['Tab'], empty: [], system_auth: ['roles'] };
  const double = await startSidecarDouble({ host: DOUBLE, cassandra: VERSIONS.newest, keyspaces });
  const state = async (value: string) => double.setNodeState(value);
  return {
    url: `http://${double.host}:${double.port}`,
    freezeCassandra: () => state('FROZEN'),
    thawCassandra: () => state('NORMAL'),
    drainCassandra: () => state('DRAINED'),
    killCassandra: () => state('DOWN'),
    startCassandra: () => state('NORMAL'),
    freeze: () => double.freeze(),
    thaw: () => double.thaw(),
    restart: async (expirySeconds) => {
      double.restart();
      if (expirySeconds !== undefined) double.settings.expirationMs = expirySeconds * 1_000;
    },
    stop: () => double.close(),
  };
}

async function startReal(): Promise<Subject> {
  const ring = await createRing({ version: VERSIONS.newest });
  const node = await ring.add();
  for (const keyspace of ['shop', '"Mixed"', 'empty']) await createKeyspace(ring, keyspace);
  for (const table of ['orders', 'items']) {
    await loadTable(ring, { keyspace: 'shop', table, rows: 100, bytes: 100, sstables: 1 });
  }
  await ring.bridge.cql(node.ip, 'CREATE TABLE "Mixed"."Tab" (id int PRIMARY KEY)');
  return {
    url: node.engine.url,
    freezeCassandra: async () => node.freeze(),
    thawCassandra: async () => node.thaw(),
    drainCassandra: async () => void (await node.call('drain')),
    killCassandra: () => node.kill(),
    startCassandra: () => node.start(),
    freeze: () => node.engine.freeze(),
    thaw: () => node.engine.thaw(),
    restart: async (expirySeconds) => {
      await node.engine.kill();
      await node.engine.start(expirySeconds === undefined ? [] : ['-e', `${expirySeconds}s`]);
    },
    stop: () => ring.stop(),
  };
}
