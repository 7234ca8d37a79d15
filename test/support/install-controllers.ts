// The real kube-controller-manager for a control plane, with the controllers that an installation needs: Deployments become
// Pods, owned objects are garbage collected, namespaces finish deleting, roles for people reach the built-in ones.
import type { SharedControlPlane } from './control-plane.ts';
import { KUBERNETES_VERSION, MODULE_FOLDER } from './control-plane-binaries.ts';
import { type Launched, launch } from './control-plane-process.ts';
import { goTool } from './go-tools.ts';

const CONTROLLERS = [
  'clusterrole-aggregation-controller',
  'deployment-controller',
  'disruption-controller',
  'garbage-collector-controller',
  'namespace-controller',
  'replicaset-controller',
  'serviceaccount-controller',
];

/** The path of the program; built with Go where it is not there yet. */
export function controllersProgram(): Promise<string> {
  return goTool({
    name: 'kube-controller-manager',
    package: 'k8s.io/kubernetes/cmd/kube-controller-manager',
    version: KUBERNETES_VERSION,
    module: MODULE_FOLDER,
    variables: [`k8s.io/component-base/version.gitVersion=${KUBERNETES_VERSION}`],
  });
}

/** Starts it. It ends with `stop()`, or with this process. */
export async function startControllers(plane: SharedControlPlane): Promise<Launched> {
  const args = [
    `--kubeconfig=${plane.kubeconfig}`,
    `--controllers=${CONTROLLERS.join(',')}`,
    '--leader-elect=false',
    '--secure-port=0',
  ];
  return launch(await controllersProgram(), args, plane.directory, []);
}
