// Reads lists and watches as plain JSON: typed APIs would turn times into Dates in lists, but not in watch events.
import { asApiError } from './api-errors.ts';
import { jsonLines } from './json-lines.ts';
import { ListBody } from './list-body.ts';
import type { Transport } from './transport.ts';

/** Reads parsed JSON; paths are those of the API server, with their query. Every failure is an ApiError. */
export interface KubeReader {
  get(path: string, options?: { signal?: AbortSignal; timeoutMs?: number }): Promise<unknown>;
  /** Reads a list item by item while it arrives; resolves with the list without its items. What `onItem` throws comes as an ApiError too. */
  list(path: string, options: { signal: AbortSignal; onItem(item: unknown): void }): Promise<unknown>;
  /** Resolves when the watch is open; iterating it throws where the stream breaks. */
  watch(path: string, signal: AbortSignal): Promise<AsyncIterable<unknown>>;
}

/** A reader of the API server at this URL, which has no slash at its end. */
export function createReader(transport: Transport, server: string): KubeReader {
  return {
    get: async (path, options) => {
      const { body } = await transport.send({ method: 'GET', url: server + path, ...options });
      return parsed(body, path);
    },
    list: async (path, { signal, onItem }) => {
      const body = new ListBody(onItem);
      try {
        for await (const chunk of await transport.open({ method: 'GET', url: server + path, signal })) body.take(chunk);
        return body.end();
      } catch (error) {
        throw asApiError(error, `GET ${path}`);
      }
    },
    watch: async (path, signal) => jsonLines(await transport.open({ method: 'GET', url: server + path, signal })),
  };
}

function parsed(body: string, path: string): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    throw asApiError(error, `GET ${path}`);
  }
}
