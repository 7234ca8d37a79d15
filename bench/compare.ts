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
}

/** Figures that both runs measured of our operator. */
export function compared(before: readonly Figure[], after: readonly Figure[]): Comparison[] {
  const known = new Map(before.map((figure) => [nameOf(figure), figure]));
  return after.flatMap((figure) => {
    const old = known.get(nameOf(figure));
    if (old === undefined || old.ours.length === 0 || figure.ours.length === 0) return [];
    const [was, is] = [median(old.ours), median(figure.ours)];
    const naiveRatio = ratio(median(figure.naive), median(old.naive));
    return [{ figure: nameOf(figure), before: was, after: is, ratio: ratio(is, was), naiveRatio }];
  });
}

/** The comparison as text. */
export function comparisonTable(comparisons: readonly Comparison[]): string {
  const rows = comparisons.map((one) => [
    one.figure,
    '',
    '',
    rounded(one.before),
    rounded(one.after),
    rounded(one.ratio),
    rounded(one.naiveRatio),
  ]);
  return textTable([['figure', '', '', 'before', 'now', 'now/before', 'naive now/before'], ...rows]);
}

/** Nothing to nothing is no change. */
function ratio(after: number, before: number): number {
  return after === 0 && before === 0 ? 1 : after / before;
}
