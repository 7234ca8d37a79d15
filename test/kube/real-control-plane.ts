// The operator's own access to the control plane of the test run, and objects to watch.

import type { Log } from '../../src/controller/ports.ts';
import { createKubeClient, type KubeClient } from '../../src/kube/client.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { OPERATOR, type SharedControlPlane } from '../support/control-plane.ts';
import { sharedControlPlane } from '../support/global-control-plane.ts';

/** A client with the operator's rights, a fresh namespace, and the admin's kubectl. */
export interface RealPlane {
  plane: SharedControlPlane;
  client: KubeClient;
  namespace: string;
  /** kubectl in that namespace, as the admin; throws where it fails. */
  kubectl(args: readonly string[], input?: object): Promise<string>;
}

/** A log that says nothing. */
export const silent: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** Call it in `beforeAll`. */
export async function enterControlPlane(prefix: string): Promise<RealPlane> {
  const plane = sharedControlPlane();
  const namespace = await plane.createNamespace(prefix);
  const kubeconfig = await plane.kubeconfigFor(OPERATOR);
  const client = createKubeClient({ clock: systemClock, userAgent: 'test', kubeconfig });
  const kubectl: RealPlane['kubectl'] = async (args, input) => {
    const options = input === undefined ? {} : { input: JSON.stringify(input) };
    const result = await plane.kubectl(['--namespace', namespace, ...args], options);
    if (result.code !== 0) throw new Error(result.stderr);
    return result.stdout;
  };
  return { plane, client, namespace, kubectl };
}

/** A CassandraCleanup to create. */
export function cleanup(name: string, spec: object = {}): object {
  return {
    apiVersion: 'cassandra-sidecar.io/v1alpha1',
    kind: 'CassandraCleanup',
    metadata: { name, labels: { a: 'label' }, annotations: { an: 'annotation' } },
    spec: { keyspace: 'k', podSelector: { matchLabels: { app: 'x' } }, ...spec },
  };
}

/** Resolves with what `read` gives as soon as it gives something; `changed` tells when to look again. */
export async function until<T>(read: () => T | undefined, changed: (look: () => void) => void): Promise<T> {
  return new Promise((resolve) => {
    const look = () => {
      const value = read();
      if (value !== undefined) resolve(value);
    };
    changed(look);
    look();
  });
}
