// Kubernetes label selectors: do these labels match, and can the selector exist at all.
import type { LabelSelector, LabelSelectorRequirement } from '../api/generated.ts';

type Labels = Readonly<Record<string, string>>;

const NAME = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const PREFIX = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** Whether a Pod with these labels is selected. Every requirement must hold. */
export function matches(selector: LabelSelector, labels: Labels): boolean {
  const equal = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => label(labels, key) === value);
  return equal && holdsAll(selector.matchExpressions ?? [], labels);
}

function holdsAll(requirements: readonly LabelSelectorRequirement[], labels: Labels): boolean {
  return requirements.every((requirement) => holds(requirement, labels));
}

/** Why no Pod can ever match (a key or value that Kubernetes does not allow on a Pod), or undefined. */
export function impossible(selector: LabelSelector, field: string): string | undefined {
  const labels = Object.entries(selector.matchLabels ?? {}).map(([key, value]) => badKey(key) ?? badValue(value));
  const requirements = (selector.matchExpressions ?? []).map(badRequirement);
  const label = labels.find((reason) => reason !== undefined);
  if (label !== undefined) return `${field}.matchLabels: ${label}`;
  const requirement = requirements.find((reason) => reason !== undefined);
  return requirement === undefined ? undefined : `${field}.matchExpressions: ${requirement}`;
}

function badRequirement({ key, values }: LabelSelectorRequirement): string | undefined {
  return badKey(key) ?? (values ?? []).map(badValue).find((reason) => reason !== undefined);
}

function label(labels: Labels, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}

function holds({ key, operator, values }: LabelSelectorRequirement, labels: Labels): boolean {
  const value = label(labels, key);
  const listed = value !== undefined && (values ?? []).includes(value);
  const answers = { In: listed, NotIn: !listed, Exists: value !== undefined, DoesNotExist: value === undefined };
  return answers[operator] ?? false;
}

function badKey(key: string): string | undefined {
  const slash = key.lastIndexOf('/');
  const prefix = slash < 0 ? undefined : key.slice(0, slash);
  const fits =
    NAME.test(key.slice(slash + 1)) && (prefix === undefined || (prefix.length <= 253 && PREFIX.test(prefix)));
  return fits ? undefined : `no Pod can have a label with the key "${key}"`;
}

function badValue(value: string): string | undefined {
  return value === '' || NAME.test(value) ? undefined : `no Pod can have a label with the value "${value}"`;
}
