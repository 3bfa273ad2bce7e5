import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { compileProgram } from '../src/flow/program.ts';
import { parseDocument } from '../src/kernel/document.ts';
import type { Json, JsonObject } from '../src/kernel/json.ts';
import { execute } from '../src/machine/run.ts';
import type { Effect, Outcome, Reply } from '../src/machine/effect.ts';
import { lift, lower } from '../src/value/concrete.ts';
import { label } from '../src/value/label.ts';
import type { Workflow } from '../src/workflow/model.ts';
import { parseWorkflow } from '../src/workflow/parse.ts';
import { type GherkinStep, readFeature, type Scenario } from './gherkin.ts';

/** The conformance test kit of the specification: what the profile keeps runs as it says, the rest is refused by name. */

const FEATURES = path.resolve(import.meta.dirname, '../../shared/conformance/ows/ctk/features');
const BUDGETS = { tasks: 100, calls: 0, infers: 0, time: 1000 };

interface Execution {
  readonly outcome: Outcome;
  readonly tasks: readonly string[];
}

function yaml(text: string | undefined): { readonly value: Json; readonly document: ReturnType<typeof parseDocument> } {
  const document = parseDocument('workflow.yaml', new TextEncoder().encode(text ?? ''));
  if (document.value === undefined || document.findings.length > 0) throw new Error(JSON.stringify(document.findings));
  return { value: document.value, document };
}

function parse({ steps }: Scenario): ReturnType<typeof parseWorkflow> {
  const given = steps.find(({ text }) => text === 'a workflow with definition:');
  const { value, document } = yaml(given?.docString);
  return parseWorkflow({ document: value, locate: document.locate, locateKey: document.locateKey }, new Map());
}

function answer(effect: Effect): Reply {
  switch (effect.kind) {
    case 'race':
      return { kind: 'winner', branch: effect.branches[0] ?? '' };
    case 'return':
    case 'raise':
      return { kind: 'granted' };
    default:
      throw new Error(`no scenario needs ${effect.kind}`);
  }
}

function executeScenario(workflow: Workflow, { steps }: Scenario): Execution {
  const input = steps.find(({ text }) => text === 'given the workflow input is:');
  const { program, findings } = compileProgram(workflow, { servers: new Map() }, new Map());
  if (program === undefined) throw new Error(JSON.stringify(findings));
  const tasks: string[] = [];
  const observer = { task: (at: string) => tasks.push(at.slice(at.lastIndexOf('/') + 1)), arm: () => {} };
  const machine = execute(program, lift(input === undefined ? {} : yaml(input.docString).value, label(['caller'])), {
    budgets: BUDGETS,
    observer,
  });
  let step = machine.next();
  while (step.done !== true) step = machine.next(answer(step.value));
  return { outcome: step.value, tasks };
}

function output({ outcome }: Execution): Json {
  if (outcome.kind !== 'output') throw new Error(`it ended with ${JSON.stringify(outcome)}`);
  return lower(outcome.value);
}

function property(value: Json, name: string): Json | undefined {
  return name.split('.').reduce<Json | undefined>((at, part) => (at as JsonObject | undefined)?.[part], value);
}

const CHECKS: readonly (readonly [RegExp, (run: Execution, step: GherkinStep, names: readonly string[]) => void])[] = [
  [/^a workflow with definition:$|^given the workflow input is:$|^the workflow is executed$/u, () => {}],
  [/^the workflow should complete$/u, (run) => expect(run.outcome.kind).toBe('output')],
  [
    /^the workflow should complete with output:$/u,
    (run, step) => expect(output(run)).toEqual(yaml(step.docString).value),
  ],
  [/^the workflow should fault$/u, (run) => expect(run.outcome.kind).toBe('error')],
  [
    /^the workflow should fault with error:$/u,
    ({ outcome }, step) =>
      expect(outcome.kind === 'error' && lower(outcome.error)).toMatchObject(yaml(step.docString).value as JsonObject),
  ],
  [
    /^the workflow output should have a '([^']+)' property containing (\d+) items$/u,
    (run, _, [name = '', count]) => expect(property(output(run), name)).toHaveLength(Number(count)),
  ],
  [/^(\w+) should run first$/u, ({ tasks }, _, [name]) => expect(tasks[0]).toBe(name)],
  [/^(\w+) should run last$/u, ({ tasks }, _, [name]) => expect(tasks.at(-1)).toBe(name)],
  [
    /^(\w+) should run after (\w+)$/u,
    ({ tasks }, _, [later = '', earlier = '']) => expect(tasks.indexOf(later)).toBe(tasks.indexOf(earlier) + 1),
  ],
];

function check(run: Execution, step: GherkinStep): void {
  const found = CHECKS.find(([pattern]) => pattern.test(step.text));
  if (found === undefined) throw new Error(`line ${step.line}: no meaning for: ${step.text}`);
  found[1](run, step, found[0].exec(step.text)?.slice(1) ?? []);
}

const RUNS: ReadonlySet<string> = new Set([
  'Fork Task With Competing Concurrent Sub Tasks',
  'Input Filtering',
  'Task With Sequential Sub Tasks',
  'Implicit Sequence Flow',
  'Explicit Sequence Flow',
  'For Task',
  'Raise task with inline error',
  'Set Task',
  'Switch task with matching case',
  'Switch task with implicit default case',
  'Switch task with explicit default case',
]);

describe.skipIf(!existsSync(FEATURES))('the conformance test kit (needs ../shared/conformance)', () => {
  const scenarios = existsSync(FEATURES)
    ? readdirSync(FEATURES)
        .toSorted()
        .flatMap((file) => readFeature(readFileSync(path.join(FEATURES, file), 'utf8')))
    : [];

  it('has 21 scenarios, of which the profile keeps 11', () => {
    expect(scenarios).toHaveLength(21);
    expect(scenarios.filter(({ name }) => RUNS.has(name))).toHaveLength(RUNS.size);
  });

  it.each(scenarios.filter(({ name }) => RUNS.has(name)))('runs: $feature: $name', (scenario) => {
    const { workflow, findings } = parse(scenario);
    expect(findings).toEqual([]);
    if (workflow === undefined) throw new Error('no workflow');
    const run = executeScenario(workflow, scenario);
    for (const step of scenario.steps) check(run, step);
  });

  it.each(scenarios.filter(({ name }) => !RUNS.has(name)))('refuses by name: $feature: $name', (scenario) => {
    const { workflow, findings } = parse(scenario);
    expect(workflow).toBeUndefined();
    const refused = findings.filter(
      ({ rule }) => rule === 'structure/unsupported-task' || rule === 'structure/unsupported-feature',
    );
    expect(refused).not.toEqual([]);
    for (const { place } of refused) expect(place.line).toBeGreaterThan(1);
  });
});
