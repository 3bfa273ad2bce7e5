import { isArray, isObject, type Json, type JsonObject, member } from '../kernel/json.ts';
import { child, type Pointer, ROOT, tokensOf } from '../kernel/pointer.ts';
import { suggest } from '../kernel/suggest.ts';

/**
 * Whether a pointer can name a part of what a JSON Schema describes. Follows `properties`, `items`, `prefixItems`,
 * declared maps, local `$ref`s and combined schemas; where the schema does not say, the answer is yes.
 */
export function argumentExists(
  schema: JsonObject,
  pointer: Pointer,
): { readonly exists: true } | { readonly exists: false; readonly suggestion: string | null } {
  let here: readonly JsonObject[] = [schema];
  let at = ROOT;
  for (const token of tokensOf(pointer) ?? []) {
    const steps = here.flatMap((part) => step(schema, part, token, 0));
    if (steps.some((next) => next === 'open')) return { exists: true };
    const next = steps.filter((part): part is JsonObject => part !== 'open');
    if (next.length === 0) {
      const near = suggest(token, new Set(here.flatMap((part) => Object.keys(propertiesOf(part)))));
      return { exists: false, suggestion: near === null ? null : child(at, near) };
    }
    here = next.slice(0, 64);
    at = child(at, token);
  }
  return { exists: true };
}

function step(root: JsonObject, schema: JsonObject, token: string, depth: number): readonly (JsonObject | 'open')[] {
  // A cycle of references names nothing more than it did the first time.
  if (depth > 16) return [];
  const found: (JsonObject | 'open')[] = [];
  const take = (value: Json | undefined): void => {
    if (isObject(value)) found.push(value);
    else if (value === true) found.push('open');
  };
  take(member(propertiesOf(schema), token));
  if (found.length === 0 && token !== '*') take(schema['additionalProperties']);
  if (token === '*' && isObject(schema['additionalProperties'])) found.push(schema['additionalProperties']);
  if (schema['patternProperties'] !== undefined) found.push('open');
  if (token === '*' || /^(?:0|[1-9]\d*)$/.test(token)) {
    take(schema['items']);
    if (isArray(schema['prefixItems'])) schema['prefixItems'].forEach((item) => take(item));
  }
  const ref = schema['$ref'];
  if (typeof ref === 'string') {
    const target = resolve(root, ref);
    found.push(...(target === undefined ? (['open'] as const) : step(root, target, token, depth + 1)));
  }
  for (const keyword of ['allOf', 'anyOf', 'oneOf'] as const) {
    const parts = schema[keyword];
    if (!isArray(parts)) continue;
    for (const part of parts.slice(0, 64)) if (isObject(part)) found.push(...step(root, part, token, depth + 1));
  }
  return found;
}

function propertiesOf(schema: JsonObject): JsonObject {
  const properties = member(schema, 'properties');
  return isObject(properties) ? properties : {};
}

function resolve(root: JsonObject, ref: string): JsonObject | undefined {
  if (!ref.startsWith('#')) return undefined;
  let value: Json | undefined = root;
  for (const token of tokensOf(ref.slice(1)) ?? ['']) value = isObject(value) ? member(value, token) : undefined;
  return isObject(value) ? value : undefined;
}
