import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { Node } from '../src/expression/tree.ts';
import type { Scope } from '../src/expression/narrow.ts';
import type { Type } from '../src/expression/type.ts';
import type { ExpressionCode, Program, Step, StepList } from '../src/flow/model.ts';
import { listsOf } from '../src/flow/walk.ts';
import { typeFindings } from '../src/flow/types.ts';
import { memoryTree, overlayTree } from '../src/kernel/tree.ts';
import { leak, pairs } from '../src/machine/noninterference.ts';
import { law } from '../src/machine/testing.ts';
import { compileSchema } from '../src/schema/compile.ts';
import { runCases } from '../src/stages/functional/functional.ts';
import { property } from '../src/stages/property/property.ts';
import { lower } from '../src/value/concrete.ts';
import type { Value } from '../src/value/value.ts';
import { isOf } from './expression/typed.ts';
import { load, SAMPLE } from './rules/sample.ts';

/** Types flow through the tasks as values do: no run brings a value that is not of the type that was foretold. */

interface Evaluated {
  readonly root: Node;
  readonly source: string;
  readonly input: Value;
  readonly variables: ReadonlyMap<string, Value>;
  readonly result: Value | undefined;
}

const watch: { note: ((one: Evaluated) => void) | undefined } = vi.hoisted(() => ({ note: undefined }));

vi.mock(import('../src/expression/evaluate.ts'), async (original) => {
  const real = await original();
  return {
    ...real,
    evaluate: (expression, environment) => {
      const { root, source, free } = expression;
      const { input } = environment;
      const variables = new Map([...environment.variables].filter(([name]) => free.has(name)));
      const seen = { root, source, input, variables };
      try {
        const result = real.evaluate(expression, environment);
        watch.note?.({ ...seen, result });
        return result;
      } catch (error) {
        watch.note?.({ ...seen, result: undefined });
        throw error;
      }
    },
  };
});

/** What was foretold of each expression, for each way to come there. */
class Foretold {
  readonly wrong: string[] = [];
  checked = 0;
  private readonly known = new Map<Node, (readonly [Scope, Type])[]>();
  private readonly roots = new Set<Node>();

  learn(program: Program, servers: Parameters<typeof typeFindings>[1]): void {
    for (const root of rootsIn(program.body)) this.roots.add(root);
    typeFindings(program, servers, (code, scope, type) => {
      const { root } = code.expression;
      this.known.set(root, [...(this.known.get(root) ?? []), [scope, type]]);
    });
    watch.note = (one) => this.check(one);
  }

  private check({ root, source, input, variables, result }: Evaluated): void {
    // Invariants of contracts are evaluated too, on traces.
    if (!this.roots.has(root)) return;
    this.checked += 1;
    const fits = ([scope, type]: readonly [Scope, Type]): boolean =>
      isOf(lower(input), scope.input) &&
      [...variables].every(([name, value]) => {
        const known = scope.variables.get(name);
        return known === undefined || isOf(lower(value), known);
      }) &&
      (result === undefined || isOf(lower(result), type));
    const ways = this.known.get(root);
    if (ways?.some(fits) === true || this.wrong.length > 20) return;
    const shown = JSON.stringify([lower(input), ...[...variables].map(([name, value]) => [name, lower(value)])]);
    this.wrong.push(
      `${source}: ${ways === undefined ? 'never reached' : `not as foretold`} with ${shown.slice(0, 600)} gives ${result === undefined ? 'an error' : JSON.stringify(lower(result)).slice(0, 200)}`,
    );
  }
}

/** Every expression of a program's tasks, but not of callees. */
function rootsIn(part: unknown): readonly Node[] {
  if (Array.isArray(part)) return part.flatMap(rootsIn);
  if (typeof part !== 'object' || part === null) return [];
  if ('kind' in part && part.kind === 'expression') return [(part as ExpressionCode).expression.root];
  return Object.entries(part).flatMap(([name, member]) => (name === 'callee' ? [] : rootsIn(member)));
}

const REPLY = { type: 'integer', minimum: 0, maximum: 2 };

/** Gives every tool an output schema that its replies in generated worlds fit. */
function narrow(list: StepList): void {
  const visit = (step: Step): void => {
    if (step.kind === 'call' && step.call.kind === 'tool') {
      const compiled = compileSchema(REPLY, { formats: 'annotation' });
      if (compiled.ok) Object.assign(step.call, { tool: { ...step.call.tool, output: REPLY }, output: compiled.value });
    }
    for (const inner of listsOf(step)) narrow(inner);
  };
  list.steps.forEach(visit);
}

describe('the types that flow through a workflow', () => {
  it('hold every value of generated workflows', { timeout: 60_000 }, () => {
    let checked = 0;
    fc.assert(
      fc.property(pairs, (pair) => {
        const foretold = new Foretold();
        leak(pair, (made) => {
          narrow(made.body);
          foretold.learn(made, law([]));
          return made;
        });
        checked += foretold.checked;
        expect(foretold.wrong).toEqual([]);
      }),
      { seed: 7, numRuns: 120 },
    );
    expect(checked).toBeGreaterThan(1000);
  });

  it('hold every value of the sample workflows, and find nothing wrong with them', { timeout: 60_000 }, async () => {
    const store = await load(overlayTree(SAMPLE, memoryTree({})));
    const foretold = new Foretold();
    for (const { name, subject, findings } of store.workflows) {
      expect([name, findings]).toEqual([name, []]);
      if (subject === undefined) throw new Error(name);
      foretold.learn(subject.program, subject.law);
    }
    for (const { subject } of store.workflows) {
      if (subject === undefined) continue;
      const cases = runCases(subject).map(({ run }) => run);
      property({ ...subject, worlds: 15 }, cases, () => {});
    }
    expect(foretold.wrong).toEqual([]);
    expect(foretold.checked).toBeGreaterThan(1000);
  });
});
