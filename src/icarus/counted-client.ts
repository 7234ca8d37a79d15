// Tells of the calls of a client by how they ended and how long they took, for metrics.
import { SidecarFault } from '../controller/errors.ts';
import type { SidecarClient } from '../controller/ports.ts';

/** Told of every call that ended: `ok`, a fault's kind, or what became of a submission; and the milliseconds that it took. */
export type CallReport = (call: string, outcome: string, ms: number) => void;

/** The same client, counted and timed. */
export function countedClient(client: SidecarClient, report: CallReport): SidecarClient {
  const read = async <T>(call: string, answer: Promise<T>): Promise<T> => {
    const begun = performance.now();
    try {
      const value = await answer;
      report(call, 'ok', performance.now() - begun);
      return value;
    } catch (error) {
      report(call, error instanceof SidecarFault ? error.kind : 'error', performance.now() - begun);
      throw error;
    }
  };
  return {
    list: (target, type) => read('list', client.list(target, type)),
    operation: (target, id) => read('operation', client.operation(target, id)),
    cassandra: (target) => read('status', client.cassandra(target)),
    version: (target) => read('version', client.version(target)),
    submit: async (...request) => {
      const begun = performance.now();
      const answer = await client.submit(...request);
      report('submit', answer.result, performance.now() - begun);
      return answer;
    },
  };
}
