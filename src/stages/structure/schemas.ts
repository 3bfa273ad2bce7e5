import type { Finding } from '../../kernel/finding.ts';
import type { Json } from '../../kernel/json.ts';
import type { Place } from '../../kernel/place.ts';
import { child, type Pointer, pointerOf, ROOT } from '../../kernel/pointer.ts';
import { type CheckOptions, checkSchema } from '../../schema/check.ts';
import { schemaFinding } from '../../schema/finding.ts';
import type { Contract, Law } from '../../store/model.ts';

/**
 * The schemas of the tool contracts: those of a written contract have meaning in every keyword; captured ones are the
 * server's, and only what cannot be evaluated is refused. Nothing is judged by a schema that cannot be used.
 */
export function lawSchemas(law: Law): readonly Finding[] {
  return [...law.servers.values()].flatMap(({ origin, tools, locate }) =>
    [...tools.values()].flatMap(({ name, input, output }) => {
      const unknown = origin.kind === 'captured' ? 'ignore' : 'refuse';
      const at = (side: string): Pointer => child(ROOT, 'tools', name, side);
      return [
        ...schemaFindings(input, at('input'), locate, { unknown }),
        ...(output === undefined
          ? []
          : schemaFindings(output, at('output'), locate, { unknown, formats: 'annotation' })),
      ];
    }),
  );
}

/** The schemas that limit the arguments of capabilities. */
export function capabilitySchemas(contract: Contract): readonly Finding[] {
  return contract.capabilities.flatMap(({ where }, i) =>
    where === undefined
      ? []
      : schemaFindings(where, child(ROOT, 'capabilities', i, 'where'), contract.locate, { unknown: 'refuse' }),
  );
}

function schemaFindings(
  json: Json,
  at: Pointer,
  locate: (pointer: Pointer) => Place,
  options: CheckOptions,
): readonly Finding[] {
  return checkSchema(json, options).map((problem) =>
    schemaFinding(problem, locate(pointerOf(`${at}${problem.pointer}`))),
  );
}
