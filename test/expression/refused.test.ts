import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseExpression } from '../../src/expression/parse.ts';
import {
  REFUSED_ASSIGNMENTS,
  REFUSED_FUNCTIONS,
  REFUSED_KEYWORDS,
  REFUSED_VARIABLES,
} from '../../src/expression/refused.ts';
import { jqWebValue } from './oracle.ts';

/** The table of docs/expressions.md, "What is refused": examples in backquotes, and what to write instead. */
const TABLE = /## What is refused\n.*?\|---\|---\|\n(?<rows>.*?)\n\n/su.exec(
  readFileSync('docs/expressions.md', 'utf8'),
)?.groups?.['rows'];
const ROWS = (TABLE ?? '').split('\n').flatMap((line) => {
  const [, examples = '', instead = ''] = line.split(/ ?(?<!\\)\| ?/u);
  const unescaped = (text: string): string => text.replaceAll('\\|', '|');
  return [...examples.matchAll(/`([^`]+)`/gu)].map(
    ([, source = '']) => [unescaped(source), unescaped(instead)] as const,
  );
});

describe('what docs/expressions.md lists as refused', () => {
  it.each(ROWS)('%s', (source, instead) => {
    const parsed = parseExpression(source);
    const problem = parsed.ok ? undefined : parsed.error;
    expect(problem).toMatchObject({ kind: 'unsupported', instead });
    const { offset, length } = problem ?? { offset: 0, length: 0 };
    const caret = source.slice(offset, offset + length);
    expect(caret).toMatch(/\S/u);
    // Of a bare name all of it.
    expect(/^\w+$/u.test(source) ? caret : source).toBe(source);
  });

  it('is all that is refused by name', () => {
    const examples = ROWS.map(([source]) => source);
    const named = (name: string): boolean => examples.some((source) => source.split(/[^\w$]+/u).includes(name));
    expect([...REFUSED_FUNCTIONS.keys()].filter((name) => !examples.includes(name))).toEqual([]);
    expect([...REFUSED_KEYWORDS.keys()].filter((name) => !named(name))).toEqual([]);
    expect([...REFUSED_VARIABLES.keys()].filter((name) => !named(`$${name}`))).toEqual([]);
    expect([...REFUSED_ASSIGNMENTS.keys()].filter((sign) => !examples.includes(`.a ${sign} 1`))).toEqual([]);
  });
});

/** Every function that a jq has is one of the profile or is refused by its own name, under the caret. */
function strangers(builtins: readonly string[]): readonly string[] {
  return builtins.filter((builtin) => {
    const [name = '', arity] = builtin.split('/');
    const call = arity === '0' ? name : `${name}(${Array.from({ length: Number(arity) }, () => '1').join('; ')})`;
    const parsed = parseExpression(`. | [${call}]`);
    if (parsed.ok) return false;
    const { error: problem } = parsed;
    const isNamed = problem.kind === 'unsupported' && (problem.construct === name || problem.construct === builtin);
    const isLiteral = ['test/1', 'test/2', 'range/3'].includes(builtin);
    return !isLiteral && (!isNamed || problem.offset !== 5);
  });
}

describe('the functions of the real jq', () => {
  it('are functions of the profile, or refused by name', async () => {
    const builtins = (await jqWebValue('builtins')) as readonly string[];
    expect(builtins.length).toBeGreaterThan(150);
    expect(strangers(builtins)).toEqual([]);
    const unknown = builtins.filter((builtin) => {
      const parsed = parseExpression(builtin.split('/')[0] ?? '');
      return (
        !parsed.ok &&
        parsed.error.kind === 'unsupported' &&
        parsed.error.instead.startsWith('the functions of the profile: ')
      );
    });
    expect(unknown).toEqual([]);
  });

  const native = spawnSync('jq', ['-n', '-c', 'builtins'], { encoding: 'utf8' });

  it.skipIf(native.status !== 0)('are so as installed on this system (needs a program named jq)', () => {
    expect(strangers(JSON.parse(native.stdout) as readonly string[])).toEqual([]);
  });
});
