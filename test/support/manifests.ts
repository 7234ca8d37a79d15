// Manifests of CassandraCleanups as kubectl reads them from its standard input.

const smallest = { podSelector: { matchLabels: { app: 'cassandra' } }, keyspace: 'orders' };

/** The smallest valid spec with these fields changed; undefined takes a field away. */
export function specWith(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return { ...smallest, ...changes };
}

/** A CassandraCleanup as JSON, which is YAML too. */
export function manifest(namespace: string, name: string, spec: unknown): string {
  const kinds = { apiVersion: 'cassandra-sidecar.io/v1alpha1', kind: 'CassandraCleanup' };
  return JSON.stringify({ ...kinds, metadata: { namespace, name }, spec });
}
