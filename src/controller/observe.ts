// Every read of a reconcile, put together as one Observation. It waits for no Sidecar: their last answers are in the watcher.

import { type Membership, membersOf } from '../core/membership.ts';
import type { Node, Observation, Resource, RunStatus, Settings, SidecarView } from '../core/model.ts';
import { isFinished, otherRun, restingNodes } from '../core/queue.ts';
import { isActive } from '../core/run.ts';
import type { Submissions } from './execute.ts';
import type { Clock, Key, NodeDirectory, Resources, SidecarWatcher } from './ports.ts';

export interface ObserverOptions {
  resources: Resources;
  nodes: NodeDirectory;
  watcher: SidecarWatcher;
  clock: Clock;
  settings: Settings;
  submissions: Submissions;
  /** A fresh random text of at most 36 characters. */
  newId: () => string;
  /** The status this process wrote last for an object, by UID. */
  lastWritten: ReadonlyMap<string, RunStatus>;
}

/** Reads for reconciles; keeps when it first saw each open intent. */
export class Observer {
  readonly #options: ObserverOptions;
  readonly #intentsSeen = new Map<string, Map<string, number>>();
  readonly #members = new WeakMap<readonly Node[], Map<string, Membership>>();

  constructor(options: ObserverOptions) {
    this.#options = options;
  }

  /** All about one resource; undefined = it is gone. `live` names Pods to be read from the API server now. Throws `ApiError`. */
  async observe(key: Key, live: readonly string[]): Promise<Observation | undefined> {
    const { resources, submissions, settings, clock, lastWritten, newId } = this.#options;
    const before = resources.get(key);
    if (before === undefined) return this.#forget(key);
    const nodes = await this.#nodes(before.metadata.namespace, live);
    const resource = resources.get(key);
    if (resource === undefined) return this.#forget(key);
    const { uid } = resource.metadata;
    const { selected, cluster } = this.#membership(resource, nodes);
    const written = lastWritten.get(uid);
    return {
      now: clock.now(),
      resource,
      reconcileId: newId(),
      selected,
      cluster,
      views: this.#views(cluster),
      ...this.#neighbours(resource, cluster, nodes),
      intentAge: this.#intentAge(key, resource),
      submitting: submissions.podsInFlight(),
      outcomes: submissions.settled(key),
      settings,
      ...(written === undefined ? {} : { lastWritten: written }),
    };
  }

  #forget(key: Key): undefined {
    this.#intentsSeen.delete(key);
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

  /** Membership of a resource among these nodes; computed once while neither changes. */
  #membership(resource: Resource, nodes: readonly Node[]): Membership {
    const known = this.#members.get(nodes) ?? new Map<string, Membership>();
    this.#members.set(nodes, known);
    const id = `${resource.metadata.uid}/${resource.metadata.generation}`;
    const members = known.get(id) ?? membersOf(resource.spec, nodes, this.#options.settings);
    known.set(id, members);
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

  /** Unfinished runs that share Pods with this one, and the operation ids that any other resource names. */
  #neighbours(
    resource: Resource,
    cluster: readonly Node[],
    nodes: readonly Node[],
  ): Pick<Observation, 'others' | 'claimed' | 'guarded'> {
    const all = this.#options.resources.inNamespace(resource.metadata.namespace);
    const rest = all.filter((other) => other.metadata.uid !== resource.metadata.uid);
    const pods = new Set(cluster.map((node) => node.name));
    const now = this.#options.clock.now();
    const others = rest
      .filter((other) => !isFinished(other) && this.#membership(other, nodes).selected.size > 0)
      .filter((other) => this.#membership(other, nodes).cluster.some((node) => pods.has(node.name)))
      .map((other) => otherRun(other, now));
    const recovering = (resource.status.nodes ?? []).some((run) => run.state === 'Submitting');
    const ids = recovering
      ? rest.flatMap((other) => (other.status.nodes ?? []).map((run) => run.operation?.id ?? ''))
      : [];
    const guarded = this.#options.submissions.guardedPods(resource.metadata.namespace);
    const resting = rest.flatMap((other) => restingNodes(other, now));
    return { others, claimed: new Set(ids), guarded: new Set([...guarded, ...resting]) };
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
