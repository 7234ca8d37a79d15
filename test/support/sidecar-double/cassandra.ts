// What the double knows of Cassandra: which cleanups it runs, which ones it refuses, and with what words. The texts are
// those of the recordings; JMX hides Cassandra's own exception classes.

/** `/status` says it; `DOWN` = the JMX port is closed, `FROZEN` = Cassandra hangs (SIGSTOP). */
export type NodeState = string;

/** A cleanup that Cassandra was told to do. */
export interface CleanupTask {
  readonly keyspace: string | undefined;
  readonly tables: readonly (string | null)[] | undefined;
  /** Called once: without an argument when it is done. `null` = an exception without a message. */
  done(failure?: string | null): void;
}

/** What may be changed while it runs. */
export interface CassandraSettings {
  version: string;
  state: NodeState;
  /** The node receives ranges: another one joins or leaves. */
  receivesRanges: boolean;
  /** Keyspaces and their tables; undefined = all exist, but those whose name starts with `nope`. */
  keyspaces?: Readonly<Record<string, readonly string[]>>;
}

/** A Cassandra node, as its Sidecar sees it. */
export interface Cassandra {
  readonly settings: CassandraSettings;
  /** Checks, then starts; the task ends at once, or by `end`. */
  start(task: CleanupTask): void;
  /** Ends a task that was started: done, or failed with that text. */
  end(task: CleanupTask, failure?: string | null): void;
  isRunning(task: CleanupTask): boolean;
  /** Everything that runs fails with that text (kill, shutdown, membership change). */
  failAll(failure: string): void;
  running(): readonly CleanupTask[];
  /** A membership change in mid-run: a Cassandra that guards itself aborts (code 1), another cleans on, and loses data. */
  abortGuarded(): void;
  /** Cleanups that deleted data which the node was about to own (docs/sidecar.md, Why there is a gate). */
  dataLosses(): number;
}

export const FAILURES = {
  interrupted:
    'org.apache.cassandra.db.compaction.CompactionInterruptedException (no security manager: RMI class loader disabled)',
  eof: 'Error unmarshaling return header; nested exception is: \n\tjava.io.EOFException',
  refused:
    'Failed to retrieve RMIServer stub: javax.naming.ServiceUnavailableException [Root exception is ' +
    'java.rmi.ConnectException: Connection refused to host: 127.0.0.1; nested exception is: \n\tjava.net.ConnectException: ' +
    'Connection refused]',
  membership: 'Node is involved in cluster membership changes. Not safe to run cleanup.',
  code1: (keyspace: string) =>
    `Aborted cleaning up at least one table in keyspace ${keyspace}, check server logs for more information.`,
  code2: (keyspace: string) =>
    `Failed marking some sstables compacting in keyspace ${keyspace}, check server logs for more information`,
} as const;

const SYSTEM = ['system', 'system_schema', 'system_views', 'system_virtual_schema'];

/** A node with nothing running. */
export function createCassandra(settings: CassandraSettings): Cassandra {
  const tasks = new Set<CleanupTask>();
  let losses = 0;
  const end = (task: CleanupTask, failure?: string | null) => {
    if (tasks.delete(task)) task.done(failure);
  };
  return {
    settings,
    end,
    start(task) {
      const failure = refusal(settings, task) ?? conflict(settings, task, tasks);
      if (failure !== undefined) return task.done(failure.text);
      for (const other of overlapping(task, tasks)) end(other, FAILURES.interrupted);
      if (settings.receivesRanges || !['NORMAL', 'JOINING', 'STARTING'].includes(settings.state)) losses += 1;
      tasks.add(task);
    },
    isRunning: (task) => tasks.has(task),
    failAll(failure) {
      for (const task of [...tasks]) end(task, failure);
    },
    running: () => [...tasks],
    abortGuarded() {
      if (!guardsItself(settings.version)) losses += tasks.size;
      else for (const task of [...tasks]) end(task, FAILURES.code1(String(task.keyspace)));
    },
    dataLosses: () => losses,
  };
}

type Refusal = { readonly text: string | null };

function refusal(settings: CassandraSettings, task: CleanupTask): Refusal | undefined {
  const { keyspace, tables } = task;
  if (keyspace === undefined || tables?.includes(null)) return { text: null };
  if (SYSTEM.includes(keyspace)) return { text: 'Cleanup of the system keyspace is neither necessary nor wise' };
  const known = tablesOf(settings, keyspace);
  if (known === undefined) return { text: `Keyspace ${keyspace} does not exist` };
  if (settings.receivesRanges && guardsItself(settings.version)) return { text: FAILURES.membership };
  const unknown = tables?.find((table) => table !== null && !known(table));
  return unknown ? { text: `Unknown keyspace/cf pair (${keyspace}.${unknown})` } : undefined;
}

function tablesOf(settings: CassandraSettings, keyspace: string): ((table: string) => boolean) | undefined {
  if (settings.keyspaces === undefined)
    return keyspace.startsWith('nope') ? undefined : (name) => !name.startsWith('nope');
  const tables = Object.hasOwn(settings.keyspaces, keyspace) ? settings.keyspaces[keyspace] : undefined;
  return tables === undefined ? undefined : (name) => tables.includes(name);
}

/** Since 4.0.8, 4.1.1 and 5.0 Cassandra refuses to clean a node that receives ranges (docs/sidecar.md, Why there is a gate). */
function guardsItself(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  return major >= 5 || (major === 4 && patch >= (minor === 0 ? 8 : 1));
}

/** 5.0 refuses a second cleanup of a table; 4.x interrupts the first (docs/sidecar.md, What is unusual 3). */
function conflict(settings: CassandraSettings, task: CleanupTask, tasks: Set<CleanupTask>): Refusal | undefined {
  const refuses = Number.parseInt(settings.version, 10) >= 5;
  return refuses && overlapping(task, tasks).length > 0 ? { text: FAILURES.code2(String(task.keyspace)) } : undefined;
}

function overlapping(task: CleanupTask, tasks: Set<CleanupTask>): CleanupTask[] {
  return [...tasks].filter((other) => other.keyspace === task.keyspace && shareTables(other.tables, task.tables));
}

function shareTables(a: CleanupTask['tables'], b: CleanupTask['tables']): boolean {
  if (!a?.length || !b?.length) return true;
  return a.some((table) => b.includes(table));
}
