// When runs come to their end, as a watch of the API server tells it: of finished ones only, and their metadata only, so
// that looking costs next to nothing.
import { setTimeout as sleep } from 'node:timers/promises';
import { type Api, CLEANUPS } from './api.ts';

export interface Ends {
  /** When a run ended (milliseconds since the epoch), by `namespace/name`. */
  readonly at: ReadonlyMap<string, number>;
  /** Waits until all these have; the answer is those that have not in time. */
  until(keys: readonly string[], timeoutMs: number): Promise<string[]>;
  stop(): void;
}

/** Begins to watch. */
export async function watchEnds(api: Api): Promise<Ends> {
  const at = new Map<string, number>();
  const selector = ['Pending', 'Running', 'Suspended'].map((state) => `status.state!=${state}`).join(',');
  const path = `${CLEANUPS}/cassandracleanups?watch=1&timeoutSeconds=7200&fieldSelector=${encodeURIComponent(selector)}`;
  const see = (line: string) => {
    const { type, object } = JSON.parse(line);
    const key = `${object.metadata?.namespace}/${object.metadata?.name}`;
    if (type === 'ADDED' && !at.has(key)) at.set(key, Date.now());
  };
  let isOver = false;
  let stop = () => {};
  // A server under load ends watches; a new one begins with all that is there.
  const again = () => {
    if (!isOver) setTimeout(() => void open().catch(again), 100);
  };
  const open = async () => {
    stop = await api.watch(path, see, again);
  };
  await open();
  return {
    at,
    stop: () => {
      isOver = true;
      stop();
    },
    until: async (keys, timeoutMs) => {
      const end = performance.now() + timeoutMs;
      while (keys.some((key) => !at.has(key)) && performance.now() < end) await sleep(20);
      return keys.filter((key) => !at.has(key));
    },
  };
}
