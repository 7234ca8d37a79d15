// Every call is counted once, by how it ended.
import { expect, test } from '@jest/globals';
import { SidecarFault } from '../../src/controller/errors.ts';
import type { SidecarClient } from '../../src/controller/ports.ts';
import { countedClient } from '../../src/icarus/counted-client.ts';

const target = { uid: 'u', ip: '127.0.0.1', port: 1 };

test('a good read, a fault and a submission are counted by how they ended, and passed on', async () => {
  const counts: string[] = [];
  const client: SidecarClient = {
    list: async () => [],
    operation: async () => null,
    cassandra: async () => {
      throw new SidecarFault('unreachable', 'no answer');
    },
    version: async () => '5.0.6',
    submit: async () => ({ result: 'notSent', message: 'refused' }),
  };
  const counted = countedClient(client, (call, outcome) => counts.push(`${call} ${outcome}`));
  expect(await counted.list(target, 'cleanup')).toEqual([]);
  expect(await counted.operation(target, 'id')).toBeNull();
  await expect(counted.cassandra(target)).rejects.toThrow('no answer');
  expect(await counted.version(target)).toBe('5.0.6');
  const sent = await counted.submit(target, {}, () => undefined, new AbortController().signal);
  expect(sent).toEqual({ result: 'notSent', message: 'refused' });
  expect(counts).toEqual(['list ok', 'operation ok', 'status unreachable', 'version ok', 'submit notSent']);
});
