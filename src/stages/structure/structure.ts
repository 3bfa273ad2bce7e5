import { bounded } from '../../kernel/collector.ts';
import type { Finding } from '../../kernel/finding.ts';
import { finding } from '../../kernel/finding.ts';
import type { Place } from '../../kernel/place.ts';
import { child, pointerOf, ROOT } from '../../kernel/pointer.ts';
import { expressionFinding } from '../../flow/expression-finding.ts';
import { parseExpression } from '../../expression/parse.ts';
import { matchesWorkflow } from '../../policy/request.ts';
import { RANK, riskFloor } from '../../policy/risk.ts';
import type { Contract, Law, Tool, ToolId, WorkflowFiles } from '../../store/model.ts';
import type { Workflow } from '../../workflow/model.ts';
import { toolIn } from '../../policy/tools.ts';
import { suggest } from '../../kernel/suggest.ts';
import { toolIds } from '../../workflow/resolve.ts';
import { tasksOf } from '../../workflow/walk.ts';
import { callArguments } from './arguments.ts';
import { declaredErrors } from './errors.ts';
import { literalExpressions } from './literals.ts';
import { capabilitySchemas } from './schemas.ts';

/** What workflow, contract and law say of each other. The files themselves are checked where they are read. */
export function crossChecks(files: WorkflowFiles, workflow: Workflow, law: Law): readonly Finding[] {
  const given = callArguments(workflow, law);
  const told = new Set(given.map(({ place }) => spot(place)));
  return bounded([
    ...schemas(workflow),
    ...capabilities(files.contract, workflow, law),
    ...declaredErrors(files.contract, workflow),
    ...given,
    ...capabilitySchemas(files.contract),
    ...risk(files, law),
    // Where the tool refuses the text, that is told already.
    ...literalExpressions(workflow).filter(({ place }) => !told.has(spot(place))),
    ...invariants(files.contract),
  ]);
}

function spot({ line, column }: Place): string {
  return `${line}:${column}`;
}

/** A workflow states the types of what goes in and what comes out. */
function schemas(workflow: Workflow): readonly Finding[] {
  return (['input', 'output'] as const)
    .filter((side) => workflow[side]?.schema === undefined)
    .map((side) => finding('structure/missing-key', workflow.locate(pointerOf(`/${side}`)), { key: `${side}.schema` }));
}

function capabilities(contract: Contract, workflow: Workflow, law: Law): readonly Finding[] {
  const found: Finding[] = [];
  const misspelt = new Map(
    contract.capabilities.flatMap(({ tool }) =>
      toolIn(law, tool) === undefined ? [[tool, suggest(tool, toolIds(law.servers))] as const] : [],
    ),
  );
  const granted = new Set<string | null>([...contract.capabilities.map(({ tool }) => tool), ...misspelt.values()]);
  const used = new Set<ToolId>();
  for (const task of tasksOf(workflow.do)) {
    if (task.kind !== 'call' || task.call.kind === 'infer') continue;
    if (task.call.kind === 'tool') used.add(task.call.tool);
    if (!granted.has(task.call.tool)) {
      found.push(finding('structure/undeclared-tool', workflow.locate(task.at), { tool: task.call.tool }));
    }
  }
  const composed = tasksOf(workflow.do).some(({ kind }) => kind === 'run');
  contract.capabilities.forEach(({ tool }, i) => {
    const suggestion = misspelt.get(tool);
    if (suggestion !== undefined) {
      const place = contract.locate(child(ROOT, 'capabilities', i, 'tool'));
      found.push(finding('structure/unknown-tool', place, { name: tool, suggestion }));
      return;
    }
    // What a callee calls counts in its caller's authority; generated runs see whether it is ever used.
    if (!used.has(tool) && !composed) {
      found.push(finding('structure/capability-unused', contract.locate(child(ROOT, 'capabilities', i)), { tool }));
    }
  });
  return found;
}

function risk(files: WorkflowFiles, law: Law): readonly Finding[] {
  const { contract } = files;
  const { risk: floor, because } = riskFloor(law, toolsOf(law, contract), inputTags(law, files.name, contract));
  if (RANK[contract.risk] >= RANK[floor]) return [];
  return [
    finding('structure/risk-too-low', contract.locate(pointerOf('/risk')), { declared: contract.risk, floor, because }),
  ];
}

/** Every tool that the workflow may call: no call is possible without its capability. */
function toolsOf(law: Law, contract: Contract): readonly Tool[] {
  return contract.capabilities.flatMap(({ tool }) => toolIn(law, tool)?.tool ?? []);
}

/** The tags that an input may carry: by the law and by the contract, which can only add. */
function inputTags(law: Law, name: string, contract: Contract): readonly string[] {
  const lawful = law.config.inputs
    .filter(({ workflow }) => matchesWorkflow(workflow, name))
    .flatMap(({ secrecy }) => secrecy);
  const declared = [...contract.labels.input.values()].flatMap(({ secrecy }) => secrecy);
  return [...lawful, ...declared];
}

function invariants(contract: Contract): readonly Finding[] {
  return contract.invariants.flatMap(({ always }, i) => {
    const parsed = parseExpression(always);
    if (parsed.ok) return [];
    const { offset, length } = parsed.error;
    const place = contract.locate(child(ROOT, 'invariants', i, 'always'), { offset, length });
    return [expressionFinding(parsed.error, always, place)];
  });
}
