// A lock between processes: a file that names its holder. A lock whose holder is dead or silent is broken.
import { linkSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** A lock that is held. */
export interface FileLock {
  release(): void;
}

const POLL_MS = 250;
const TOUCH_MS = 5_000;
const SILENT_MS = 60_000;
const REPORT_MS = 15_000;

/** Waits for the lock; `say` is told at once and every 15 s for whom it waits. */
export async function lockFile(path: string, say: (text: string) => void): Promise<FileLock> {
  let reportAt = 0;
  while (!take(path)) {
    if (isStale(path)) {
      breakLock(path);
      continue;
    }
    if (performance.now() >= reportAt) {
      say(`waiting for process ${holder(path) ?? '(just gone)'}, which holds ${path}`);
      reportAt = performance.now() + REPORT_MS;
    }
    await sleep(POLL_MS);
  }
  const timer = setInterval(() => touch(path), TOUCH_MS).unref();
  return {
    release: () => {
      clearInterval(timer);
      if (holder(path) === process.pid) rmSync(path, { force: true });
    },
  };
}

/** A link is made with its content in one step, so that nobody ever reads a lock without a holder. */
function take(path: string): boolean {
  const own = `${path}.${process.pid}`;
  writeFileSync(own, String(process.pid));
  try {
    linkSync(own, path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(own, { force: true });
  }
}

function holder(path: string): number | undefined {
  try {
    return Number(readFileSync(path, 'utf8')) || undefined;
  } catch {
    return undefined;
  }
}

/** Dead, or silent for long: its number may belong to another process by now. */
function isStale(path: string): boolean {
  const modified = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  if (modified === undefined) return false;
  const pid = holder(path);
  return pid === undefined || !isAlive(pid) || Date.now() - modified > SILENT_MS;
}

/** Moved aside before it is looked at again: a lock that another waiter took meanwhile is put back. */
function breakLock(path: string): void {
  const aside = `${path}.${process.pid}.stale`;
  try {
    renameSync(path, aside);
    if (!isStale(aside)) linkSync(aside, path);
  } catch {
    // Another waiter was quicker.
  }
  rmSync(aside, { force: true });
}

function touch(path: string): void {
  const now = new Date();
  if (holder(path) === process.pid) utimesSync(path, now, now);
}

/** Whether a process of this number runs. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/** Not by instanceof: in a jest test file an error of Node's is none of that file's Errors. */
function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}
