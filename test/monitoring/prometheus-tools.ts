// Finds prometheus and promtool, and gets them from Debian's package where there are none: unpacked into the user's cache, once,
// under a lock. Nothing is installed, and no service is started.
import { execFile } from 'node:child_process';
import { existsSync, globSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { onPath } from '../support/control-plane-binaries.ts';
import { lockFile } from '../support/file-lock.ts';

const run = promisify(execFile);

/** Paths of the programs. */
export interface PrometheusTools {
  prometheus: string;
  promtool: string;
}

/** The programs on the PATH, else those of the cache. Throws one sentence where they cannot be had. */
export async function prometheusTools(): Promise<PrometheusTools> {
  const [prometheus, promtool] = [onPath('prometheus'), onPath('promtool')];
  if (prometheus !== undefined && promtool !== undefined) return { prometheus, promtool };
  const folder = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'cassandra-cleanup-operator');
  const unpacked = join(folder, 'prometheus');
  mkdirSync(folder, { recursive: true });
  const lock = await lockFile(join(folder, 'prometheus.lock'), report);
  try {
    if (!existsSync(unpacked)) await unpack(unpacked);
  } finally {
    lock.release();
  }
  return { prometheus: join(unpacked, 'usr/bin/prometheus'), promtool: join(unpacked, 'usr/bin/promtool') };
}

async function unpack(folder: string): Promise<void> {
  const temporary = `${folder}.${process.pid}.tmp`;
  mkdirSync(temporary, { recursive: true });
  report("unpacking Debian's package prometheus, once");
  try {
    await download(temporary);
    const [file = ''] = globSync('prometheus_*.deb', { cwd: temporary });
    await run('dpkg', ['--extract', join(temporary, file), join(temporary, 'root')]);
    renameSync(join(temporary, 'root'), folder);
  } catch (error) {
    const { stderr } = error as { stderr?: string };
    const cause = stderr?.trim().split('\n').at(-1) || String(error);
    throw new Error(
      `Tests of alerts need prometheus and promtool: put them on the PATH (Debian: prometheus). ${cause}`,
    );
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** A bare machine knows no packages yet: then their list is fetched first, which root may do. */
async function download(folder: string): Promise<void> {
  const get = () => run('apt-get', ['download', 'prometheus'], { cwd: folder });
  try {
    await get();
  } catch {
    await run('apt-get', ['update', '--quiet']);
    await get();
  }
}

function report(text: string): void {
  process.stderr.write(`prometheus: ${text}\n`);
}
