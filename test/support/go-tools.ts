// Programs that tests need and that only Go has: built once, from the module or the release that pins them, into the
// user's cache, under a lock.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { constants, homedir, setPriority } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { lockFile } from './file-lock.ts';
import { killOnExit } from './kill-on-exit.ts';

/** A program: that of a Go module of ours, or one of a module that is published. */
export interface GoTool {
  readonly name: string;
  /** `.` for the program of a module of ours, else an import path. */
  readonly package: string;
  /** Folder of a Go module of ours whose go.mod and go.sum pin the package; or the path of a published one, at `version`. */
  readonly module: string;
  /** Names its place in the cache; absent = a hash of all that `module` holds. */
  readonly version?: string;
  /** What the linker sets, as PACKAGE.VARIABLE=VALUE: a program built by hand knows no version of its own. */
  readonly variables?: readonly string[];
}

/** How long a test may wait for its programs, which may be built by it or by another test. */
export const BUILD_TIMEOUT_MS = 1_200_000;

const PROGRESS_MS = 15_000;

/** Path of the program. Where the cache has none it is built: minutes for a large one, so give the caller time. */
export async function goTool(tool: GoTool): Promise<string> {
  const folder = cacheFolder(tool.name, tool.version ?? hashOf(tool));
  const program = join(folder, tool.name);
  await onceInCache(program, tool.name, (say) => build(tool, folder, say));
  return program;
}

/** A folder of the user's cache, by the name and the version of what is in it. */
export function cacheFolder(name: string, version: string): string {
  const root = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  return join(root, 'cassandra-cleanup-operator', name, version);
}

/** Makes what is at `path` unless it is there; one process does it, the others wait. */
export async function onceInCache(path: string, name: string, make: (say: Say) => Promise<void>): Promise<void> {
  if (existsSync(path)) return;
  const say = reporter(name);
  const folder = dirname(path);
  mkdirSync(folder, { recursive: true });
  const lock = await lockFile(`${folder}.lock`, say);
  try {
    if (!existsSync(path)) await make(say);
  } finally {
    lock.release();
  }
}

type Say = (text: string) => void;

function hashOf({ module, package: path }: GoTool): string {
  const hash = createHash('sha256').update(path);
  for (const file of globSync(['go.mod', 'go.sum', '**/*.go'], { cwd: module }).sort()) {
    hash.update(`\0${file}\0`).update(readFileSync(join(module, file)));
  }
  return hash.digest('hex').slice(0, 12);
}

/** Go's build cache is our own, and goes with the build: it would grow to gigabytes. An interrupted build resumes from it. */
async function build(tool: GoTool, folder: string, say: Say): Promise<void> {
  const work = `${folder}.work`;
  mkdirSync(work, { recursive: true });
  say(`building with Go, once, into ${folder}`);
  const timer = setInterval(() => say('still building'), PROGRESS_MS);
  try {
    const { args, cwd } = command(tool, work);
    await go(args, cwd, { CGO_ENABLED: '0', GOFLAGS: '', GOCACHE: join(work, 'cache') });
    renameSync(join(work, tool.name), join(folder, tool.name));
    say('built');
  } catch (error) {
    throw new Error(`${tool.name} could not be built with Go (1.26 or newer is needed): ${error}`);
  } finally {
    clearInterval(timer);
    rmSync(work, { recursive: true, force: true });
  }
}

function command({ name, package: path, module, version, variables = [] }: GoTool, work: string) {
  const linking = ['-s', '-w', ...variables.map((set) => `-X ${set}`)].join(' ');
  const flags = ['-trimpath', '-gcflags=all=-dwarf=false', '-ldflags', linking, '-o', join(work, name), path];
  if (path === '.') return { args: ['build', '-mod=readonly', ...flags], cwd: module };
  // A module that may grow: ours need not have the checksums of what only this program imports.
  if (!isAbsolute(module))
    writeFileSync(join(work, 'go.mod'), `module build\n\ngo 1.26\n\nrequire ${module} ${version}\n`);
  else for (const file of ['go.mod', 'go.sum']) cpSync(join(module, file), join(work, file));
  return { args: ['build', '-mod=mod', ...flags], cwd: work };
}

/** Runs Go with low priority, since tests run beside it; what it prints. */
export function go(args: readonly string[], cwd: string, settings: Readonly<Record<string, string>>): Promise<string> {
  const env = { ...process.env, GOTOOLCHAIN: 'local', GOWORK: 'off', ...settings };
  const child = spawn('go', args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW);
  const forget = killOnExit(child);
  const said = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      said[stream] += text;
    });
  }
  return new Promise<string>((resolve, reject) => {
    child.once('error', reject).once('close', (code) => {
      if (code === 0) resolve(said.stdout);
      else reject(new Error(said.stderr.trim().slice(-2_000)));
    });
  }).finally(forget);
}

function reporter(name: string): Say {
  const start = performance.now();
  return (text) => {
    const seconds = Math.round((performance.now() - start) / 1_000);
    process.stderr.write(`${name} [${String(seconds).padStart(3)} s] ${text}\n`);
  };
}
