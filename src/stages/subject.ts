import type { Witness } from '../kernel/finding.ts';
import type { Json } from '../kernel/json.ts';
import type { Place } from '../kernel/place.ts';
import { pointerOf } from '../kernel/pointer.ts';
import type { RuleId } from '../kernel/rules.ts';
import type { Program } from '../flow/model.ts';
import { inputLabelling } from '../machine/labels.ts';
import { execute } from '../machine/run.ts';
import type { AttackFixture } from './adversarial/fixture.ts';
import type { Verdict } from '../policy/authority.ts';
import type { Difference } from '../policy/compare.ts';
import type { PolicySet } from '../policy/cedar.ts';
import type { Schema } from '../schema/compile.ts';
import { drive } from '../simulate/drive.ts';
import type { Gate, Responder, Run, World } from '../simulate/model.ts';
import { toWitness } from '../simulate/witness.ts';
import type { Law, WorkflowFiles } from '../store/model.ts';
import { lift } from '../value/concrete.ts';
import type { Workflow } from '../workflow/model.ts';

/** A released version of a workflow, already checked when it was released. */
export interface Release {
  readonly version: string;
  readonly digest: string;
  readonly files: WorkflowFiles;
  readonly workflow: Workflow;
}

/** A release that is there and cannot be read: what was promised in it is not known. */
export interface UnreadRelease {
  /** As its folder is called; not always a version. */
  readonly version: string;
  readonly detail: string;
}

/** One workflow under judgement: everything that a stage may look at. */
export interface Subject {
  readonly law: Law;
  readonly policies: PolicySet;
  readonly files: WorkflowFiles;
  readonly workflow: Workflow;
  readonly program: Program;
  /** The program of another document in place of the workflow's, under the same law; `undefined` where it is none. */
  compile(document: Json): Program | undefined;
  readonly inputSchema: Schema | undefined;
  readonly gate: Gate;
  /** Where our policy interpreter and the real Cedar engine differ on an effect; `undefined` where they agree. */
  compare(verdict: Verdict): Difference | undefined;
  readonly releases: readonly Release[];
  readonly unread: readonly UnreadRelease[];
  readonly attacks: readonly AttackFixture[];
  readonly seed: number;
  /** Worlds to try per workflow. */
  readonly worlds: number;
}

/** Runs the subject once. */
export function run(subject: Subject, input: Json, responder: Responder, gate: Gate = subject.gate): Run {
  const { law, files, program } = subject;
  const labelled = lift(input, inputLabelling(law, files.contract, files.name));
  return drive(
    (observer) => execute(program, labelled, { budgets: files.contract.budgets, observer }),
    input,
    responder,
    gate,
  );
}

/** The world of a run as a witness that replays it. */
export function witness(subject: Subject, rule: RuleId, world: World, other?: World): Witness {
  const { files, workflow, law } = subject;
  return toWitness(
    rule,
    { name: files.name, version: workflow.version, digest: files.digest },
    law.digest,
    world,
    other,
  );
}

/** The place of a task in the workflow's own file; for a task of a callee, the task that runs the callee. */
export function placeOf(subject: Subject, at: string): Place {
  const own = at.split('#', 1)[0] ?? '';
  return subject.workflow.locate(pointerOf(own));
}
