import fc from 'fast-check';
import { canonicalJson } from '../../kernel/canonical.ts';
import type { Finding } from '../../kernel/finding.ts';
import { finding } from '../../kernel/finding.ts';
import type { Json } from '../../kernel/json.ts';
import type { RuleData } from '../../kernel/rules.ts';
import { isArray, isObject } from '../../kernel/json.ts';
import { generator } from '../../schema/generate/generate.ts';
import type { Coverage, Run } from '../../simulate/model.ts';
import { scripted } from '../../simulate/scripted.ts';
import { type Breach, breaches, keyOf, toFinding } from '../breach.ts';
import { reachables, unreached } from '../functional/coverage.ts';
import { type Draw, drawWorlds } from '../draw.ts';
import { conclude, type StageResult } from '../stage.ts';
import { placeOf, run, type Subject } from '../subject.ts';
import { generated, NotGenerable, varied } from './world.ts';

/** Every n-th world is run again, with the members of its input in another order. */
const AGAIN = 8;
/** Distinct defects that are shrunk and reported; the rest are counted. */
const REPORTED = 8;
/** The least number of inputs that break their schema. */
const MISSES = 20;
/** Worlds that shrinking one defect may try. */
const SHRINKS = 400;

export interface Explored {
  readonly result: StageResult;
  /** What the policies refused, in the smallest worlds: findings of the policy stage. */
  readonly denied: readonly Finding[];
}

/**
 * Generated worlds (inputs, tool replies, model replies, failures) against oracles that need no author. Budgeted by count,
 * never by time; the same seed gives the same worlds. What only raises must be reached by a world or by one of the `cases`.
 * `enter` is given every run.
 */
export function property(subject: Subject, cases: readonly Run[], enter: (run: Run) => void): Explored {
  const findings: Finding[] = [];
  const denied: Finding[] = [];
  const counted = { worlds: 0, calls: 0, completed: 0 };
  const found = new Map<string, Breach>();
  // Such a run is as dear as a thousand others: one shows the defect, and none is spent on a smaller one.
  const endless = new Map<string, Finding>();
  let misses = 0;
  const settled = new Settling();
  try {
    drawWorlds(subject.seed, subject.worlds, (draw) => {
      if (settled.done) return true;
      const finished = anyWorld(subject, draw, cases);
      counted.worlds += 1;
      counted.calls += finished.called.length;
      counted.completed += finished.ending.kind === 'output' ? 1 : 0;
      enter(finished);
      settled.add(finished);
      if (isEndless(finished)) settled.stop();
      for (const breach of breaches(subject, finished, accepts(subject, finished.world.input))) {
        const key = keyOf(breach);
        if (!found.has(key)) found.set(key, breach);
        if (isEndless(finished)) endless.set(key, toFinding(subject, breach, finished));
      }
      if (counted.worlds % AGAIN === 0) {
        const difference = unlike(subject, finished);
        if (difference !== undefined) found.set(keyOf(difference), difference);
      }
      return true;
    });
    const shrunk = [...found]
      .slice(0, REPORTED)
      .map(([key, breach]) => endless.get(key) ?? shrink(subject, cases, key, breach));
    findings.push(...shrunk.filter((one) => !isPolicy(one)));
    denied.push(...shrunk.filter(isPolicy));
    const asked = subject.law.config.limits.worlds;
    if (!settled.done && counted.worlds < asked)
      findings.push(tooFew(subject, { tried: counted.worlds, asked, what: 'worlds' }));
    const missed = badInput(subject);
    misses = missed.tried;
    findings.push(...missed.findings);
  } catch (error) {
    if (!(error instanceof NotGenerable)) throw error;
    findings.push(
      finding('property/not-generable', placeOf(subject, error.at), { at: error.at, detail: error.message }),
    );
  }
  const raising = reachables(subject.workflow.do).filter((place) => place.raising);
  for (const gap of unreached(raising, [...cases.map(({ coverage }) => coverage), settled])) {
    const place = placeOf(subject, gap.at);
    if (gap.kind === 'task') findings.push(finding('functional/task-unreached', place, { task: gap.at }));
    else findings.push(finding('functional/arm-unreached', place, { task: gap.at, arm: gap.arm }));
  }
  const counts = {
    ...counted,
    badInputs: misses,
    defects: found.size,
  };
  return { result: conclude('property', counted.worlds, counts, findings), denied };
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

/** Half of the worlds are made up whole, half lie near one of the cases. */
function anyWorld(subject: Subject, draw: Draw, cases: readonly Run[]): Run {
  const base = cases[draw(fc.nat(2 * cases.length)) - 1];
  return base === undefined ? generated(subject, draw) : varied(subject, draw, base.world);
}

/** Stopped by the bound on the machine's own work, which budgets of the contract should have been within. */
export function isEndless({ ending }: Run): boolean {
  return ending.kind === 'over-budget' && ending.budget === 'steps';
}

/** Worlds that must bring nothing new before no more are tried. */
const QUIET = 120;

/** Coverage that has stopped growing: how runs ended, and the tasks and arms that they reached. */
class Settling implements Coverage {
  readonly tasks = new Set<string>();
  readonly arms = new Set<string>();
  private readonly endings = new Set<string>();
  private quiet = 0;

  get done(): boolean {
    return this.quiet >= QUIET;
  }

  stop(): void {
    this.quiet = QUIET;
  }

  add({ ending, coverage }: Run): void {
    const before = this.size();
    for (const task of coverage.tasks) this.tasks.add(task);
    for (const arm of coverage.arms) this.arms.add(arm);
    this.endings.add(`${ending.kind} ${ending.kind === 'error' ? ending.name : ''}`);
    this.quiet = this.size() > before ? 0 : this.quiet + 1;
  }

  private size(): number {
    return this.tasks.size + this.arms.size + this.endings.size;
  }
}

/** The smallest world in which the defect still shows, within a budget of worlds. */
function shrink(subject: Subject, cases: readonly Run[], key: string, breach: Breach): Finding {
  let smallest: { readonly run: Run; readonly breach: Breach } | undefined;
  let tried = 0;
  drawWorlds(subject.seed, subject.worlds, (draw) => {
    if (smallest !== undefined && tried++ > SHRINKS) return true;
    const finished = anyWorld(subject, draw, cases);
    const same = breaches(subject, finished, accepts(subject, finished.world.input)).find((one) => keyOf(one) === key);
    if (same === undefined) return true;
    smallest = { run: finished, breach: same };
    return false;
  });
  if (smallest === undefined) return finding(breach.rule, placeOf(subject, breach.at), breach.data);
  return toFinding(subject, smallest.breach, smallest.run);
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
