import type { Finding } from '../../kernel/finding.ts';
import { finding } from '../../kernel/finding.ts';
import { equalJson, type Json } from '../../kernel/json.ts';
import { child, pointerOf, ROOT } from '../../kernel/pointer.ts';
import { suggest } from '../../kernel/suggest.ts';
import type { Refusal } from '../../machine/effect.ts';
import type { Run } from '../../simulate/model.ts';
import { scripted, unused } from '../../simulate/scripted.ts';
import { outcomeToJson } from '../../simulate/trace.ts';
import type { Case } from '../../store/model.ts';
import { tasksOf } from '../../workflow/walk.ts';
import { type Breach, breaches, toFinding } from '../breach.ts';
import { placeOf, run, type Subject, witness } from '../subject.ts';

/** Runs one case of the author's and compares calls and outcome with what it expects; the first thing that stops it is all that is said. */
export function judgeCase(subject: Subject, one: Case): { readonly run: Run; readonly findings: readonly Finding[] } {
  const findings: Finding[] = [];
  const finished = run(subject, one.input, scripted(one));
  const { ending, world } = finished;
  const at = (pointer: string) => one.locate(pointerOf(pointer));
  const replayed = () => ({ witness: witness(subject, 'functional/case-failed', world) });

  const inputErrors = subject.inputSchema?.validate(one.input) ?? [];
  const expectsRefusal = 'error' in one.expect.outcome && one.expect.outcome.error === 'validation';
  if (inputErrors.length > 0 && !expectsRefusal) {
    findings.push(
      finding('functional/input-invalid', at('/input'), { case: one.name, detail: inputErrors[0]?.detail ?? '' }),
    );
  }
  if (ending.kind === 'no-reply') {
    const nth = world.replies.get(ending.at)?.length ?? 0;
    const reply = one.replies.get(ending.at)?.[nth];
    findings.push(
      reply === undefined
        ? finding('functional/reply-missing', at('/replies'), {
            case: one.name,
            at: ending.at,
            misplaced: suggest(ending.at, strayKeys(subject, one)),
          })
        : finding('functional/reply-invalid', one.locate(child(ROOT, 'replies', ending.at, nth)), {
            case: one.name,
            at: ending.at,
            detail: `a reply of kind ${reply.kind} does not answer ${ending.effect.kind}`,
          }),
    );
    return { run: finished, findings };
  }
  if (ending.kind === 'refused') {
    const because = reasons(ending.refusals);
    findings.push(
      finding(
        'functional/call-refused',
        placeOf(subject, ending.at),
        { case: one.name, at: ending.at, because },
        {
          witness: witness(subject, 'functional/call-refused', world),
        },
      ),
    );
    return { run: finished, findings };
  }
  for (const { at: task } of unused(one.replies, world.replies)) {
    findings.push(
      finding('functional/reply-unused', one.locate(child(ROOT, 'replies', task)), { case: one.name, at: task }),
    );
  }
  const actualCalls: Json = finished.trace.calls.map(
    ({ tool, arguments: given }) => ({ tool, arguments: given }) as Json,
  );
  const expectedCalls: Json = one.expect.calls.map(({ tool, arguments: given }) => ({ tool, arguments: given }));
  if (!equalJson(actualCalls, expectedCalls)) {
    findings.push(
      finding(
        'functional/case-failed',
        at('/expect/calls'),
        { case: one.name, what: 'calls', expected: expectedCalls, actual: actualCalls },
        replayed(),
      ),
    );
  }
  const expected: Json =
    'output' in one.expect.outcome ? { output: one.expect.outcome.output } : { error: one.expect.outcome.error };
  const actual: Json = ending.kind === 'error' ? { error: ending.name } : outcomeToJson(ending);
  if (!equalJson(actual, expected)) {
    findings.push(
      finding(
        'functional/case-failed',
        at('/expect/outcome'),
        { case: one.name, what: 'outcome', expected, actual },
        replayed(),
      ),
    );
  }
  for (const breach of breaches(subject, finished, inputErrors.length === 0))
    findings.push(broken(subject, one, breach, finished));
  return { run: finished, findings };
}

/** Keys of `replies` that name no task of the workflow; those of tasks of callees are left out. */
function strayKeys(subject: Subject, { replies }: Case): readonly string[] {
  const tasks = new Set<string>(tasksOf(subject.workflow.do).map(({ at }) => at));
  return [...replies.keys()].filter((key) => !key.includes('#') && !tasks.has(key));
}

/** The first refusal in words and the others by name: one is enough to begin with. */
function reasons(refusals: readonly Refusal[]): string {
  const [first, ...more] = refusals;
  if (first === undefined) return 'no policy permits it';
  const others = more.length === 0 ? '' : `; also by ${more.map(({ id }) => id).join(', ')}`;
  return `${first.id}: ${first.detail}${others}`;
}

/** A broken invariant names its case; any other breach is what it is in whichever stage sees it. */
function broken(subject: Subject, one: Case, breach: Breach, finished: Run): Finding {
  if (breach.rule !== 'property/invariant-violated') return toFinding(subject, breach, finished);
  const { invariant } = breach.data;
  const found = witness(subject, 'functional/invariant-violated', finished.world);
  return finding(
    'functional/invariant-violated',
    one.locate(pointerOf('/name')),
    { case: one.name, invariant },
    { witness: found },
  );
}
