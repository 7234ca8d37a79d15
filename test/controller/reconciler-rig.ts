// A reconciler with hand-written ports around it, for the tests of this folder.
import { Submissions } from '../../src/controller/execute.ts';
import { Neighbours } from '../../src/controller/neighbours.ts';
import type { Log, SubmitResult } from '../../src/controller/ports.ts';
import { Reconciler } from '../../src/controller/reconciler.ts';
import type { Node, Resource, Run, SidecarView } from '../../src/core/model.ts';
import { kindOf } from '../../src/operations/index.ts';
import { Admission } from '../../src/runtime/admission.ts';
import { Slots } from '../../src/runtime/slots.ts';
import { id, NOW, node, operation, resource, settings, view } from '../support/builders.ts';
import {
  silentLog,
  submissionsHarness,
  TestClient,
  TestEvents,
  TestNodes,
  TestResources,
  TestWatcher,
} from '../support/ports.ts';
import { settled, VirtualClock } from '../support/virtual-clock.ts';

export const KEY = 'cassandracleanups/ns/orders';

export function rig(
  nodes: readonly Node[] = [node('a'), node('b')],
  first: Resource = resource(),
  { most = 500, log = silentLog }: { most?: number; log?: Log } = {},
) {
  const clock = new VirtualClock(NOW);
  const resources = new TestResources(first);
  const directory = new TestNodes(nodes);
  const watcher = new TestWatcher();
  const client = new TestClient();
  const events = new TestEvents();
  const harness = submissionsHarness();
  const submissions = new Submissions({ client, clock, slots: new Slots(10), ...harness });
  let serial = 0;
  const newId = () => id(++serial);
  const neighbours = new Neighbours({ resources, nodes: directory, settings });
  const admitted: string[] = [];
  const admit = (key: string) => void admitted.push(key);
  const admission = new Admission({ clock, groupOf: () => '', most, stayMs: 2_000, admit });
  const ports = {
    resources,
    nodes: directory,
    watcher,
    submissions,
    neighbours,
    admission,
    events,
    clock,
    log,
  };
  const reconciler = new Reconciler({ ...ports, settings, newId, kindOf });

  /** Every Sidecar answers now: an empty list and NORMAL, or what is given for a node. */
  const hear = (views: Readonly<Record<string, Partial<SidecarView>>> = {}) => {
    const now = clock.now();
    const said = { askedAt: now, answeredAt: now };
    for (const { name, uid } of directory.nodes) {
      const healthy = view({ list: { ...said, value: [] }, cassandra: { ...said, value: 'NORMAL' } });
      watcher.views.set(uid, { ...healthy, ...views[name] });
    }
  };
  const status = () => resources.get(KEY)?.status ?? {};
  const entry = (name: string): Run => {
    const found = status().nodes?.find((run) => run.name === name);
    if (found === undefined) throw new Error(`no entry for ${name}`);
    return found;
  };
  const answer = async (index: number, result: SubmitResult) => {
    client.posts[index]?.answer(result);
    await settled();
  };
  const created = (n: number): SubmitResult => ({ result: 'created', operation: operation(id(n), 'RUNNING') });
  return {
    clock,
    resources,
    directory,
    watcher,
    client,
    events,
    harness,
    submissions,
    reconciler,
    admitted,
    hear,
    status,
    entry,
    answer,
    created,
  };
}

/** What a Sidecar says of one id, this moment. */
export function saying(now: number, value: ReturnType<typeof operation>): Partial<SidecarView> {
  return { operation: { id: value.id, askedAt: now, answeredAt: now, firstAskedAt: now, value } };
}
