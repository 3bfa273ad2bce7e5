import type { Finding } from '../../kernel/finding.ts';
import { finding } from '../../kernel/finding.ts';
import type { Limits } from '../../prove/explorer.ts';
import { NEVER_REACHED, type Proof, prove, type Subject as UnderProof } from '../../prove/prove.ts';
import type { Solver } from '../../prove/smt/solver.ts';
import { scripted } from '../../simulate/scripted.ts';
import { breaches, keyOf, toFinding } from '../breach.ts';
import { placeOf, run, type Subject } from '../subject.ts';

/** Decisions of the exploration for each path that the store allows. */
const DECISIONS_PER_PATH = 4;

/** What of a subject the prover looks at. */
export function underProof({ law, policies, program, files, inputSchema }: Subject): UnderProof {
  return { law, policies, program, contract: files.contract, name: files.name, inputSchema };
}

/** How far an exploration goes under the subject's law. */
export function limitsOf({ law }: Subject): Limits {
  const { paths } = law.config.limits;
  return { paths, decisions: paths * DECISIONS_PER_PATH };
}

/** What was proved, and findings for what was refuted or left open. */
export interface Proved {
  readonly proof: Proof;
  readonly findings: ReadonlyMap<string, Finding>;
}

/** What a proof may use of the runs that were simulated before, and what answers its questions. */
export interface Known {
  /** What the policies denied. */
  readonly sampled: ReadonlyMap<string, Finding>;
  /** Where the runs have been. */
  readonly reached: ReadonlySet<string>;
  readonly solver: Solver | undefined;
}

/**
 * Proves the obligations of the subject (`prove/`); what is refuted comes with the run that shows it. What a sampled run has
 * refuted already needs no other.
 */
export async function proved(subject: Subject, known: Known): Promise<Proved> {
  const { inputSchema, law } = subject;
  const { sampled, reached, solver } = known;
  const shown = new Set([...sampled.values()].map(({ rule, place }) => `${rule} ${place.pointer}`));
  const attempted = await prove(underProof(subject), {
    limits: limitsOf(subject),
    rlimit: law.config.limits.rlimit,
    solver,
    reached,
    run: (world) =>
      inputSchema?.isValid(world.input) === false ? undefined : run(subject, world.input, scripted(world)),
    isBroken: (tried) => breaches(subject, tried, true).length > 0,
  });
  const isShown = (at: string): boolean =>
    ['policy/denied', 'policy/error'].some((rule) => shown.has(`${rule} ${placeOf(subject, at).pointer}`));
  const verdicts = attempted.verdicts.map((verdict) =>
    verdict.status === 'unknown' && verdict.kind === 'policy' && verdict.doubted && isShown(verdict.at)
      ? { ...verdict, status: 'refuted' as const }
      : verdict,
  );
  const isRefuted = verdicts.some(({ status }) => status === 'refuted');
  const proof = { ...attempted, verdicts };
  const findings = new Map<string, Finding>();
  if (proof.unexplored !== undefined) {
    const data = { action: 'every effect', at: '', kind: 'policy', why: proof.unexplored };
    findings.set('unexplored', finding('policy/unproved', placeOf(subject, ''), data, { severity: 'warning' }));
  }
  for (const { at, action, kind, status, why, doubted, run: shown } of verdicts) {
    // Runs that are refused do not get to what comes behind.
    if (status === 'unknown' && doubted && !(isRefuted && why === NEVER_REACHED)) {
      const data = { action, at, kind, why };
      findings.set(
        `unproved ${at} ${action} ${kind}`,
        finding('policy/unproved', placeOf(subject, at), data, { severity: 'warning' }),
      );
    }
    if (shown === undefined) continue;
    for (const breach of breaches(subject, shown, true)) {
      const key = breach.rule.startsWith('policy/')
        ? `${breach.rule} ${placeOf(subject, breach.at).pointer}`
        : keyOf(breach);
      if (!findings.has(key)) findings.set(key, toFinding(subject, breach, shown));
    }
  }
  return { proof, findings };
}
