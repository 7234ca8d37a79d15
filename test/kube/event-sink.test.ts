// Events on a server that refuses them: tried again where that may help, dropped otherwise, and never in the way.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { cassandraCleanupResource } from '../../src/api/generated.ts';
import type { RunEvent } from '../../src/core/events.ts';
import type { Resource } from '../../src/core/model.ts';
import { createKubeClient, type KubeClient } from '../../src/kube/client.ts';
import { KubeEventSink } from '../../src/kube/event-sink.ts';
import { type FakeApiserver, fakeKubeconfig, startFakeApiserver } from '../support/fake-apiserver.ts';
import { ManualClock } from './manual-clock.ts';

let server: FakeApiserver;
let client: KubeClient;
let clock: ManualClock;
let sink: KubeEventSink;
let logged: string[];
let directory: string;

beforeEach(async () => {
  server = await startFakeApiserver();
  directory = mkdtempSync(join(tmpdir(), 'events-'));
  clock = new ManualClock();
  client = createKubeClient({ clock, userAgent: 'test', kubeconfig: fakeKubeconfig(server.url, directory) });
  logged = [];
  const log = { debug: () => {}, info: () => {}, warn: (message: string) => logged.push(message), error: () => {} };
  sink = new KubeEventSink({ client, kinds: [cassandraCleanupResource], identity: 'i', clock, random: () => 0, log });
});

afterEach(async () => {
  client.close();
  await server.close();
  rmSync(directory, { recursive: true });
});

function resource(uid: string): Resource {
  const metadata = {
    name: 'a',
    namespace: 'n',
    uid,
    resourceVersion: '1',
    generation: 1,
    creationTimestamp: '2026-08-23T10:00:00Z',
  };
  const spec = { podSelector: { matchLabels: { x: 'y' } }, parallelism: 1, suspend: false, backoffLimitPerNode: 3 };
  return { plural: 'cassandracleanups', metadata, spec, status: {} };
}

function event(note: string): RunEvent {
  return { type: 'Normal', reason: 'R', action: 'A', note };
}

function notes(): string[] {
  return server.requests.map(({ body }) => JSON.parse(body).note);
}

/** Lets the worker go on until nothing is left, whatever it waits for. */
async function drain(): Promise<void> {
  let left = true;
  const flushed = sink.flush(1e9).then(() => {
    left = false;
  });
  while (left) {
    clock.advance(20);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await flushed;
}

test('Events are sent in order, one at a time', async () => {
  server.script = (request) => request.json(201, {});
  sink.emit(resource('u'), [event('1'), event('2')]);
  sink.emit(resource('v'), [event('3')]);
  await drain();
  expect(notes()).toEqual(['1', '2', '3']);
  expect(server.connections()).toBe(1);
});

test('what may heal is tried three times, then dropped, and that is said once', async () => {
  server.script = (request) => request.refuse(503, 'away');
  sink.emit(resource('u'), [event('1')]);
  expect(await clock.fire(60_000)).toBe(800);
  expect(await clock.fire(60_000)).toBe(1_600);
  await server.request(3);
  sink.emit(resource('u'), [event('2')]);
  await server.request(4);
  await sink.flush(1_000);
  expect(notes()).toEqual(['1', '1', '1', '2']);
  expect(logged).toEqual(['an Event was not written']);
});

test.each([403, 404, 422])('a refusal with %i is not tried again', async (status) => {
  server.script = (request) => request.refuse(status, 'the namespace is being terminated');
  sink.emit(resource('u'), [event('1'), event('2')]);
  await drain();
  expect(notes()).toEqual(['1', '2']);
  expect(logged).toHaveLength(1);
});

test('one that arrived although its answer was lost is not sent twice', async () => {
  const answers = [503, 409];
  server.script = (request) => request.refuse(answers.shift() ?? 500, 'already exists');
  sink.emit(resource('u'), [event('1')]);
  await clock.fire(60_000);
  await server.request(2);
  await drain();
  expect(server.requests).toHaveLength(2);
  expect(JSON.parse(server.requests[0]?.body ?? '').metadata.name).toBe(
    JSON.parse(server.requests[1]?.body ?? '').metadata.name,
  );
  expect(logged).toEqual([]);
});

test('a silent server holds nobody up; at most 1,000 Events wait, and the oldest go first', async () => {
  server.script = () => {};
  sink.emit(resource('first'), [event('sent')]);
  await server.request(1);
  for (let i = 0; i < 1_100; i += 1) sink.emit(resource(`u${i}`), [event(`${i}`)]);
  expect(logged).toEqual(['more Events than can be sent: the oldest are dropped']);
  const flushed = sink.flush(500);
  clock.advance(500);
  await flushed;
  sink.emit(resource('late'), [event('late')]);
  expect(notes()).toEqual(['sent']);
});
