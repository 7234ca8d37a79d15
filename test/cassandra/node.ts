// One Cassandra node: a JVM at 127.0.0.N, its files, and what a test does to it.
import { execFile } from 'node:child_process';
import { globSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { cassandraJars } from './artifacts.ts';
import type { Bridge, JmxArgument } from './bridge.ts';
import { type NodePlace, nodeArguments, nodetoolArguments, writeConfiguration } from './node-files.ts';
import { type Jvm, startJvm, tailOf } from './processes.ts';

export interface NodeOptions {
  /** N of 127.0.0.N. */
  index: number;
  version: string;
  /** Everything of this node goes below it. */
  home: string;
  bridge: Bridge;
  rack?: string;
  settings?: Readonly<Record<string, string>>;
  flags?: readonly string[];
}

export interface CassandraNode {
  readonly index: number;
  readonly ip: string;
  readonly rack: string;
  readonly version: string;
  readonly jmxPort: number;
  /** Starts it; resolves when Cassandra has said `Startup complete`. */
  start(): Promise<void>;
  /** Starts it and does not wait. */
  launch(): void;
  /** Resolves when the JVM started last has said `Startup complete`. */
  untilUp(): Promise<void>;
  stop(): Promise<void>;
  kill(): Promise<void>;
  freeze(): void;
  thaw(): void;
  isRunning(): boolean;
  /** What it has logged since its last start. */
  log(): string;
  /** Bytes on disk of a keyspace, or of one table. */
  bytesOf(keyspace: string, table?: string): number;
  /** An operation of its StorageService. */
  call<T = unknown>(name: string, ...args: JmxArgument[]): Promise<T>;
  get<T = unknown>(name: string): Promise<T>;
  set(name: string, value: JmxArgument): Promise<void>;
  /** Running compactions, as `nodetool compactionstats` lists them. */
  compactions(): Promise<Record<string, string>[]>;
  nodetool(...command: string[]): Promise<string>;
}

const STORAGE = 'org.apache.cassandra.db:type=StorageService';
const COMPACTIONS = 'org.apache.cassandra.db:type=CompactionManager';
const START_MS = 180_000;

/** A node that is not started yet; its folder is fresh. */
export async function createNode(options: NodeOptions): Promise<CassandraNode> {
  const { index, bridge, version, rack = 'r1' } = options;
  const place: NodePlace = {
    index,
    version,
    ip: `127.0.0.${index}`,
    rack,
    directory: join(options.home, `node${index}`),
    jmxPort: 7099 + 100 * index,
    jars: await cassandraJars(version),
    settings: options.settings ?? {},
    flags: options.flags ?? [],
  };
  rmSync(place.directory, { recursive: true, force: true });
  writeConfiguration(place);
  return {
    ...{ index, rack, version, ip: place.ip, jmxPort: place.jmxPort },
    ...lifeOf(place),
    bytesOf: (keyspace, table) => bytesOf(place.directory, keyspace, table),
    call: (name, ...args) => bridge.call(place.jmxPort, STORAGE, name, ...args),
    get: (name) => bridge.get(place.jmxPort, STORAGE, name),
    set: (name, value) => bridge.set(place.jmxPort, STORAGE, name, value),
    compactions: () => bridge.get(place.jmxPort, COMPACTIONS, 'Compactions'),
    nodetool: async (...command) => {
      const { stdout } = await promisify(execFile)('nice', ['-n', '10', 'java', ...nodetoolArguments(place, command)]);
      return stdout;
    },
  };
}

type Life = 'start' | 'launch' | 'untilUp' | 'stop' | 'kill' | 'freeze' | 'thaw' | 'isRunning' | 'log';

function lifeOf(place: NodePlace): Pick<CassandraNode, Life> {
  const logPath = join(place.directory, 'system.log');
  const output = join(place.directory, 'output.log');
  let jvm: Jvm | undefined;
  let from = 0;
  const log = () => readFrom(logPath, from);
  const launch = () => {
    from = statSync(logPath, { throwIfNoEntry: false })?.size ?? 0;
    jvm = startJvm({ args: nodeArguments(place), directory: place.directory, output });
  };
  const untilUp = async () => {
    const end = Date.now() + START_MS;
    while (!log().includes('Startup complete')) {
      if (jvm?.isRunning() !== true || Date.now() > end) {
        throw new Error(`Cassandra at ${place.ip} did not start: ${tailOf(output)}\n${log().slice(-3_000)}`);
      }
      await sleep(100);
    }
  };
  return {
    launch,
    untilUp,
    start: () => {
      launch();
      return untilUp();
    },
    stop: async () => jvm?.end('SIGTERM'),
    kill: async () => jvm?.end('SIGKILL'),
    freeze: () => jvm?.signal('SIGSTOP'),
    thaw: () => jvm?.signal('SIGCONT'),
    isRunning: () => jvm?.isRunning() === true,
    log,
  };
}

function readFrom(path: string, from: number): string {
  try {
    return readFileSync(path).subarray(from).toString();
  } catch {
    return '';
  }
}

/** SSTables of live and finished compactions, not snapshots and backups. */
function bytesOf(directory: string, keyspace: string, table = '*'): number {
  const folder = join(directory, 'data', keyspace);
  return globSync(`${table}-*/*.*`, { cwd: folder })
    .map((file) => statSync(join(folder, file), { throwIfNoEntry: false })?.size ?? 0)
    .reduce((sum, size) => sum + size, 0);
}
