import { error } from '@actions/core';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { HOSTILE } from '../../test/hostile.ts';
import { commandsIn } from '../../test/runner.ts';
import { encodeLine } from '../kernel/encode.ts';
import { type Annotation, annotationCommand, outputEntry } from './command.ts';

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(...HOSTILE),
  fc
    .array(fc.constantFrom('::', '##[', ']', '\n', '\r', ' ', ',', '%0A', '%', 'set-output', '=', 'x'), {
      maxLength: 12,
    })
    .map((parts) => parts.join('')),
);

const annotation: fc.Arbitrary<Annotation> = fc.record({
  severity: fc.constantFrom('error', 'warning', 'notice'),
  title: text,
  lines: fc.array(text, { minLength: 1, maxLength: 3 }),
  at: fc.record({ file: text, line: fc.nat(), column: fc.nat() }),
});

describe('an annotation', () => {
  it('is exactly one command, whatever its text', () => {
    fc.assert(
      fc.property(annotation, (given) => {
        const [only, ...others] = commandsIn(annotationCommand(given));
        expect(others).toEqual([]);
        expect(only).toEqual({
          name: given.severity,
          properties: {
            title: encodeLine(given.title, 200).trimEnd(),
            file: encodeLine(given.at?.file ?? '', 400).trimEnd(),
            line: String(given.at?.line),
            col: String(given.at?.column),
          },
          data: given.lines.map((line) => encodeLine(line, 600)).join('\n'),
        });
      }),
      { seed: 1, numRuns: 2000 },
    );
  });

  it('is what the toolkit writes', () => {
    let written = '';
    vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
      written += String(chunk);
      return true;
    });
    const at = { file: 'a,b:c/50%.yaml', line: 3, column: 4 };
    error('100% sure: a,b\nsecond', {
      title: 'one, two: three',
      file: at.file,
      startLine: at.line,
      startColumn: at.column,
    });
    vi.restoreAllMocks();
    const ours = annotationCommand({
      severity: 'error',
      title: 'one, two: three',
      lines: ['100% sure: a,b', 'second'],
      at,
    });
    expect(commandsIn(ours)).toEqual(commandsIn(written));
    expect(Buffer.from(ours.trimEnd()).sort()).toEqual(Buffer.from(written.trimEnd()).sort());
  });

  it.each(HOSTILE)('shows %j encoded, as a log line would', (hostile) => {
    expect(commandsIn(`${encodeLine(hostile, 600)}\n  ${encodeLine(hostile, 600)}\n`)).toEqual([]);
  });
});

describe('an entry of the output file', () => {
  it('cannot end itself', () => {
    expect(outputEntry('verdict', 'a\nproofmark\nb')).toBe('verdict<<proofmark-\na\nproofmark\nb\nproofmark-\n');
  });
});
