// The compatibility table of docs/sidecar.md, made by running: each Cassandra, as far as it starts on the JDK at hand, with a
// Sidecar beside it, through a whole CassandraCleanup that has work to do.
import { afterAll, afterEach, expect, test } from '@jest/globals';
import { sharedControlPlane } from '../support/global-control-plane.ts';
import { createKeyspace, disown, loadTable, megabytes, tell } from './data.ts';
import { sidecarName } from './engine.ts';
import { javaVersion } from './machine.ts';
import { createScene, type Scene } from './pods.ts';
import { createRing, INSTANT, type Ring, VERSIONS } from './ring.ts';
import { ask } from './sidecar-calls.ts';
import { describeTier } from './tier.ts';

describeTier(`on Java ${javaVersion()}, beside ${sidecarName()}`, () => {
  const table: string[] = [];
  let ring: Ring | undefined;
  let scene: Scene | undefined;

  afterEach(async () => {
    await scene?.stop();
    await ring?.stop();
  });

  afterAll(() => {
    for (const line of table) tell(line);
  });

  test.each(Object.values(VERSIONS))('Cassandra %s is cleaned', async (version) => {
    ring = await createRing({ version, settings: INSTANT });
    const node = await ring.add();
    await ring.add();
    await createKeyspace(ring, 'k', 2);
    await loadTable(ring, { keyspace: 'k', table: 't', rows: 1_000, bytes: 4_096, sstables: 2 });
    await disown(ring, 'k');
    const before = node.bytesOf('k');
    scene = await createScene(sharedControlPlane(), 'versions');
    for (const one of ring.nodes) await scene.addPod(one);
    await scene.operator();
    await scene.apply('all', { keyspace: 'k', parallelism: 2 });
    const { status } = await scene.finished('all');
    expect(status).toMatchObject({ state: 'Completed', completed: 2 });
    const [major, minor, patch] = version.split('.').map(Number);
    expect((await ask(node.engine, '/version/cassandra')).json).toMatchObject({ major, minor, patch });
    expect(node.bytesOf('k') / before).toBeLessThan(0.6);
    expect(await ring.bridge.countRows({ node: node.ip, table: 'k.t' })).toBe(1_000);
    const bytes = `${megabytes(before)} -> ${megabytes(node.bytesOf('k'))}`;
    table.push(`| ${version} | ${javaVersion()} | ${sidecarName()} | Completed, ${bytes}, 1000 of 1000 rows |`);
  });
});
