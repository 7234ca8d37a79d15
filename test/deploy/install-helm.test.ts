// The chart by real helms of both generations, on a real API server with the real kube-controller-manager; the test plays
// scheduler and kubelet only: install, test, upgrade in the middle of a run, uninstall, and install again.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { applyCleanup, getCleanup, until, untilCleanup } from '../support/cleanups.ts';
import { BUILD_TIMEOUT_MS } from '../support/go-tools.ts';
import { CHART, HELM_VERSIONS, type Helm, helmOf } from '../support/helm.ts';
import { type InstallPlane, startInstallPlane } from '../support/install-plane.ts';
import { endOperations } from '../support/phases.ts';
import { endsWithOneEach, onScene, type Scene } from '../support/scene.ts';

const NAMESPACE = 'operators';
const RELEASE = 'cleanup';
const CRD = 'customresourcedefinition/cassandracleanups.cassandra-sidecar.io';

let installed: InstallPlane;
let plane: InstallPlane['plane'];
let kubelet: InstallPlane['kubelet'];
let kubectl: InstallPlane['kubectl'];

beforeAll(async () => {
  installed = await startInstallPlane(NAMESPACE);
  ({ plane, kubelet, kubectl } = installed);
  await kubectl('create', 'namespace', NAMESPACE);
  await kubectl('label', 'namespace', NAMESPACE, 'pod-security.kubernetes.io/enforce=restricted');
}, BUILD_TIMEOUT_MS);

afterAll(() => installed?.stop());

/** A Cassandra cluster in a namespace of its own. */
const scene = (name: string, body: (scene: Scene) => Promise<void>, operationMs = 300) =>
  onScene({ plane, name, double: { operationMs } }, body);

describe.each(HELM_VERSIONS)('helm %s', (version) => {
  let helm: Helm;
  beforeAll(async () => {
    helm = await helmOf(version, plane.kubeconfig);
  }, BUILD_TIMEOUT_MS);

  /** Runs helm for the release; a failure is the test's. */
  async function run(command: string, args: readonly string[] = [], values?: object): Promise<string> {
    const all = [...command.split(' '), RELEASE, ...args, '--namespace', NAMESPACE, '--timeout', '90s'];
    const { stdout, stderr, code } = await helm.run(all, values);
    expect([command, code, code === 0 ? '' : stderr]).toEqual([command, 0, '']);
    return stdout;
  }

  test('installs operators that complete a run, and says what to do next', async () => {
    const said = await run('install --wait', [CHART]);
    expect(kubelet.running.size).toBe(2);
    expect(said).toContain('kubectl apply -f - <<EOF');
    await scene('installed', async (place) => {
      await applyCleanup(plane, place.namespace);
      await endsWithOneEach(place);
    });
  });

  test('the manifest that it prints is a CassandraCleanup', async () => {
    const { stdout } = await helm.run(['get', 'notes', RELEASE, '--namespace', NAMESPACE]);
    const [, manifest = ''] = /<<EOF\n([\s\S]*?)\nEOF/.exec(stdout) ?? [];
    const input = manifest.replace('NAMESPACE', 'default');
    const { code, stderr } = await plane.kubectl(['create', '--dry-run=server', '-f', '-'], { input });
    expect([code, stderr]).toEqual([0, '']);
  });

  test('its test passes where a replica leads', async () => {
    expect(await run('test')).toMatch(/Phase: +Succeeded/);
  });

  test('upgrades in the middle of a run: other processes, and no node is cleaned twice', async () => {
    const before = [...kubelet.running.keys()];
    await scene(
      'upgraded',
      async (place) => {
        await applyCleanup(plane, place.namespace);
        await untilCleanup(plane, place.namespace, ({ status }) => status.active === 1);
        const guards = [{ namespace: place.namespace, podSelector: { matchLabels: { any: 'pod' } } }];
        const values = { settings: { logLevel: 'debug' }, networkPolicy: { enabled: true }, sidecarGuards: guards };
        await run('upgrade --wait', [CHART], values);
        expect((await getCleanup(plane, place.namespace)).status.state).toBe('Running');
        endOperations(place);
        await endsWithOneEach(place);
      },
      600_000,
    );
    await until(() => kubelet.running.size === 2);
    expect([...kubelet.running.keys()].filter((uid) => before.includes(uid))).toEqual([]);
  });

  test('takes only what it put there away: the CRD and every CassandraCleanup stay', async () => {
    const before = await kubectl('get', 'cclean', '-A', '-o', 'name');
    await run('uninstall --wait');
    await until(() => kubelet.running.size === 0);
    expect(before).toContain('cassandracleanup');
    expect(await kubectl('get', 'cclean', '-A', '-o', 'name')).toBe(before);
    const left = await kubectl('get', 'all,sa,role,rolebinding,pdb,networkpolicy', '-n', NAMESPACE, '-o', 'name');
    expect(left.trim().split('\n')).toEqual(['serviceaccount/default']);
  });

  test('installs again beside the CRD that stayed, for one namespace only, by Roles', async () => {
    await scene('again', async (place) => {
      await run('install --wait', [CHART], { watchNamespaces: [place.namespace], replicas: 1 });
      const roles = await kubectl('get', 'clusterroles', '-l', `app.kubernetes.io/instance=${RELEASE}`, '-o', 'name');
      expect(
        roles
          .trim()
          .split('\n')
          .map((name) => name.replace(/.*-/, '')),
      ).toEqual(['edit', 'view']);
      await applyCleanup(plane, place.namespace);
      await endsWithOneEach(place);
    });
    expect(await run('test')).toMatch(/Phase: +Succeeded/);
    await run('uninstall --wait');
    await kubectl('delete', CRD, '--timeout=60s');
  });
});
