// Runs one operator as a process of its own, and says how long it took to watch and to act.
import { type ChildProcess, spawn } from 'node:child_process';
import type { SharedControlPlane } from '../test/support/control-plane.ts';
import { killOnExit } from '../test/support/kill-on-exit.ts';
import type { Contender } from './contenders.ts';
import { takeSnapshot } from './profile/artifacts.ts';
import { type Usage, usageOf } from './usage.ts';

export interface RunningOperator {
  readonly pid: number;
  /** Milliseconds from before its process was started until it watches, its caches filled. */
  readonly watchingAfterMs: number;
  usage(): Usage;
  /** The last line of its output. */
  lastWord(): string;
  /** kill -9. */
  kill(): Promise<void>;
  /** SIGTERM, and waits. */
  stop(): Promise<void>;
}

const START_TIMEOUT_MS = 60_000;
const TAIL = 8_000;

/** Starts it and waits until it acts. Throws with the end of its output where it does not. */
export async function startOperator(contender: Contender, plane: SharedControlPlane): Promise<RunningOperator> {
  const { args, env } = await contender.command(plane);
  const begun = performance.now();
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const forget = killOnExit(child);
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    await exited;
    forget();
  };
  const output = readOutput(child);
  try {
    const watchingAt = await output.until(contender.watching);
    await output.until(contender.acting);
    const pid = child.pid ?? 0;
    return {
      pid,
      watchingAfterMs: watchingAt - begun,
      usage: () => usageOf(pid),
      lastWord: output.lastWord,
      kill: () => end('SIGKILL'),
      stop: async () => {
        if (contender.profiles !== undefined && child.exitCode === null) await takeSnapshot(pid, contender.profiles);
        await end('SIGTERM');
      },
    };
  } catch (error) {
    await end('SIGKILL');
    throw error;
  }
}

interface Output {
  lastWord(): string;
  /** Resolves with the time at which the text came; rejects when the process ends or takes too long. */
  until(text: string): Promise<number>;
}

/** Keeps the end of what a process says; both its streams as one. */
function readOutput(child: ChildProcess): Output {
  let tail = '';
  const waiting = new Set<{ text: string; heard: (at: number) => void }>();
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      tail = `${tail}${chunk}`.slice(-TAIL);
      for (const one of waiting) if (tail.includes(one.text)) one.heard(performance.now());
    });
  }
  return {
    lastWord: () => tail.trim().split('\n').at(-1) ?? '',
    until: (text) =>
      new Promise((resolve, reject) => {
        if (tail.includes(text)) return resolve(performance.now());
        const fail = () => {
          settle();
          reject(new Error(`the operator did not say ${text}:\n${tail}`));
        };
        const timer = setTimeout(fail, START_TIMEOUT_MS);
        const settle = () => {
          clearTimeout(timer);
          waiting.delete(one);
          child.off('exit', fail);
        };
        const heard = (at: number) => {
          settle();
          resolve(at);
        };
        const one = { text, heard };
        waiting.add(one);
        child.once('exit', fail);
        return undefined;
      }),
  };
}
