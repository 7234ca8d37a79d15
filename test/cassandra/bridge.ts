// The tests' hands on a cluster: one helper JVM (engine/…/Bridge.java) that speaks CQL and JMX for all of them.
import { createInterface } from 'node:readline';
import { engineJars } from './artifacts.ts';
import { type Jvm, startJvm } from './processes.ts';

/** A JMX argument, as the bridge maps it: int, boolean, String, String[]. */
export type JmxArgument = number | boolean | string | readonly string[];

/** Rows to insert into a table (id int PRIMARY KEY, payload blob). */
export interface Load {
  node: string;
  table: string;
  from: number;
  to: number;
  /** Of each payload. */
  bytes: number;
}

export interface Bridge {
  /** Runs a CQL statement through a node; the rows as text. */
  cql(node: string, statement: string): Promise<string[]>;
  load(load: Load): Promise<void>;
  /** How many distinct ids of a table can be read, payload and all. */
  countRows(query: { node: string; table: string; level?: 'ONE' | 'QUORUM' | 'ALL' }): Promise<number>;
  call<T = unknown>(port: number, bean: string, name: string, ...args: JmxArgument[]): Promise<T>;
  get<T = unknown>(port: number, bean: string, name: string): Promise<T>;
  set(port: number, bean: string, name: string, ...args: JmxArgument[]): Promise<void>;
  stop(): Promise<void>;
}

const HEAP = [
  '-Xmx192m',
  '-XX:MaxDirectMemorySize=512m',
  '-Dio.netty.allocator.type=unpooled',
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=off',
];

/** Starts the helper JVM. */
export async function startBridge(): Promise<Bridge> {
  const jars = await engineJars();
  const args = [...HEAP, '-cp', `${jars}/*`, 'com.instaclustr.cleanupoperator.Bridge'];
  const jvm = startJvm({ args, directory: jars });
  const ask = conversation(jvm);
  return {
    cql: (node, cql) => ask({ do: 'cql', node, cql }),
    load: (load) => ask({ do: 'load', ...load }),
    countRows: (query) => ask({ do: 'ids', ...query }),
    call: (port, bean, name, ...args) => ask({ do: 'call', port, bean, name, arguments: args }),
    get: (port, bean, name) => ask({ do: 'get', port, bean, name }),
    set: (port, bean, name, ...args) => ask({ do: 'set', port, bean, name, arguments: args }),
    stop: () => jvm.end('SIGKILL'),
  };
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

function conversation(jvm: Jvm): <T>(request: Record<string, unknown>) => Promise<T> {
  const waiting = new Map<number, Waiting>();
  let next = 1;
  const { stdin, stdout, stderr } = jvm.child;
  stderr?.resume();
  if (stdin === null || stdout === null) throw new Error('the bridge has no pipes');
  createInterface({ input: stdout }).on('line', (line) => {
    const answer: { id: number; value?: unknown; error?: string } = JSON.parse(line);
    const asked = waiting.get(answer.id);
    waiting.delete(answer.id);
    if (answer.error === undefined) asked?.resolve(answer.value);
    else asked?.reject(new Error(answer.error));
  });
  void jvm.ended.then(() => {
    for (const asked of waiting.values()) asked.reject(new Error('the bridge has ended'));
  });
  return <T>(request: Record<string, unknown>) =>
    new Promise<T>((resolve, reject) => {
      const id = next++;
      waiting.set(id, { resolve: (value) => resolve(value as T), reject });
      stdin.write(`${JSON.stringify({ id, ...request })}\n`);
    });
}
