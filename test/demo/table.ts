// The demo's picture of a run, as pure functions: from a status to the lines of a table, and from two statuses to the lines
// that say what has changed. Draws nothing.
import type { CassandraCleanupStatus, NodeStatus } from '../../src/api/generated.ts';

/** What a table is fitted to. */
export interface TableFrame {
  /** The resource's name. */
  name: string;
  /** Milliseconds since the epoch: times count to here, and bars without a known end move with it. */
  now: number;
  columns: number;
  /** Lines that there is room for; nodes that have no room are counted. */
  rows: number;
  colour: boolean;
}

type Cell = { text: string; width: number; colour?: number; right?: boolean };

const GREEN = 32;
const YELLOW = 33;
const RED = 31;
const CYAN = 36;
const DIM = 2;
const BOLD = 1;
const COLOURS: Record<NodeStatus['state'], number> = {
  Pending: DIM,
  Submitting: YELLOW,
  Running: CYAN,
  Completed: GREEN,
  Failed: RED,
  Skipped: YELLOW,
};

/** The table: a head, a line for each node, a bar for the whole run, and what it waits for or how it ended. */
export function tableLines(status: CassandraCleanupStatus, frame: TableFrame): string[] {
  const nodes = status.nodes ?? [];
  const widths = widthsOf(nodes, frame.columns);
  const { shown, above, below } = windowOf(nodes, Math.max(1, frame.rows - AROUND));
  const note = (count: number, where: string) => (count === 0 ? [] : [paint(`  … ${count} more ${where}`, DIM, frame)]);
  return [
    headOf(widths, frame),
    ...note(above, 'above'),
    ...shown.map((run) => rowOf(run, widths, frame)),
    ...note(below, 'below'),
    '',
    totalOf(status, frame),
    ...folded(reasonOf(status), frame.columns).map((line) => paint(line, DIM, frame)),
  ];
}

interface Widths {
  node: number;
  rack: number;
  bar: number;
  id: number;
}

const STATE = 10;
const ATTEMPTS = 8;
const TIME = 7;
const UUID = 36;
const GAPS = 12;
/** Lines of the reason at most, and all lines that are not nodes. */
const REASON = 3;
const AROUND = 5 + REASON;

function widthsOf(nodes: readonly NodeStatus[], columns: number): Widths {
  const longest = (texts: readonly string[], most: number) =>
    Math.min(most, Math.max(...texts.map((text) => text.length)));
  const node = longest(['NODE', ...nodes.map((run) => run.name)], 30);
  const rack = longest(['RACK', ...nodes.map((run) => run.rack ?? '')], 16);
  const left = columns - node - rack - STATE - ATTEMPTS - TIME - GAPS;
  const bar = Math.min(24, Math.max(8, left - UUID));
  return { node, rack, bar, id: Math.max(0, left - bar) };
}

/** The nodes that there is room for: those around the first that is not over. */
function windowOf(nodes: readonly NodeStatus[], room: number) {
  if (nodes.length <= room) return { shown: nodes, above: 0, below: 0 };
  const current = nodes.findIndex((run) => run.state !== 'Completed' && run.state !== 'Skipped');
  const middle = (current === -1 ? nodes.length : current) - Math.floor(room / 2);
  const above = Math.max(0, Math.min(nodes.length - room, middle));
  return { shown: nodes.slice(above, above + room), above, below: nodes.length - above - room };
}

function headOf(widths: Widths, frame: TableFrame): string {
  const cells = cellsOf(['NODE', 'RACK', 'STATE', 'PROGRESS', 'ATTEMPTS', 'TIME', 'OPERATION'], widths);
  return paint(joined(cells, { ...frame, colour: false }), BOLD, frame);
}

function rowOf(run: NodeStatus, widths: Widths, frame: TableFrame): string {
  const attempts = run.attempts === undefined || run.attempts === 0 ? '' : String(run.attempts);
  const texts = [run.name, run.rack ?? '', run.state, barOf(run, widths.bar, frame.now), attempts];
  const cells = cellsOf([...texts, timeOf(run, frame.now), run.operation?.id ?? ''], widths);
  return joined(
    cells.map((cell, index) => (index === 2 || index === 3 ? { ...cell, colour: COLOURS[run.state] } : cell)),
    frame,
  );
}

function cellsOf(texts: readonly string[], widths: Widths): Cell[] {
  const columns = [widths.node, widths.rack, STATE, widths.bar, ATTEMPTS, TIME, widths.id];
  return columns.map((width, index) => ({ text: texts[index] ?? '', width, right: index === 4 || index === 5 }));
}

/** The cells as a line; those on the right that there is no room for are left out. */
function joined(cells: readonly Cell[], frame: TableFrame): string {
  let end = -2;
  const fitting = cells.filter(({ width }) => {
    end += width + 2;
    return end <= frame.columns;
  });
  const texts = fitting.map(({ text, width, colour, right = false }) => {
    const fitted = cut(text, width);
    const padded = right ? fitted.padStart(width) : fitted.padEnd(width);
    return colour === undefined ? padded : paint(padded, colour, frame);
  });
  return texts.join('  ').trimEnd();
}

/** A bar: full where the node is done, as far as its Sidecar says while it runs. A Sidecar that says 0 until the end moves it. */
function barOf(run: NodeStatus, width: number, now: number): string {
  if (run.state === 'Completed') return bar(1, width);
  if (run.state !== 'Running') return bar(0, width);
  const progress = run.operation?.progress ?? 0;
  return progress > 0 ? bar(progress, width) : moving(width, now);
}

function bar(share: number, width: number): string {
  const full = Math.round(share * width);
  return '█'.repeat(full) + '░'.repeat(width - full);
}

function moving(width: number, now: number): string {
  const length = Math.max(2, Math.floor(width / 4));
  const way = width - length;
  const step = Math.floor(now / 100) % (2 * way);
  const start = step < way ? step : 2 * way - step;
  return '░'.repeat(start) + '▓'.repeat(length) + '░'.repeat(way - start);
}

/** How long the node has been at it, from its first attempt to the end of its operation. */
function timeOf(run: NodeStatus, now: number): string {
  if (run.startTime === undefined) return '';
  const isOver = run.state !== 'Submitting' && run.state !== 'Running';
  const end = isOver ? Date.parse(run.operation?.completionTime ?? run.startTime) : now;
  return seconds(end - Date.parse(run.startTime));
}

function totalOf(status: CassandraCleanupStatus, frame: TableFrame): string {
  const { state = 'Pending', completed = 0, total = 0, failed = 0, progressPercent = 0, startTime } = status;
  const end = status.completionTime === undefined ? frame.now : Date.parse(status.completionTime);
  const time = startTime === undefined ? '' : `  ${seconds(end - Date.parse(startTime))}`;
  const count = `${completed} of ${total} nodes${failed > 0 ? `, ${failed} failed` : ''}`;
  const room = frame.columns - frame.name.length - state.length - count.length - time.length - 13;
  const colour = { Completed: GREEN, Failed: RED, Running: CYAN, Suspended: YELLOW, Pending: DIM }[state];
  const picture = `${bar(progressPercent / 100, Math.min(30, Math.max(4, room)))} ${String(progressPercent).padStart(3)} %`;
  if (room < 0) return paint(cut(`${state}  ${count}${time}`, frame.columns), colour, frame);
  return `${frame.name}  ${paint(`${state}  ${picture}`, colour, frame)}  ${count}${time}`;
}

/** What the run waits for, or how it ended. */
function reasonOf(status: CassandraCleanupStatus): string {
  const finished = status.conditions?.find((condition) => condition.type === 'Finished');
  return finished === undefined ? 'not seen by the operator yet' : `${finished.reason}: ${finished.message}`;
}

/** Lines for a log: one for each node that has changed what a person cares for, and one for each new state of the run. */
export function changeLines(before: CassandraCleanupStatus, after: CassandraCleanupStatus): string[] {
  const known = new Map((before.nodes ?? []).map((run) => [run.name, run]));
  const nodes = (after.nodes ?? []).filter((run) => newsOf(run) !== newsOf(known.get(run.name)));
  const lines = nodes.filter((run) => known.has(run.name) || run.state !== 'Pending').map(lineOf);
  const run = `${after.state}, ${after.completed ?? 0} of ${after.total ?? 0} nodes: ${reasonOf(after)}`;
  return before.state === after.state && before.total === after.total ? lines : [...lines, run];
}

function newsOf(run: NodeStatus | undefined): string {
  return [run?.state, run?.attempts, run?.operation?.id, run?.reason].join('/');
}

function lineOf(run: NodeStatus): string {
  const rack = run.rack === undefined ? '' : ` (${run.rack})`;
  const attempt = run.attempts === undefined ? '' : `  attempt ${run.attempts}`;
  const operation = run.operation === undefined ? '' : `  operation ${run.operation.id} ${run.operation.state}`;
  const why = run.reason === undefined ? '' : `  ${run.reason}: ${run.message ?? ''}`;
  return `${run.name}${rack}  ${run.state.padEnd(STATE)}${attempt}${operation}${why}`;
}

/** A duration for people: "3.4 s". */
export function seconds(ms: number): string {
  return `${(Math.max(0, ms) / 1_000).toFixed(1)} s`;
}

/** The text in lines of at most this width; what does not fit into them is cut. */
function folded(text: string, width: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines.at(-1) ?? '';
    if (last === '' || last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`.trimStart();
    else lines.push(word);
  }
  const kept = [...lines.slice(0, REASON - 1), lines.slice(REASON - 1).join(' ')];
  return kept.filter((line) => line !== '').map((line) => cut(line, width));
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`.slice(0, width);
}

function paint(text: string, colour: number, { colour: isOn }: TableFrame): string {
  return isOn ? `\x1b[${colour}m${text}\x1b[0m` : text;
}
