import fc from 'fast-check';
import { canonicalJson } from '../../kernel/canonical.ts';
import type { Finding } from '../../kernel/finding.ts';
import { finding } from '../../kernel/finding.ts';
import type { Json } from '../../kernel/json.ts';
import { isArray, isObject } from '../../kernel/json.ts';
import { ownSteps } from '../../flow/walk.ts';
import type { RuleData } from '../../kernel/rules.ts';
import { generator } from '../../schema/generate/generate.ts';
import type { Coverage, Run } from '../../simulate/model.ts';
import { scripted } from '../../simulate/scripted.ts';
import { type Breach, breaches, keyOf, toFinding } from '../breach.ts';
import { reachables, unreached } from '../functional/coverage.ts';
import { type Draw, drawWorlds, evenly } from '../draw.ts';
import { conclude, type StageResult } from '../stage.ts';
import { placeOf, run, type Subject } from '../subject.ts';
import { repeatedAfterFault, repeatedAfterRestart } from './acts.ts';
import { comparedBreaches } from './compared.ts';
import { goalsOf, Reached } from './coverage.ts';
import { tryFaults, tryRestarts } from './faults.ts';
import { interferences, singles } from './interference.ts';
import { minimise, type Shown } from './minimise.ts';
import { tryPairs } from './pairs.ts';
import { generated, NotGenerable, varied } from './world.ts';

/** Every n-th world is run again, with the members of its input in another order. */
const AGAIN = 7;
/** Distinct defects that are made small and reported; the rest are counted. */
const REPORTED = 8;
/** The least number of inputs that break their schema. */
const MISSES = 20;
/** Runs that faults and pairs start from. */
const BASES = 8;

export interface Explored {
  readonly result: StageResult;
  /** What the policies refused, in the smallest worlds: findings of the policy stage. */
  readonly denied: readonly Finding[];
}

/**
 * Generated worlds (inputs, tool replies, model replies, failures), faults at every position, and pairs of worlds, against
 * oracles that need no author. Budgeted by count, never by time; the same seed gives the same worlds. What only raises must be
 * reached by a world or by one of the `cases`. `enter` is given every run.
 */
export function property(subject: Subject, cases: readonly Run[], enter: (run: Run) => void): Explored {
  const trial = new Trial(subject, cases, enter);
  const findings: Finding[] = [];
  const denied: Finding[] = [];
  let misses = 0;
  try {
    trial.worlds();
    trial.faults();
    trial.pairs();
    const small = trial.smallest();
    findings.push(...small.filter((one) => !isPolicy(one)));
    denied.push(...small.filter(isPolicy));
    const asked = subject.law.config.limits.worlds;
    if (!trial.settled && trial.counted.worlds < asked)
      findings.push(tooFew(subject, { tried: trial.counted.worlds, asked, what: 'worlds' }));
    const missed = badInput(subject);
    misses = missed.tried;
    findings.push(...missed.findings);
  } catch (error) {
    if (!(error instanceof NotGenerable)) throw error;
    findings.push(
      finding('property/not-generable', placeOf(subject, error.at), { at: error.at, detail: error.message }),
    );
  }
  const coverages: readonly Coverage[] = [...cases.map(({ coverage }) => coverage), trial.reached];
  const raising = reachables(subject.workflow.do).filter((place) => place.raising);
  for (const gap of unreached(raising, coverages)) {
    const place = placeOf(subject, gap.at);
    if (gap.kind === 'task') findings.push(finding('functional/task-unreached', place, { task: gap.at }));
    else findings.push(finding('functional/arm-unreached', place, { task: gap.at, arm: gap.arm }));
  }
  for (const { at } of ownSteps(subject.program).filter(({ kind }) => kind === 'try')) {
    if (!coverages.some(({ arms }) => arms.has(`${at}:caught`)))
      findings.push(finding('property/handler-unreached', placeOf(subject, at), { task: at }));
  }
  const { goals, reached } = trial.reached.share;
  const counts = {
    ...trial.counted,
    goals,
    reached,
    badInputs: misses,
    defects: trial.defects,
  };
  return { result: conclude('property', trial.counted.worlds, counts, findings), denied };
}

/** What is tried on one workflow, and what it shows. */
class Trial {
  readonly counted = { worlds: 0, calls: 0, completed: 0, faults: 0, restarts: 0, pairs: 0 };
  readonly reached: Reached;
  private readonly subject: Subject;
  private readonly cases: readonly Run[];
  private readonly enter: (run: Run) => void;
  private readonly found = new Map<string, Shown>();
  /** Such a run is as dear as a thousand others: one shows the defect, and none is spent on a smaller one. */
  private endless = false;
  /** Worlds had brought nothing new for long when they ended. */
  settled = false;

  constructor(subject: Subject, cases: readonly Run[], enter: (run: Run) => void) {
    this.subject = subject;
    this.cases = cases;
    this.enter = enter;
    this.reached = new Reached(goalsOf(subject.program));
    for (const { coverage } of cases) this.reached.know(coverage);
  }

  get defects(): number {
    return this.found.size;
  }

  worlds(): void {
    const { subject, reached, counted } = this;
    drawWorlds(subject.seed, subject.worlds, (draw) => {
      if (reached.settled) return true;
      const finished = this.anyWorld(draw);
      counted.worlds += 1;
      counted.completed += finished.ending.kind === 'output' ? 1 : 0;
      reached.add(finished);
      this.judge(finished);
      if (counted.worlds % AGAIN === 0) {
        const difference = unlike(subject, finished);
        if (difference !== undefined) this.note({ breach: difference, run: finished });
      }
      return true;
    });
    this.settled = reached.settled;
  }

  faults(): void {
    const { subject, reached, counted } = this;
    if (this.endless) return;
    const bases = this.bases();
    counted.faults = tryFaults(subject, bases, (faulty, base) => {
      reached.add(faulty);
      this.judge(faulty);
      const repeated = repeatedAfterFault(subject, faulty, base);
      if (repeated !== undefined) this.note({ breach: repeated, run: faulty, other: base });
      return !this.endless;
    });
    if (this.endless) return;
    counted.restarts = tryRestarts(subject, bases, (after, before) => {
      this.judge(after);
      const repeated = repeatedAfterRestart(subject, after, before);
      if (repeated !== undefined) this.note({ breach: repeated, run: after, other: before });
    });
  }

  pairs(): void {
    const { subject, counted } = this;
    if (this.endless) return;
    counted.pairs = tryPairs(subject, this.bases(), (varying, base) => {
      this.judge(varying);
      for (const breach of interferences(subject, varying, base)) this.note({ breach, run: varying, other: base });
    });
  }

  /** A finding for each defect, in the smallest worlds that were found for it. */
  smallest(): readonly Finding[] {
    // A workflow that does one thing and another makes every other finding doubtful.
    const first = ([, { breach }]: readonly [string, Shown]): number =>
      breach.rule === 'property/nondeterministic' ? 0 : 1;
    const worst = [...this.found].toSorted((a, b) => first(a) - first(b));
    return worst.slice(0, REPORTED).map(([key, shown]) => {
      const small = isEndless(shown.run) ? shown : minimise(this.subject, this.narrowed(key, shown), this.again(key));
      return toFinding(this.subject, small.breach, small.run, small.other);
    });
  }

  /** Two runs that differ in one value only, where one is enough. */
  private narrowed(key: string, shown: Shown): Shown {
    const { other } = shown;
    if (other === undefined || !shown.breach.rule.endsWith('-interferes')) return shown;
    for (const world of singles(shown.run, other)) {
      const single = this.again(key)(world, other.world);
      if (single !== undefined) return single;
    }
    return shown;
  }

  private again(key: string): (world: Run['world'], other: Run['world'] | undefined) => Shown | undefined {
    const { subject } = this;
    return (world, other) => {
      const finished = run(subject, world.input, scripted(world));
      const compared = other === undefined ? undefined : run(subject, other.input, scripted(other));
      const all = [
        ...breaches(subject, finished, accepts(subject, finished.world.input)),
        ...(compared === undefined ? [] : comparedBreaches(subject, finished, compared)),
      ];
      const breach = all.find((one) => keyOf(one) === key);
      if (breach === undefined) return undefined;
      return { breach, run: finished, ...(compared === undefined ? {} : { other: compared }) };
    };
  }

  private judge(finished: Run): void {
    const { subject, counted } = this;
    counted.calls += finished.called.length;
    this.enter(finished);
    if (isEndless(finished)) {
      this.endless = true;
      this.reached.stop();
    }
    for (const breach of breaches(subject, finished, accepts(subject, finished.world.input)))
      this.note({ breach, run: finished });
  }

  private note(shown: Shown): void {
    const key = keyOf(shown.breach);
    if (!this.found.has(key)) this.found.set(key, shown);
  }

  /** Half of the worlds are made up whole; half lie near one of the cases, or near a world that reached something first. */
  private anyWorld(draw: Draw): Run {
    const near = [...this.cases, ...this.reached.kept];
    const base = near[draw(fc.nat(2 * near.length)) - 1];
    return base === undefined ? generated(this.subject, draw) : varied(this.subject, draw, base.world);
  }

  /** Runs that end as the workflow means to: the author's own before generated ones. */
  private bases(): readonly Run[] {
    const ended = (runs: readonly Run[], kind: Run['ending']['kind']) =>
      runs.filter(({ ending }) => ending.kind === kind && (ending.kind !== 'error' || ending.explicit));
    const from = (runs: readonly Run[]) => [...ended(runs, 'output'), ...ended(runs, 'error')];
    const own = evenly(from(this.cases), BASES);
    return own.length >= 2 ? own : [...own, ...evenly(from(this.reached.kept), BASES - own.length)];
  }
}

/** Less was tried than the store asks for, so that nothing may be concluded. */
export function tooFew(subject: Subject, data: RuleData['property/too-few-worlds']): Finding {
  return finding('property/too-few-worlds', placeOf(subject, ''), data);
}

function isPolicy({ rule }: Finding): boolean {
  return rule.startsWith('policy/');
}

function accepts(subject: Subject, input: Json): boolean {
  return subject.inputSchema === undefined || subject.inputSchema.validate(input).length === 0;
}

/** Stopped by the bound on the machine's own work, which budgets of the contract should have been within. */
export function isEndless({ ending }: Run): boolean {
  return ending.kind === 'over-budget' && ending.budget === 'steps';
}

/** Determinism: the same world, its input's members in reverse order, gives the same trace. */
export function unlike(subject: Subject, first: Run): Breach | undefined {
  const again = run(subject, reversed(first.world.input), scripted(first.world));
  const [a, b] = [canonicalJson({ ...first.trace }), canonicalJson({ ...again.trace })];
  if (a === b) return undefined;
  return { rule: 'property/nondeterministic', at: '', data: { detail: 'two runs of one world gave two traces' } };
}

function reversed(json: Json): Json {
  if (isArray(json)) return json.map(reversed);
  if (!isObject(json)) return json;
  return Object.fromEntries(
    Object.entries(json)
      .toReversed()
      .map(([key, item]) => [key, reversed(item)]),
  );
}

/** Inputs that break exactly one constraint end in a validation error before anything happens. */
function badInput(subject: Subject): { readonly tried: number; readonly findings: readonly Finding[] } {
  const { inputSchema } = subject;
  if (inputSchema === undefined) return { tried: 0, findings: [] };
  const nearMiss = generator(inputSchema.json, 'near-miss');
  if (!nearMiss.ok) return { tried: 0, findings: [] };
  let tried = 0;
  let bad: { readonly run: Run; readonly breach: Breach } | undefined;
  drawWorlds(subject.seed, Math.max(MISSES, Math.floor(subject.law.config.limits.worlds / 10)), (draw) => {
    const finished = run(subject, draw(nearMiss.value), { reply: () => undefined, choose: () => undefined });
    tried += 1;
    const breach = acceptsBadInput(subject, finished);
    if (breach !== undefined) bad ??= { run: finished, breach };
    return true;
  });
  return { tried, findings: bad === undefined ? [] : [toFinding(subject, bad.breach, bad.run)] };
}

/** An input outside the schema that was not refused before the first effect. */
export function acceptsBadInput(subject: Subject, { ending, decided, world }: Run): Breach | undefined {
  const [error] = subject.inputSchema?.validate(world.input) ?? [];
  if (error === undefined || (ending.kind === 'error' && ending.name === 'validation' && decided.length === 0))
    return undefined;
  const detail = `an input is accepted that the input schema refuses: ${error.detail}`;
  return { rule: 'property/accepts-bad-input', at: '', data: { detail } };
}
