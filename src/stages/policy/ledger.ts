import type { Finding } from '../../kernel/finding.ts';
import { sitesOf } from '../../prove/prove.ts';
import type { Run } from '../../simulate/model.ts';
import { refusalBreach, toFinding } from '../breach.ts';
import { placeOf, type Subject } from '../subject.ts';
import { compareEffect } from './engines.ts';

/** Distinct refusals that are reported; the rest are counted. */
const REPORTED = 8;
/** The real Cedar engine decides every n-th effect as well, so many at the most. */
const EVERY = 29;
const SAMPLE = 64;

/**
 * What the policies said in the simulated runs of one workflow. Runs are entered as they finish and not kept: there are
 * thousands of them.
 */
export class Ledger {
  readonly findings = new Map<string, Finding>();
  readonly tools = new Set<string>();
  /** Where the runs have been: places and actions of obligations. */
  readonly reached = new Set<string>();
  decisions = 0;
  refused = 0;
  compared = 0;
  private readonly subject: Subject;

  constructor(subject: Subject) {
    this.subject = subject;
  }

  enter(run: Run): void {
    for (const site of sitesOf(run)) this.reached.add(site);
    for (const decided of run.decided) {
      if (decided.effect.kind === 'call') this.tools.add(decided.effect.tool);
      if (this.decisions % EVERY === 0 && this.compared < SAMPLE) this.compare(run, decided);
      this.decisions += 1;
    }
    if (run.ending.kind !== 'refused') return;
    const breach = refusalBreach(run.ending.at, run.ending.action, run.ending.refusals);
    if (!breach.rule.startsWith('policy/')) return;
    this.refused += 1;
    const key = `${breach.rule} ${placeOf(this.subject, breach.at).pointer}`;
    if (!this.findings.has(key) && this.findings.size < REPORTED) {
      this.findings.set(key, toFinding(this.subject, breach, run));
    }
  }

  private compare(run: Run, decided: Run['decided'][number]): void {
    this.compared += 1;
    const found = compareEffect(this.subject, run, decided);
    if (found !== undefined) this.findings.set(`engines ${decided.effect.at}`, found);
  }
}
