// A reflector, the server it watches, a clock that stands still, and what the handler and the log were told.
import { createReader } from '../../src/kube/reader.ts';
import { Reflector } from '../../src/kube/reflector.ts';
import type { Transport } from '../../src/kube/transport.ts';
import { type FakeApiserver, type FakeRequest, plainTransport, startFakeApiserver } from '../support/fake-apiserver.ts';
import { ManualClock } from './manual-clock.ts';

interface Thing {
  name: string;
  version: string;
}

/** What a test of the reflector needs. */
export interface ReflectorRig {
  server: FakeApiserver;
  clock: ManualClock;
  reflector: Reflector<Thing>;
  /** Calls of the handler, such as `upsert a @11`. */
  told: string[];
  logged: string[];
  /** Resolves when the condition holds, looked at after every call of handler and log. */
  until(condition: () => boolean): Promise<void>;
  /** Lists one thing as of version 10, and hands each watch to the test, with its number from 1. */
  listThenWatch(watch: (request: FakeRequest, nth: number) => void): void;
  close(): Promise<void>;
}

/** The collection that is watched. */
export const PATH = '/apis/g/v1/things';

/** Every wait of the reflector is due within this; only the end of a watch's time is not. */
export const WAIT = 34_000;

/** A rig whose dice always show the middle. */
export async function startRig(options: { maxBytes?: number } = {}): Promise<ReflectorRig> {
  const server = await startFakeApiserver();
  const transport: Transport = plainTransport({ timeoutMs: 2_000, ...options });
  const clock = new ManualClock();
  const told: string[] = [];
  const logged: string[] = [];
  const waiters: (() => void)[] = [];
  const add = (list: string[], text: string) => {
    list.push(text);
    for (const waiter of waiters.splice(0)) waiter();
  };
  const write =
    (level: string) =>
    (message: string, keys: object = {}) =>
      add(logged, `${level} ${message} ${JSON.stringify(keys)}`);
  const reflector = new Reflector<Thing>({
    reader: createReader(transport, server.url),
    path: PATH,
    decode: thingOf,
    handler: {
      replace: (things, version) => add(told, `replace ${things.map(({ name }) => name).join(',')} @${version}`),
      upsert: (item) => add(told, `upsert ${item.name} @${item.version}`),
      delete: (item) => add(told, `delete ${item.name} @${item.version}`),
    },
    clock,
    random: () => 0.5,
    log: { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') },
  });
  return {
    server,
    clock,
    reflector,
    told,
    logged,
    async until(condition) {
      while (!condition()) await new Promise<void>((resolve) => waiters.push(resolve));
    },
    listThenWatch(watch) {
      let nth = 0;
      server.script = (request) => {
        if (!isWatch(request)) return request.list([thing('a', '9')], '10');
        nth += 1;
        return watch(request, nth);
      };
    },
    async close() {
      reflector.stop();
      transport.close();
      await server.close();
    },
  };
}

/** An object as the server sends it. */
export function thing(name: string, version: string): { metadata: { name: string; resourceVersion: string } } {
  return { metadata: { name, resourceVersion: version } };
}

/** Whether this request opens a watch. */
export function isWatch(request: FakeRequest): boolean {
  return request.query.has('watch');
}

function thingOf(raw: unknown): Thing | undefined {
  const { metadata } = raw as ReturnType<typeof thing>;
  return metadata?.name ? { name: metadata.name, version: metadata.resourceVersion } : undefined;
}
