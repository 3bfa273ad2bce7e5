import { describe, expect, it } from 'vitest';
import type { ExpressionProblem } from './problem.ts';
import { parseExpression } from './parse.ts';
import { childrenOf, type Node } from './tree.ts';

function problemOf(source: string): ExpressionProblem {
  const parsed = parseExpression(source);
  if (parsed.ok) throw new Error(`${source} parses`);
  return parsed.error;
}

function treeOf(source: string): Node {
  const parsed = parseExpression(source);
  if (!parsed.ok) throw new Error(`${source}: ${JSON.stringify(parsed.error)}`);
  return parsed.value.root;
}

/** The source under a problem's caret. */
function under(source: string): string {
  const { offset, length } = problemOf(source);
  return source.slice(offset, offset + length);
}

describe('what the profile refuses, by name', () => {
  it.each([
    ['def f: 1; f', 'def', 'def'],
    ['reduce .[] as $x (0; . + $x)', 'reduce', 'reduce'],
    ['[foreach .[] as $x (0; . + $x)]', 'foreach', 'foreach'],
    ['try error catch .', 'try', 'try'],
    ['.a catch .', 'catch', 'catch'],
    ['label $out | 1', 'label', 'label'],
    ['break $out', 'break', 'break'],
    ['import "a" as a; 1', 'import', 'import'],
    ['include "a"; 1', 'include', 'include'],
    ['..', '..', '..'],
    ['[..]', '..', '..'],
    ['[..|.a?]', '..', '..'],
    ['.a = 1', '=', '='],
    ['.a |= . + 1', '|=', '|='],
    ['.a += 1', '+=', '+='],
    ['.a -= 1', '-=', '-='],
    ['.a *= 1', '*=', '*='],
    ['.a /= 1', '/=', '/='],
    ['.a %= 1', '%=', '%='],
    ['.a //= 1', '//=', '//='],
    ['.a?//1', '?//', '?//'],
    ['. as [$a] ?// $a | 1', 'destructuring pattern', '['],
    ['. as {a: $x} | $x', 'destructuring pattern', '{'],
    ['@base64', '@base64', '@base64'],
    ['@json "x\\(.)"', '@json', '@json'],
    ['$ENV.PATH', '$ENV', '$ENV'],
    ['$__loc__', '$__loc__', '$__loc__'],
    ['{$__loc__}', '$__loc__', '$__loc__'],
    ['$__prog_args', '$__prog_args', '$__prog_args'],
    ['. as $ENV | 1', '$ENV', '$ENV'],
    ['a::b', 'module', 'a::'],
    ['.[.a:2]', 'slice with computed bounds', '.a'],
    ['.[1.5:]', 'slice with computed bounds', '1.5'],
    ['[range(.n)]', 'range with computed bounds', '.n'],
    ['[range(0;10;0)]', 'range with step 0', '0'],
    ['[range(100000)]', 'range of more than 10000 values', '100000'],
    ['test(.p)', 'test with a computed pattern', '.p'],
    ['test("a\\(1)")', 'test with a computed pattern', '"a\\(1)"'],
    ['test("a"; "i")', 'test/2', 'test("a"; "i")'],
    ['split("a"; null)', 'split/2', 'split("a"; null)'],
    ['map', 'map/0', 'map'],
    ['length(1)', 'length/1', 'length(1)'],
    ['{$x: 1}', 'a variable as member name', '$x'],
    ['9007199254740993', 'a number beyond 2^53', '9007199254740993'],
    ['1e400', 'a number beyond 2^53', '1e400'],
    ['0.1234567890123456789', 'a number with more digits than are kept', '0.1234567890123456789'],
    ['1e-400', 'a number with more digits than are kept', '1e-400'],
    ['.[]', '.[] outside a collector', '.[]'],
    ['.a[].b', '.[] outside a collector', '.a[]'],
    ['1, 2', ', outside a collector', '1, 2'],
    ['{a: .b[]}', '.[] outside a collector', '.b[]'],
    ['.a | select(.b[])', '.[] outside a collector', '.b[]'],
    ['range(3)', 'range outside a collector', 'range(3)'],
    ['first(.[]), 1', ', outside a collector', 'first(.[]), 1'],
    ['(1,2) as $x | $x', ', outside a collector', '1,2'],
    ['lenght', 'lenght', 'lenght'],
  ])('%s', (source, construct, caret) => {
    const problem = problemOf(source);
    expect(problem).toMatchObject({ kind: 'unsupported', construct });
    expect(problem.kind === 'unsupported' && problem.instead).toMatch(/\S/u);
    expect(under(source)).toBe(caret);
  });

  it.each(
    `input inputs env now halt debug recurse walk paths limit until while repeat path getpath del error empty sort reverse min_by
     keys_unsorted type flatten ltrimstr ascii_upcase fromjson match sub gsub scan splits implode mktime infinite nan sqrt tojson`.split(
      /\s+/u,
    ),
  )('the function %s, with and without arguments', (name) => {
    for (const source of [name, `map(${name})`, `${name}(.a)`, `. | ${name}(.a; .b)`]) {
      expect(problemOf(source)).toMatchObject({
        kind: 'unsupported',
        construct: name,
        offset: source.indexOf(name),
        length: name.length,
      });
    }
  });

  it('with the name that was probably meant', () => {
    expect(problemOf('lenght')).toMatchObject({ instead: 'length' });
    expect(problemOf('.a | mapp(.b)')).toMatchObject({ instead: 'map' });
  });

  it('but takes keywords as names of members', () => {
    for (const source of ['.if', '.and.def', '{if: 1, reduce: .try}', '{import}', '."..".foreach'])
      expect(treeOf(source).count).toBe('one');
  });
});

describe('what is no expression', () => {
  it.each([
    ['', ''],
    ['   ', ''],
    ['# only a comment', ''],
    ['.a.', ''],
    ['1 +', ''],
    ['.a b', 'b'],
    ['(1', '('],
    ['[1, 2', '['],
    ['{a: 1', '{'],
    ['if . then 1', 'if'],
    ['"abc', '"'],
    ['"\\(1', '"'],
    ['"\\x"', '\\x'],
    ['"\\ud83d"', '\\ud83d'],
    ['"\\ude00\\ud83d"', '\\ude00'],
    ['1 < 2 < 3', '<'],
    ['1 == 1 == true', '=='],
    ['{a: 1 + 2}', '+'],
    ['{a: if . then 1 else 2 end}', 'if'],
    ['{a: . as $x | 1}', 'as'],
    ['{1: 2}', '1'],
    ['{(1): 2}', '1'],
    ['{(.a)}', '}'],
    ['. as x | 1', 'x'],
    ['$ x', '$'],
    ["'a'", "'"],
    ['.a && .b', '&'],
    ['.é', 'é'],
    ['.[:]', ']'],
    ['.a.[1:]', '['],
    ['.a[', ''],
    ['tostring?.a', '.a'],
    ['test("(")', '"("'],
    ['. # \\', '\\'],
    ['.a\u0000', '\u0000'],
  ])('%j', (source, caret) => {
    expect(problemOf(source)).toMatchObject({ kind: 'syntax' });
    expect(under(source)).toBe(caret);
  });

  it('says what is missing', () => {
    expect(problemOf('.a | (.b')).toMatchObject({ detail: 'this is not closed: `)` is missing' });
    expect(problemOf('{a: 1 + 2}')).toMatchObject({ detail: 'put the value of this member in parentheses' });
  });

  it('refuses half a surrogate pair in the source', () => {
    expect(problemOf('"\ud83d"')).toMatchObject({ kind: 'syntax', offset: 1, length: 1 });
  });
});

describe('hostile sources', () => {
  const deep = 100_000;
  it.each([
    ['brackets', '['.repeat(deep)],
    ['parentheses', '('.repeat(5_000)],
    ['closed brackets', `${'['.repeat(5_000)}${']'.repeat(5_000)}`],
    ['braces', '{a:'.repeat(3_000)],
    ['negations', '-'.repeat(10_000)],
    ['alternatives', '1//'.repeat(4_000)],
    ['additions', '1+'.repeat(8_000)],
    ['pipes', '.|'.repeat(8_000)],
    ['paths', '.a'.repeat(8_000)],
    ['optionals', `.a${'?'.repeat(10_000)}`],
    ['conditions', 'if '.repeat(4_000)],
    ['elifs', `if 1 then 1 ${'elif 1 then 1 '.repeat(1_000)} end`],
    ['interpolations', '"\\('.repeat(5_000)],
    ['bindings', '. as $x | '.repeat(1_500)],
    ['arguments', 'map('.repeat(4_000)],
    ['names', 'a'.repeat(16_000)],
    ['digits', '1'.repeat(16_000)],
    ['the size', ' '.repeat(1_000_000)],
  ])('end soon: %s', (_, source) => {
    expect(parseExpression(source).ok).toBe(false);
  });

  it('are taken when only long', () => {
    expect(treeOf(`[${Array.from({ length: 3_000 }, (_, i) => i).join(',')}]`).height).toBe(3);
    expect(treeOf(`{${Array.from({ length: 1_000 }, (_, i) => `k${i}: .`).join(',')}}`).height).toBe(2);
  });
});

describe('a tree', () => {
  it('has the spans of its constructs', () => {
    const source = ' .a  + (  .b[0] ) # end';
    const root = treeOf(source);
    const texts: string[] = [];
    const walk = (node: Node): void => {
      texts.push(source.slice(node.span.offset, node.span.offset + node.span.length));
      childrenOf(node).forEach(walk);
    };
    walk(root);
    expect(texts).toEqual(['.a  + (  .b[0] )', '.a', '.', '.b[0]', '.b', '.']);
  });

  it('is made once for a source', () => {
    expect(parseExpression('.a.b.c')).toBe(parseExpression('.a.b.c'));
  });

  it('knows its free variables, not those that it binds', () => {
    const parsed = parseExpression('$context.a as $x | {$x, b: $input} | map($x + $item) | . as $y | $y');
    expect(parsed.ok && [...parsed.value.free].toSorted()).toEqual(['context', 'input', 'item']);
    const shadowed = parseExpression('($x as $x | $x)');
    expect(shadowed.ok && [...shadowed.value.free]).toEqual(['x']);
  });

  it.each([
    ['.a', 'one'],
    ['.a?', 'maybe'],
    ['select(.a)', 'maybe'],
    ['first(.[])', 'maybe'],
    ['last(.[])', 'one'],
    ['(.a? // 1)', 'one'],
    ['(.a // .b?)', 'maybe'],
    ['if .a then .b? else 1 end', 'maybe'],
    ['[.[]]', 'one'],
    ['any(.[]; .a)', 'one'],
    ['select(.a) | map(.b)', 'maybe'],
  ])('knows how many values %s yields', (source, count) => {
    expect(treeOf(source).count).toBe(count);
  });
});
