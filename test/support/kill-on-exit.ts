// Leaves no child process and no folder behind when this process ends, also by a signal or by an uncaught error.
import type { ChildProcess } from 'node:child_process';
import { rmSync } from 'node:fs';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Kills the child when this process ends, then removes the folders. The answer takes the promise back. */
export function killOnExit(child: ChildProcess, folders: readonly string[] = []): () => void {
  const clean = (): void => {
    child.kill('SIGKILL');
    for (const folder of folders) removeFolder(folder);
  };
  const onSignal = (signal: NodeJS.Signals): void => {
    forget();
    clean();
    // Ours was the last listener: do what the signal would have done without us.
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
  };
  const forget = (): void => {
    process.off('exit', clean);
    for (const signal of SIGNALS) process.off(signal, onSignal);
  };
  process.on('exit', clean);
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return forget;
}

/** Removes a folder that a process just killed may still be writing to. */
export function removeFolder(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  } catch {
    // A leftover in the temporary folder is no reason to fail.
  }
}
