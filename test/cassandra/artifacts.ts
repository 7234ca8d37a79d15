// What the tier needs from Maven Central: class paths of Cassandra, and our engine. Once into the user's cache, with progress,
// under a lock, first under a temporary name; ready = a folder of the final name exists.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { lockFile } from '../support/file-lock.ts';

const NODES = join(import.meta.dirname, 'nodes');
const ENGINE = join(import.meta.dirname, 'engine');
const REPORT_MS = 10_000;

/** Where the artifacts are kept. */
export function artifactCache(): string {
  const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  return join(cache, 'cassandra-cleanup-operator', 'cassandra');
}

/** Waits until no other process of this user runs nodes at 127.0.0.N; until it ends, none will. */
export async function takeAddresses(): Promise<void> {
  mkdirSync(artifactCache(), { recursive: true });
  const lock = await lockFile(join(artifactCache(), 'suite.lock'), report);
  process.once('exit', () => lock.release());
}

/** The folder of jars that a Cassandra of this version runs from. */
export function cassandraJars(version: string): Promise<string> {
  const name = `cassandra-${version}-${hashOf([join(NODES, 'pom.xml')])}`;
  return cached(name, (folder) => ({
    directory: NODES,
    what: `Cassandra ${version}`,
    args: [`-Dcassandra.version=${version}`, ...copyTo(folder)],
  }));
}

/** The folder of jars that the engine and the bridge run from. */
export function engineJars(): Promise<string> {
  const sources = globSync('src/**/*.java', { cwd: ENGINE }).sort();
  const name = `engine-${hashOf(['pom.xml', ...sources].map((file) => join(ENGINE, file)))}`;
  return cached(name, (folder) => ({
    directory: ENGINE,
    what: "the Sidecar's engine",
    args: [`-Doutput=${folder}`, 'package', ...copyTo(folder)],
  }));
}

interface Build {
  directory: string;
  what: string;
  args: string[];
}

function copyTo(folder: string): string[] {
  return ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${folder}`];
}

function hashOf(files: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(file));
  return hash.digest('hex').slice(0, 12);
}

async function cached(name: string, build: (folder: string) => Build): Promise<string> {
  const folder = join(artifactCache(), name);
  if (existsSync(folder)) return folder;
  mkdirSync(artifactCache(), { recursive: true });
  const lock = await lockFile(join(artifactCache(), 'build.lock'), report);
  try {
    if (!existsSync(folder)) await make(folder, build(`${folder}.${process.pid}.tmp`));
  } finally {
    lock.release();
  }
  return folder;
}

async function make(folder: string, build: Build): Promise<void> {
  const temporary = `${folder}.${process.pid}.tmp`;
  const begun = performance.now();
  const seconds = () => `${Math.round((performance.now() - begun) / 1_000)} s`;
  report(`${build.what}: asking Maven for it, once`);
  const timer = setInterval(() => {
    report(`${build.what}: ${globSync('*.jar', { cwd: temporary }).length} jars after ${seconds()}`);
  }, REPORT_MS);
  try {
    await maven(build);
    renameSync(temporary, folder);
    report(`${build.what}: ready after ${seconds()}`);
  } finally {
    clearInterval(timer);
    rmSync(temporary, { recursive: true, force: true });
  }
}

function maven({ directory, args, what }: Build): Promise<void> {
  const child = spawn('nice', ['-n', '10', 'mvn', '--batch-mode', '--quiet', ...args], { cwd: directory });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
    });
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject).once('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`Maven could not get ${what} (${code}): ${output.slice(-2_000)}`));
    });
  });
}

function report(text: string): void {
  process.stderr.write(`cassandra: ${text}\n`);
}
