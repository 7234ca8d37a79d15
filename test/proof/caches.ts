// The ports `Resources` and `NodeDirectory` of one process over the world's API server: caches behind watches, as in src/kube, the
// cache of resources being the real one.
import { ApiError } from '../../src/controller/errors.ts';
import { type Key, keyOf, type NodeDirectory, type Resources } from '../../src/controller/ports.ts';
import type { Node, Resource, RunStatus } from '../../src/core/model.ts';
import { type CacheChange, ResourceCache } from '../../src/kube/resource-cache.ts';
import type { ApiServer } from './api-server.ts';
import type { EffectFault, Gate } from './gate.ts';
import type { Process } from './process.ts';
import { Stream } from './stream.ts';

/** How a process reaches the API server. */
export interface ApiLink {
  api: ApiServer;
  gate: Gate;
  process: Process;
  latencyMs: () => number;
  noticeMs: () => number;
  /** The process has learned that a status of its own is stored. */
  onStored: (stored: Resource) => void;
}

type ResourceListener = (key: Key, now: Resource | undefined, before: Resource | undefined, own: boolean) => void;
type NodeListener = (now: Node | undefined, before: Node | undefined) => void;

/** What a process gets where the API server is out of reach. */
export function brokenApi(fault: EffectFault): never {
  throw new ApiError('unavailable', `the API server did not answer (${fault})`);
}

/** One request to the API server. */
export function ask<T>(link: ApiLink, kind: string, what: string, perform: () => T): Promise<T> {
  return link.gate.call(link.process, { kind, what, latencyMs: link.latencyMs(), perform, broken: brokenApi });
}

/** Watched resources. */
export class CachedResources implements Resources {
  readonly #link: ApiLink;
  readonly #cache = new ResourceCache();
  readonly stream: Stream<Resource>;
  onChange: ResourceListener = () => {};

  constructor(link: ApiLink) {
    this.#link = link;
    this.stream = new Stream<Resource>({
      process: link.process,
      gate: link.gate,
      delayMs: link.noticeMs,
      describe: ({ object, gone }) =>
        `${object.metadata.name}${gone ? ' gone' : ''} ${object.metadata.resourceVersion}`,
      take: ({ object, gone }) => this.#take(object, gone),
      relist: () => this.#relist(),
      lateDoubles: true,
    });
  }

  get(key: Key): Resource | undefined {
    return this.#cache.get(key);
  }

  inNamespace(namespace: string): readonly Resource[] {
    return this.#cache.inNamespace(namespace);
  }

  unfinished(namespace: string): readonly Key[] {
    return this.#cache.unfinished(namespace);
  }

  resting(namespace: string): readonly Key[] {
    return this.#cache.resting(namespace);
  }

  all(): readonly Resource[] {
    return this.#cache.all();
  }

  /** Lists beside the watch. */
  async catchUp(): Promise<void> {
    await this.#relist();
  }

  async refresh(key: Key): Promise<Resource | undefined> {
    const known = this.#cache.get(key)?.metadata.uid;
    const resource = await ask(this.#link, 'GET resource', key, () => this.#link.api.resources.get(key));
    if (resource !== undefined) this.#tell(this.#cache.put(resource), false);
    else if (known !== undefined) this.#tell(this.#cache.remove(key, known), false);
    return resource;
  }

  async writeStatus(resource: Resource, status: RunStatus): Promise<Resource> {
    const key = keyOf(resource);
    const { api, process } = this.#link;
    this.#cache.writes(key);
    let stored: Resource | undefined;
    try {
      stored = await ask(this.#link, 'PUT status', resource.metadata.name, () =>
        api.putStatus(resource, status, process.name),
      );
      this.#link.onStored(stored);
      return stored;
    } finally {
      for (const { change, own } of this.#cache.wrote(key, stored)) this.#tell(change, own);
    }
  }

  async delete(resource: Resource): Promise<void> {
    await ask(this.#link, 'DELETE', resource.metadata.name, () => this.#link.api.deleteExactly(resource));
  }

  #take(object: Resource, gone: boolean): void {
    const key = keyOf(object);
    this.#tell(gone ? this.#cache.remove(key, object.metadata.uid) : this.#cache.see(object), false);
  }

  async #relist(): Promise<number> {
    const { api } = this.#link;
    const list = await ask(this.#link, 'LIST', 'resources', () => ({
      items: [...api.resources.values()],
      revision: String(api.revision),
    }));
    const scope = { plural: 'cassandracleanups', namespace: undefined };
    for (const change of this.#cache.replace(scope, list.items, list.revision)) this.#tell(change, false);
    return Number(list.revision);
  }

  #tell(change: CacheChange | undefined, own: boolean): void {
    if (change !== undefined) this.onChange(change.key, change.resource, change.previous, own);
  }
}

/** Watched Pods. All of a world are in one namespace. */
export class CachedNodes implements NodeDirectory {
  readonly #link: ApiLink;
  readonly #nodes = new Map<string, Node>();
  #list: readonly Node[] | undefined;
  readonly stream: Stream<Node>;
  onChange: NodeListener = () => {};

  constructor(link: ApiLink) {
    this.#link = link;
    this.stream = new Stream<Node>({
      process: link.process,
      gate: link.gate,
      delayMs: link.noticeMs,
      describe: ({ object, gone }) => `Pod ${object.name}${gone ? ' gone' : ''}`,
      take: ({ object, gone }) => this.#take(object, gone),
      relist: () => this.#relist(),
      lateDoubles: false,
    });
  }

  inNamespace(): readonly Node[] {
    this.#list ??= [...this.#nodes.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    return this.#list;
  }

  async readLive(_namespace: string, name: string): Promise<Node | undefined> {
    const node = await ask(this.#link, 'GET pod', name, () => this.#link.api.pods.get(name));
    return node && { ...node, live: true };
  }

  #take(object: Node, gone: boolean): void {
    if (gone && this.#nodes.get(object.name)?.uid !== object.uid) return;
    this.#set(object.name, gone ? undefined : object);
  }

  #set(name: string, node: Node | undefined): void {
    const previous = this.#nodes.get(name);
    if (previous === node) return;
    if (node === undefined) this.#nodes.delete(name);
    else this.#nodes.set(name, node);
    this.#list = undefined;
    this.onChange(node, previous);
  }

  async #relist(): Promise<number> {
    const { api } = this.#link;
    const list = await ask(this.#link, 'LIST', 'pods', () => ({ items: new Map(api.pods), revision: api.revision }));
    for (const name of [...this.#nodes.keys()]) if (!list.items.has(name)) this.#set(name, undefined);
    for (const [name, node] of list.items) this.#set(name, node);
    return list.revision;
  }
}
