// Figures as the text that the bench prints. Pure.
import { type Bar, type Figure, verdictOf } from './figures.ts';
import { median, spread } from './statistics.ts';

const HEAD = ['', 'figure', 'unit', 'ours', 'naive', 'naive/ours', 'bar', ''];
/** Columns of numbers stand to the right. */
const NUMBERS = new Set([3, 4, 5, 6]);

/** One line a figure; where a scenario was repeated, the median and behind it the smallest and the largest value. */
export function figureTable(figures: readonly Figure[]): string {
  let before = '';
  const rows = figures.map((figure) => {
    const { scenario, name, unit, ours, naive, bar } = figure;
    const first = scenario === before ? '' : scenario;
    before = scenario;
    const ratio = rounded(median(naive) / median(ours));
    return [first, name, unit, spreadText(ours), spreadText(naive), ratio, barText(bar), verdictOf(figure)];
  });
  return textTable([HEAD, ...rows]);
}

/** Rows of cells under each other; a line below the first. */
export function textTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) =>
        NUMBERS.has(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  return [lines[0], rule, ...lines.slice(1), ''].join('\n');
}

/** Three digits that mean something; '' where there is no number. */
export function rounded(value: number): string {
  if (!Number.isFinite(value)) return '';
  if (value === 0) return '0';
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return String(Number(value.toFixed(Math.min(4, digits))));
}

function spreadText(values: readonly number[]): string {
  const all = spread(values);
  if (all === undefined) return '';
  if (values.length === 1) return rounded(all.median);
  return `${rounded(all.median)} (${rounded(all.min)}-${rounded(all.max)})`;
}

function barText(bar: Bar | undefined): string {
  if (bar === undefined) return '';
  return 'atMost' in bar ? `<= ${bar.atMost}` : `>= ${bar.atLeast}`;
}
