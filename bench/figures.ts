// A figure: what one scenario measured of both operators, and the bar that ours is held to. Pure.
import { median } from './statistics.ts';

/** Where a figure should lie. */
export type Bar = { readonly atMost: number } | { readonly atLeast: number };

/** - `count`: the same on every machine, so a broken bar is an error. - `time`: depends on machine and load, and never is. */
export type FigureKind = 'count' | 'time';

/** One line of the table; a value for each repetition. */
export interface Figure {
  readonly scenario: string;
  readonly name: string;
  readonly unit: string;
  readonly kind: FigureKind;
  readonly bar?: Bar;
  readonly ours: readonly number[];
  readonly naive: readonly number[];
}

export type Verdict = 'held' | 'not held' | '';

/** Whether the median of ours is where it should be; '' = there is no bar, or nothing was measured. */
export function verdictOf({ bar, ours }: Pick<Figure, 'bar' | 'ours'>): Verdict {
  if (bar === undefined || ours.length === 0) return '';
  const value = median(ours);
  const holds = 'atMost' in bar ? value <= bar.atMost : value >= bar.atLeast;
  return holds ? 'held' : 'not held';
}

/** The counts whose bars are broken. */
export function brokenCounts(figures: readonly Figure[]): Figure[] {
  return figures.filter((figure) => figure.kind === 'count' && verdictOf(figure) === 'not held');
}

/** Figures of the same name become one, with the values of all repetitions; in the order of their first appearance. */
export function merged(figures: readonly Figure[]): Figure[] {
  const byName = new Map<string, Figure>();
  for (const figure of figures) {
    const name = nameOf(figure);
    const known = byName.get(name);
    const ours = [...(known?.ours ?? []), ...figure.ours];
    const naive = [...(known?.naive ?? []), ...figure.naive];
    byName.set(name, { ...figure, ours, naive });
  }
  return [...byName.values()];
}

/** What a figure is called in all runs. */
export function nameOf({ scenario, name }: Pick<Figure, 'scenario' | 'name'>): string {
  return `${scenario}: ${name}`;
}
