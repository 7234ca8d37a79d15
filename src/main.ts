// The composition root: reads the settings, wires the adapters to the ports, and runs until it is told to stop. The only file
// that knows everything; it decides nothing about runs.
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { cassandraCleanupResource } from './api/generated.ts';
import { type Config, ConfigError, readStart } from './config.ts';
import { Submissions } from './controller/execute.ts';
import { Neighbours } from './controller/neighbours.ts';
import { type Leadership, namespaceOf } from './controller/ports.ts';
import { Reconciler } from './controller/reconciler.ts';
import { createTerms } from './controller/term.ts';
import { createTriggers } from './controller/triggers.ts';
import type { Resource } from './core/model.ts';
import { createSidecarClient } from './icarus/client.ts';
import { createSidecarWatcher } from './icarus/watcher.ts';
import { createKubeClient } from './kube/client.ts';
import { KubeEventSink } from './kube/event-sink.ts';
import { createLeadership } from './kube/lease.ts';
import { PodDirectory } from './kube/node-directory.ts';
import { ResourceStore } from './kube/resource-store.ts';
import { type Instruments, instrumentsFor } from './main-metrics.ts';
import { kindOf, operations } from './operations/index.ts';
import { Admission, admissionDefaults } from './runtime/admission.ts';
import { systemClock as clock } from './runtime/clock.ts';
import { Controller } from './runtime/controller.ts';
import { compactHeap } from './runtime/heap.ts';
import { RetryDelay } from './runtime/retry-delay.ts';
import { Slots } from './runtime/slots.ts';
import { within } from './runtime/within.ts';
import { createLog, type Log } from './telemetry/logger.ts';
import { createMetrics, type Metrics } from './telemetry/metrics.ts';
import { healthPages, metricsPages, serve } from './telemetry/server.ts';
import { version } from './version.ts';

const random = Math.random;

/** What watches the API server. */
function cluster(config: Config, instruments: Instruments, { log, identity }: { log: Log; identity: string }) {
  const { group, version: apiVersion } = cassandraCleanupResource;
  const client = createKubeClient({
    clock,
    userAgent: `cassandra-cleanup-operator/${version}`,
    ...instruments.api,
    ...(config.kubeconfig === undefined ? {} : { kubeconfig: config.kubeconfig }),
  });
  const namespaces = config.watchNamespaces.length === 0 ? undefined : config.watchNamespaces;
  const kinds = operations.map(({ plural, kind }) => ({ group, version: apiVersion, plural, kind }));
  const watching = { client, namespaces, clock, random, log };
  return {
    client,
    resources: new ResourceStore({ ...watching, kinds }),
    nodes: new PodDirectory({ ...watching, settings: config }),
    sink: new KubeEventSink({ client, kinds, identity, clock, random, log }),
  };
}

/** How to speak with Sidecars, from the settings; a file that is not named is left out. */
function sidecarClient(config: Config) {
  const files = {
    ca: config.sidecarCaFile,
    certificate: config.sidecarCertFile,
    key: config.sidecarKeyFile,
    token: config.sidecarTokenFile,
    username: config.sidecarUsernameFile,
    password: config.sidecarPasswordFile,
  };
  const credentials = Object.fromEntries(Object.entries(files).filter(([, path]) => path !== undefined));
  const { sidecarScheme: scheme, sidecarServerName: serverName } = config;
  return createSidecarClient({ scheme, credentials, ...(serverName === undefined ? {} : { serverName }) });
}

/** Wires everything; starts nothing. */
function wire(config: Config, log: Log, instruments: Instruments) {
  const host = `${hostname()}_${process.pid}_${randomUUID().slice(0, 8)}`;
  const identity = config.leaseIdentity ?? process.env['POD_UID'] ?? host;
  const { client, resources, nodes, sink } = cluster(config, instruments, { log, identity });
  const enqueue = (key: string) => controller.enqueue(key);
  const leadership = createLeadership({
    ...{ client, clock, random, log, identity, namespace: config.leaseNamespace, name: config.leaseName },
    leaderElect: config.leaderElect,
    ...createTerms({
      ...{ clock, log, delay: new RetryDelay(random), catchUp: () => resources.catchUp().then(compactHeap) },
      begin: () => {
        controller.start();
        triggers.enqueueAll();
      },
      end: () => void controller.stop().then(() => reconciler.standDown()),
    }),
  });
  const { watcher, submissions } = sidecars(config, { instruments, leadership, requeue: enqueue });
  const neighbours = new Neighbours({ resources, nodes, settings: config });
  const admission = new Admission({ clock, groupOf: namespaceOf, ...admissionDefaults, admit: enqueue });
  const counted = { resources: instruments.resources(resources), events: instruments.events(sink) };
  const ports = { ...counted, nodes, watcher, submissions, neighbours, admission, clock, log };
  const reconciler = new Reconciler({ ...ports, settings: config, newId: randomUUID, kindOf });
  const controller = controllerOf(config, reconciler, instruments);
  const deleted = (resource: Resource) => reconciler.deleted(resource);
  const triggers = createTriggers({ resources, neighbours, settings: config, enqueue, deleted });
  resources.onChange(triggers.resourceChanged);
  nodes.onChange(triggers.nodeChanged);
  instruments.watch({ resources, leadership, leaseName: config.leaseName });
  return { client, resources, nodes, sink, leadership, submissions, reconciler, controller };
}

/** What speaks with Sidecars: one client, the watcher that reads, the submissions that write. */
function sidecars(
  config: Config,
  to: { instruments: Instruments; leadership: Leadership; requeue: (key: string) => void },
) {
  const client = to.instruments.sidecars(sidecarClient(config));
  const types = operations.map(({ type }) => type);
  // Groups are namespaces, and the keys of resources within them; that of a submission is capped by its spec.parallelism.
  const reads = new Slots(config.maxCallsInFlight, config.maxCallsPerNamespace, config.maxCallsPerResource);
  const slots = new Slots(config.maxSubmissionsInFlight, config.maxSubmissionsPerNamespace);
  const submissions = new Submissions({ ...to, client, clock, slots, onOutcome: to.instruments.submitted });
  const watcher = createSidecarWatcher({ client, clock, random, requeue: to.requeue, types, slots: reads });
  return { watcher, submissions };
}

function controllerOf({ workers }: Config, reconciler: Reconciler, instruments: Instruments) {
  const reconcile = (key: string) => reconciler.reconcile(key);
  const work = instruments.work({ reconcile, clock, workers });
  return new Controller({ clock, random, workers, groupOf: namespaceOf, ...work });
}

/** Watches, campaigns for the lease and serves probes; returns how to end it all (hard case 20: within 5 s). */
async function start(config: Config, log: Log): Promise<() => Promise<void>> {
  const metrics = config.metricsAddress === undefined ? undefined : await createMetrics();
  const operator = wire(config, log, instrumentsFor(metrics));
  const { client, resources, nodes, sink, leadership, submissions, reconciler, controller } = operator;
  const notReady = () => (resources.synced() && nodes.synced() ? undefined : 'the caches are not filled yet');
  const servers = await serveAll(config, notReady, metrics);
  resources.start();
  nodes.start();
  await Promise.all([resources.whenSynced(), nodes.whenSynced()]);
  log.info('caches are filled', { resources: resources.size() });
  leadership.start();
  return async () => {
    await within(clock, 500, controller.stop());
    await submissions.close(1_500);
    if (leadership.isLeader()) await within(clock, 1_000, reconciler.flush());
    await within(clock, 500, sink.flush(500));
    await within(clock, 1_000, leadership.stop());
    resources.stop();
    nodes.stop();
    client.close();
    await Promise.all(servers.map((server) => server.close()));
  };
}

async function serveAll(config: Config, notReady: () => string | undefined, metrics: Metrics | undefined) {
  const healthy = () => undefined;
  const health = config.healthAddress && serve(config.healthAddress, healthPages(healthy, notReady));
  const counts = config.metricsAddress && metrics && serve(config.metricsAddress, metricsPages(metrics));
  const servers = await Promise.all([health, counts]);
  return servers.filter((server) => typeof server === 'object');
}

/** Runs until SIGTERM or SIGINT, then exits with 0; exits with 2 where the settings are wrong. */
async function main(): Promise<void> {
  const begun = readStart({ args: process.argv.slice(2), env: process.env, version });
  if ('print' in begun) {
    process.stdout.write(begun.print);
    return;
  }
  const { config } = begun;
  // No timer of ours keeps the process: without a server of its own it would end where the API server cannot be reached.
  setInterval(() => undefined, 2 ** 30);
  const log = createLog({ level: config.logLevel, format: config.logFormat });
  log.info('starting', { version, node: process.version });
  const told = new Promise<NodeJS.Signals>((resolve) => {
    process.once('SIGTERM', resolve);
    process.once('SIGINT', resolve);
  });
  const started = start(config, log);
  const signal = await Promise.race([told, started.then(() => told)]);
  log.info('stopping', { signal });
  setTimeout(() => process.exit(0), 4_500).unref();
  await within(
    clock,
    4_400,
    started.then((stop) => stop()),
  );
  log.info('stopped');
  process.exit(0);
}

main().catch((error: unknown) => {
  const known = error instanceof ConfigError;
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(known ? 2 : 1);
});
