import type { Witness } from '../kernel/finding.ts';
import { isObject, type Json, type JsonObject, member } from '../kernel/json.ts';
import type { Result } from '../kernel/result.ts';
import { err, ok } from '../kernel/result.ts';
import type { Run, World } from './model.ts';
import { parseWitness, toWitness } from './witness.ts';

/** The format of a recording: what a real run met and what it did. A witness without a rule, and with the trace that it must give. */
export const RECORDING = 'proofmark-run/1';

export interface Recording {
  readonly subject: Witness['subject'];
  readonly law: string;
  readonly world: World;
  readonly trace: Json;
}

/** A finished run as a recording. */
export function recordingOf(run: Run, subject: Witness['subject'], law: string): JsonObject {
  const { input, replies, choices } = toWitness('policy/denied', subject, law, run.world);
  return { format: RECORDING, subject: { ...subject }, law, input, replies, choices, trace: { ...run.trace } };
}

/** A recording as data; the error says what is wrong with it. */
export function parseRecording(json: Json): Result<Recording, string> {
  if (!isObject(json) || member(json, 'format') !== RECORDING) return err(`the format is not ${RECORDING}`);
  const { trace, ...rest } = json;
  if (trace === undefined) return err('a recording has a trace');
  const parsed = parseWitness({ ...rest, format: 'proofmark-witness/1', rule: '' });
  if (!parsed.ok) return parsed;
  const { witness, world } = parsed.value;
  return ok({ subject: witness.subject, law: witness.law, world, trace });
}
