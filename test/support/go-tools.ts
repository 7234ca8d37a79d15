// Programs that tests need and that only Go has: built once from the Go module that pins them, into the user's cache.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { constants, homedir, setPriority } from 'node:os';
import { join } from 'node:path';
import { lockFile } from './file-lock.ts';
import { killOnExit } from './kill-on-exit.ts';

/** A program, as a package of a Go module of ours: its go.mod and go.sum pin the version and all that goes into it. */
export interface GoTool {
  name: string;
  /** Folder of the Go module. */
  module: string;
  /** `.` for the module's own program, else the import path of a package that it requires. */
  package: string;
}

const PROGRESS_MS = 15_000;

/** Path of the program. Where the cache has none it is built: minutes for a large one, so give the caller time. */
export async function goTool(tool: GoTool): Promise<string> {
  const folder = cacheFolder(tool);
  const program = join(folder, tool.name);
  if (existsSync(program)) return program;
  const say = reporter(tool.name);
  mkdirSync(folder, { recursive: true });
  const lock = await lockFile(`${folder}.lock`, say);
  try {
    if (!existsSync(program)) await build(tool, folder, say);
  } finally {
    lock.release();
  }
  return program;
}

/** Named by a hash of all that the module holds. */
function cacheFolder({ name, module, package: path }: GoTool): string {
  const hash = createHash('sha256').update(path);
  for (const file of globSync(['go.mod', 'go.sum', '**/*.go'], { cwd: module }).sort()) {
    hash.update(`\0${file}\0`).update(readFileSync(join(module, file)));
  }
  const root = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  return join(root, 'cassandra-cleanup-operator', 'go-tools', `${name}-${hash.digest('hex').slice(0, 12)}`);
}

/** Go's build cache is our own, and goes with the build: it would grow to gigabytes. An interrupted build resumes from it. */
async function build({ name, module, package: path }: GoTool, folder: string, say: (text: string) => void) {
  const goCache = `${folder}.go-cache`;
  const temporary = join(folder, `.${name}`);
  say(`building with Go, once, into ${folder}`);
  const flags = ['-trimpath', '-gcflags=all=-dwarf=false', '-ldflags=-s -w'];
  const settings = {
    CGO_ENABLED: '0',
    GOFLAGS: '-mod=readonly',
    GOTOOLCHAIN: 'local',
    GOWORK: 'off',
    GOCACHE: goCache,
  };
  const timer = setInterval(() => say('still building'), PROGRESS_MS);
  try {
    await go(['build', ...flags, '-o', temporary, path], module, settings);
    renameSync(temporary, join(folder, name));
    rmSync(goCache, { recursive: true, force: true });
    say('built');
  } catch (error) {
    throw new Error(`${name} could not be built with Go (1.26 or newer is needed): ${error}`);
  } finally {
    clearInterval(timer);
  }
}

function go(args: readonly string[], cwd: string, settings: Readonly<Record<string, string>>): Promise<void> {
  const child = spawn('go', args, { cwd, env: { ...process.env, ...settings }, stdio: ['ignore', 'ignore', 'pipe'] });
  if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW); // tests run beside it
  const forget = killOnExit(child);
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise<void>((resolve, reject) => {
    child.once('error', reject).once('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(stderr.trim().slice(-2_000)));
    });
  }).finally(forget);
}

function reporter(name: string): (text: string) => void {
  const start = performance.now();
  return (text) => {
    const seconds = Math.round((performance.now() - start) / 1_000);
    process.stderr.write(`${name} [${String(seconds).padStart(3)} s] ${text}\n`);
  };
}
