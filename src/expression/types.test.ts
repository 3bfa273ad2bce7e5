import { describe, expect, it } from 'vitest';
import { parseExpression } from './parse.ts';
import type { Expression } from './tree.ts';
import { ANYTHING, kinds, partiality, type Kinds } from './types.ts';

function expressionOf(source: string): Expression {
  const parsed = parseExpression(source);
  if (!parsed.ok) throw new Error(source);
  return parsed.value;
}

/** The source of each operation that may fail. */
function partialIn(source: string, input: Kinds = ANYTHING, context: Kinds = ANYTHING): string[] {
  const { root } = expressionOf(source);
  const { operations } = partiality(root, { input, variables: new Map([['context', context]]) });
  return [...operations].map(({ span }) => source.slice(span.offset, span.offset + span.length)).toSorted();
}

describe('which operations may fail', () => {
  it.each<[string, string[]]>([
    ['.', []],
    ['.a', ['.a']],
    ['.a.b', ['.a', '.a.b']],
    ['. == 1 and . < "x" or (. | not)', []],
    ['"x\\(.)" + "y"', []],
    ['"x\\(.)" | ascii_downcase | split(",") | map("a")', []],
    ['{a: .} + {b: .}', []],
    ['{a: .}.a', []],
    ['{a: .}.a.b', ['{a: .}.a.b']],
    ['[.] + [1] - [2]', []],
    ['[.][0]', []],
    ['[.] | sort_by(.) | unique | group_by(1) | length', []],
    ['1 + 1', ['1 + 1']],
    ['1 + .', ['1 + .']],
    ['{(tostring): 1}', []],
    ['{(.): 1}', ['{(.): 1}']],
    ['if . then 1 else [2] end | length', []],
    ['if . then 1 else true end | length', ['length']],
    ['(null // {a: 1}) | .a', []],
    ['(. // {a: 1}) | .a', ['.a']],
    ['. as $x | $x.a', ['$x.a']],
    ['"k" as $x | {(($x)): 1} | .[$x]', []],
    ['[range(3)] | map(-.)', ['-.']],
    ['any(.[]; .)', ['.[]']],
    ['last(range(3)) | floor', ['floor']],
    ['add', ['add']],
    ['length', ['length']],
    ['{a: .} | .[1:]', ['.[1:]']],
    ['[.] | .[1:]', []],
  ])('in %s: %j', (source, operations) => {
    expect(partialIn(source)).toEqual(operations);
  });

  it('depends on what is known', () => {
    expect(partialIn('$context + {a: .b}', ANYTHING, kinds('object'))).toEqual(['.b']);
    expect(partialIn('$context + {a: .b}', kinds('object', 'null'), kinds('object'))).toEqual([]);
    expect(partialIn('$context.a', ANYTHING, kinds('object'))).toEqual([]);
    expect(partialIn('length', ANYTHING & ~kinds('boolean'))).toEqual([]);
  });

  it.each([
    ['.a? // 0', false],
    ['[.[]?]', false],
    ['[(.a | floor)?]', false],
    ['[(.a | split(",") | .[0])?] | length', false],
    ['.a.b? // 0', true],
    ['[(.a + 1)?]', true],
    ['[(.a | tonumber)?]', true],
    ['[.[.k]?]', true],
    ['[(.a)?] | map(.b)', true],
    // That there is no value is a failure that nothing catches.
    ['select(. == 1)', true],
    ['.a?', true],
    ['{a: first([.][])}', true],
    ['[select(. == 1)]', false],
  ])('lets a failure out of %s: %j', (source, out) => {
    const { root } = expressionOf(source);
    expect(partiality(root).subtrees.has(root)).toBe(out);
  });
});
