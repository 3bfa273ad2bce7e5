import type { Finding } from '../kernel/finding.ts';
import type { RuleId } from '../kernel/rules.ts';
import type { Run, World } from '../simulate/model.ts';
import { scripted } from '../simulate/scripted.ts';
import { breaches, toFinding } from '../stages/breach.ts';
import { compareRun } from '../stages/policy/engines.ts';
import { judgeCases } from '../stages/functional/functional.ts';
import { comparedBreaches } from '../stages/property/compared.ts';
import { acceptsBadInput, unlike } from '../stages/property/property.ts';
import { goalsReached } from '../stages/adversarial/adversarial.ts';
import { run, type Subject } from '../stages/subject.ts';

/** A witness run again: the run, and the breaches of its rule that it shows. Empty: it does not replay. */
export interface Replay {
  readonly run: Run;
  /** The run that it is compared with. */
  readonly other?: Run;
  readonly findings: readonly Finding[];
}

/**
 * Runs a witness in the concrete machine; every effect is decided by the real Cedar engine as well, and a difference is
 * a finding of its own.
 */
export function replay(subject: Subject, rule: RuleId, world: World, other?: World): Replay {
  const finished = run(subject, world.input, scripted(world));
  const compared = other === undefined ? undefined : run(subject, other.input, scripted(other));
  const valid = subject.inputSchema === undefined || subject.inputSchema.validate(world.input).length === 0;
  const shown: readonly Finding[] = [
    ...[
      ...breaches(subject, finished, valid),
      ...(compared === undefined ? [] : comparedBreaches(subject, finished, compared)),
      unlike(subject, finished),
      acceptsBadInput(subject, finished),
    ]
      .filter((breach) => breach !== undefined)
      .map((breach) => toFinding(subject, breach, finished, compared)),
    ...judgeCases(subject, world),
    ...goalsReached(subject, finished),
    ...compareRun(subject, finished),
  ];
  return {
    run: finished,
    ...(compared === undefined ? {} : { other: compared }),
    findings: shown.filter((found) => found.rule === rule || found.rule === 'policy/engines-disagree'),
  };
}
