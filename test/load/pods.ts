// The Pods of a load world, as the cache has them and as the API server has them: the same.
import type { NodeDirectory } from '../../src/controller/ports.ts';
import type { Node } from '../../src/core/model.ts';

/** Pods by namespace; a test changes them. */
export class Pods implements NodeDirectory {
  readonly #byNamespace = new Map<string, Node[]>();
  readonly #exchange: () => Promise<void>;

  constructor(exchange: () => Promise<void>) {
    this.#exchange = exchange;
  }

  put({ live: _live, ...plain }: Node): void {
    const others = this.inNamespace(plain.namespace).filter((one) => one.name !== plain.name);
    const all = [...others, plain];
    this.#byNamespace.set(
      plain.namespace,
      all.sort((a, b) => (a.name < b.name ? -1 : 1)),
    );
  }

  inNamespace(namespace: string): readonly Node[] {
    return this.#byNamespace.get(namespace) ?? [];
  }

  async readLive(namespace: string, name: string): Promise<Node | undefined> {
    await this.#exchange();
    const found = this.inNamespace(namespace).find((one) => one.name === name);
    return found && { ...found, live: true };
  }
}
