import type { ParsedDocument } from '../kernel/document.ts';
import { type Finding, finding } from '../kernel/finding.ts';
import { isObject, type Json, type JsonObject, member } from '../kernel/json.ts';
import type { Place } from '../kernel/place.ts';
import { child, type Pointer, ROOT } from '../kernel/pointer.ts';
import { brief } from '../kernel/text.ts';
import { argumentExists } from './argument.ts';
import type { Contract, Law, WorkflowName } from './model.ts';

/**
 * Pointers of contract.yaml and store.yaml that name no part of what they are about: the input or output of this
 * workflow, the arguments of a tool. A misspelt pointer would label, bound or vouch for nothing.
 */
export function checkPointers(
  name: WorkflowName,
  workflow: ParsedDocument,
  contract: Contract | undefined,
  law: Law | undefined,
): readonly Finding[] {
  const findings: Finding[] = [];
  const check = (kind: string, schema: JsonObject | undefined, pointer: Pointer, place: Place): void => {
    const found = schema === undefined ? undefined : argumentExists(schema, pointer);
    if (found === undefined || found.exists) return;
    findings.push(
      finding('structure/unknown-reference', place, { kind, name: brief(pointer), suggestion: found.suggestion }),
    );
  };
  const input = schemaOf(workflow.value, 'input');
  if (contract !== undefined) {
    for (const pointer of contract.labels.input.keys()) {
      check('part of the input', input, pointer, contract.locate(child(ROOT, 'labels', 'input', pointer)));
    }
    contract.capabilities.forEach(({ tool, total, where }, i) => {
      // A limit on an argument that the tool does not take limits nothing.
      for (const path of propertiesOf(where)) {
        const at = child(ROOT, 'capabilities', i, 'where', ...path.flatMap((name_) => ['properties', name_]));
        check('argument', toolInput(law, tool), child(ROOT, ...path), contract.locate(at));
      }
      for (const pointer of total.keys()) {
        check(
          'argument',
          toolInput(law, tool),
          pointer,
          contract.locate(child(ROOT, 'capabilities', i, 'total', pointer)),
        );
      }
    });
  }
  law?.config.inputs.forEach(({ workflow: about, pointers }, i) => {
    if (about !== name) return;
    pointers.forEach((pointer, j) =>
      check('part of the input', input, pointer, law.config.locate(child(ROOT, 'inputs', i, 'pointers', j))),
    );
  });
  law?.config.declassify.forEach(({ workflow: about, to, at }, i) => {
    if (about !== name) return;
    const schema = to === 'return' ? schemaOf(workflow.value, 'output') : toolInput(law, to);
    check(
      to === 'return' ? 'part of the output' : 'argument',
      schema,
      at,
      law.config.locate(child(ROOT, 'declassify', i, 'at')),
    );
  });
  return findings;
}

/** The paths of the members that a schema names. */
function propertiesOf(schema: Json | undefined): readonly (readonly string[])[] {
  const properties = isObject(schema) ? member(schema, 'properties') : undefined;
  if (!isObject(properties)) return [];
  return Object.entries(properties).flatMap(([name, inner]) => [
    [name],
    ...propertiesOf(inner).map((path) => [name, ...path]),
  ]);
}

function schemaOf(document: Json | undefined, side: 'input' | 'output'): JsonObject | undefined {
  let value = document;
  for (const key of [side, 'schema', 'document']) value = isObject(value) ? member(value, key) : undefined;
  return isObject(value) ? value : undefined;
}

function toolInput(law: Law | undefined, id: string): JsonObject | undefined {
  const slash = id.indexOf('/');
  return slash === -1 ? undefined : law?.servers.get(id.slice(0, slash))?.tools.get(id.slice(slash + 1))?.input;
}
