// Reads JSON of a stranger: own fields only, so that `__proto__` and inherited names mean nothing.

/** A JSON object (not an array, not null). */
export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object's own field of that name; undefined where it has none. */
export function field(object: object, name: string): unknown {
  return Object.hasOwn(object, name) ? (object as Record<string, unknown>)[name] : undefined;
}
