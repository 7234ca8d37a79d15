// What the list of metrics says about one of them, and the types that follow from the list.

/** One metric. Its name is its key in the list. */
export interface MetricSpec {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  /** By label: its values, or, where they cannot be listed, what it holds. */
  readonly labels: Readonly<Record<string, readonly string[] | string>>;
  /** Upper bounds, of a histogram. */
  readonly buckets?: readonly number[];
}

/** Metrics by name. */
export type MetricList = Readonly<Record<string, MetricSpec>>;

/** Stands in for a value that is not listed for its label, so that no label grows without bound. */
export const OTHER = 'other';

/** Names of the metrics of a list that have this type. */
export type NameOf<List extends MetricList, Type extends MetricSpec['type']> = {
  [Name in keyof List]: List[Name]['type'] extends Type ? Name : never;
}[keyof List] &
  string;

/** A value for each label of a metric. */
export type LabelsOf<Spec extends MetricSpec> = Readonly<Record<keyof Spec['labels'] & string, string>>;
