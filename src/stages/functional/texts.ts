import type { RuleTexts } from '../text.ts';
import { short } from '../words.ts';

export const functionalTexts: RuleTexts<'functional'> = {
  'functional/no-cases': {
    title: 'a workflow has test cases',
    sentence: ({ workflow }) => `${workflow} has no case in tests/, so nothing shows what it is meant to do`,
    remedy: () => 'add tests/<name>.yaml with an input, scripted replies and the expected calls and outcome',
  },
  'functional/case-failed': {
    title: 'a case makes the calls and reaches the outcome that it expects',
    sentence: ({ case: name, what, expected, actual }) =>
      `case "${name}" expected ${what} ${short(expected)}, and got ${short(actual)}`,
    remedy: () =>
      'replay the witness to see each step; then correct the workflow, or the expectation if that is what is wrong',
  },
  'functional/reply-missing': {
    title: 'a case scripts a reply for every call that it makes',
    sentence: ({ case: name, at }) => `case "${name}" runs out of replies at ${at}`,
    remedy: ({ at, misplaced }) =>
      misplaced === null
        ? `add a reply for ${at} under replies, in order of execution, or correct the path that leads there`
        : `write ${at} in place of ${misplaced}, which is no task that is answered`,
  },
  'functional/reply-unused': {
    title: 'a case uses every reply that it scripts',
    sentence: ({ case: name, at }) => `case "${name}" scripts a reply for ${at} that no call asks for`,
    remedy: () =>
      'remove the reply, or correct the input so that the task is reached; the key is the pointer of the task',
  },
  'functional/reply-invalid': {
    title: 'a scripted reply is of the kind that its task takes',
    sentence: ({ case: name, at, detail }) => `case "${name}" answers ${at} wrongly: ${detail}`,
    remedy: () =>
      'a tool is answered by structured, text, result or error; infer by value or error; approve by approved and by',
  },
  'functional/input-invalid': {
    title: 'the input of a case is valid under the input schema',
    sentence: ({ case: name, detail }) => `the input of case "${name}" breaks the input schema: ${detail}`,
    remedy: () => 'correct the input, or expect { error: validation } if the refusal is what the case is about',
  },
  'functional/call-refused': {
    title: 'no case needs what contract, tool schema or policy refuse',
    sentence: ({ case: name, at, because }) => `case "${name}" was stopped at ${at}: ${because}`,
    remedy: () =>
      'replay the witness to see who chose each argument; ask for approval of that very call, take the value from a trusted source, or declare the capability',
  },
  'functional/task-unreached': {
    title: 'every task is reached by some case',
    sentence: ({ task }) => `no run reaches the task ${task}`,
    remedy: () =>
      'add a case that goes there, or remove the task; tasks that only raise may be reached by generated worlds',
  },
  'functional/arm-unreached': {
    title: 'every arm of a switch is taken by some case',
    sentence: ({ task, arm }) => `no run takes the arm "${arm}" of ${task}`,
    remedy: () =>
      'add a case that takes the arm, or remove it; arms that only raise may be reached by generated worlds',
  },
  'functional/invariant-violated': {
    title: "the author's invariants hold on every case",
    sentence: ({ case: name, invariant }) => `the trace of case "${name}" breaks the invariant ${invariant}`,
    remedy: () => 'replay the witness; then correct the workflow, or the predicate under invariants in contract.yaml',
  },
  'functional/invariant-vacuous': {
    title: 'an invariant can be broken',
    sentence: ({ invariant }) =>
      `the invariant ${invariant} holds of every case however its calls, replies and outcome are altered: it seems to say nothing`,
    remedy: () => 'write what must never happen so that a run in which it happens breaks it, or remove the invariant',
  },
  'functional/mutants-survive': {
    title: 'cases, invariants and policies notice small defects',
    sentence: ({ mutants, killed, share, alive }) =>
      `of ${mutants} small defects planted in the workflow ${killed} are noticed, and the store asks for ${Math.round(share * 1000) / 10}%; not noticed: ${alive.map(({ operator, at }) => `${operator} at ${at}`).join(', ')}`,
    remedy: () =>
      'add a case or an invariant that fails when each of these is planted: inputs at the very limit, a reply that fails, a person who declines',
  },
};
