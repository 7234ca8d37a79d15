// What an installation is tried on: an API server of its own with the real controllers, and a kubelet that the test plays.
import { expect } from '@jest/globals';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import { startControllers } from './install-controllers.ts';
import { type Kubelet, startKubelet } from './install-kubelet.ts';

/** A cluster to install into. */
export interface InstallPlane {
  readonly plane: ControlPlane;
  /** Of the namespace that was named. */
  readonly kubelet: Kubelet;
  /** Runs kubectl, and tells what it printed; a failure is the test's. */
  kubectl(...args: readonly string[]): Promise<string>;
  stop(): Promise<void>;
}

/** Starts it; Pods of this namespace are run. */
export async function startInstallPlane(namespace: string): Promise<InstallPlane> {
  const plane = await startControlPlane();
  const controllers = await startControllers(plane);
  const kubelet = startKubelet(plane, namespace);
  return {
    plane,
    kubelet,
    kubectl: async (...args) => {
      const { stdout, stderr, code } = await plane.kubectl(args);
      expect([args.join(' '), code, stderr]).toEqual([args.join(' '), 0, '']);
      return stdout;
    },
    stop: async () => {
      await kubelet.stop();
      await controllers.stop();
      await plane.stop();
    },
  };
}
