// A Lease behind a server with faults at will, and replicas that campaign for it, each with a clock of its own.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKubeClient, type KubeClient } from '../../src/kube/client.ts';
import { LeaseCampaign } from '../../src/kube/lease.ts';
import { type FakeApiserver, type FakeRequest, fakeKubeconfig, startFakeApiserver } from '../support/fake-apiserver.ts';
import { ManualClock } from './manual-clock.ts';

/** The fields of a Lease that the tests look at. */
export interface StoredLease {
  metadata: { name: string; namespace: string; resourceVersion: string };
  spec: {
    holderIdentity: string;
    leaseDurationSeconds: number;
    acquireTime: string;
    renewTime: string;
    leaseTransitions: number;
  };
}

/** One campaigner. */
export interface Replica {
  campaign: LeaseCampaign;
  clock: ManualClock;
  /** `started` and `stopped`, as they came. */
  terms: string[];
  /** Lets the next try happen, and waits until it is over; gives the wait in milliseconds. */
  nextTry(): Promise<number>;
}

/** The server and its Lease. */
export interface LeaseRig {
  server: FakeApiserver;
  lease: StoredLease | undefined;
  /** What goes wrong with a request, if anything: true = it was dealt with. */
  fault: (request: FakeRequest, apply: () => void) => boolean;
  replica(identity: string): Replica;
  close(): Promise<void>;
}

/** Every wait of a campaign is due within this. */
const WAIT = 15_000;

/** Starts the server, without a Lease. */
export async function startLeaseRig(): Promise<LeaseRig> {
  const server = await startFakeApiserver();
  const directory = mkdtempSync(join(tmpdir(), 'lease-'));
  const replicas: Replica[] = [];
  const clients: KubeClient[] = [];
  const rig: LeaseRig = {
    server,
    lease: undefined,
    fault: () => false,
    replica(identity) {
      const clock = new ManualClock();
      const client = createKubeClient({ clock, userAgent: 'test', kubeconfig: fakeKubeconfig(server.url, directory) });
      const terms: string[] = [];
      const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
      const campaign = new LeaseCampaign({
        client,
        namespace: 'ops',
        name: 'the-lease',
        identity,
        clock,
        random: () => 0.5,
        log,
        onStarted: () => terms.push('started'),
        onStopped: () => terms.push('stopped'),
      });
      const nextTry = async () => {
        const waited = await clock.fire(WAIT);
        await campaign.settled();
        return waited;
      };
      const replica = { campaign, clock, terms, nextTry };
      replicas.push(replica);
      clients.push(client);
      return replica;
    },
    async close() {
      rig.fault = () => false;
      await Promise.all(replicas.map(({ campaign }) => campaign.stop()));
      for (const client of clients) client.close();
      await server.close();
      rmSync(directory, { recursive: true });
    },
  };
  server.script = (request) => {
    if (rig.fault(request, () => answer(rig, request))) return;
    request.json(...answer(rig, request));
  };
  return rig;
}

/** What an API server does with one Lease: status and body. */
function answer(rig: LeaseRig, { method, body }: FakeRequest): [number, unknown] {
  const { lease } = rig;
  if (method === 'GET') return lease === undefined ? refusal(404) : [200, lease];
  if (method === 'POST') return lease === undefined ? stored(rig, body) : refusal(409);
  if (lease === undefined) return refusal(404);
  const sent: StoredLease = JSON.parse(body);
  return sent.metadata.resourceVersion === lease.metadata.resourceVersion ? stored(rig, body) : refusal(409);
}

function stored(rig: LeaseRig, body: string): [number, unknown] {
  const sent: StoredLease = JSON.parse(body);
  const resourceVersion = String(Number(rig.lease?.metadata.resourceVersion ?? 100) + 1 + rig.server.requests.length);
  rig.lease = { ...sent, metadata: { ...sent.metadata, resourceVersion } };
  return [200, rig.lease];
}

function refusal(code: number): [number, unknown] {
  return [code, { kind: 'Status', message: `refused with ${code}`, code }];
}
