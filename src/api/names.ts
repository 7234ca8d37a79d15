// The names that users and other programs see, each written once: the operator's own, condition types, container ports.
// What a CRD declares (group, version, kind, plural) is in generated.ts.

/** The operator: its Deployment, its Lease, the reporting controller of its Events, the owner of the fields it writes. */
export const operatorName = 'cassandra-cleanup-operator';

/** The six conditions, in the order in which they stand in a status. */
export const conditionTypes = ['Complete', 'Failed', 'Finished', 'Suspended', 'Reconciling', 'Stalled'] as const;
/** One of the six conditions. */
export type ConditionType = (typeof conditionTypes)[number];

/** Names of the container port, or of the container, by which a Sidecar is recognised in a Pod; the first one wins. */
export const sidecarNames = ['icarus', 'sidecar'] as const;
