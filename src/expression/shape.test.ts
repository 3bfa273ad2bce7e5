import { describe, expect, it } from 'vitest';
import { parseExpression } from './parse.ts';
import { mergeOnto, type Merge } from './shape.ts';

function mergeOf(source: string): Merge | undefined {
  const parsed = parseExpression(source);
  if (!parsed.ok) throw new Error(source);
  return mergeOnto(parsed.value);
}

describe('the form of a merge', () => {
  it.each<[string, string, string[]]>([
    ['$context + {payee: .payee}', 'context', ['payee']],
    ['$context + {b: 1, "a": 2, c}', 'context', ['a', 'b', 'c']],
    ['$context + {("a"): 1}', 'context', ['a']],
    ['$context + {a: 1} + {b: 2, a: 3}', 'context', ['a', 'b']],
    ['($context + {a: 1})', 'context', ['a']],
    ['$context', 'context', []],
    ['$context + {}', 'context', []],
    ['. + {a: 1}', '.', ['a']],
    ['.', '.', []],
    ['$other + {$context}', 'other', ['context']],
  ])('is seen in %s', (source, base, keys) => {
    expect(mergeOf(source)).toEqual({ base, keys });
  });

  it.each([
    '{a: 1}',
    '{a: 1} + $context',
    '$context * {a: 1}',
    '$context + .a',
    '$context + {(.k): 1}',
    '$context + {"a\\(.k)": 1}',
    '$context.a + {a: 1}',
    '$context + {a: 1} | .b',
    '. as $context | $context + {a: 1}',
    'if . then $context + {a: 1} else $context end',
    '$context + ({a: 1} | .a)',
  ])('is not assumed of %s', (source) => {
    expect(mergeOf(source)).toBeUndefined();
  });
});
