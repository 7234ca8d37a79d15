// A Pod as the operator sees it: pure mapping from the API server's object to a Node. Decides which container is the
// Sidecar, whether the rest is Ready, and which Pods must not be called.
import { BlockList, isIP } from 'node:net';
import type { V1Container, V1ContainerStatus, V1Pod, V1PodSpec } from '@kubernetes/client-node';
import { sidecarNames } from '../api/names.ts';
import type { Node } from '../core/model.ts';

/** What the operator's configuration decides about Pods. */
export interface PodSettings {
  /** The Sidecar's port where the Pod does not name it. */
  sidecarPort: number;
  /** For test clusters: a Pod may have a loopback address. */
  allowLoopbackTargets: boolean;
}

/** The fields of a Pod that are read; times may be text or Date. */
export type Pod = Pick<V1Pod, 'metadata' | 'spec' | 'status'>;

const MAX_CONTAINER_ID = 128;

/** The Pod as a Node; undefined = it has ended, or is no Pod. */
export function nodeOf(pod: Pod, settings: PodSettings): Node | undefined {
  const { metadata, spec, status } = pod;
  if (status?.phase === 'Succeeded' || status?.phase === 'Failed') return undefined;
  if (!metadata?.name || !metadata.namespace || !metadata.uid) return undefined;
  const sidecar = findSidecar(containersOf(spec), settings.sidecarPort);
  const terminating = Boolean(metadata.deletionTimestamp);
  return {
    name: metadata.name,
    namespace: metadata.namespace,
    uid: metadata.uid,
    labels: metadata.labels ?? {},
    ready: !terminating && othersReady(pod, sidecar?.name),
    terminating,
    ...defined({
      ip: status?.podIP || undefined,
      port: sidecar?.port,
      sidecarContainer: sidecar && containerId(statusesOf(pod).get(sidecar.name)),
      refused: refusal(pod, sidecar, settings),
    }),
  };
}

type Optional = Pick<Node, 'ip' | 'port' | 'sidecarContainer' | 'refused'>;

function defined(fields: { [K in keyof Optional]-?: Optional[K] | undefined }): Optional {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

interface Sidecar {
  name: string;
  port: number;
}

/** Those that run as long as the Pod does: a restartable init container is a sidecar in Kubernetes' own sense. */
function containersOf(spec: V1PodSpec | undefined): V1Container[] {
  const native = (spec?.initContainers ?? []).filter((container) => container.restartPolicy === 'Always');
  return [...(spec?.containers ?? []), ...native];
}

/** By the name of a port, else by the number of one, else by its own name (hard case 2). */
function findSidecar(containers: readonly V1Container[], configured: number): Sidecar | undefined {
  const ports = containers.flatMap((container) =>
    (container.ports ?? [])
      .filter(({ protocol = 'TCP' }) => protocol === 'TCP')
      .map((port) => ({ name: container.name, portName: port.name, port: port.containerPort })),
  );
  for (const wanted of sidecarNames) {
    const named = ports.find(({ portName }) => portName === wanted);
    if (named !== undefined) return { name: named.name, port: named.port };
  }
  const numbered = ports.find(({ port }) => port === configured);
  if (numbered !== undefined) return { name: numbered.name, port: configured };
  const itself = sidecarNames.find((wanted) => containers.some(({ name }) => name === wanted));
  return itself === undefined ? undefined : { name: itself, port: configured };
}

function statusesOf({ status }: Pod): Map<string, V1ContainerStatus> {
  const all = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])];
  return new Map(all.map((entry) => [entry.name, entry]));
}

/**
 * Every container but the Sidecar's is Ready (hard case 6): a dead Sidecar alone does not make its node "down". In a Pod of
 * one container, which is Cassandra and Sidecar in one, that one counts.
 */
function othersReady(pod: Pod, sidecar: string | undefined): boolean {
  const statuses = statusesOf(pod);
  const all = containersOf(pod.spec);
  const others = all.filter(({ name }) => name !== sidecar || all.length === 1);
  return others.length > 0 && others.every(({ name }) => statuses.get(name)?.ready === true);
}

/** Another text after each start of the container. */
function containerId(status: V1ContainerStatus | undefined): string | undefined {
  if (status === undefined) return undefined;
  return (status.containerID || `restart-${status.restartCount}`).slice(0, MAX_CONTAINER_ID);
}

function refusal(pod: Pod, sidecar: Sidecar | undefined, settings: PodSettings): string | undefined {
  if (pod.spec?.hostNetwork === true) return 'the Pod uses the network of its host';
  if (sidecar === undefined) return 'the Pod has no container of a Sidecar';
  const ip = pod.status?.podIP;
  return ip ? refusedAddress(ip, settings.allowLoopbackTargets) : undefined;
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8);
LOOPBACK.addAddress('::1', 'ipv6');

const NEVER = new BlockList();
NEVER.addSubnet('0.0.0.0', 8);
NEVER.addSubnet('169.254.0.0', 16);
NEVER.addSubnet('224.0.0.0', 3);
NEVER.addAddress('::', 'ipv6');
NEVER.addSubnet('fe80::', 10, 'ipv6');
NEVER.addSubnet('ff00::', 8, 'ipv6');

/** Why this address must not be called, or undefined. IPv4 written as IPv6 (`::ffff:127.0.0.1`) counts as IPv4. */
export function refusedAddress(ip: string, allowLoopback: boolean): string | undefined {
  const version = isIP(ip);
  if (version === 0) return 'the Pod has no valid address';
  const family = version === 4 ? 'ipv4' : 'ipv6';
  if (NEVER.check(ip, family)) return 'the Pod has a link-local, multicast or unspecified address';
  return LOOPBACK.check(ip, family) && !allowLoopback ? 'the Pod has a loopback address' : undefined;
}
