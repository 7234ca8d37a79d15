// A heap snapshot of V8 as a list of what takes the memory: strings, code, and objects by the name of their class. Pure.

interface Snapshot {
  readonly snapshot: {
    readonly meta: { readonly node_fields: readonly string[]; readonly node_types: [readonly string[]] };
  };
  readonly nodes: readonly number[];
  readonly strings: readonly string[];
}

export interface HeapShare {
  readonly name: string;
  readonly count: number;
  readonly bytes: number;
}

/** The largest groups of a snapshot, by what their objects themselves take. */
export function heapShares(snapshot: Snapshot, count: number): HeapShare[] {
  const { node_fields: fields, node_types: types } = snapshot.snapshot.meta;
  const [type, name, size] = ['type', 'name', 'self_size'].map((field) => fields.indexOf(field)) as [
    number,
    number,
    number,
  ];
  const groups = new Map<string, { count: number; bytes: number }>();
  for (let at = 0; at < snapshot.nodes.length; at += fields.length) {
    const kind = types[0][snapshot.nodes[at + type] ?? 0] ?? '';
    const isNamed = kind === 'object' || kind === 'native';
    const group = isNamed ? `${kind} ${snapshot.strings[snapshot.nodes[at + name] ?? 0]?.slice(0, 60)}` : kind;
    const known = groups.get(group) ?? { count: 0, bytes: 0 };
    groups.set(group, { count: known.count + 1, bytes: known.bytes + (snapshot.nodes[at + size] ?? 0) });
  }
  return [...groups]
    .map(([group, share]) => ({ name: group, ...share }))
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, count);
}
