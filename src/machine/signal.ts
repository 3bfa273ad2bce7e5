import type { Step } from '../flow/model.ts';
import type { Effect, Reply } from './effect.ts';

/** How a part of a run ended: in a list, with the {@link Target} that comes next, or with one of these. */
export type Signal = number;
export const DONE: Signal = 0;
/** An error is on its way. (`END` of `flow/model.ts`: the workflow ends with the current data.) */
export const RAISED: Signal = -2;
/** The run is over, whatever stands around: refused, or over its budget. */
export const STOPPED: Signal = -3;
export const SKIPPED: Signal = -4;
/** Answers inside a `catch`. */
export const ACCEPTED: Signal = 1;
export const DECLINED: Signal = 2;
export const RETRY: Signal = 3;

export type Steps<T = Signal> = Generator<Effect, T, Reply>;
export type StepOf<K extends Step['kind']> = Extract<Step, { kind: K }>;
