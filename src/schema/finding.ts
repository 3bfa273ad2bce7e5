import { type Finding, finding } from '../kernel/finding.ts';
import type { Place } from '../kernel/place.ts';
import { suggest } from '../kernel/suggest.ts';
import type { SchemaProblem } from './problem.ts';

/** A problem of a schema as a finding of the rule that its code names. */
export function schemaFinding(problem: SchemaProblem, place: Place): Finding {
  switch (problem.code) {
    case 'schema-invalid':
    case 'schema-open':
    case 'schema-too-large':
      return finding(`structure/${problem.code}`, place, { detail: problem.detail });
    case 'schema-remote-ref':
      return finding('structure/schema-remote-ref', place, { ref: problem.ref });
    case 'schema-unsupported':
      return finding('structure/schema-unsupported', place, {
        keyword: problem.keyword,
        suggestion: suggest(problem.keyword, KEYWORDS),
      });
    case 'pattern-unsafe':
      return finding('structure/pattern-unsafe', place, { pattern: problem.pattern, detail: problem.detail });
    case 'reserved-name':
      return finding('structure/reserved-name', place, { name: problem.name });
  }
}

/** Keywords that authors write, for what was probably meant. */
const KEYWORDS: readonly string[] = [
  ...['type', 'const', 'enum', 'title', 'description', 'default', 'examples', '$defs', '$ref', '$comment'],
  ...['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  ...['minLength', 'maxLength', 'pattern', 'format'],
  ...['items', 'prefixItems', 'contains', 'minItems', 'maxItems', 'uniqueItems'],
  ...['properties', 'required', 'additionalProperties', 'patternProperties', 'propertyNames'],
  ...['minProperties', 'maxProperties', 'dependentRequired', 'dependentSchemas'],
  ...['allOf', 'anyOf', 'oneOf', 'not', 'if', 'then', 'else', 'unevaluatedProperties', 'unevaluatedItems'],
];
