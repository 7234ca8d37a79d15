// Takes queries of PromQL apart as far as a test needs: the metrics that they name, with the labels they are selected by, and
// the labels that they group and join by. It does not judge their syntax; promtool does.

export interface Matcher {
  label: string;
  op: '=' | '!=' | '=~' | '!~';
  value: string;
}

/** One metric of a query, with what stands in its braces. */
export interface Selector {
  metric: string;
  matchers: Matcher[];
}

export interface QueryParts {
  selectors: Selector[];
  /** Labels of by, without, on, ignoring, group_left and group_right. */
  grouping: string[];
}

const TEXT = String.raw`"(?:[^"\\]|\\.)*"`;
const GROUPING = /\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)/g;
const SELECTOR = new RegExp(String.raw`(?<![\w.])([a-zA-Z_:][\w:]*)\s*(\{(?:[^"{}]|${TEXT})*\})?(?!\s*\(|[\w:])`, 'g');
const MATCHER = new RegExp(String.raw`(\w+)\s*(=~|!~|!=|=)\s*(${TEXT})`, 'g');
const WORDS = new Set([
  'and',
  'or',
  'unless',
  'bool',
  'offset',
  'atan2',
  'inf',
  'nan',
  'by',
  'without',
  'on',
  'ignoring',
]);

/** The parts of one query. */
export function partsOf(query: string): QueryParts {
  const grouping = [...query.matchAll(GROUPING)].flatMap(([, list = '']) =>
    list.split(',').map((label) => label.trim()),
  );
  const rest = query.replace(GROUPING, ' ').replace(/\[[^\]]*\]/g, ' ');
  const selectors = [...rest.matchAll(SELECTOR)]
    .map(([, metric = '', braces = '']) => ({ metric, matchers: matchersIn(braces) }))
    .filter(({ metric }) => !WORDS.has(metric.toLowerCase()));
  return { selectors, grouping: grouping.filter((label) => label !== '') };
}

function matchersIn(braces: string): Matcher[] {
  return [...braces.matchAll(MATCHER)].map(([, label = '', op, value = '""']) => ({
    label,
    op: op as Matcher['op'],
    value: JSON.parse(value),
  }));
}
