// Two runs of the bench beside each other: ratios, new to old. Pure.
import { type Figure, nameOf } from './figures.ts';
import { median } from './statistics.ts';
import { rounded, textTable } from './table.ts';

export interface Comparison {
  readonly figure: string;
  readonly before: number;
  readonly after: number;
  /** New to old. */
  readonly ratio: number;
  /** Of the naive operator in the same two runs: what the machine did to both. NaN where it was not measured. */
  readonly naiveRatio: number;
  /** What became of naive/ours, new to old: 1 where the machine did the same to both. */
  readonly moved: number;
}

/** How far naive/ours may move between two runs that say the same. */
const STEADY = 0.15;

/** Figures that both runs measured of our operator. */
export function compared(before: readonly Figure[], after: readonly Figure[]): Comparison[] {
  const known = new Map(before.map((figure) => [nameOf(figure), figure]));
  return after.flatMap((figure) => {
    const old = known.get(nameOf(figure));
    if (old === undefined || old.ours.length === 0 || figure.ours.length === 0) return [];
    const [was, is] = [median(old.ours), median(figure.ours)];
    const own = ratio(is, was);
    const naiveRatio = ratio(median(figure.naive), median(old.naive));
    return [{ figure: nameOf(figure), before: was, after: is, ratio: own, naiveRatio, moved: naiveRatio / own }];
  });
}

/** The comparison as text; below it, of how many figures the ratio has stayed. */
export function comparisonTable(comparisons: readonly Comparison[]): string {
  const rows = comparisons.map((one) => [
    one.figure,
    '',
    '',
    rounded(one.before),
    rounded(one.after),
    rounded(one.ratio),
    rounded(one.naiveRatio),
    rounded(one.moved),
  ]);
  const moved = comparisons.map((one) => one.moved).filter((value) => Number.isFinite(value));
  const steady = moved.filter((value) => value <= 1 + STEADY && value >= 1 / (1 + STEADY));
  const head = ['figure', '', '', 'before', 'now', 'now/before', 'naive now/before', 'naive/ours now/before'];
  return `${textTable([head, ...rows])}naive/ours within ${STEADY * 100} % of before: ${steady.length} of ${moved.length} figures\n`;
}

/** Nothing to nothing is no change. */
function ratio(after: number, before: number): number {
  return after === 0 && before === 0 ? 1 : after / before;
}
