// The port `NodeDirectory`: watched Pods as Nodes, in memory by namespace, and single Pods read live.
import { ApiError } from '../controller/errors.ts';
import type { Clock, Log, NodeDirectory } from '../controller/ports.ts';
import type { Node } from '../core/model.ts';
import type { KubeClient } from './client.ts';
import { isObject, isText } from './fields.ts';
import { nodeOf, type Pod, type PodSettings } from './pod-node.ts';
import { Reflector } from './reflector.ts';
import { TextPool } from './text-pool.ts';
import { Watching } from './watching.ts';

/** Called after a Pod has changed in a way that a Node shows. Undefined = not there (any more, or yet). */
export type NodeListener = (node: Node | undefined, previous: Node | undefined) => void;

/** How a directory is made. */
export interface PodDirectoryOptions {
  client: Pick<KubeClient, 'get' | 'list' | 'watch'>;
  /** The namespaces to watch; undefined = all. */
  namespaces: readonly string[] | undefined;
  settings: PodSettings;
  clock: Clock;
  random(): number;
  log: Log;
}

/** One watched Pod; without a node it has ended. */
interface Entry {
  namespace: string;
  name: string;
  uid: string;
  node: Node | undefined;
}

/** The directory; `start()` begins to watch. */
export class PodDirectory extends Watching implements NodeDirectory {
  readonly #options: PodDirectoryOptions;
  readonly #byNamespace = new Map<string, Map<string, Node>>();
  readonly #lists = new Map<string, readonly Node[]>();
  protected readonly reflectors: readonly Reflector<Entry>[];
  readonly #listeners: NodeListener[] = [];
  readonly #texts = new TextPool();

  constructor(options: PodDirectoryOptions) {
    super();
    this.#options = options;
    this.reflectors = (options.namespaces ?? [undefined]).map((namespace) => this.#reflector(namespace));
  }

  /** Adds a listener; it must not throw. Add it before `start()`. */
  onChange(listener: NodeListener): void {
    this.#listeners.push(listener);
  }

  inNamespace(namespace: string): readonly Node[] {
    const known = this.#lists.get(namespace);
    if (known !== undefined) return known;
    const nodes = this.#byNamespace.get(namespace);
    if (nodes === undefined) return [];
    const list = [...nodes.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    this.#lists.set(namespace, list);
    return list;
  }

  async readLive(namespace: string, name: string): Promise<Node | undefined> {
    try {
      const path = `/api/v1/namespaces/${namespace}/pods/${encodeURIComponent(name)}`;
      const node = nodeOf((await this.#options.client.get(path)) as Pod, this.#options.settings);
      return node && { ...node, live: true };
    } catch (error) {
      if (error instanceof ApiError && error.kind === 'gone') return undefined;
      throw error;
    }
  }

  #decode(raw: unknown): Entry | undefined {
    if (!isObject(raw) || !isObject(raw['metadata'])) return undefined;
    const { name, namespace, uid } = raw['metadata'];
    if (!isText(name) || !isText(namespace) || !isText(uid)) return undefined;
    const node = nodeOf(raw as Pod, this.#options.settings);
    return { namespace, name, uid, node: node && this.#texts.internAll(node) };
  }

  #replace(scope: string | undefined, entries: readonly Entry[]): void {
    const listed = new Set(entries.map(({ uid }) => uid));
    for (const [namespace, nodes] of this.#byNamespace) {
      if (scope !== undefined && scope !== namespace) continue;
      for (const node of [...nodes.values()]) {
        if (!listed.has(node.uid)) this.#set(node, undefined);
      }
    }
    for (const entry of entries) this.#set(entry, entry.node);
  }

  #remove(entry: Entry): void {
    const cached = this.#byNamespace.get(entry.namespace)?.get(entry.name);
    if (cached?.uid === entry.uid) this.#set(entry, undefined);
  }

  #set({ namespace, name }: { namespace: string; name: string }, node: Node | undefined): void {
    const nodes = this.#byNamespace.get(namespace) ?? new Map<string, Node>();
    const previous = nodes.get(name);
    if (sameNode(node, previous)) return;
    if (node === undefined) nodes.delete(name);
    else nodes.set(name, node);
    if (nodes.size === 0) this.#byNamespace.delete(namespace);
    else this.#byNamespace.set(namespace, nodes);
    this.#lists.delete(namespace);
    for (const listener of this.#listeners) listener(node, previous);
  }

  #reflector(namespace: string | undefined): Reflector<Entry> {
    const { client, clock, random, log } = this.#options;
    return new Reflector<Entry>({
      reader: client,
      path: namespace === undefined ? '/api/v1/pods' : `/api/v1/namespaces/${namespace}/pods`,
      decode: (raw) => this.#decode(raw),
      handler: {
        replace: (entries) => this.#replace(namespace, entries),
        upsert: (entry) => this.#set(entry, entry.node),
        delete: (entry) => this.#remove(entry),
      },
      clock,
      random,
      log,
    });
  }
}

/** Whether nothing that a Node shows has changed. */
function sameNode(a: Node | undefined, b: Node | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  const fields = ['uid', 'ip', 'port', 'sidecarContainer', 'ready', 'terminating', 'refused'] as const;
  if (!fields.every((field) => a[field] === b[field])) return false;
  const labels = Object.entries(a.labels);
  return labels.length === Object.keys(b.labels).length && labels.every(([key, value]) => b.labels[key] === value);
}
