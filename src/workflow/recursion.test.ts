import { describe, expect, it } from 'vitest';
import type { Workflow } from './model.ts';
import { findRecursion } from './recursion.ts';
import { documentOf, parseText } from './testing.ts';

/** Workflows `test/<name>`, each running others. */
function workflows(graph: Readonly<Record<string, readonly string[]>>): readonly Workflow[] {
  return Object.entries(graph).map(([name, callees]) => {
    const runs = callees.map(
      (callee, i) =>
        `  - r${i}: { do: [ { x: { run: { workflow: { namespace: test, name: ${callee}, version: 1.0.0 } } } } ] }`,
    );
    const text = documentOf([...runs, '  - last: { wait: PT1S }'].join('\n')).replace('name: one', `name: ${name}`);
    const { workflow } = parseText(text);
    if (workflow === undefined) throw new Error(text);
    return workflow;
  });
}

const found = (graph: Readonly<Record<string, readonly string[]>>) =>
  findRecursion(workflows(graph)).map(({ place, data }) => `${place.pointer} ${'path' in data ? data.path : ''}`);

describe('findRecursion', () => {
  it.each([
    [{ a: [] }, []],
    [{ a: ['b', 'c'], b: ['c'], c: [] }, []],
    [{ a: ['elsewhere'] }, []],
    [{ a: ['a'] }, ['/do/0/r0/do/0/x test/a -> test/a']],
    [
      { a: ['b'], b: ['c'], c: ['a'] },
      [
        '/do/0/r0/do/0/x test/a -> test/b -> test/c -> test/a',
        '/do/0/r0/do/0/x test/b -> test/c -> test/a -> test/b',
        '/do/0/r0/do/0/x test/c -> test/a -> test/b -> test/c',
      ],
    ],
    [{ a: ['b'], b: ['b'] }, ['/do/0/r0/do/0/x test/b -> test/b']],
  ] as [Readonly<Record<string, readonly string[]>>, string[]][])('OWS-run-12: in %j finds %j', (graph, expected) => {
    expect(found(graph)).toEqual(expected);
  });
});
