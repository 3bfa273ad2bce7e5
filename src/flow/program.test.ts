import { describe, expect, it } from 'vitest';
import { parseDocument } from '../kernel/document.ts';
import type { Finding } from '../kernel/finding.ts';
import { parseWorkflow } from '../workflow/parse.ts';
import { type CalleeName, type Compilation, compileProgram, type Program } from './program.ts';

const HEADER = `document:
  dsl: '1.0.3'
  namespace: test
  name: main
  version: '1.0.0'
`;

/** Compiles the text of a workflow without tools; lines count from the one behind the header. */
function findingsOf(body: string): readonly Finding[] {
  return compiled(body, new Map()).findings;
}

function compiled(body: string, callees: ReadonlyMap<CalleeName, Program>): Compilation {
  const parsed = parseDocument('workflow.yaml', new TextEncoder().encode(`${HEADER}${body}`));
  if (parsed.value === undefined) throw new Error(JSON.stringify(parsed.findings));
  const { workflow, findings } = parseWorkflow(
    { document: parsed.value, locate: parsed.locate, locateKey: parsed.locateKey },
    new Map(),
  );
  if (workflow === undefined) throw new Error(JSON.stringify(findings));
  return compileProgram(workflow, { servers: new Map() }, callees);
}

const brief = (body: string): readonly (readonly [string, number, number])[] =>
  findingsOf(body).map(({ rule, place }) => [rule, place.line - HEADER.split('\n').length + 1, place.column]);

describe('compileProgram', () => {
  it('finds nothing in a workflow that means something', () => {
    expect(findingsOf('do:\n  - a: { set: { x: "${ $context.n + 1 }" } }\n')).toEqual([]);
  });

  it.each<[string, string, readonly (readonly [string, number, number])[]]>([
    ['a plain scalar', 'do:\n  - a:\n      if: .n ==\n      set: { v: 1 }\n', [['structure/expression-syntax', 3, 16]]],
    ['a quoted scalar', `do:\n  - a:\n      set: '\${ .n + }'\n`, [['structure/expression-syntax', 3, 21]]],
    [
      'a folded scalar',
      'do:\n  - a:\n      set: >-\n        ${ .n\n        + }\n',
      [['structure/expression-syntax', 5, 11]],
    ],
  ])('points into %s', (_, body, expected) => {
    expect(brief(body)).toEqual(expected);
  });

  it('refuses what is outside the profile, with what to use instead', () => {
    const [found] = findingsOf(`do:\n  - a:\n      set: '\${ now }'\n`);
    expect(found).toMatchObject({
      rule: 'structure/expression-unsupported',
      place: { line: 8, column: 16 },
      data: { source: ' now ' },
    });
  });

  it.each<[string, string, string, string | null]>([
    ['misspelt', `do:\n  - a: { set: '\${ $contxt.n }' }\n`, 'contxt', 'context'],
    ['not yet there', `do:\n  - a: { if: '$input.n', set: { v: 1 } }\n`, 'input', null],
    [
      'of a loop elsewhere',
      `do:\n  - a: { for: { each: x, in: '[1]' }, do: [ { b: { set: { v: 1 } } } ] }\n  - c: { set: '\${ $x }' }\n`,
      'x',
      null,
    ],
    ['of a handler, in the try', `do:\n  - a: { try: [ { b: { set: '\${ $error }' } } ], catch: {} }\n`, 'error', null],
    ['secret', `do:\n  - a: { set: '\${ $secrets.x }' }\n`, 'secrets', null],
  ])('reports a variable that is %s', (_, body, name, suggestion) => {
    expect(findingsOf(body)).toMatchObject([{ rule: 'structure/unknown-variable', data: { name, suggestion } }]);
  });

  it('knows the variables of loops and handlers where they are in scope', () => {
    const loop = `  - a: { for: { each: x, in: '[1]', at: i }, while: '$i < $x', do: [ { b: { set: '\${ $x + $i }' } } ] }\n`;
    const guard = `  - g: { try: [ { b: { set: { v: 1 } } } ], catch: { as: e, when: '$e.status == 400', do: [ { h: { set: '\${ $e }' } } ] } }\n`;
    expect(findingsOf(`do:\n${loop}${guard}`)).toEqual([]);
  });

  it('reports every problem at once, each once', () => {
    const body = `do:\n  - a: { set: '\${ $x }' }\n  - b: { set: '\${ $y }' }\n`;
    expect(findingsOf(body)).toHaveLength(2);
  });

  it('reports schemas that are open or unsafe, at their place', () => {
    const body = `input:\n  schema:\n    document:\n      type: object\n      properties: { n: { type: string, pattern: '(?=x)', maxLength: 9 } }\ndo: [ { a: { set: { v: 1 } } } ]\n`;
    expect(findingsOf(body).map(({ rule, place }) => [rule, place.pointer])).toEqual([
      ['structure/pattern-unsafe', '/input/schema/document/properties/n/pattern'],
    ]);
    const open = `input: { schema: { document: { type: object, properties: {} } } }\ndo: [ { a: { set: { v: 1 } } } ]\n`;
    expect(findingsOf(open).map(({ rule, place }) => [rule, place.pointer])).toEqual([
      ['structure/schema-open', '/input/schema/document'],
    ]);
  });

  it('asks limits of what comes from outside, and of nothing else', () => {
    const text = '{ schema: { document: { type: string } } }';
    const body = `input: ${text}\noutput: ${text}\ndo: [ { a: { set: { v: 1 }, output: ${text} } } ]\n`;
    expect(findingsOf(body).map(({ rule, place }) => [rule, place.pointer])).toEqual([
      ['structure/schema-open', '/input/schema/document'],
    ]);
  });

  it('reports a callee that there is none of', () => {
    const body = 'do:\n  - a: { run: { workflow: { namespace: test, name: other, version: 1.0.0 } } }\n';
    expect(findingsOf(body)).toMatchObject([
      { rule: 'structure/unknown-reference', data: { kind: 'workflow', name: 'test/other@1.0.0' } },
    ]);
  });
});

describe('a workflow written out', () => {
  const reused = (uses: number, title: string): string =>
    `use: { errors: { mine: { type: 'https://x.example/mine', status: 400, title: ${title} } } }\ndo:\n${Array.from(
      { length: uses },
      (_, i) => `  - t${i}: { try: [ { a: { raise: { error: mine } } } ], catch: {} }\n`,
    ).join('')}`;

  it('counts what `use` defines wherever it stands', () => {
    expect(brief(reused(1_000, 'short'))).toEqual([]);
    expect(brief(reused(1_000, JSON.stringify(`\${ [${'1, '.repeat(60)}1] }`)))).toEqual([
      ['structure/too-many-nodes', expect.any(Number), expect.any(Number)],
    ]);
  });

  it('counts the states of patterns', () => {
    const pattern = (i: number): string => `^(?:a{0,40}b){0,90}${i}$`;
    const tasks = (count: number): string =>
      Array.from({ length: count }, (_, i) => `  - t${i}: { set: { a: '\${ "x" | test("${pattern(i)}") }' } }\n`).join(
        '',
      );
    expect(brief(`do:\n${tasks(3)}`)).toEqual([]);
    expect(brief(`do:\n${tasks(60)}`).map(([rule]) => rule)).toEqual(['structure/too-many-nodes']);
  });

  // Each runs the next one twice: written out they are a million.
  it('counts the workflows that it runs', () => {
    let callee: Program | undefined;
    const refused: string[] = [];
    for (let i = 0; i < 20 && refused.length === 0; i += 1) {
      const run = '{ run: { workflow: { namespace: test, name: main, version: 1.0.0 } } }';
      const tasks = callee === undefined ? '  - a: { wait: PT1S }\n' : `  - a: ${run}\n  - b: ${run}\n`;
      const made = compiled(`do:\n${tasks}`, callee === undefined ? new Map() : new Map([['test/main@1.0.0', callee]]));
      refused.push(...made.findings.map(({ rule }) => rule));
      callee = made.program;
    }
    expect(refused).toEqual(['structure/too-many-nodes']);
  });
});

describe('findings of a workflow', () => {
  it('are the first of each rule', () => {
    const variables = Array.from({ length: 1_500 }, (_, i) => `$v${i}`).join(', ');
    expect(findingsOf(`do:\n  - a: { set: { x: '\${ [${variables}] }' } }\n`)).toHaveLength(50);
  });
});
