// The scheduler and the kubelet for the Pods of one namespace: binds them, runs their container as a process under a token
// of their service account, probes it, says how it is, and ends it when the Pod is deleted. All Pods share the host's
// network: a port of the container becomes a free one of the loopback.
import { setTimeout as sleep } from 'node:timers/promises';
import { adminRequest } from './api-request.ts';
import type { SharedControlPlane } from './control-plane.ts';
import { type ContainerProcess, type Pod, startContainer } from './install-container.ts';

/** A kubelet that runs. */
export interface Kubelet {
  /** The processes that run now, by the UID of their Pod. */
  readonly running: ReadonlyMap<string, ContainerProcess>;
  /** Ends all processes at once, and itself. */
  stop(): Promise<void>;
}

const PERIOD_MS = 100;

/** Starts one. What it does wrong, such as a Pod that cannot be run, fails `stop()`. */
export function startKubelet(plane: SharedControlPlane, namespace: string): Kubelet {
  const running = new Map<string, ContainerProcess>();
  const kubelet = new PodLoop(plane, namespace, running);
  let stopped = false;
  const loop = async () => {
    while (!stopped) {
      await kubelet.turn();
      await sleep(PERIOD_MS);
    }
  };
  const ended = loop();
  ended.catch((error) => process.stderr.write(`the kubelet gave up: ${error}\n`)); // and stop() fails
  return {
    running,
    stop: async () => {
      stopped = true;
      for (const container of running.values()) container.kill();
      await ended;
    },
  };
}

class PodLoop {
  readonly #plane: SharedControlPlane;
  readonly #pods: string;
  readonly #running: Map<string, ContainerProcess>;
  /** What was told of each Pod last, by its UID. */
  readonly #told = new Map<string, string>();

  constructor(plane: SharedControlPlane, namespace: string, running: Map<string, ContainerProcess>) {
    this.#plane = plane;
    this.#pods = `/api/v1/namespaces/${namespace}/pods`;
    this.#running = running;
  }

  async turn(): Promise<void> {
    const { status, body } = await adminRequest(this.#plane, { method: 'GET', path: this.#pods });
    if (status !== 200) throw new Error(JSON.stringify(body));
    const pods: Pod[] = body.items;
    const known = new Set(pods.map(({ metadata }) => metadata.uid));
    for (const [uid, container] of this.#running) if (!known.has(uid)) this.#forget(uid, container);
    await Promise.all(pods.map((pod) => this.#bring(pod)));
  }

  /** A Pod that somebody deleted by force. */
  #forget(uid: string, container: ContainerProcess): void {
    container.kill();
    this.#running.delete(uid);
  }

  /** One step nearer to what the Pod asks for. */
  async #bring(pod: Pod): Promise<void> {
    const { uid, name, deletionTimestamp } = pod.metadata;
    const container = this.#running.get(uid);
    if (deletionTimestamp !== undefined) return await this.#end(pod, container);
    if (pod.spec.nodeName === undefined) return await this.#bind(name);
    if (container !== undefined) return await this.#tell(pod, container);
    if (pod.status?.phase === 'Pending') this.#running.set(uid, await startContainer(this.#plane, pod));
  }

  async #bind(name: string): Promise<void> {
    const target = { apiVersion: 'v1', kind: 'Node', name: 'test-node' };
    const body = { apiVersion: 'v1', kind: 'Binding', metadata: { name }, target };
    await this.#ask('POST', `${name}/binding`, body);
  }

  async #end({ metadata }: Pod, container: ContainerProcess | undefined): Promise<void> {
    if (container !== undefined && container.exitCode() === undefined) return container.end();
    const body = { gracePeriodSeconds: 0, preconditions: { uid: metadata.uid } };
    await this.#ask('DELETE', metadata.name, body);
    this.#running.delete(metadata.uid);
  }

  async #tell(pod: Pod, container: ContainerProcess): Promise<void> {
    const status = statusOf(pod, container.exitCode(), await container.ready());
    const text = JSON.stringify(status);
    if (this.#told.get(pod.metadata.uid) === text) return;
    await this.#ask('PATCH', `${pod.metadata.name}/status`, { status });
    this.#told.set(pod.metadata.uid, text);
  }

  /** A Pod that is gone, or another by now, is seen in the next turn. */
  async #ask(method: 'POST' | 'PATCH' | 'DELETE', what: string, body: object): Promise<void> {
    const { status, body: answer } = await adminRequest(this.#plane, { method, path: `${this.#pods}/${what}`, body });
    if (status > 299 && status !== 404 && status !== 409)
      throw new Error(`${method} ${what}: ${JSON.stringify(answer)}`);
  }
}

function statusOf(pod: Pod, exitCode: number | undefined, ready: boolean): object {
  const phase = exitCode === undefined ? 'Running' : exitCode === 0 ? 'Succeeded' : 'Failed';
  const startedAt = pod.metadata.creationTimestamp;
  const state =
    exitCode === undefined
      ? { running: { startedAt } }
      : { terminated: { exitCode, startedAt, finishedAt: startedAt } };
  const condition = (type: string, holds: boolean) => ({
    type,
    status: holds ? 'True' : 'False',
    lastTransitionTime: startedAt,
  });
  return {
    phase,
    podIP: '127.0.0.1',
    podIPs: [{ ip: '127.0.0.1' }],
    conditions: [condition('PodScheduled', true), condition('ContainersReady', ready), condition('Ready', ready)],
    containerStatuses: pod.spec.containers.map(({ name, image }) => {
      return { name, image, imageID: image, restartCount: 0, ready, started: exitCode === undefined, state };
    }),
  };
}
