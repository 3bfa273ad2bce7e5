import type { Program, Step } from '../flow/model.ts';
import { ROOT } from '../kernel/pointer.ts';
import type { Symbols } from '../expression/symbols.ts';
import { nullValue, numberValue, objectValue, stringValue, symbolValue } from '../value/concrete.ts';
import { AUTHOR, BOTTOM, joinMarks, type Label, labelFrom } from '../value/label.ts';
import type { Value } from '../value/value.ts';
import type { Clock, Reading } from './clock.ts';
import type { At } from './effect.ts';

/**
 * What `$workflow`, `$task` and `$runtime` read (Open Workflow DSL, "Runtime expression arguments"). The names of workflow
 * and tasks are the author's words, and so is the time as far as the author lets it pass.
 */

export const RUNTIME: Value = record([
  ['name', stringValue('proofmark', BOTTOM)],
  ['version', stringValue('1.0.3', BOTTOM)],
  ['metadata', record([])],
]);

/** `id` is the same for every run of a version: a run must not depend on anything but its input and its replies. */
export function workflowDescriptor(program: Program, input: Value, clock: Clock, unknown: Symbols | undefined): Value {
  return record([
    ['id', stringValue(`${program.name}@${program.version}`, AUTHOR)],
    ['definition', program.definition(ROOT)],
    ['input', input],
    ['startedAt', moment(clock, unknown)],
  ]);
}

export function taskDescriptor(
  program: Program,
  step: Step,
  at: At,
  input: Value,
  output: Value | undefined,
  startedAt: Reading,
  unknown: Symbols | undefined,
): Value {
  return record([
    ['name', stringValue(step.name, AUTHOR)],
    ['reference', stringValue(at, AUTHOR)],
    ['definition', program.definition(step.at)],
    ['input', input],
    ['output', output ?? nullValue(BOTTOM)],
    ['startedAt', moment(startedAt, unknown)],
  ]);
}

/** Virtual time begins with the Unix epoch. */
function moment({ now, marks }: Reading, unknown: Symbols | undefined): Value {
  const label: Label = labelFrom(joinMarks(marks, AUTHOR.direct));
  if (unknown !== undefined) {
    const passed = (hint: string): Value => symbolValue(unknown.fresh(hint, { type: 'integer', minimum: 0 }), label);
    return record([
      ['iso8601', symbolValue(unknown.fresh('moment', { type: 'string' }), label)],
      [
        'epoch',
        record([
          ['seconds', passed('seconds')],
          ['milliseconds', passed('milliseconds')],
        ]),
      ],
    ]);
  }
  const milliseconds = Math.floor(now);
  return record([
    ['iso8601', stringValue(new Date(milliseconds).toISOString(), label)],
    [
      'epoch',
      record([
        ['seconds', numberValue(Math.floor(milliseconds / 1000), label)],
        ['milliseconds', numberValue(milliseconds, label)],
      ]),
    ],
  ]);
}

function record(fields: readonly (readonly [string, Value])[]): Value {
  return objectValue(new Map(fields), BOTTOM);
}
