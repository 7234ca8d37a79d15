// Counts the calls of a client by how they ended, for metrics.
import { SidecarFault } from '../controller/errors.ts';
import type { SidecarClient } from '../controller/ports.ts';

/** Told of every call that ended: `ok`, a fault's kind, or what became of a submission. */
export type CallCount = (call: string, outcome: string) => void;

/** The same client, counted. */
export function countedClient(client: SidecarClient, count: CallCount): SidecarClient {
  const read = async <T>(call: string, answer: Promise<T>): Promise<T> => {
    try {
      const value = await answer;
      count(call, 'ok');
      return value;
    } catch (error) {
      count(call, error instanceof SidecarFault ? error.kind : 'error');
      throw error;
    }
  };
  return {
    list: (target, type) => read('list', client.list(target, type)),
    operation: (target, id) => read('operation', client.operation(target, id)),
    cassandra: (target) => read('status', client.cassandra(target)),
    version: (target) => read('version', client.version(target)),
    submit: async (...request) => {
      const answer = await client.submit(...request);
      count('submit', answer.result);
      return answer;
    },
  };
}
