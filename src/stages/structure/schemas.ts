import { type Finding, finding } from '../../kernel/finding.ts';
import type { Json } from '../../kernel/json.ts';
import type { Place } from '../../kernel/place.ts';
import { child, type Pointer, pointerOf, ROOT } from '../../kernel/pointer.ts';
import { capacity } from '../../schema/capacity.ts';
import { type CheckOptions, checkSchema } from '../../schema/check.ts';
import { compileSchema } from '../../schema/compile.ts';
import { schemaFinding } from '../../schema/finding.ts';
import type { Contract, Law } from '../../store/model.ts';

/**
 * The schemas of the law. Of the tool contracts: those of a written contract have meaning in every keyword; captured ones are the
 * server's, and only what cannot be evaluated is refused. Nothing is judged by a schema that cannot be used.
 */
export function lawSchemas(law: Law): readonly Finding[] {
  return [...toolSchemas(law), ...grantSchemas(law)];
}

/** The most that one declassified value may say: thirty-two bytes. Whatever is longer is data and no finding about it. */
const MOST_BITS = 256;

/** What declassifications let flow: each is a schema that can be used and that leaves few values. */
function grantSchemas({ config }: Law): readonly Finding[] {
  return config.declassify.flatMap(({ secrecy, at, as }, i) => {
    const where = child(ROOT, 'declassify', i, 'as');
    const problems = checkSchema(as, { unknown: 'refuse' }).filter(({ code }) => code !== 'schema-open');
    if (problems.length > 0)
      return problems.map((problem) => schemaFinding(problem, config.locate(pointerOf(`${where}${problem.pointer}`))));
    const compiled = compileSchema(as);
    return compiled.ok && capacity(compiled.value.root) <= MOST_BITS
      ? []
      : [finding('structure/grant-unbounded', config.locate(where), { secrecy, at })];
  });
}

function toolSchemas(law: Law): readonly Finding[] {
  return [...law.servers.values()].flatMap(({ origin, tools, locate }) =>
    [...tools.values()].flatMap(({ name, input, output }) => {
      const unknown = origin.kind === 'written' ? 'refuse' : 'ignore';
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
