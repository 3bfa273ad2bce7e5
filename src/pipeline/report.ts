import type { Finding } from '../kernel/finding.ts';
import type { Json } from '../kernel/json.ts';
import type { Stage } from '../kernel/rules.ts';
import type { StageResult } from '../stages/stage.ts';
import type { Level, Risk } from '../store/model.ts';

/** A stage that crashed: our own fault, exit 3. The other stages are still reported. */
export interface Crash {
  readonly stage: Stage;
  readonly message: string;
}

/** What was found out about one workflow. */
export interface WorkflowReport {
  readonly name: string;
  readonly version: string | undefined;
  readonly risk: Risk | undefined;
  /** The level reached; `none` where not even the structure stands, absent where only some stages were asked for. */
  readonly level: Level | 'none' | undefined;
  /** The level that the store asks of its risk. */
  readonly needed: Level | undefined;
  readonly passed: boolean;
  readonly stages: readonly StageResult[];
  readonly crashes: readonly Crash[];
  /** The deterministic record (FORMATS, "Witness, evidence"); canonical JSON when written. */
  readonly evidence: Json;
}

/** What was found out about a store. */
export interface Report {
  readonly store: string | undefined;
  readonly passed: boolean;
  readonly exitCode: 0 | 1 | 2 | 3;
  /** Findings of the law and the layout, which belong to no workflow. */
  readonly findings: readonly Finding[];
  readonly workflows: readonly WorkflowReport[];
}

/** Told as the work goes on, for people; never part of a verdict. */
export type Progress = (event: { readonly workflow: string; readonly stage: Stage; readonly done: boolean }) => void;
