import { parseExpression } from '../../expression/parse.ts';
import { type Expression, nodesOf } from '../../expression/tree.ts';
import { type Finding, finding } from '../../kernel/finding.ts';
import { isArray, isObject, type Json } from '../../kernel/json.ts';
import { child, ROOT } from '../../kernel/pointer.ts';
import type { Run, Trace } from '../../simulate/model.ts';
import { holds } from '../invariants.ts';
import type { Subject } from '../subject.ts';
import { alterations } from './alterations.ts';

/** Altered traces that an invariant is shown before it is taken to hold of all. */
const MOST = 4000;

/**
 * Invariants that hold of every case and of every trace that differs from one of theirs in one thing: they seem to say
 * nothing. A warning, since a trace that breaks one may differ in more.
 */
export function vacuousInvariants(subject: Subject, runs: readonly Run[]): readonly Finding[] {
  const { invariants, locate } = subject.files.contract;
  return invariants.flatMap(({ id, always }, i) => {
    const parsed = parseExpression(always);
    if (!parsed.ok || runs.length === 0 || isBroken(parsed.value, runs)) return [];
    const place = locate(child(ROOT, 'invariants', i, 'always'));
    return [
      finding('functional/invariant-vacuous', place, { invariant: id }, { severity: 'warning', confidence: 'likely' }),
    ];
  });
}

function isBroken(predicate: Expression, runs: readonly Run[]): boolean {
  const words = [...new Set(textsOf(predicate))];
  let left = MOST;
  for (const { trace } of runs) {
    for (const altered of alteredTraces(trace, words)) {
      if (left === 0) return false;
      left -= 1;
      if (!holds(predicate, altered)) return true;
    }
  }
  return false;
}

/** What was done altered first, then what it came to, then what was given. */
function* alteredTraces(trace: Trace, words: readonly string[]): Generator<Trace, void, undefined> {
  for (const part of ['calls', 'infers', 'approvals'] as const) {
    for (const altered of alterations(trace[part], words)) {
      if (isArray(altered)) yield { ...trace, [part]: altered.filter(isObject) };
    }
  }
  const outcomes: readonly Json[] = [{ output: null }, { error: 'runtime' }, ...alterations(trace.outcome, words)];
  for (const outcome of outcomes) if (isObject(outcome)) yield { ...trace, outcome };
  for (const input of alterations(trace.input, words)) yield { ...trace, input };
}

/** The texts that a predicate compares with. */
function textsOf({ root }: Expression): readonly string[] {
  return nodesOf(root).flatMap((node) =>
    node.kind === 'literal' && node.value.kind === 'string' ? [node.value.value] : [],
  );
}
