// The JVMs of this tier: each runs niced, logs into a file, ends with us whatever we die of, and can be frozen or killed.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { killOnExit } from '../support/kill-on-exit.ts';

/** A JVM that was started. */
export interface Jvm {
  readonly pid: number;
  readonly child: ChildProcess;
  isRunning(): boolean;
  /** Sends a signal, if it still runs. */
  signal(signal: NodeJS.Signals): void;
  /** SIGTERM or SIGKILL, and waits for its end; SIGKILL after 30 s. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** Resolves when it has ended. */
  readonly ended: Promise<void>;
}

export interface JvmOptions {
  args: readonly string[];
  directory: string;
  /** Where its output goes; without: pipes. */
  output?: string;
}

const PATIENCE_MS = 30_000;
const running = new Set<Jvm>();

/** Starts `java` with these arguments. */
export function startJvm({ args, directory, output }: JvmOptions): Jvm {
  const log = output === undefined ? undefined : openSync(output, 'a');
  const [command = 'nice', ...rest] = ['nice', '-n', '10', ...endsWithParent(), 'java', ...args];
  const stdio = log === undefined ? ('pipe' as const) : (['ignore', log, log] as const);
  const child = spawn(command, rest, { cwd: directory, stdio: typeof stdio === 'string' ? stdio : [...stdio] });
  if (log !== undefined) closeSync(log);
  const forget = killOnExit(child);
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => resolve()).once('exit', () => resolve());
  });
  const jvm = handle(child, ended);
  running.add(jvm);
  void ended.then(() => {
    forget();
    running.delete(jvm);
  });
  return jvm;
}

function handle(child: ChildProcess, ended: Promise<void>): Jvm {
  const isRunning = () => child.exitCode === null && child.signalCode === null && child.pid !== undefined;
  return {
    pid: child.pid ?? 0,
    child,
    isRunning,
    signal: (signal) => void child.kill(signal),
    end: async (signal) => {
      if (!isRunning()) return;
      child.kill('SIGCONT');
      child.kill(signal);
      const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
      await ended;
      clearTimeout(timer);
    },
    ended,
  };
}

/** Ends every JVM that this process started. */
export async function endEveryJvm(): Promise<void> {
  await Promise.all([...running].map((jvm) => jvm.end('SIGKILL')));
}

/** The end of a log file, for error messages. */
export function tailOf(path: string, characters = 2_000): string {
  try {
    return readFileSync(path, 'utf8').slice(-characters);
  } catch {
    return '(no log)';
  }
}

let prefix: string[] | undefined;

/** On Linux the kernel ends the JVM with us; elsewhere our exit handlers do. */
function endsWithParent(): string[] {
  const flags = ['setpriv', '--pdeathsig', 'KILL', '--'];
  prefix ??= spawnSync('setpriv', ['--pdeathsig', 'KILL', '--', 'true']).status === 0 ? flags : [];
  return prefix;
}
