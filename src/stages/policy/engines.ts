import type { Finding } from '../../kernel/finding.ts';
import type { Run } from '../../simulate/model.ts';
import { toFinding } from '../breach.ts';
import type { Subject } from '../subject.ts';

/** Every effect of one run, decided by the real Cedar engine as well. */
export function compareRun(subject: Subject, run: Run): readonly Finding[] {
  return run.decided.flatMap((decided) => compareEffect(subject, run, decided) ?? []);
}

/** The real Cedar engine over one effect: a difference is our defect and is reported as one. */
export function compareEffect(
  subject: Subject,
  run: Run,
  { effect, verdict }: Run['decided'][number],
): Finding | undefined {
  const difference = subject.compare(verdict);
  if (difference === undefined) return undefined;
  const { action, ours, cedar } = difference;
  const data = { action, at: effect.at, ours, cedar };
  return toFinding(subject, { rule: 'policy/engines-disagree', at: effect.at, data }, run);
}
