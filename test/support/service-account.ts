// A ServiceAccount of a test's own with the operator's rights in one namespace: its token can be revoked and rotated, its
// rights taken away and given back, all for real. (client-node does not read `tokenFile`, hence the token is in the kubeconfig.)
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { adminRequest } from './api-request.ts';
import { until } from './cleanups.ts';
import { OPERATOR, type SharedControlPlane } from './control-plane.ts';

export interface TestAccount {
  /** A kubeconfig that holds its token. */
  readonly kubeconfig: string;
  /** Resolves once the token in the kubeconfig is worth nothing any more: the API server remembers a good one for 10 s. */
  revoke(): Promise<void>;
  /** Puts a good token into the kubeconfig. */
  rotate(): Promise<void>;
  /** Takes all rights away. */
  unbind(): Promise<void>;
  bind(): Promise<void>;
}

const NAME = 'rotating';
const RBAC = 'rbac.authorization.k8s.io';

/** Creates one, bound and with a good token; `server` is where its kubeconfig leads. */
export async function createAccount(
  plane: SharedControlPlane,
  namespace: string,
  server: string,
): Promise<TestAccount> {
  const kubeconfig = join(plane.directory, `${namespace}.kubeconfig`);
  const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`;
  const bindings = `/apis/${RBAC}/v1/namespaces/${namespace}/rolebindings`;
  let token = '';
  const ask = async (method: 'POST' | 'DELETE', path: string, body?: object) => {
    const answer = await adminRequest(plane, { method, path, body });
    if (answer.status > 299) throw new Error(JSON.stringify(answer.body));
    return answer.body;
  };
  const create = () => ask('POST', accounts, { metadata: { name: NAME } });
  const account: TestAccount = {
    kubeconfig,
    revoke: async () => {
      await ask('DELETE', `${accounts}/${NAME}`);
      await create();
      await until(async () => (await adminRequest(plane, { method: 'GET', path: '/version', token })).status === 401);
    },
    rotate: async () => {
      const { status } = await ask('POST', `${accounts}/${NAME}/token`, { spec: { expirationSeconds: 3_600 } });
      token = status.token;
      writeFileSync(kubeconfig, JSON.stringify(configOf(server, token)), { mode: 0o600 });
    },
    bind: () =>
      ask('POST', bindings, {
        metadata: { name: NAME },
        roleRef: { kind: 'ClusterRole', name: OPERATOR.serviceAccount, apiGroup: RBAC },
        subjects: [{ kind: 'ServiceAccount', name: NAME, namespace }],
      }),
    unbind: () => ask('DELETE', `${bindings}/${NAME}`),
  };
  await create();
  await account.bind();
  await account.rotate();
  return account;
}

function configOf(server: string, token: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: NAME, user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: NAME } }],
    'current-context': 'test',
  };
}
