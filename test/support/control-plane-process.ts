// One server process of a control plane: its log, its end, and that it never outlives us.
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { onPath } from './control-plane-binaries.ts';
import { killOnExit } from './kill-on-exit.ts';

/** A server that was started. */
export interface Launched {
  /** Throws where it has ended, with the end of its log. */
  requireRunning(): void;
  logTail(): string;
  stop(): Promise<void>;
}

const LOG_TAIL = 3_000;

/**
 * Starts a server whose output goes to a log in the directory. On Linux the kernel ends it with its parent, whatever
 * the parent died of; elsewhere our exit handlers do, and remove the folders.
 */
export function launch(program: string, args: string[], directory: string, folders: string[]): Launched {
  const name = basename(program);
  const log = join(directory, `${name}.log`);
  const output = openSync(log, 'w');
  const [command = program, ...rest] = [...parentDeathSignal(), program, ...args];
  const child = spawn(command, rest, { cwd: directory, stdio: ['ignore', output, output] });
  closeSync(output);
  child.unref();
  const forget = killOnExit(child, folders);
  let ended: string | undefined;
  const closed = new Promise<void>((resolve) => {
    const end = (how: unknown): void => {
      ended = String(how);
      resolve();
    };
    child.once('error', end).once('exit', (code, signal) => end(signal ?? `code ${code}`));
  });
  const logTail = (): string => `${name}: ${readFileSync(log, 'utf8').trim().slice(-LOG_TAIL)}`;
  return {
    logTail,
    requireRunning: () => {
      if (ended) throw new Error(`${name} ended while starting (${ended}). ${logTail()}`);
    },
    stop: async () => {
      child.ref();
      child.kill('SIGKILL');
      await closed;
      forget();
    },
  };
}

function parentDeathSignal(): string[] {
  const setpriv = process.platform === 'linux' ? onPath('setpriv') : undefined;
  if (!setpriv) return [];
  const prefix = ['--pdeathsig', 'KILL', '--'];
  return spawnSync(setpriv, [...prefix, 'true']).status === 0 ? [setpriv, ...prefix] : [];
}
