// One control plane for all test files of a run: jest's global setup starts it, test files reach it by the environment.
import { attachControlPlane, type ControlPlane, type SharedControlPlane, startControlPlane } from './control-plane.ts';

const STATE = 'CONTROL_PLANE_STATE';
const running = Symbol.for('cassandra-cleanup-operator/control-plane');

type State = { url: string; directory: string; kubectlPath: string } | { failure: string };

/** Starts it, with CRD and RBAC; a failure is kept for those test files that ask for a control plane. */
export async function startGlobalControlPlane(): Promise<void> {
  if (process.env['CONTROL_PLANE'] === 'off') {
    keep({ failure: 'This test needs a control plane, but CONTROL_PLANE=off is set.' });
    return;
  }
  try {
    const plane = await startControlPlane();
    Reflect.set(globalThis, running, plane);
    await plane.installCrdAndRbac();
    keep({ url: plane.url, directory: plane.directory, kubectlPath: plane.kubectlPath });
  } catch (error) {
    keep({ failure: error instanceof Error ? error.message : String(error) });
    await stopGlobalControlPlane();
  }
}

/** Stops what `startGlobalControlPlane` started. */
export async function stopGlobalControlPlane(): Promise<void> {
  const plane: ControlPlane | undefined = Reflect.get(globalThis, running);
  Reflect.deleteProperty(globalThis, running);
  await plane?.stop();
}

/** The control plane of this run, with CRD and RBAC installed. Take a fresh namespace for each test. */
export function sharedControlPlane(): SharedControlPlane {
  const text = process.env[STATE];
  if (!text)
    throw new Error(
      'No control plane was started: a test file that needs one is in test/e2e, or imports global-control-plane.ts itself.',
    );
  const state: State = JSON.parse(text);
  if ('failure' in state) throw new Error(state.failure);
  return attachControlPlane(state);
}

function keep(state: State): void {
  process.env[STATE] = JSON.stringify(state);
}
