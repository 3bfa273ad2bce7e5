/**
 * Member names that something downstream gives a meaning of its own: JavaScript's prototype, and the escapes of Cedar's
 * JSON form, which turn an object of the context into an entity or a call (FORMATS, "One universe of values").
 */
export const RESERVED_NAMES: ReadonlySet<string> = new Set(['__proto__', '__entity', '__extn', '__expr']);
