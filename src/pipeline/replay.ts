import type { Finding } from '../kernel/finding.ts';
import type { RuleId } from '../kernel/rules.ts';
import type { Run, World } from '../simulate/model.ts';
import { scripted } from '../simulate/scripted.ts';
import { parseWitness } from '../simulate/witness.ts';
import { breaches, toFinding } from '../stages/breach.ts';
import { compareRun } from '../stages/policy/engines.ts';
import { judgeCases } from '../stages/functional/functional.ts';
import { comparedBreaches } from '../stages/property/compared.ts';
import { acceptsBadInput, unlike } from '../stages/property/property.ts';
import { goalsReached } from '../stages/adversarial/adversarial.ts';
import { run, type Subject } from '../stages/subject.ts';
import { describe } from '../stages/texts.ts';

/** A witness run again. */
export interface Replay {
  readonly run: Run;
  /** The run that it is compared with. */
  readonly other?: Run;
  /** The breaches of its rule that it shows, and every difference between our policy interpreter and the real engine. */
  readonly findings: readonly Finding[];
  /** It shows its breach again, by the decisions of the real engine too. */
  readonly replays: boolean;
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
  const differing = shown.filter((found) => found.rule === DISAGREE);
  const again = shown.filter((found) => found.rule === rule);
  return {
    run: finished,
    ...(compared === undefined ? {} : { other: compared }),
    findings: rule === DISAGREE ? again : [...again, ...differing],
    replays: again.length > 0 && (rule === DISAGREE || differing.length === 0),
  };
}

const DISAGREE: RuleId = 'policy/engines-disagree';

/**
 * Why the witness of a finding does not show its breach again to whoever runs it: that is a fault of Proofmark. `undefined`
 * where it does, or where there is none.
 */
export function unreplayed(subject: Subject, { rule, witness, place }: Finding): string | undefined {
  if (witness === undefined) return undefined;
  const parsed = parseWitness({ ...witness, subject: { ...witness.subject } });
  const at = `the witness of ${rule} at ${place.file} ${place.pointer}`;
  if (!parsed.ok) return `${at} cannot be read: ${parsed.error}`;
  const { findings, replays } = replay(subject, rule, parsed.value.world, parsed.value.other);
  if (replays) return undefined;
  const differing = findings.find((found) => found.rule === DISAGREE);
  return `${at} does not replay: ${differing === undefined ? 'its run shows no such breach' : describe(differing).sentence}`;
}
