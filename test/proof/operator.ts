// One operator process of a world, wired as in src/main.ts from the real parts: Reconciler, Submissions, triggers, Controller,
// SidecarWatcher and LeaseCampaign. Only the ports to the world are its own.
import { Submissions } from '../../src/controller/execute.ts';
import { Neighbours } from '../../src/controller/neighbours.ts';
import { type NodeDirectory, namespaceOf, type Resources } from '../../src/controller/ports.ts';
import { Reconciler } from '../../src/controller/reconciler.ts';
import { createTerms } from '../../src/controller/term.ts';
import { createTriggers } from '../../src/controller/triggers.ts';
import type { Submission } from '../../src/core/model.ts';
import { countedClient } from '../../src/icarus/counted-client.ts';
import { createSidecarWatcher } from '../../src/icarus/watcher.ts';
import { LeaseCampaign, type LeaseOptions } from '../../src/kube/lease.ts';
import { kindOf } from '../../src/operations/index.ts';
import { Admission, admissionDefaults } from '../../src/runtime/admission.ts';
import type { Clock } from '../../src/runtime/clock.ts';
import { Controller } from '../../src/runtime/controller.ts';
import { RetryDelay } from '../../src/runtime/retry-delay.ts';
import { Slots } from '../../src/runtime/slots.ts';
import { within } from '../../src/runtime/within.ts';
import { settings } from '../support/builders.ts';
import type { ApiServer } from './api-server.ts';
import { type ApiLink, ask, CachedNodes, CachedResources } from './caches.ts';
import { type ClientOptions, fakeClient } from './fake-client.ts';
import type { Process } from './process.ts';
import { eventSink, logTo } from './texts.ts';

/** A part of the protocol, switched off: what the controls put between the operator and its ports. */
export interface Sabotage {
  resources?: (real: Resources) => Resources;
  /** Other resources, as a run sees its neighbours. */
  neighbours?: (real: Resources) => Resources;
  nodes?: (real: NodeDirectory) => NodeDirectory;
  submissions?: typeof Submissions;
  kindOf?: typeof kindOf;
  newId?: () => string;
  reconcilerClock?: (real: Clock) => Clock;
  /** In the place of the list at the beginning of a term. */
  catchUp?: () => Promise<void>;
}

export interface OperatorOptions {
  link: ApiLink;
  client: Omit<ClientOptions, 'gate' | 'process'>;
  identity: string;
  newId: () => string;
  random: () => number;
  sabotage: Sabotage;
  onSubmit: (batch: readonly Submission[]) => void;
  onTrouble: (what: string) => void;
  onText: (text: string) => void;
}

/** A running process. */
export class Operator {
  readonly process: Process;
  readonly identity: string;
  readonly #leadership: LeaseCampaign;
  readonly #controller: Controller;
  readonly #reconciler: Reconciler;
  readonly #submissions: Submissions;
  readonly #resources: CachedResources;
  readonly #nodes: CachedNodes;
  readonly #link: ApiLink;

  constructor(options: OperatorOptions) {
    const { link, identity, random, sabotage } = options;
    const { process, gate, api } = link;
    const { clock } = process;
    this.process = process;
    this.identity = identity;
    this.#link = link;
    const resources = new CachedResources(link);
    const nodes = new CachedNodes(link);
    const enqueue = (key: string) => this.#controller.enqueue(key);
    const log = logTo(options.onText);
    const lease = { namespace: 'ns', name: 'lease', identity, clock, random, log };
    this.#leadership = new LeaseCampaign({
      ...{ ...lease, client: leaseClient(link) },
      ...createTerms({
        ...{ clock, log, delay: new RetryDelay(() => 0), catchUp: sabotage.catchUp ?? (() => resources.catchUp()) },
        begin: () => {
          this.#controller.start();
          triggers.enqueueAll();
        },
        end: () => void this.#controller.stop().then(() => this.#reconciler.standDown()),
      }),
    });
    const fake = fakeClient({ ...options.client, gate, process });
    const client = countedClient(fake, (call, outcome) => options.onText(`${call} ${outcome}`));
    const SubmissionsClass = tracing(sabotage.submissions ?? Submissions, options.onSubmit);
    const leadership = this.#leadership;
    const slots = new Slots(64);
    this.#submissions = new SubmissionsClass({
      client,
      clock,
      leadership,
      slots,
      requeue: enqueue,
      onOutcome: options.onText,
    });
    const watcher = createSidecarWatcher({
      client,
      clock,
      random,
      requeue: enqueue,
      types: ['cleanup'],
      slots: new Slots(256),
    });
    const others = sabotage.neighbours?.(resources) ?? resources;
    const neighbours = new Neighbours({ resources: others, nodes, settings });
    const admission = new Admission({ ...admissionDefaults, clock, groupOf: namespaceOf, admit: enqueue });
    this.#reconciler = new Reconciler({
      ...{ watcher, submissions: this.#submissions, neighbours, admission, settings, log },
      resources: sabotage.resources?.(resources) ?? resources,
      nodes: sabotage.nodes?.(nodes) ?? nodes,
      events: eventSink(gate, process, options.onText),
      clock: sabotage.reconcilerClock?.(clock) ?? clock,
      newId: sabotage.newId ?? options.newId,
      kindOf: sabotage.kindOf ?? kindOf,
    });
    this.#controller = new Controller({
      ...{ clock, random, workers: 4, groupOf: namespaceOf },
      reconcile: (key) => this.#reconciler.reconcile(key),
      onDone: (key, _ms, error) => {
        if (error instanceof Error && error.name !== 'ApiError') options.onTrouble(`${key}: ${error.stack}`);
      },
    });
    const triggers = createTriggers({
      ...{ resources, neighbours, settings, enqueue },
      deleted: (resource) => this.#reconciler.deleted(resource),
    });
    resources.onChange = triggers.resourceChanged;
    nodes.onChange = triggers.nodeChanged;
    this.#resources = resources;
    this.#nodes = nodes;
    api.subscribers.add({
      resource: (change) => resources.stream.push(change),
      pod: (change) => nodes.stream.push(change),
    });
  }

  isLeader(): boolean {
    return this.process.alive && this.#leadership.isLeader();
  }

  /** Fills the caches, then campaigns. */
  async start(): Promise<void> {
    await this.list();
    this.#leadership.start();
  }

  /** Fills the caches anew, as when a watch has ended. */
  async list(): Promise<void> {
    await Promise.all([this.#resources.stream.open(), this.#nodes.stream.open()]);
  }

  /** SIGTERM, in the order of src/main.ts; the process is gone afterwards. */
  async terminate(): Promise<void> {
    const { clock } = this.#link.process;
    await within(clock, 500, this.#controller.stop());
    await this.#submissions.close(1_500);
    if (this.#leadership.isLeader()) await within(clock, 1_000, this.#reconciler.flush());
    await within(clock, 1_000, this.#leadership.stop());
    this.process.crash();
  }
}

function tracing(base: typeof Submissions, onSubmit: OperatorOptions['onSubmit']): typeof Submissions {
  return class extends base {
    override submit(key: string, batch: readonly Submission[], decidedAt: number): void {
      onSubmit(batch);
      super.submit(key, batch, decidedAt);
    }
  };
}

function leaseClient(link: ApiLink): LeaseOptions['client'] {
  const { api }: { api: ApiServer } = link;
  const coordination = {
    readNamespacedLease: () => ask(link, 'GET lease', link.process.name, () => api.readLease()),
    createNamespacedLease: ({ body }: { body: ReturnType<ApiServer['readLease']> }) =>
      ask(link, 'PUT lease', link.process.name, () => api.putLease(body, true)),
    replaceNamespacedLease: ({ body }: { body: ReturnType<ApiServer['readLease']> }) =>
      ask(link, 'PUT lease', link.process.name, () => api.putLease(body, false)),
  };
  return { coordination } as unknown as LeaseOptions['client'];
}
