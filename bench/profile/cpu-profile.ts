// A .cpuprofile of V8 as a tree of times, as folded stacks, and as a list of who takes the time. Pure.

export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
    readonly children?: readonly number[];
  }[];
  readonly samples: readonly number[];
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[];
}

/** One function as called from where it stands in the tree. Milliseconds. */
export interface Frame {
  readonly name: string;
  readonly selfMs: number;
  readonly totalMs: number;
  readonly children: readonly Frame[];
}

/** The tree of all that ran; idle time is left out. */
export function frameTree(profile: CpuProfile): Frame {
  const self = new Map<number, number>();
  for (const [index, id] of profile.samples.entries()) {
    self.set(id, (self.get(id) ?? 0) + (profile.timeDeltas[index] ?? 0) / 1_000);
  }
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const frame = (id: number): Frame[] => {
    const node = nodes.get(id);
    if (node === undefined || node.callFrame.functionName === '(idle)') return [];
    const children = (node.children ?? []).flatMap(frame).sort((a, b) => b.totalMs - a.totalMs);
    const selfMs = self.get(id) ?? 0;
    const totalMs = children.reduce((sum, child) => sum + child.totalMs, selfMs);
    return [{ name: frameName(node.callFrame), selfMs, totalMs, children }];
  };
  return frame(profile.nodes[0]?.id ?? 0)[0] ?? { name: '(root)', selfMs: 0, totalMs: 0, children: [] };
}

/** `observe src/controller/observe.ts:40`; of a bundle the function and its line. */
function frameName({ functionName, url, lineNumber }: CpuProfile['nodes'][number]['callFrame']): string {
  const name = functionName === '' ? '(anonymous)' : functionName;
  if (url === '') return name;
  const place = url.replace(/^file:\/\//, '').replace(/^.*\/(?=src\/|node_modules\/|[^/]+\.cjs$)/, '');
  return `${name} ${place}:${lineNumber + 1}`;
}

/** Self times by function, the longest first. */
export function hottest(root: Frame, count: number): { name: string; ms: number; share: number }[] {
  return longest(root, count, ({ name }) => name);
}

/** Self times by file, or by package. */
export function byFile(root: Frame, count: number): { name: string; ms: number; share: number }[] {
  return longest(root, count, ({ name }) => {
    const place = name.split(' ').at(-1) ?? '';
    const inPackage = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(place)?.[1];
    return inPackage ?? place.replace(/:\d+$/, '');
  });
}

function longest(root: Frame, count: number, groupOf: (frame: Frame) => string) {
  const times = new Map<string, number>();
  const visit = (frame: Frame): void => {
    const group = groupOf(frame);
    times.set(group, (times.get(group) ?? 0) + frame.selfMs);
    frame.children.forEach(visit);
  };
  visit(root);
  return [...times]
    .map(([name, ms]) => ({ name, ms, share: ms / root.totalMs }))
    .sort((a, b) => b.ms - a.ms)
    .slice(0, count);
}

/** One line a stack, with its milliseconds: what flame graph programs read. */
export function foldedStacks(root: Frame): string {
  const lines: string[] = [];
  const visit = (frame: Frame, above: readonly string[]): void => {
    const stack = [...above, frame.name.replaceAll(';', ',')];
    if (frame.selfMs >= 0.1) lines.push(`${stack.join(';')} ${Math.round(frame.selfMs)}`);
    for (const child of frame.children) visit(child, stack);
  };
  visit(root, []);
  return `${lines.join('\n')}\n`;
}
