import type { Finding } from '../../kernel/finding.ts';
import { finding } from '../../kernel/finding.ts';
import { isObject, type Json, type JsonObject, member } from '../../kernel/json.ts';
import { suggest } from '../../kernel/suggest.ts';
import { brief } from '../../kernel/text.ts';
import { parseExpression } from '../../expression/parse.ts';
import { toolIn } from '../../policy/tools.ts';
import { compileSchema } from '../../schema/compile.ts';
import type { Law } from '../../store/model.ts';
import type { Template, Workflow } from '../../workflow/model.ts';
import { tasksOf } from '../../workflow/walk.ts';

/** Keywords beside `properties` by which an object schema may describe a member; one that has them is left to the runs. */
const FURTHER = [
  '$ref',
  'allOf',
  'anyOf',
  'oneOf',
  'if',
  'dependentSchemas',
  'patternProperties',
  'additionalProperties',
] as const;

/**
 * What can be seen of the arguments of calls and approvals without a run: required ones that are missing, ones that the
 * tool does not declare, and literals that its schema refuses. Generated runs see the rest (`property/arguments-invalid`).
 */
export function callArguments(workflow: Workflow, law: Law): readonly Finding[] {
  return tasksOf(workflow.do).flatMap((task): readonly Finding[] => {
    // The arguments of a function of `use.functions` stand where it is defined.
    if (task.kind !== 'call' || task.call.kind === 'infer' || task.with !== undefined) return [];
    const { tool: id, arguments: given } = task.call;
    const schema = toolIn(law, id)?.tool.input;
    if (schema === undefined || given.kind !== 'object') return [];
    const tell = (at: Template['at'], detail: string, suggestion: string | null = null): Finding =>
      finding('structure/call-arguments', workflow.locate(at), { tool: id, detail: brief(detail, 300), suggestion });
    // A name that is misspelt is missing as well: that is one mistake.
    const misspelt = new Set([...given.fields].map(([name, value]) => meant(schema, name, value)));
    return [
      ...requiredNames(schema)
        .filter((name) => !given.fields.has(name) && !misspelt.has(name))
        .map((name) => tell(given.at, `${name} is missing`)),
      ...[...given.fields].flatMap(([name, value]) => {
        const detail = problemOf(schema, name, value);
        return detail === undefined ? [] : [tell(value.at, `${name} ${detail}`, meant(schema, name, value))];
      }),
    ];
  });
}

/** What was probably meant: a name that the tool declares, or the expression that was written without `${ }`. */
function meant(schema: JsonObject, name: string, value: Template): string | null {
  const properties = member(schema, 'properties');
  if (!isObject(properties)) return null;
  if (!Object.hasOwn(properties, name)) return suggest(name, Object.keys(properties));
  if (value.kind !== 'literal' || typeof value.value !== 'string' || !/^\s*[.$][A-Za-z]/.test(value.value)) return null;
  return parseExpression(value.value).ok ? `'\${ ${brief(value.value.trim(), 80)} }'` : null;
}

function requiredNames(schema: JsonObject): readonly string[] {
  const required = member(schema, 'required');
  return Array.isArray(required) ? required.filter((name) => typeof name === 'string') : [];
}

/** What is wrong with one argument, whatever the expressions in it yield; `undefined` where nothing can be said. */
function problemOf(schema: JsonObject, name: string, value: Template): string | undefined {
  const properties = member(schema, 'properties');
  const declared = isObject(properties) ? member(properties, name) : undefined;
  if (declared === undefined) {
    const isClosed = FURTHER.every((keyword) => !isDescribing(member(schema, keyword)));
    return isClosed ? 'is not declared' : undefined;
  }
  const literal = literalOf(value);
  if (literal === undefined || !isObject(declared)) return undefined;
  const definitions = member(schema, '$defs');
  const compiled = compileSchema(definitions === undefined ? declared : { ...declared, $defs: definitions }, {
    undeclared: 'refused',
  });
  if (!compiled.ok) return undefined;
  const [first] = compiled.value.validate(literal);
  return first === undefined
    ? undefined
    : `${first.pointer === '' ? '' : `at ${first.pointer} `}is refused: ${first.detail}`;
}

/** `additionalProperties: true` declares nothing, and arguments that nothing declares are refused (FORMATS, tools). */
function isDescribing(keyword: Json | undefined): boolean {
  return keyword !== undefined && typeof keyword !== 'boolean';
}

/** The value of a template without expressions. */
function literalOf(template: Template): Json | undefined {
  switch (template.kind) {
    case 'expression':
      return undefined;
    case 'literal':
      return template.value;
    case 'array': {
      const items = template.items.map(literalOf);
      return items.every((item) => item !== undefined) ? items : undefined;
    }
    case 'object': {
      const fields = [...template.fields].map(([name, field]) => [name, literalOf(field)] as const);
      const known = fields.flatMap(([name, field]) => (field === undefined ? [] : [[name, field] as const]));
      return known.length === fields.length ? Object.fromEntries(known) : undefined;
    }
  }
}
