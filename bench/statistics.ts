// Numbers about numbers: percentiles, spread, and Jain's index of fairness. Pure.

/** The smallest, the middle and the largest of some values. */
export interface Spread {
  min: number;
  median: number;
  max: number;
}

/** The value that `share` of all values do not pass (nearest rank); NaN of none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

/** The middle value; of an even number the mean of both in the middle; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length / 2;
  const upper = sorted[Math.floor(half)] ?? Number.NaN;
  return Number.isInteger(half) ? (upper + (sorted[half - 1] ?? Number.NaN)) / 2 : upper;
}

/** Undefined of no values. */
export function spread(values: readonly number[]): Spread | undefined {
  if (values.length === 0) return undefined;
  return { min: Math.min(...values), median: median(values), max: Math.max(...values) };
}

/** Jain's index: 1 = all shares are equal, 1/n = one has everything; NaN of none. */
export function jain(shares: readonly number[]): number {
  const total = sum(shares);
  return (total * total) / (shares.length * sum(shares.map((share) => share * share)));
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** What y grows by where x grows by one: the line of least squares through some points. */
export function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const [x, y] = [sum(points.map(([one]) => one)) / points.length, sum(points.map(([, one]) => one)) / points.length];
  const across = sum(points.map(([one, other]) => (one - x) * (other - y)));
  return across / sum(points.map(([one]) => (one - x) ** 2));
}
