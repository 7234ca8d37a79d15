// What can befall a simulated world, besides faults of single effects: to processes, the lease, clocks, Pods, Sidecars, Cassandra,
// and what people do to objects. Each takes its choices from dice of its own, so that leaving one out changes no other.
import { keyOf } from '../../src/controller/ports.ts';
import type { Node, Resource } from '../../src/core/model.ts';
import { NOW, racked, resource } from '../support/builders.ts';
import { Dice } from './dice.ts';
import type { Host } from './host.ts';
import type { Operator } from './operator.ts';
import { foreignOperation, limitsOf, type STRANGE, shortOrLongMs, sidecarAway } from './strange.ts';
import type { World } from './world.ts';

export const MISHAPS = [
  'kill',
  'freeze',
  'terminate',
  'stealLease',
  'setClock',
  'restartSidecar',
  'replacePod',
  'unready',
  'leave',
  'deleteObject',
  'recreateObject',
  'wipeStatus',
  'suspend',
  'silence',
  'freezeSidecar',
] as const;
export type Mishap = (typeof MISHAPS | typeof STRANGE)[number];

/** What a schedule says of them (simulation.ts). */
interface Cast {
  skewMs: number;
  replicas: number;
  limits: number;
}

/** A simulated world with its people. */
export class Theatre {
  readonly deeds: string[] = [];
  readonly #world: World;
  readonly #skewMs: number;
  #calm = false;
  #uid = 0;
  /** Addresses that dead Pods had. */
  readonly #freeAddresses: string[] = [];

  constructor(world: World, { skewMs, replicas, limits }: Cast) {
    this.#world = world;
    this.#skewMs = skewMs;
    const { dice, timeline, api } = world;
    const nodes = dice.between(1, 3);
    for (let i = 0; i < nodes; i += 1) world.addHost(racked(`n${i}`, `r${i % 2}`, { ip: `10.0.0.${i}`, live: false }));
    const count = dice.pick(1, 1, 2, 3);
    const sameTables = dice.chance(0.5);
    for (let i = 0; i < count; i += 1) {
      const parallelism = dice.between(1, 3);
      const tables = sameTables ? ['items'] : [`table${i}`];
      const created = i === 0 ? 0 : dice.between(0, 20_000);
      const spec = { tables, parallelism, ...limitsOf(limits, i) };
      timeline.after(created, () => api.create(this.#object(`run${i}`, spec)));
    }
    for (let i = 0; i < replicas; i += 1) timeline.after(dice.between(0, 3_000), () => this.#start(`replica${i}`));
  }

  play(what: Mishap, seed: number): void {
    const dice = new Dice(seed);
    const deed = this.#deeds[what](dice);
    if (deed !== undefined) this.deeds.push(`${Math.round(this.#world.timeline.now)} ms: ${what} ${deed}`);
  }

  /** Trouble is over: everything that was broken is mended, and one process lives. */
  calm(): void {
    this.#calm = true;
    const { api, operators, hosts } = this.#world;
    for (const host of hosts.values()) host.cassandra = 'NORMAL';
    for (const node of api.pods.values()) if (!node.ready) api.putPod({ ...node, ready: true });
    for (const { metadata, plural, spec } of api.resources.values())
      if (spec.suspend) api.edit(keyOf({ metadata, plural } as Resource), { suspend: false });
    const [last, ...others] = operators.filter(({ process }) => process.alive).reverse();
    for (const { process } of others) process.crash();
    if (last === undefined) this.#start('replica0');
  }

  readonly #deeds: Record<Mishap, (dice: Dice) => string | undefined> = {
    kill: (dice) => this.#withOperator(dice, (one) => one.process.crash()),
    freeze: (dice) => this.#withOperator(dice, (one) => one.process.freeze(dice.between(1_000, 50_000))),
    terminate: (dice) => this.#withOperator(dice, (one) => void one.terminate()),
    stealLease: (dice) => this.#withOperator(dice, (one) => this.#world.api.stealLease(one.identity)),
    setClock: (dice) =>
      this.#withOperator(dice, ({ process }) => {
        process.wallOffset = dice.between(-this.#skewMs, this.#skewMs);
      }),
    restartSidecar: (dice) =>
      this.#withHost(dice, (host) => {
        const { api, timeline } = this.#world;
        host.restart(dice.between(500, 8_000), (node) =>
          timeline.after(dice.between(10, 5_000), () => {
            if (api.pods.get(node.name)?.uid === node.uid) api.putPod(node);
          }),
        );
      }),
    replacePod: (dice) => this.#withHost(dice, (host) => this.#replace(host, dice)),
    unready: (dice) =>
      this.#withHost(dice, (host) => this.#change(host, { ready: false }, dice.between(1_000, 20_000))),
    leave: (dice) =>
      this.#withHost(dice, (host) => {
        host.cassandra = dice.pick('LEAVING', 'JOINING', 'DRAINED', 'UNKNOWN');
        this.#world.timeline.after(dice.between(1_000, 30_000), () => {
          host.cassandra = 'NORMAL';
        });
      }),
    silence: (dice) =>
      this.#withHost(dice, (host) => {
        host.cassandra = 'silent';
        this.#world.timeline.after(dice.between(1_000, 30_000), () => {
          host.cassandra = 'NORMAL';
        });
      }),
    freezeSidecar: (dice) => this.#withHost(dice, (host) => host.freeze(dice.between(300, 45_000))),
    foreignOperation: (dice) => this.#withHost(dice, (host) => foreignOperation(host, dice)),
    sidecarAway: (dice) => this.#withHost(dice, (host) => sidecarAway(host, dice, this.#world)),
    relabel: (dice) =>
      this.#withHost(dice, (host) =>
        this.#change(host, { labels: { ...host.node.labels, app: 'another' } }, shortOrLongMs(dice)),
      ),
    deleteObject: (dice) => this.#withObject(dice, (one) => this.#world.api.delete(keyOf(one))),
    recreateObject: (dice) =>
      this.#withObject(dice, (one) => {
        const { api, timeline } = this.#world;
        api.delete(keyOf(one));
        timeline.after(dice.between(0, 3_000), () => {
          if (!api.resources.has(keyOf(one))) api.create(this.#object(one.metadata.name, one.spec));
        });
      }),
    wipeStatus: (dice) =>
      this.#withObject(dice, (one) => {
        const keep = dice.chance(0.5);
        this.#world.api.vandalize(keyOf(one), (status) =>
          keep ? { ...status, nodes: (status.nodes ?? []).slice(1) } : {},
        );
      }),
    suspend: (dice) =>
      this.#withObject(dice, (one) => {
        const { api, timeline } = this.#world;
        api.edit(keyOf(one), { suspend: true });
        timeline.after(dice.between(1_000, 20_000), () => api.edit(keyOf(one), { suspend: false }));
      }),
  };

  #start(identity: string): void {
    const living = this.#world.operators.filter(({ process }) => process.alive);
    if ((this.#calm && living.length > 0) || living.some((one) => one.identity === identity)) return;
    const { dice, operators } = this.#world;
    const offset = dice.between(-this.#skewMs, this.#skewMs);
    const operator = this.#world.startOperator(`${identity}/${operators.length}`, identity, offset);
    this.#watch(operator);
  }

  /** A process that died, of whatever cause, comes back. */
  #watch(operator: Operator): void {
    const { timeline, dice } = this.#world;
    timeline.after(1_000, () => {
      if (operator.process.alive) this.#watch(operator);
      else timeline.after(dice.between(0, 8_000), () => this.#start(operator.identity));
    });
  }

  #object(name: string, spec: object): Resource {
    const { timeline } = this.#world;
    this.#uid += 1;
    const creationTimestamp = new Date(NOW + timeline.now).toISOString();
    const metadata = { name, uid: `uid-of-${name}-${this.#uid}`, creationTimestamp };
    return resource({ metadata, spec: { ...spec, suspend: false } });
  }

  #replace(host: Host, dice: Dice): void {
    const { api, timeline } = this.#world;
    const { node } = host;
    if (node.ip !== undefined) this.#freeAddresses.push(node.ip);
    api.putPod({ ...node, terminating: true });
    timeline.after(dice.between(10, 3_000), () => {
      host.die();
      api.deletePod(node.name);
    });
    timeline.after(dice.between(16_000, 40_000), () => {
      this.#uid += 1;
      const ip = this.#freeAddresses.shift() ?? `10.0.1.${this.#uid}`;
      this.#world.addHost({
        ...node,
        uid: `${node.name}-${this.#uid}`,
        ip,
        sidecarContainer: `${node.name}-${this.#uid}`,
      });
    });
  }

  #change(host: Host, change: Partial<Node>, ms: number): void {
    const { api, timeline } = this.#world;
    api.putPod({ ...host.node, ...change });
    timeline.after(ms, () => {
      if (api.pods.get(host.node.name)?.uid === host.node.uid) api.putPod(host.node);
    });
  }

  #withOperator(dice: Dice, act: (one: Operator) => void): string | undefined {
    const living = this.#world.operators.filter(({ process }) => process.alive);
    const leader = living.find((one) => one.isLeader());
    const one = leader !== undefined && dice.chance(0.6) ? leader : living[dice.between(0, living.length - 1)];
    if (one === undefined || this.#calm) return undefined;
    act(one);
    return one.process.name;
  }

  #withHost(dice: Dice, act: (host: Host) => void): string | undefined {
    const names = [...this.#world.api.pods.keys()].sort();
    const name = names[dice.between(0, names.length - 1)];
    if (name === undefined || this.#calm) return undefined;
    const host = this.#world.host(name);
    if (!host.up || this.#world.api.pods.get(name)?.terminating) return undefined;
    act(host);
    return name;
  }

  #withObject(dice: Dice, act: (one: Resource) => void): string | undefined {
    const objects = [...this.#world.api.resources.values()];
    const one = objects[dice.between(0, objects.length - 1)];
    if (one === undefined || this.#calm) return undefined;
    act(one);
    return one.metadata.name;
  }
}
