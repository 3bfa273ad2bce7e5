import type { Law, Risk, Tool } from '../store/model.ts';
import { isOutgoing } from './tools.ts';

/** The least risk that a workflow may declare, and what makes it so. */
export interface RiskFloor {
  readonly risk: Risk;
  readonly because: string;
}

/**
 * The floor that effects and secrecy set (FORMATS, "Risk floor"): reads are low; writes and outgoing calls moderate;
 * irreversible calls, and reading or sending any tag, high. `tools` are those that the workflow can reach, `inputs` the
 * tags that its input may carry.
 */
export function riskFloor(law: Law, tools: readonly Tool[], inputs: Iterable<string>): RiskFloor {
  let floor: RiskFloor = { risk: 'low', because: 'it only reads' };
  for (const tag of inputs) return { risk: 'high', because: `its input carries ${tag}` };
  for (const tool of tools) {
    const found = toolRisk(law, tool);
    if (RANK[found.risk] > RANK[floor.risk]) floor = found;
  }
  return floor;
}

export const RANK: Readonly<Record<Risk, number>> = { low: 0, moderate: 1, high: 2 };

function toolRisk(law: Law, tool: Tool): RiskFloor {
  if (tool.effect === 'irreversible') return { risk: 'high', because: `${tool.id} cannot be undone` };
  const [read] = tool.returns.secrecy;
  if (read !== undefined) return { risk: 'high', because: `${tool.id} returns ${read}` };
  for (const [pointer, { secrecy }] of tool.leaves) {
    const [sent] = secrecy;
    if (sent !== undefined) return { risk: 'high', because: `${tool.id} may send ${sent} in ${pointer}` };
  }
  const grant = law.config.declassify.find(({ to }) => to === tool.id);
  if (grant !== undefined)
    return { risk: 'high', because: `${tool.id} may send ${grant.secrecy} by a declassification` };
  if (isOutgoing(tool)) return { risk: 'moderate', because: `${tool.id} sends data out` };
  return tool.effect === 'write'
    ? { risk: 'moderate', because: `${tool.id} writes` }
    : { risk: 'low', because: `${tool.id} reads` };
}
