// A Sidecar beside a node: our main on Icarus's own engine, or the Icarus of ICARUS_JAR.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { engineJars } from './artifacts.ts';
import type { CassandraNode } from './node.ts';
import { type Jvm, startJvm, tailOf } from './processes.ts';

/** A Sidecar process. */
export interface Engine {
  readonly url: string;
  /** `flags` are Icarus's own, besides those given before. */
  start(flags?: readonly string[]): Promise<void>;
  /** SIGTERM; it may take 60 s to end. */
  terminate(): void;
  kill(): Promise<void>;
  freeze(): void;
  thaw(): void;
}

export const SIDECAR_PORT = 4567;
const START_MS = 120_000;
const MODULES = ['lang', 'util', 'io', 'net', 'util.concurrent'].map(
  (name) => `--add-opens=java.base/java.${name}=ALL-UNNAMED`,
);
const JVM = ['-Xmx96m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Djava.net.preferIPv4Stack=true', ...MODULES];

/** What runs beside the nodes: our engine, or a true Icarus. */
export function sidecarName(): string {
  return process.env['ICARUS_JAR'] ? 'Icarus of ICARUS_JAR' : 'the engine';
}

/** A Sidecar for a node; not started yet. `flags` are Icarus's own: `-e 10s`. */
export async function createEngine(node: CassandraNode, home: string, flags: readonly string[] = []): Promise<Engine> {
  const icarus = process.env['ICARUS_JAR'];
  const program = icarus
    ? ['-jar', icarus, 'icarus']
    : ['-cp', `${await engineJars()}/*`, 'com.instaclustr.cleanupoperator.Sidecar'];
  const output = join(home, `sidecar${node.index}.log`);
  const where = ['-l', `${node.ip}:${SIDECAR_PORT}`, `--jmx-service=127.0.0.1:${node.jmxPort}`];
  const url = `http://${node.ip}:${SIDECAR_PORT}`;
  let jvm: Jvm | undefined;
  return {
    url,
    start: async (more = []) => {
      if (await answers(url)) throw new Error(`somebody else answers at ${url}`);
      jvm = startJvm({ args: [...JVM, ...program, ...where, ...flags, ...more], directory: home, output });
      await untilAnswers(jvm, url, output);
    },
    terminate: () => jvm?.signal('SIGTERM'),
    kill: async () => jvm?.end('SIGKILL'),
    freeze: () => jvm?.signal('SIGSTOP'),
    thaw: () => jvm?.signal('SIGCONT'),
  };
}

async function untilAnswers(jvm: Jvm, url: string, output: string): Promise<void> {
  const end = Date.now() + START_MS;
  while (!(await answers(url))) {
    if (!jvm.isRunning() || Date.now() > end) throw new Error(`the Sidecar at ${url} did not start: ${tailOf(output)}`);
    await sleep(50);
  }
}

async function answers(url: string): Promise<boolean> {
  return fetch(`${url}/version`).then(
    (response) => response.ok,
    () => false,
  );
}
