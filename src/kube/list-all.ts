// Lists a collection in one answer, which is decoded item by item while it arrives: later pages would be read from etcd, at many times
// the cost of the API server's cache (decision 0014).
import { ApiError } from '../controller/errors.ts';
import type { KubeReader } from './reader.ts';

/** A whole collection as of one version. */
export interface Listed<T> {
  items: T[];
  resourceVersion: string;
}

/** What to list. */
export interface ListRequest<T> {
  reader: Pick<KubeReader, 'list'>;
  path: string;
  /** Undefined = not an object of this kind; it is left out. */
  decode(raw: unknown): T | undefined;
  signal: AbortSignal;
}

/** For a whole list: 10,000 runs of 10 nodes, 74 MB, take some 4 s. */
const TIMEOUT_MS = 120_000;

/** All items, from a consistent read. Throws `ApiError`. */
export async function listAll<T>({ reader, path, decode, signal }: ListRequest<T>): Promise<Listed<T>> {
  const items: T[] = [];
  const head = await reader.list(path, {
    signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    onItem: (raw) => {
      const item = decode(raw);
      if (item !== undefined) items.push(item);
    },
  });
  const { metadata } = (head ?? {}) as { metadata?: { resourceVersion?: unknown; continue?: unknown } };
  const { resourceVersion, continue: more } = metadata ?? {};
  if (typeof resourceVersion !== 'string' || resourceVersion === '' || (more !== undefined && more !== '')) {
    throw new ApiError('unavailable', `GET ${path}: the answer is not a whole list`);
  }
  return { items, resourceVersion };
}
