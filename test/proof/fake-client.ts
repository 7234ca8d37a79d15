// The port `SidecarClient` of one process over the hosts of a world: calls go by address, take time, give up after 10 s, and a
// POST asks its guard once the connection stands, as src/icarus/client.ts does.
import { SidecarFault } from '../../src/controller/errors.ts';
import type { SendGuard, SidecarClient, SidecarTarget, SubmitResult } from '../../src/controller/ports.ts';
import type { Lane } from './caps.ts';
import type { EffectFault, Gate } from './gate.ts';
import type { Cause, Host } from './host.ts';
import type { Process } from './process.ts';

export interface ClientOptions {
  gate: Gate;
  process: Process;
  /** Who has this address now. */
  hostAt: (ip: string) => Host | undefined;
  latencyMs: () => number;
  connectMs: () => number;
  /** Why this POST is made: looked up the moment it leaves. */
  causeOf: (target: SidecarTarget, body: object, process: string) => Cause | undefined;
  onCall: (target: SidecarTarget, lane: Lane, change: 1 | -1) => void;
}

/** What Cassandra is asked takes so long at least. */
const JMX_MS = 1_000;

/** A client that speaks with the hosts of a world. */
export function fakeClient(options: ClientOptions): SidecarClient {
  const { hostAt, latencyMs } = options;
  const read = async <T>(target: SidecarTarget, kind: string, ms: number, perform: (host: Host) => T): Promise<T> => {
    const lane = ms >= JMX_MS ? 'jmx' : 'memory';
    options.onCall(target, lane, 1);
    const host = hostAt(target.ip);
    const answer = options.gate.call(options.process, {
      ...{ kind, what: target.uid, latencyMs: ms, heldMs: host?.heldMs(false) ?? 0 },
      perform: () => perform(present(host)),
      broken: unreachable,
    });
    return answer.finally(() => options.onCall(target, lane, -1));
  };
  return {
    list: (target) => read(target, 'list', latencyMs(), (host) => host.list()),
    operation: (target, id) => read(target, 'GET operation', latencyMs(), (host) => host.operation(id)),
    cassandra: (target) => read(target, 'GET status', JMX_MS + latencyMs(), (host) => host.status()),
    version: (target) => read(target, 'GET version', JMX_MS + latencyMs(), (host) => present(host).version),
    submit: (target, body, guard, signal) => {
      options.onCall(target, 'submit', 1);
      const answer = submit(options, { target, body, guard, signal });
      return answer.finally(() => options.onCall(target, 'submit', -1));
    },
  };
}

interface Post {
  target: SidecarTarget;
  body: Readonly<Record<string, unknown>>;
  guard: SendGuard;
  signal: AbortSignal;
}

async function submit(options: ClientOptions, { target, body, guard, signal }: Post): Promise<SubmitResult> {
  const { gate, process, hostAt, latencyMs, connectMs, causeOf } = options;
  await new Promise<void>((resolve) => process.clock.after(connectMs(), resolve));
  // The connection stands with this host: whoever has the address later never hears of it.
  const host = hostAt(target.ip);
  if (host?.up !== true) return { result: 'notSent', message: 'connection refused' };
  const refusal = signal.aborted ? 'the operator stopped waiting' : guard();
  if (refusal !== undefined) return { result: 'notSent', message: refusal };
  const cause = causeOf(target, body, process.name);
  const answer = gate.call<SubmitResult>(process, {
    ...{ kind: 'POST', what: target.uid, latencyMs: latencyMs(), heldMs: host.heldMs(true) },
    perform: () => posted(host, body, cause),
    broken: (fault) => {
      if (fault === 'refused') return { result: 'rejected', permanent: false, message: 'HTTP 503, Retry-After 5' };
      return { result: 'unknown', message: `no answer (${fault})` };
    },
  });
  const reset = new Promise<SubmitResult>((resolve) => {
    signal.addEventListener('abort', () => resolve({ result: 'unknown', message: 'reset' }), { once: true });
  });
  return Promise.race([answer, reset]);
}

/** A Sidecar that went away between the connection and the request: nobody can know. */
function posted(host: Host, body: Readonly<Record<string, unknown>>, cause: Cause | undefined): SubmitResult {
  if (!host.up) return { result: 'unknown', message: 'connection reset' };
  return { result: 'created', operation: host.post(body, cause) };
}

function present(host: Host | undefined): Host {
  if (host === undefined) throw new SidecarFault('unreachable', 'no route to host');
  return host;
}

function unreachable(fault: EffectFault): never {
  throw new SidecarFault('unreachable', `no answer (${fault})`);
}
