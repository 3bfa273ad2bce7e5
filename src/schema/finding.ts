import { type Finding, finding } from '../kernel/finding.ts';
import type { Place } from '../kernel/place.ts';
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
      return finding('structure/schema-unsupported', place, { keyword: problem.keyword });
    case 'pattern-unsafe':
      return finding('structure/pattern-unsafe', place, { pattern: problem.pattern, detail: problem.detail });
    case 'reserved-name':
      return finding('structure/reserved-name', place, { name: problem.name });
  }
}
