// Data for a ring: a keyspace, tables of random bytes in many SSTables, and what can be read of them.
import { until } from '../support/cleanups.ts';
import type { Ring, RingNode } from './ring.ts';

export interface TableLoad {
  keyspace: string;
  table: string;
  rows: number;
  /** Of each row. */
  bytes: number;
  /** How many flushes, so SSTables, on each node. */
  sstables: number;
}

/**
 * Changes the schema, and waits until every running node has it: a node that does not know a table yet fails its part of a
 * write. (The driver does not wait: it looks at the one node that it is told of, Cql.java.)
 */
export async function changeSchema(ring: Ring, statement: string): Promise<void> {
  await ring.bridge.cql(ring.node(1).ip, statement);
  await until(async () => {
    const versions = await Promise.all(up(ring).map((node) => node.get<string>('SchemaVersion')));
    return new Set(versions).size === 1;
  });
}

/** Replication factor 1: a row that its only replica loses is lost. `keyspace` as CQL has it, quoted where it must be. */
export async function createKeyspace(ring: Ring, keyspace: string, replicas = 1): Promise<void> {
  await changeSchema(ring, `CREATE KEYSPACE ${keyspace} WITH replication = ${replication(replicas)}`);
}

/**
 * Takes replicas away: every node then holds rows that it does not own, and a cleanup has work on each. (The same happens
 * when a cluster grows; this way it needs no bootstrap.)
 */
export async function disown(ring: Ring, keyspace: string): Promise<void> {
  await changeSchema(ring, `ALTER KEYSPACE ${keyspace} WITH replication = ${replication(1)}`);
}

function replication(replicas: number): string {
  return `{'class': 'NetworkTopologyStrategy', 'dc1': ${replicas}}`;
}

/** Creates the table, uncompressed and without compactions, and fills it. */
export async function loadTable(ring: Ring, load: TableLoad): Promise<void> {
  const { keyspace, table, rows, bytes, sstables } = load;
  const node = ring.node(1).ip;
  const name = `${keyspace}.${table}`;
  const options = `compression = {'enabled': 'false'} AND compaction = {'class': 'SizeTieredCompactionStrategy', 'enabled': 'false'}`;
  await changeSchema(ring, `CREATE TABLE ${name} (id int PRIMARY KEY, payload blob) WITH ${options}`);
  for (let part = 0; part < sstables; part += 1) {
    const [from = 0, to = 0] = [part, part + 1].map((at) => Math.floor((at * rows) / sstables));
    await ring.bridge.load({ node, table: name, from, to, bytes });
    await Promise.all(up(ring).map((one) => one.call('forceKeyspaceFlush', keyspace, [table])));
  }
}

function up(ring: Ring): RingNode[] {
  return ring.nodes.filter((node) => node.isRunning());
}

/** What a node owns of a keyspace, 0 to 1. */
export async function ownedBy(node: RingNode, keyspace: string): Promise<number> {
  const shares = await node.call<Record<string, number>>('effectiveOwnershipWithPort', keyspace);
  return shares[`${node.ip}:7000`] ?? 0;
}

/** Makes compactions of a node, and so a cleanup, slow: 0 = as fast as it can. */
export async function throttle(node: RingNode, megabytesPerSecond: number): Promise<void> {
  await node.set('CompactionThroughputMbPerSec', megabytesPerSecond);
}

/** Tasks of type Cleanup that run on a node now. */
export async function cleanupsOf(node: RingNode): Promise<Record<string, string>[]> {
  return (await node.compactions()).filter(({ taskType }) => /cleanup/i.test(taskType ?? ''));
}

/** Bytes for people. */
export function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** A line of what a test has seen, printed as it is. */
export function tell(text: string): void {
  process.stderr.write(`  cassandra: ${text}\n`);
}
