// The port `Resources`: watched custom resources of every registered kind, from a cache that is never older than the last
// write of this process, and conditional writes of their status.
import { ApiError } from '../controller/errors.ts';
import { type Clock, type Key, keyOf, type Log, type Resources } from '../controller/ports.ts';
import type { Resource, RunStatus } from '../core/model.ts';
import { abridged } from './abridged.ts';
import type { KubeClient } from './client.ts';
import { isObject } from './fields.ts';
import { Reflector } from './reflector.ts';
import { type CacheChange, ResourceCache, type Scope } from './resource-cache.ts';
import { decodeResource } from './resource-decoder.ts';
import { TextPool } from './text-pool.ts';
import { Watching } from './watching.ts';

/** A kind of custom resource, as its CRD declares it. */
export interface ResourceKind {
  group: string;
  version: string;
  plural: string;
  kind: string;
}

/**
 * Called after each change. `resource` undefined = deleted; `previous` undefined = new; another UID than that of `previous` =
 * deleted and created again. `own` = the answer to a write of this process.
 */
export type ResourceListener = (
  key: Key,
  resource: Resource | undefined,
  previous: Resource | undefined,
  own: boolean,
) => void;

/** How a store is made. */
export interface ResourceStoreOptions {
  client: Pick<KubeClient, 'list' | 'watch' | 'customObjects'>;
  kinds: readonly ResourceKind[];
  /** The namespaces to watch; undefined = all. */
  namespaces: readonly string[] | undefined;
  clock: Clock;
  random(): number;
  log: Log;
}

/** The store; `start()` begins to watch. */
export class ResourceStore extends Watching implements Resources {
  readonly #options: ResourceStoreOptions;
  readonly #kinds: ReadonlyMap<string, ResourceKind>;
  readonly #texts = new TextPool();
  readonly #cache = new ResourceCache();
  protected readonly reflectors: readonly Reflector<Resource>[];
  readonly #listeners: ResourceListener[] = [];

  constructor(options: ResourceStoreOptions) {
    super();
    this.#options = options;
    this.#kinds = new Map(options.kinds.map((kind) => [kind.plural, kind]));
    this.reflectors = options.kinds.flatMap((kind) =>
      (options.namespaces ?? [undefined]).map((namespace) => this.#reflector(kind, namespace)),
    );
  }

  /** Adds a listener; it must not throw. Add it before `start()`. */
  onChange(listener: ResourceListener): void {
    this.#listeners.push(listener);
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

  /** How many resources are cached. */
  size(): number {
    return this.#cache.size();
  }

  /** All that is stored when this is called is in the cache afterwards. Throws `ApiError`. */
  async catchUp(): Promise<void> {
    await Promise.all(this.reflectors.map((reflector) => reflector.catchUp()));
  }

  async refresh(key: Key): Promise<Resource | undefined> {
    const [plural = '', namespace = '', name = ''] = key.split('/');
    const known = this.#cache.get(key)?.metadata.uid;
    try {
      const resource = this.#decode(plural, await this.#read(plural, namespace, name));
      if (resource === undefined) throw new ApiError('unavailable', `GET ${key}: the answer is not such an object`);
      this.#tell(this.#cache.put(resource), false);
      return resource;
    } catch (error) {
      if (!(error instanceof ApiError && error.kind === 'gone')) throw error;
      if (known !== undefined) this.#tell(this.#cache.remove(key, known), false);
      return undefined;
    }
  }

  async writeStatus(resource: Resource, status: RunStatus): Promise<Resource> {
    const key = keyOf(resource);
    this.#cache.writes(key);
    let stored: Resource | undefined;
    try {
      const whole = resource.operationIds === undefined ? status : { ...status, nodes: await this.#entries(resource) };
      stored = await this.#putStatus(resource, whole);
      return stored;
    } finally {
      for (const { change, own } of this.#cache.wrote(key, stored)) this.#tell(change, own);
    }
  }

  async delete(resource: Resource): Promise<void> {
    const { name, namespace, uid, resourceVersion } = resource.metadata;
    await this.#options.client.customObjects.deleteNamespacedCustomObject({
      ...this.#place(resource.plural, namespace),
      name,
      body: { preconditions: { uid, resourceVersion } },
    });
  }

  /** The entries that a finished run has where it is stored, in the version that is known. */
  async #entries({ plural, metadata }: Resource): Promise<NonNullable<RunStatus['nodes']>> {
    const { namespace, name, uid, resourceVersion } = metadata;
    const now = decodeResource(plural, await this.#read(plural, namespace, name));
    if (now?.metadata.uid !== uid || now.metadata.resourceVersion !== resourceVersion) {
      throw new ApiError('conflict', `PUT ${namespace}/${name}: it was changed meanwhile`);
    }
    return now.status.nodes ?? [];
  }

  #read(plural: string, namespace: string, name: string): Promise<unknown> {
    return this.#options.client.customObjects.getNamespacedCustomObject({ ...this.#place(plural, namespace), name });
  }

  async #putStatus({ plural, metadata, spec }: Resource, status: RunStatus): Promise<Resource> {
    const { name, namespace, uid, resourceVersion } = metadata;
    const { group, version, kind } = this.#kind(plural);
    const identity = { name, namespace, uid, resourceVersion };
    const raw: unknown = await this.#options.client.customObjects.replaceNamespacedCustomObjectStatus({
      ...this.#place(plural, namespace),
      name,
      body: { apiVersion: `${group}/${version}`, kind, metadata: identity, spec, status },
    });
    const stored = this.#decode(plural, raw);
    if (stored !== undefined) return stored;
    throw new ApiError('unavailable', `PUT ${namespace}/${name}: the answer is not such an object`);
  }

  #decode(plural: string, raw: unknown): Resource | undefined {
    const resource = decodeResource(plural, raw);
    return resource && this.#texts.internAll(abridged(resource));
  }

  /** What is cached of this very version, of which the cache would take no other: so the second list makes no copy of ten thousand. */
  #cached(plural: string, raw: unknown): Resource | undefined {
    const metadata = isObject(raw) ? raw['metadata'] : undefined;
    if (!isObject(metadata)) return undefined;
    const { namespace, name, uid, resourceVersion } = metadata;
    const cached = this.#cache.get(keyOf({ plural, metadata: { namespace: String(namespace), name: String(name) } }));
    return cached?.metadata.uid === uid && cached?.metadata.resourceVersion === resourceVersion ? cached : undefined;
  }

  #kind(plural: string): ResourceKind {
    const kind = this.#kinds.get(plural);
    if (kind === undefined) throw new Error(`no registered kind is called ${plural}`);
    return kind;
  }

  #place(plural: string, namespace: string): { group: string; version: string; plural: string; namespace: string } {
    const { group, version } = this.#kind(plural);
    return { group, version, plural, namespace };
  }

  #tell(change: CacheChange | undefined, own: boolean): void {
    if (change === undefined) return;
    for (const listener of this.#listeners) listener(change.key, change.resource, change.previous, own);
  }

  #reflector({ group, version, plural }: ResourceKind, namespace: string | undefined): Reflector<Resource> {
    const { client, clock, random, log } = this.#options;
    const scope: Scope = { plural, namespace };
    return new Reflector<Resource>({
      reader: client,
      path: `/apis/${group}/${version}/${namespace === undefined ? '' : `namespaces/${namespace}/`}${plural}`,
      decode: (raw) => this.#cached(plural, raw) ?? this.#decode(plural, raw),
      handler: {
        replace: (resources, listed) => {
          for (const change of this.#cache.replace(scope, resources, listed)) this.#tell(change, false);
        },
        upsert: (resource) => this.#tell(this.#cache.see(resource), false),
        delete: (resource) => this.#tell(this.#cache.remove(keyOf(resource), resource.metadata.uid), false),
      },
      clock,
      random,
      log,
    });
  }
}
