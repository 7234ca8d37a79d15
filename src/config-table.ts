// Every setting of the operator, in one table: the loader, --help and docs/configuration.md are all made from it.
// A setting's flag, environment variable and key in the file follow from its name here (see the three functions below).
import {
  type Address,
  address,
  bool,
  dnsLabel,
  duration,
  file,
  integer,
  labelKey,
  listOf,
  oneOf,
  type Setting,
  setting,
  text,
} from './config-values.ts';

const dayMs = 24 * 60 * 60 * 1000;

const watching = 'What it watches';
const sidecars = 'How it talks to the Sidecars';
const cluster = 'How it reads a Cassandra cluster';
const load = 'How much it does at once';
const leading = 'Leader election';
const serving = 'Logs, metrics and health';

const noFile = { kind: file, default: undefined, defaultText: 'none' } as const;

const cap = (most: number, value: number, about: string) =>
  setting({ group: load, kind: integer(1, most), default: value, about });

/** The settings. A name that ends in Ms holds milliseconds; its flag, variable and key go without the Ms. */
export const settings = {
  kubeconfig: setting({
    group: watching,
    ...noFile,
    defaultText: "$KUBECONFIG, the Pod's service account, else ~/.kube/config",
    about: 'The kubeconfig file that names the API server.',
  }),
  watchNamespaces: setting({
    group: watching,
    kind: listOf(dnsLabel),
    default: [],
    defaultText: 'all',
    about: 'The namespaces whose CassandraCleanups it runs.',
  }),
  sidecarPort: setting({
    group: sidecars,
    kind: integer(1, 65535),
    default: 4567,
    about: 'The port of a Sidecar whose container names no port "icarus" or "sidecar".',
  }),
  sidecarScheme: setting<'http' | 'https'>({
    group: sidecars,
    kind: oneOf('http', 'https'),
    default: 'http',
    about: 'Whether Sidecars are spoken to in plain text or over TLS.',
  }),
  sidecarCaFile: setting({
    group: sidecars,
    ...noFile,
    defaultText: 'the well-known CAs',
    about: "A PEM file of the CAs that sign the Sidecars' certificates; read again when it changes.",
  }),
  sidecarCertFile: setting({
    group: sidecars,
    ...noFile,
    about: "A PEM file of the operator's client certificate; needs the key file too; read again when it changes.",
  }),
  sidecarKeyFile: setting({
    group: sidecars,
    ...noFile,
    about: 'A PEM file of the key to the client certificate; read again when it changes.',
  }),
  sidecarServerName: setting({
    group: sidecars,
    kind: text,
    default: undefined,
    defaultText: 'the IP address of the Pod',
    about: "With https: the name that the Sidecars' certificates must bear.",
  }),
  sidecarTokenFile: setting({
    group: sidecars,
    ...noFile,
    about: 'A file of a bearer token that every request carries; read again when it changes.',
  }),
  sidecarUsernameFile: setting({
    group: sidecars,
    ...noFile,
    about: 'A file of the user name for basic credentials; needs the password file too; read again when it changes.',
  }),
  sidecarPasswordFile: setting({
    group: sidecars,
    ...noFile,
    about: 'A file of the password for basic credentials; read again when it changes.',
  }),
  allowLoopbackTargets: setting({
    group: sidecars,
    kind: bool,
    default: false,
    about: 'Whether Sidecars at loopback addresses are spoken to, for test clusters only.',
  }),
  unreachableAfterMs: setting({
    group: sidecars,
    kind: duration(1000, 7 * dayMs),
    default: 15 * 60 * 1000,
    about: 'How long the Sidecar of a waiting node may stay silent before that counts as a failed attempt.',
  }),
  rackLabels: setting({
    group: cluster,
    kind: listOf(labelKey),
    default: [
      'cassandra.datastax.com/rack',
      'cassandra.instaclustr.com/rack',
      'cassandraclusters.db.orange.com.rack',
      'dc-rack',
      'topology.kubernetes.io/zone',
    ],
    about: 'The Pod labels that may name the rack, the first one found counts, unless spec.rackLabel says which.',
  }),
  datacenterLabels: setting({
    group: cluster,
    kind: listOf(labelKey),
    default: [
      'cassandra.datastax.com/datacenter',
      'cassandra.instaclustr.com/datacenter',
      'cassandraclusters.db.orange.com.dc',
    ],
    about: 'The Pod labels that may name the datacenter, which goes before the rack; the first one found counts.',
  }),
  clusterLabels: setting({
    group: cluster,
    kind: listOf(labelKey),
    default: [
      'cassandra.datastax.com/cluster',
      'cassandra.instaclustr.com/cluster',
      'cassandraclusters.db.orange.com/cluster',
      'app.kubernetes.io/instance',
    ],
    about:
      'The Pod labels that may name the cluster, for the safety gate, unless spec.clusterSelector says which Pods.',
  }),
  workers: cap(64, 8, 'How many CassandraCleanups are worked on at the same time.'),
  maxCallsInFlight: cap(
    4096,
    2000,
    'How many reads of Sidecars may be under way at the same time: the gate asks all nodes of a cluster at once. ' +
      'One Sidecar is never asked more than two things at once (one of its own memory, one of its Cassandra), and never ' +
      'sent more than one submission.',
  ),
  maxCallsPerNamespace: cap(4096, 1000, 'How many of those reads may be for one namespace; all are served in turn.'),
  maxCallsPerResource: cap(
    4096,
    800,
    'How many of those reads may be for one CassandraCleanup: a larger cluster is asked for its states in several goes of ' +
      'a second or more, and no state may be older than 3 s when a cleanup starts.',
  ),
  maxSubmissionsInFlight: cap(
    2000,
    200,
    'How many operations may be being submitted to Sidecars at the same time, besides the reads; of one CassandraCleanup ' +
      'never more than its spec.parallelism.',
  ),
  maxSubmissionsPerNamespace: cap(2000, 100, 'How many of those submissions may be for one namespace.'),
  leaderElect: setting({
    group: leading,
    kind: bool,
    default: true,
    about: 'Whether replicas agree on one that acts; without it, run one replica only.',
  }),
  leaseNamespace: setting({
    group: leading,
    kind: dnsLabel,
    default: 'cassandra-cleanup',
    defaultText: "the Pod's own, else cassandra-cleanup",
    about: 'The namespace of the Lease.',
  }),
  leaseName: setting({
    group: leading,
    kind: dnsLabel,
    default: 'cassandra-cleanup-operator',
    about: 'The name of the Lease.',
  }),
  leaseIdentity: setting({
    group: leading,
    kind: text,
    default: undefined,
    defaultText: '$POD_UID, else made from host, process and chance',
    about: 'What this replica calls itself in the Lease.',
  }),
  metricsAddress: setting<Address | undefined>({
    group: serving,
    kind: address,
    default: { host: undefined, port: 8080 },
    defaultText: ':8080',
    about: 'Where /metrics is served; 0 = nowhere.',
  }),
  healthAddress: setting<Address | undefined>({
    group: serving,
    kind: address,
    default: { host: undefined, port: 8081 },
    defaultText: ':8081',
    about: 'Where /healthz and /readyz are served; 0 = nowhere.',
  }),
  logLevel: setting<'debug' | 'info' | 'warn' | 'error'>({
    group: serving,
    kind: oneOf('debug', 'info', 'warn', 'error'),
    default: 'info',
    about: 'The least important messages that are logged.',
  }),
  logFormat: setting<'json' | 'text'>({
    group: serving,
    kind: oneOf('json', 'text'),
    default: 'json',
    about: 'Whether logs are JSON, one object a line, or text for people.',
  }),
} as const;

/** The name of a setting in code. */
export type SettingName = keyof typeof settings;

/** The values of all settings. */
export type Config = {
  readonly [N in SettingName]: (typeof settings)[N] extends Setting<infer T> ? T : never;
};

/** All names, in the order of the table. */
export const settingNames = Object.keys(settings) as readonly SettingName[];

/** The key of a setting in the configuration file: sidecarPort. */
export function keyOf(name: SettingName): string {
  return name.replace(/Ms$/, '');
}

/** The flag of a setting: --sidecar-port. */
export function flagOf(name: SettingName): string {
  return `--${keyOf(name).replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** The environment variable of a setting: CASSANDRA_CLEANUP_SIDECAR_PORT. */
export function variableOf(name: SettingName): string {
  return `CASSANDRA_CLEANUP_${flagOf(name).slice(2).replaceAll('-', '_').toUpperCase()}`;
}
