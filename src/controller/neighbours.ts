// Which unfinished runs have Pods in common with a run: only those can stand in its way, and only those wait for it. Known by the
// names of the Pods, and looked up anew only where a run comes, ends or gets another spec, or a Pod comes, goes or is relabelled.

import { alike, membersOf } from '../core/membership.ts';
import type { Node, Resource, Settings } from '../core/model.ts';
import { restingNodes } from '../core/queue.ts';
import { isActive } from '../core/run.ts';
import { type Key, keyOf, type NodeDirectory, type Resources, specVersionOf } from './ports.ts';

export interface NeighboursOptions {
  resources: Pick<Resources, 'get' | 'unfinished' | 'resting'>;
  nodes: Pick<NodeDirectory, 'inNamespace'>;
  settings: Settings;
}

/** Runs with the same Pods in their cluster. */
interface Peers {
  readonly pods: readonly string[];
  readonly keys: Set<Key>;
}

/** The clusters of a namespace, as long as these are its Pods and unfinished runs. */
interface Index {
  keys: readonly Key[];
  nodes: readonly Node[];
  /** The version of each run's spec, and its peers: none where it selects no Pod, as it cleans nothing then. */
  readonly runs: Map<Key, { version: string; peers: Peers | undefined }>;
  /** By the names of all Pods of the cluster. */
  readonly clusters: Map<string, Peers>;
  readonly byPod: Map<string, Set<Peers>>;
}

/** Finds neighbours; what it keeps of a namespace it forgets with the last unfinished run there. */
export class Neighbours {
  readonly #options: NeighboursOptions;
  readonly #indices = new Map<string, Index>();

  constructor(options: NeighboursOptions) {
    this.#options = options;
  }

  /** The unfinished runs, this one aside, that select Pods and whose cluster shares some with this one's. */
  of(resource: Resource): Resource[] {
    const { nodes, settings } = this.#options;
    const present = nodes.inNamespace(resource.metadata.namespace);
    const index = this.#index(resource.metadata.namespace, present);
    const known = index.runs.get(keyOf(resource));
    const peers = known?.version === specVersionOf(resource) ? known.peers : undefined;
    const pods = peers?.pods ?? namesOf(membersOf(resource.spec, present, settings).cluster);
    return this.#sharing(resource, index, pods);
  }

  /** The same where these are the Pods of its namespace, and those the ones of its cluster. */
  among(resource: Resource, nodes: readonly Node[], cluster: readonly Node[]): Resource[] {
    return this.#sharing(resource, this.#index(resource.metadata.namespace, nodes), namesOf(cluster));
  }

  #sharing(resource: Resource, { byPod }: Index, pods: readonly string[]): Resource[] {
    const found = new Set<Peers>();
    for (const pod of pods) for (const peers of byPod.get(pod) ?? []) found.add(peers);
    const own = keyOf(resource);
    const keys = [...found].flatMap((peers) => [...peers.keys]).filter((key) => key !== own);
    return keys.flatMap((key) => this.#options.resources.get(key) ?? []);
  }

  /** Whether one of them has begun: since its intent was decided, Pods may have come to be in both clusters. As each writes its own
   *  first and looks then, of two at least one sees the other. */
  haveBegun(resource: Resource): boolean {
    return this.of(resource).some(({ status }) => (status.nodes ?? []).some(isActive));
  }

  /** The unfinished runs in whose cluster a Pod is. */
  around({ namespace, name }: Node): Key[] {
    const { byPod } = this.#index(namespace, this.#options.nodes.inNamespace(namespace));
    return [...(byPod.get(name) ?? [])].flatMap((peers) => [...peers.keys]);
  }

  /** Names of the Pods of its namespace on which another run waits out a loss, whether it still selects them or not. */
  resting(resource: Resource, now: number): string[] {
    const { resources } = this.#options;
    const others = resources.resting(resource.metadata.namespace).filter((key) => key !== keyOf(resource));
    return others.flatMap((key) => resources.get(key) ?? []).flatMap((other) => restingNodes(other, now));
  }

  #index(namespace: string, nodes: readonly Node[]): Index {
    const keys = this.#options.resources.unfinished(namespace);
    const known = this.#indices.get(namespace);
    const isAbreast = known !== undefined && alikeAll(known.nodes, nodes);
    // The next comparison is the quicker; a list with Pods read live is of one reconcile only.
    if (isAbreast && nodes === this.#options.nodes.inNamespace(namespace)) known.nodes = nodes;
    if (isAbreast && known.keys === keys) return known;
    const index: Index = isAbreast
      ? known
      : { keys, nodes, runs: new Map(), clusters: new Map(), byPod: new Map<string, Set<Peers>>() };
    this.#update(index, keys);
    if (keys.length > 0) this.#indices.set(namespace, index);
    else this.#indices.delete(namespace);
    return index;
  }

  #update(index: Index, keys: readonly Key[]): void {
    const present = new Set(keys);
    for (const key of index.runs.keys()) if (!present.has(key)) leave(index, key);
    for (const key of keys) this.#place(index, key, this.#options.resources.get(key));
    index.keys = keys;
  }

  #place(index: Index, key: Key, resource: Resource | undefined): void {
    const version = resource && specVersionOf(resource);
    if (version === index.runs.get(key)?.version) return;
    leave(index, key);
    if (resource === undefined || version === undefined) return;
    const { selected, cluster } = membersOf(resource.spec, index.nodes, this.#options.settings);
    index.runs.set(key, { version, peers: selected.size === 0 ? undefined : join(index, key, cluster) });
  }
}

function namesOf(nodes: readonly Node[]): string[] {
  return nodes.map(({ name }) => name);
}

function join({ clusters, byPod }: Index, key: Key, cluster: readonly Node[]): Peers {
  const pods = namesOf(cluster);
  const id = pods.join(' ');
  const peers = clusters.get(id) ?? { pods, keys: new Set<Key>() };
  peers.keys.add(key);
  if (clusters.has(id)) return peers;
  clusters.set(id, peers);
  for (const pod of pods) byPod.set(pod, (byPod.get(pod) ?? new Set()).add(peers));
  return peers;
}

function leave({ runs, clusters, byPod }: Index, key: Key): void {
  const peers = runs.get(key)?.peers;
  runs.delete(key);
  peers?.keys.delete(key);
  if (peers === undefined || peers.keys.size > 0) return;
  clusters.delete(peers.pods.join(' '));
  for (const pod of peers.pods) {
    const all = byPod.get(pod);
    all?.delete(peers);
    if (all?.size === 0) byPod.delete(pod);
  }
}

/** Whether every run has the same members among these as among those. */
function alikeAll(before: readonly Node[], now: readonly Node[]): boolean {
  if (before === now) return true;
  return before.length === now.length && before.every((node, index) => alike(node, now[index]));
}
