// Every read of a reconcile, put together as one Observation. It waits for no Sidecar: their last answers are in the watcher.

import { type Membership, membersOf } from '../core/membership.ts';
import type { Node, Observation, Resource, RunStatus, Settings, SidecarView } from '../core/model.ts';
import { isFinished, otherRun } from '../core/queue.ts';
import { isActive } from '../core/run.ts';
import type { Submissions } from './execute.ts';
import type { Neighbours } from './neighbours.ts';
import {
  type Clock,
  type Key,
  type NodeDirectory,
  type Resources,
  type SidecarWatcher,
  specVersionOf,
} from './ports.ts';

export interface ObserverOptions {
  resources: Resources;
  nodes: NodeDirectory;
  watcher: SidecarWatcher;
  clock: Clock;
  settings: Settings;
  submissions: Submissions;
  neighbours: Neighbours;
  /** The status this process wrote last for an object, by UID. */
  lastWritten: ReadonlyMap<string, RunStatus>;
}

/** The membership of a run, as long as these are the Pods and that is its spec. */
interface Members extends Membership {
  readonly nodes: readonly Node[];
  readonly version: string;
}

/** Reads for reconciles; keeps when it first saw each open intent. */
export class Observer {
  readonly #options: ObserverOptions;
  readonly #intentsSeen = new Map<string, Map<string, number>>();
  readonly #members = new Map<Key, Members>();

  constructor(options: ObserverOptions) {
    this.#options = options;
  }

  /** All about one resource, for the reconcile of this id; undefined = it is gone. `live` names Pods to be read from the API server
   *  now. Throws `ApiError`. */
  async observe(key: Key, reconcileId: string, live: readonly string[]): Promise<Observation | undefined> {
    const { resources, submissions, settings, clock, lastWritten } = this.#options;
    const before = resources.get(key);
    if (before === undefined) return this.#forget(key);
    const nodes = await this.#nodes(before.metadata.namespace, live);
    const resource = resources.get(key);
    if (resource === undefined) return this.#forget(key);
    const { uid } = resource.metadata;
    const { selected, cluster } = this.#membership(key, resource, nodes);
    const written = lastWritten.get(uid);
    const views = this.#views(cluster);
    return {
      now: clock.now(),
      resource,
      reconcileId,
      selected,
      cluster,
      views,
      ...this.#neighbours(resource, cluster, nodes),
      claimed: this.#claimed(resource, selected, views),
      intentAge: this.#intentAge(key, resource),
      submitting: submissions.podsInFlight(),
      outcomes: submissions.settled(key),
      settings,
      ...(written === undefined ? {} : { lastWritten: written }),
    };
  }

  #forget(key: Key): undefined {
    this.#intentsSeen.delete(key);
    this.#members.delete(key);
    return undefined;
  }

  /** The Pods of a namespace from the cache, the named ones as the API server has them now. */
  async #nodes(namespace: string, live: readonly string[]): Promise<readonly Node[]> {
    const { nodes } = this.#options;
    const cached = nodes.inNamespace(namespace);
    if (live.length === 0) return cached;
    const fresh = await Promise.all(live.map((name) => nodes.readLive(namespace, name)));
    const names = new Set(live);
    const present = fresh.flatMap((node) => (node === undefined ? [] : [{ ...node, live: true }]));
    return [...cached.filter((node) => !names.has(node.name)), ...present].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Membership of a resource among these nodes; computed once while neither changes. A finished one asks for none. */
  #membership(key: Key, resource: Resource, nodes: readonly Node[]): Membership {
    if (isFinished(resource)) {
      this.#members.delete(key);
      return { selected: new Map(), cluster: [] };
    }
    const version = specVersionOf(resource);
    const known = this.#members.get(key);
    if (known !== undefined && known.nodes === nodes && known.version === version) return known;
    const members = { ...membersOf(resource.spec, nodes, this.#options.settings), nodes, version };
    // A list with Pods read live is of this reconcile only.
    if (nodes === this.#options.nodes.inNamespace(resource.metadata.namespace)) this.#members.set(key, members);
    return members;
  }

  #views(cluster: readonly Node[]): ReadonlyMap<string, SidecarView> {
    const views = new Map<string, SidecarView>();
    for (const { uid } of cluster) {
      const view = this.#options.watcher.view(uid);
      if (view !== undefined) views.set(uid, this.#sinceSubmission(uid, view));
    }
    return views;
  }

  /** A list that was asked for before the last submission to its Pod was over knows nothing of it: it is as good as none. */
  #sinceSubmission(uid: string, view: SidecarView): SidecarView {
    const settledAt = this.#options.submissions.settledAt(uid);
    if (settledAt === undefined || view.list === undefined || view.list.askedAt >= settledAt) return view;
    const { list: _list, ...rest } = view;
    return rest;
  }

  /** Unfinished runs that share Pods with this one, and Pods on which something may run that no list shows. */
  #neighbours(
    resource: Resource,
    cluster: readonly Node[],
    nodes: readonly Node[],
  ): Pick<Observation, 'others' | 'guarded'> {
    const { clock, neighbours, submissions } = this.#options;
    const now = clock.now();
    const guarded = submissions.guardedPods(resource.metadata.namespace);
    return {
      others: neighbours.among(resource, nodes, cluster).map((other) => otherRun(other, now)),
      guarded: new Set([...guarded, ...neighbours.resting(resource, now)]),
    };
  }

  /** Operation ids that another resource names, finished ones too: of those that a Sidecar lists to a node in search of its own. */
  #claimed(
    { metadata, status }: Resource,
    selected: ReadonlyMap<string, Node>,
    views: ReadonlyMap<string, SidecarView>,
  ): ReadonlySet<string> {
    const inFlight = this.#options.submissions.podsInFlight();
    const searching = (status.nodes ?? []).filter(
      (run) => run.state === 'Submitting' && !inFlight.has(run.podUID ?? ''),
    );
    const lists = searching.map((run) => views.get(selected.get(run.name)?.uid ?? '')?.list?.value ?? []);
    const listed = new Set(lists.flatMap((list) => list.map(({ id }) => id)));
    if (listed.size === 0) return listed;
    const others = this.#options.resources
      .inNamespace(metadata.namespace)
      .filter((one) => one.metadata.uid !== metadata.uid);
    const named = others.flatMap(
      ({ operationIds, status: { nodes = [] } }) =>
        operationIds?.split(' ') ?? nodes.map(({ operation }) => operation?.id ?? ''),
    );
    return new Set(named.filter((id) => listed.has(id)));
  }

  /** How long (monotonic) this process has known each open intent of a resource. */
  #intentAge(key: Key, resource: Resource): ReadonlyMap<string, number> {
    const now = this.#options.clock.monotonic();
    const before = this.#intentsSeen.get(key);
    const seen = new Map<string, number>();
    for (const run of resource.status.nodes ?? []) {
      if (isActive(run) && run.intent !== undefined) seen.set(run.intent.id, before?.get(run.intent.id) ?? now);
    }
    if (seen.size === 0) this.#intentsSeen.delete(key);
    else this.#intentsSeen.set(key, seen);
    return new Map([...seen].map(([id, since]) => [id, now - since]));
  }
}
