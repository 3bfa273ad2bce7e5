import type { Finding, Witness } from '../kernel/finding.ts';
import type { Json, JsonObject } from '../kernel/json.ts';
import { compareText } from '../kernel/json.ts';
import type { Stage } from '../kernel/rules.ts';
import { bitsOf, capacity } from '../schema/capacity.ts';
import { compileSchema } from '../schema/compile.ts';
import { matchesWorkflow } from '../policy/request.ts';
import type { StageResult } from '../stages/stage.ts';
import type { Subject } from '../stages/subject.ts';
import type { Law, Level } from '../store/model.ts';
import { guaranteesOf } from './guarantees.ts';

/** What a verdict takes for granted and a reader must know (DESIGN 7). */
const ASSUMED = [
  'the tool contracts are true of their servers',
  'the person who approves is honest and reads what is shown',
  'the engine that runs the workflow enforces contract and policies',
  'timing and termination are channels that are not considered',
];

export interface EvidenceParts {
  readonly name: string;
  readonly version: string | null;
  readonly digest: string;
  readonly law: Law;
  readonly verifier: string;
  readonly seed: number;
  readonly asOf: string | null;
  readonly level: Level | 'none';
  readonly results: readonly StageResult[];
  readonly waivers: Law['config']['waivers'];
  readonly subject: Subject | undefined;
}

/** The deterministic record of everything checked: no clock, no host, no absolute path (FORMATS, "Witness, evidence"). */
export function evidence(parts: EvidenceParts): JsonObject {
  const { law, results, subject } = parts;
  return {
    format: 'proofmark-evidence/1',
    subject: { name: parts.name, version: parts.version, digest: parts.digest },
    digests: { ...law.digests, law: law.digest, verifier: parts.verifier },
    seed: parts.seed,
    asOf: parts.asOf,
    level: parts.level,
    stages: Object.fromEntries(
      results.map(({ stage, status, checks, counts }): [Stage, Json] => [
        stage,
        { status, checks, counts: { ...counts } },
      ]),
    ),
    assumptions: [...ASSUMED, ...assumedOf(law, parts.name), ...parts.waivers.map(waivedLine)],
    guarantees: subject === undefined ? null : guaranteesOf(subject),
    queries: results.flatMap(({ queries = [] }) => queries),
    findings: results.flatMap(({ findings }) => findings.map(findingToJson)),
  };
}

function witnessToJson({ other, ...witness }: Witness): JsonObject {
  return { ...witness, subject: { ...witness.subject }, ...(other === undefined ? {} : { other: { ...other } }) };
}

/** A finding as data, for evidence and for `--format json`. */
export function findingToJson(found: Finding): JsonObject {
  const { rule, severity, confidence, place, data, witness } = found;
  const { file, pointer, line, column } = place;
  return {
    rule,
    severity,
    confidence,
    place: { file, pointer, line, column },
    data: { ...data },
    ...(witness === undefined ? {} : { witness: witnessToJson(witness) }),
  };
}

/** How much one flow that is granted says at the most. */
function amountOf(as: JsonObject): string {
  const schema = compileSchema(as);
  return schema.ok ? `at most ${bitsOf(capacity(schema.value.root))} each time` : 'without a usable bound';
}

function waivedLine({ rule, reason, until }: Law['config']['waivers'][number]): string {
  return `${rule} is waived until ${until}: ${reason}`;
}

/** What store.yaml vouches for and grants to this workflow: every line is printed. */
function assumedOf(law: Law, name: string): readonly string[] {
  const applies = (pattern: string): boolean => matchesWorkflow(pattern, name);
  const trusted = law.config.inputs
    .filter(({ workflow, trust }) => trust && applies(workflow))
    .flatMap(({ pointers }) =>
      pointers.map((pointer) => `input ${pointer === '' ? '(all of it)' : pointer} is what the user means`),
    );
  const granted = law.config.declassify
    .filter(({ workflow }) => applies(workflow))
    .map(({ secrecy, to, at, as, why }) => `${secrecy} may flow to ${to} at ${at}, ${amountOf(as)}: ${why}`);
  return [...trusted, ...granted].toSorted(compareText);
}
