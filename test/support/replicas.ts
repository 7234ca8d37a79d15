// Two replicas of the operator that campaign for a Lease in a namespace of their test, on a real API server.
import { adminRequest } from './api-request.ts';
import { until } from './cleanups.ts';
import { OPERATOR, OPERATOR_USER, type SharedControlPlane } from './control-plane.ts';
import { type OperatorOptions, type OperatorProcess, startOperator } from './operator-process.ts';

/** The rules for the Lease that deploy/base ships, in a namespace of this test: the shipped one is for one pair of replicas. */
export async function allowLease(plane: SharedControlPlane, namespace: string): Promise<void> {
  const { serviceAccount } = OPERATOR;
  const { stdout } = await plane.kubectl(['get', 'role', serviceAccount, '-n', OPERATOR.namespace, '-o', 'json']);
  const { rules } = JSON.parse(stdout);
  const api = 'rbac.authorization.k8s.io';
  const metadata = { name: 'lease', namespace };
  const role = { apiVersion: `${api}/v1`, kind: 'Role', metadata, rules };
  const subjects = [{ kind: 'User', name: OPERATOR_USER, apiGroup: api }];
  const roleRef = { kind: 'Role', name: 'lease', apiGroup: api };
  const binding = { apiVersion: `${api}/v1`, kind: 'RoleBinding', metadata, subjects, roleRef };
  const items = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [role, binding] });
  const result = await plane.kubectl(['create', '-f', '-'], { input: items });
  if (result.code !== 0) throw new Error(result.stderr);
}

/** Starts a replica of that name. */
export async function startReplica(
  identity: string,
  options: OperatorOptions & { leaseNamespace: string },
): Promise<OperatorProcess> {
  const flags = ['--lease-namespace', options.leaseNamespace, '--lease-identity', identity, ...(options.flags ?? [])];
  return await startOperator({ ...options, flags });
}

/** Who holds the Lease. */
export async function leaseHolder(plane: SharedControlPlane, namespace: string): Promise<string> {
  const path = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/${OPERATOR.serviceAccount}`;
  const { body } = await adminRequest(plane, { method: 'GET', path });
  return body.spec?.holderIdentity ?? '';
}

/** Waits until that replica holds the Lease. */
export async function untilHeldBy(plane: SharedControlPlane, namespace: string, identity: string): Promise<void> {
  await until(async () => (await leaseHolder(plane, namespace)) === identity);
}
