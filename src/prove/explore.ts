import { asList, either, isLonger } from '../expression/symbolic.ts';
import { Unexplored } from '../expression/symbols.ts';
import type { Program } from '../flow/model.ts';
import { assert, Defect } from '../kernel/result.ts';
import { type Pointer, tokensOf } from '../kernel/pointer.ts';
import type { CallEffect, Effect, FailureName, InferEffect, Outcome, Reply } from '../machine/effect.ts';
import { inputLabelling } from '../machine/labels.ts';
import { MAX_IDENTITY } from '../machine/reply.ts';
import type { Held, Item } from '../machine/held.ts';
import type { Points } from '../machine/state.ts';
import { execute, type Observer } from '../machine/run.ts';
import { gate, type Verdict } from '../policy/authority.ts';
import { type Policy, type PolicySet, policySet } from '../policy/cedar.ts';
import { isMonotone } from '../policy/monotone.ts';
import { matchesWorkflow, type Decidable } from '../policy/request.ts';
import { toolIn } from '../policy/tools.ts';
import { bool } from '../policy/values.ts';
import { compileSchema, type Schema } from '../schema/compile.ts';
import type { Contract, Law, WorkflowName } from '../store/model.ts';
import { symbolValue } from '../value/concrete.ts';
import { BOTTOM, join, type Label } from '../value/label.ts';
import type { Term, Terms } from '../value/term.ts';
import type { Value } from '../value/value.ts';
import { Exhausted, Explorer, type Limits } from './explorer.ts';
import type { Knowledge } from './knowledge.ts';
import { CALL_KINDS, type Condition, kindOfRefusal, Ledger, type ObligationKind } from './obligations.ts';
import { queriesOf } from './smt/query.ts';
import { ANY_INDEX, type Labels, type Source, uniform, Unknowns } from './unknown.ts';

/** One workflow under proof. */
export interface Subject {
  readonly law: Law;
  readonly policies: PolicySet;
  readonly program: Program;
  readonly contract: Contract;
  readonly name: WorkflowName;
  readonly inputSchema: Schema | undefined;
}

/** What was answered on a path, in order. */
export type Answer = {
  /** How many times it was asked before whether time is left: of all later ones, those up to the next answer are about this one. */
  readonly asked?: number;
  /** Virtual milliseconds that it is waited for; absent where no time limit is in force. */
  readonly within?: number;
} & (
  | { readonly kind: 'unknown'; readonly at: string; readonly from: 'tool' | 'model'; readonly value: Value }
  | { readonly kind: 'approval'; readonly at: string; readonly by: Value }
  | { readonly kind: 'declined'; readonly at: string }
  | { readonly kind: 'failure'; readonly at: string; readonly type: Term }
  | { readonly kind: 'winner'; readonly at: string; readonly branch: string }
);

/** How far a path has come: what a world must be like to take it. */
export interface Situation {
  readonly input: Value;
  readonly answers: readonly Answer[];
  readonly knowledge: Knowledge;
  readonly lists: ReadonlyMap<string, Source>;
  readonly terms: Terms;
}

/** A path on which an obligation may fail. */
export interface Candidate extends Situation {
  readonly at: string;
  readonly action: string;
  readonly kind: ObligationKind;
  readonly why: string;
}

/** An effect as a path meets it, for whoever asks more about it than the gate does. */
export interface Met {
  readonly effect: Decidable;
  /** A tool, or `infer`, `approve`, `return`, `raise`. */
  readonly action: string;
  /** Knows what is known on the path; what is decided outside of its `everyWay` stays decided there. */
  readonly explorer: Explorer;
  /** The path so far, as it will still be known when the exploration has moved on. */
  situation(): Situation;
}

/** What a path did, for whoever compares paths with runs. */
export interface Path extends Situation {
  readonly effects: readonly Effect[];
  readonly arms: readonly string[];
  readonly outcome: Outcome | undefined;
}

export interface Exploration {
  readonly ledger: Ledger;
  readonly candidates: readonly Candidate[];
  /** Some of the paths that get to each place, so far as they are there; by {@link siteOf}. */
  readonly reaching: ReadonlyMap<string, readonly Situation[]>;
  readonly paths: number;
  readonly decisions: number;
  /** Why not every path was explored; nothing is proved then. */
  readonly unexplored: string | undefined;
  /** What was replaced by anything at all. */
  readonly replaced: readonly string[];
}

/** What the machine asks where a time limit may run out. */
export const TIME = 'in time';
/** Failures that any call may end with (FORMATS, "tools"). */
const USUAL: readonly FailureName[] = ['communication', 'runtime', 'timeout', 'validation'];
/** Failures that a driver can answer besides: a handler may see them, and no contract has to list them. */
const FAILURES: readonly FailureName[] = [...USUAL, 'authorization', 'authentication'];
/** Candidates that are kept for one obligation, and paths that get to one place. */
const CANDIDATES = 6;

/**
 * Follows every path of a workflow over every input and every reply, and puts every effect to the gate. `onEffect` is told of each
 * effect on each path, before it is answered.
 */
export function explore(
  subject: Subject,
  limits: Limits,
  onPath?: (path: Path) => void,
  onEffect?: (met: Met) => void,
): Exploration {
  const explorer = new Explorer(limits);
  const walk = new Walk(subject, explorer, { onPath, onEffect });
  const loops = new Unrolled(explorer);
  return explored(walk, explorer, () => {
    const follow = (): void => {
      walk.path(loops);
    };
    try {
      explorer.explore(follow);
    } catch (error) {
      if (error instanceof Exhausted) explorer.sweep(follow, SWEPT);
      throw error;
    }
    return loops.isCut ? 'a loop over a list that is not known, beyond its first items' : undefined;
  });
}

/** What comes of an exploration; `work` says why not everything was looked at, unless it gives up. */
export function explored(walk: Walk, explorer: Explorer, work: () => string | undefined): Exploration {
  let unexplored: string | undefined;
  try {
    walk.prepare();
    unexplored = work();
  } catch (error) {
    if (error instanceof Exhausted) unexplored = `more ${error.message} than the limit`;
    else if (error instanceof Unexplored) unexplored = error.message;
    else throw error;
  }
  const { ledger, candidates, reaching } = walk;
  const { paths, decisions, replaced } = explorer;
  return { ledger, candidates, reaching, paths, decisions, unexplored, replaced: [...replaced].toSorted() };
}

/** Paths that are looked at here and there, where there are too many to follow them all. */
const SWEPT = 300;

/** Items up to which a loop over a list that is not known is followed: for counterexamples, and where there are no more. */
const UNROLLED = 2;

/** Follows loops item by item; a path with more items than are followed is cut off, which proves nothing. */
class Unrolled implements Points {
  isCut = false;
  private readonly explorer: Explorer;

  constructor(explorer: Explorer) {
    this.explorer = explorer;
  }

  reach(): void {}

  item(_run: unknown, { items }: Held, count: number): Item | undefined {
    const { explorer } = this;
    const list = items === undefined ? undefined : asList(explorer, items);
    assert(list !== undefined, 'a loop runs over a list');
    if (!isLonger(explorer, list, count)) return undefined;
    if (count >= UNROLLED) {
      this.isCut = true;
      explorer.impossible();
    }
    return { value: list.take(String(count)), index: count };
  }
}

/** What follows a walk. */
interface Listeners {
  readonly onPath?: ((path: Path) => void) | undefined;
  readonly onEffect?: ((met: Met) => void) | undefined;
}

/** One way through a workflow after the other, as an {@link Explorer} decides. */
export class Walk {
  readonly ledger = new Ledger();
  readonly candidates: Candidate[] = [];
  readonly reaching = new Map<string, Situation[]>();
  private readonly subject: Subject;
  private readonly explorer: Explorer;
  private readonly listeners: Listeners;
  private readonly isMerging: boolean;
  private readonly decide: ReturnType<typeof gate>;
  private readonly planted: ReturnType<typeof gate>;
  private readonly refuted = new Set<string>();
  private readonly strange: readonly Policy[];
  private readonly outputs = new Map<string, Schema | undefined>();
  private labels: Labels = uniform(BOTTOM);
  // Of the path in progress.
  private answers: Answer[] = [];
  private within: number | undefined;
  private input: Value = symbolValue({ kind: 'variable', id: -1, name: '' }, BOTTOM);
  private lists = new Map<string, Source>();
  private readonly nth = new Map<string, number>();

  constructor(subject: Subject, explorer: Explorer, listeners: Listeners, isMerging = false) {
    const { law, policies, contract, name } = subject;
    this.subject = subject;
    this.explorer = explorer;
    this.listeners = listeners;
    this.isMerging = isMerging;
    this.decide = gate(law, policies, contract, name);
    this.planted = gate(law, policySet([...policies.policies, PLANTED]), contract, name);
    this.strange = policies.policies.filter((policy) => !isMonotone(policy.json, isMerging));
  }

  prepare(): void {
    this.labels = inputLabels(this.subject);
  }

  /** One path; effects are put to the gate unless `isPassed` says that they were already. */
  path(points: Points, isPassed: () => boolean = () => false): void {
    const { subject, explorer } = this;
    const { program, contract, inputSchema } = subject;
    this.answers = [];
    this.lists = new Map();
    if (!this.isMerging) this.nth.clear();
    const unknowns = new Unknowns(explorer, this.labels, this.lists);
    const schema = inputSchema?.root ?? ANYTHING.root;
    this.input = unknowns.of(schema, 'input');
    const effects: Effect[] = [];
    const arms: string[] = [];
    const observer: Observer = {
      task: () => {},
      arm: (at, arm) => {
        arms.push(`${at}:${arm}`);
      },
    };
    const machine = execute(program, this.input, { budgets: contract.budgets, observer, symbols: explorer, points });
    let step = machine.next();
    while (step.done !== true) {
      effects.push(step.value);
      if (!isPassed()) this.put(step.value);
      step = machine.next(this.answer(step.value));
    }
    this.ending(step.value);
    const { answers, input, lists } = this;
    const { knowledge, terms } = explorer;
    this.listeners.onPath?.({ effects, arms, answers, outcome: step.value, input, knowledge, lists, terms });
  }

  /** Puts to the gate what it decides about. */
  private put(effect: Effect): void {
    switch (effect.kind) {
      case 'call':
        return this.judge(effect, effect.tool);
      case 'infer':
      case 'approve':
      case 'return':
      case 'raise':
        return this.judge(effect, effect.kind);
      case 'wait':
      case 'jitter':
      case 'race':
        return undefined;
    }
  }

  private answer(effect: Effect): Reply {
    this.within = 'within' in effect ? effect.within : undefined;
    switch (effect.kind) {
      case 'call':
        return this.called(effect);
      case 'infer':
        return this.inferred(effect);
      case 'approve': {
        if (!either(this.explorer, 'approved')) {
          this.answered({ kind: 'declined', at: effect.at });
          return { kind: 'approval', approved: false, by: '', elapsed: 0 };
        }
        const term = this.explorer.fresh('by', { type: 'string', minLength: 1, maxLength: MAX_IDENTITY });
        this.answered({ kind: 'approval', at: effect.at, by: symbolValue(term, BOTTOM) });
        return { kind: 'unknown-approval', by: (label) => symbolValue(term, label), elapsed: 0 };
      }
      case 'wait':
        return { kind: 'waited' };
      case 'jitter':
        return { kind: 'jitter', fraction: 0 };
      case 'race': {
        const branch = effect.branches.slice(0, -1).find((name) => either(this.explorer, `wins ${name}`));
        const winner = branch ?? effect.branches.at(-1);
        assert(winner !== undefined, 'a race is won by one of its branches');
        this.answered({ kind: 'winner', at: effect.at, branch: winner });
        return { kind: 'winner', branch: winner };
      }
      case 'return':
      case 'raise':
        return { kind: 'granted' };
    }
  }

  private answered(answer: Answer): void {
    const { within } = this;
    this.answers.push({ ...answer, asked: this.explorer.countOf(TIME), ...(within === undefined ? {} : { within }) });
  }

  private name(at: string): string {
    const nth = (this.nth.get(at) ?? 0) + 1;
    this.nth.set(at, nth);
    return `${at}~${nth}`;
  }

  private fails(at: string): Reply | undefined {
    if (either(this.explorer, 'answers')) return undefined;
    const type = this.explorer.peek('type');
    this.answered({ kind: 'failure', at, type });
    return { kind: 'unknown-failure', errors: FAILURES, elapsed: 0 };
  }

  private called(effect: CallEffect): Reply {
    const { at, tool } = effect;
    const failure = this.fails(at);
    if (failure !== undefined) return failure;
    const name = this.name(at);
    const output = this.outputOf(tool);
    const make = (label: Label): Value => this.result(output, name, label);
    this.answered({ kind: 'unknown', at, from: 'tool', value: make(BOTTOM) });
    return { kind: 'unknown', value: make, elapsed: 0 };
  }

  private outputOf(id: CallEffect['tool']): Schema | undefined {
    if (!this.outputs.has(id)) {
      const found = toolIn(this.subject.law, id)?.tool.output;
      const compiled = found === undefined ? undefined : compileSchema(found, { formats: 'annotation' });
      this.outputs.set(id, compiled?.ok === true ? compiled.value : undefined);
    }
    return this.outputs.get(id);
  }

  /** The raw result of a tool: which of its members are there but the one that the contract asks for is not known. */
  private result(output: Schema | undefined, name: string, label: Label): Value {
    const { terms } = this.explorer;
    const unknowns = new Unknowns(this.explorer, uniform(label), this.lists);
    const raw = terms.variable(name);
    const optional = (member: string): { readonly present: ReturnType<typeof terms.apply> } => ({
      present: terms.apply('has', raw, member),
    });
    const content = unknowns.of((output === undefined ? TEXTS : BLOCKS).root, `${name}/content`);
    const isError: Value = { kind: 'boolean', value: false, label };
    const known = new Map<string, { readonly value: Value; readonly present?: ReturnType<typeof terms.apply> }>([
      ['content', output === undefined ? { value: content } : { value: content, ...optional('content') }],
      ['isError', { value: isError, ...optional('isError') }],
    ]);
    if (output !== undefined)
      known.set('structuredContent', { value: unknowns.of(output.root, `${name}/structuredContent`) });
    return symbolValue(raw, label, label, { known, open: false });
  }

  private inferred({ at, schema }: InferEffect): Reply {
    const failure = this.fails(at);
    if (failure !== undefined) return failure;
    const compiled = compileSchema(schema);
    assert(compiled.ok, 'the structure stage compiled the schema');
    const name = this.name(at);
    const { root } = compiled.value;
    const make = (label: Label): Value => new Unknowns(this.explorer, uniform(label), this.lists).of(root, name);
    this.answered({ kind: 'unknown', at, from: 'model', value: make(BOTTOM) });
    return { kind: 'unknown', value: make, elapsed: 0 };
  }

  /** Puts an effect to the gate on every way that the gate itself can go. */
  private judge(effect: Decidable, action: string): void {
    const { at } = effect;
    const kinds =
      effect.kind === 'call'
        ? CALL_KINDS
        : effect.kind === 'approve'
          ? (['capability', 'policy'] as const)
          : (['policy'] as const);
    for (const kind of kinds) this.ledger.of({ at, action, kind }).paths += 1;
    this.reaches(at, action);
    this.guarded(at, action, () => {
      const verdict = this.decide(effect, this.explorer);
      if (!verdict.allowed) this.refused(verdict, at, action);
    });
    for (const policy of this.strange) {
      const why = `the policy ${policy.id} asks that something is not untrusted, which labels only bound`;
      this.ledger.doubt({ at, action, kind: 'policy' }, why);
    }
    this.refute(effect, action);
    this.listeners.onEffect?.({ effect, action, explorer: this.explorer, situation: () => this.situation() });
  }

  private reaches(at: string, action: string): void {
    const site = siteOf(at, action);
    const known = this.reaching.get(site) ?? [];
    if (known.length < CANDIDATES) this.reaching.set(site, [...known, this.situation()]);
  }

  private situation(): Situation {
    const { input, lists, explorer } = this;
    return { input, answers: [...this.answers], knowledge: explorer.snapshot(), lists, terms: explorer.terms };
  }

  private guarded(at: string, action: string, work: () => void): void {
    try {
      const errors = this.explorer.everyWay(work);
      assert(errors.length === 0, 'the gate evaluates no expressions');
    } catch (error) {
      if (!(error instanceof Unexplored)) throw error;
      this.ledger.doubt({ at, action, kind: 'policy' }, error.message);
    }
  }

  private refused(verdict: Verdict, at: string, action: string): void {
    const whys = new Map<ObligationKind, string[]>();
    for (const refusal of verdict.refusals) {
      const kind = kindOfRefusal(refusal);
      whys.set(kind, [...(whys.get(kind) ?? []), `${refusal.id}: ${refusal.detail}`]);
    }
    for (const [kind, why] of whys) this.doubt(at, action, kind, why.join('; '));
    // What the gate asks later was not looked at.
    const first = verdict.refusals[0];
    if (first !== undefined && kindOfRefusal(first) !== 'policy') {
      const unasked = `not asked where ${kindOfRefusal(first)} fails`;
      this.ledger.doubt({ at, action, kind: 'policy' }, unasked, () => this.condition());
    }
  }

  private doubt(at: string, action: string, kind: ObligationKind, why: string): void {
    this.ledger.doubt({ at, action, kind }, why, () => this.condition());
    const alike = this.candidates.filter((it) => it.at === at && it.action === action && it.kind === kind);
    if (alike.length >= CANDIDATES) return;
    this.candidates.push({ at, action, kind, why, ...this.situation() });
  }

  /** The questions about the path so far. */
  private condition(): Condition {
    return queriesOf(this.explorer.knowledge).map(({ text }) => text);
  }

  /** A policy that forbids everything is refuted wherever there is something to prove; else nothing was proved there. */
  private refute(effect: Decidable, action: string): void {
    const key = `${effect.at} ${action}`;
    if (this.refuted.has(key)) return;
    let asked = 0;
    this.guarded(effect.at, action, () => {
      const verdict = this.planted(effect, this.explorer);
      if (verdict.decision === undefined) return;
      asked += 1;
      if (verdict.allowed) throw new Defect('a policy that forbids everything was not refuted');
    });
    if (asked > 0) this.refuted.add(key);
  }

  /** The errors that an ending may be, given what was decided about it. */
  private namesOf(outcome: Extract<Outcome, { kind: 'error' }>): readonly string[] {
    const { names, error } = outcome;
    const type = error.kind === 'object' ? error.fields.get('type') : undefined;
    if (names === undefined || type?.kind !== 'symbol') return [outcome.name];
    const { terms, knowledge } = this.explorer;
    return names.filter((name) => {
      if (!USUAL.some((usual) => usual === name)) return false;
      const ending = terms.apply('meets', type.term, JSON.stringify({ pattern: `/${name}$` }));
      return knowledge.answer(ending) !== false;
    });
  }

  private ending(outcome: Outcome): void {
    const { contract } = this.subject;
    const at = outcome.kind === 'output' ? '' : outcome.at;
    this.ledger.of({ at: '', action: 'end', kind: 'ending' }).paths += 1;
    this.reaches('', 'end');
    const doubt = (why: string): void => this.doubt(at, 'end', 'ending', why);
    switch (outcome.kind) {
      case 'output':
        return;
      case 'error':
        if (outcome.name === 'expression') doubt(`an expression may fail: ${outcome.why}`);
        else if (outcome.name === 'validation' && outcome.at === '') doubt('the output may break its schema');
        else {
          for (const name of this.namesOf(outcome))
            if (!contract.errors.includes(name)) doubt(`it may end with the undeclared error ${name}`);
        }
        return;
      case 'over-budget':
        doubt(`the budget of ${outcome.budget} may not suffice`);
        return;
      case 'refused':
        throw new Defect('the exploration grants everything');
    }
  }
}

/** What tells the place and action of an obligation from others. */
export function siteOf(at: string, action: string): string {
  return `${at} ${action}`;
}

function compiled(json: Parameters<typeof compileSchema>[0]): Schema {
  const result = compileSchema(json);
  assert(result.ok, 'a schema of ours can be compiled');
  return result.value;
}

const ANYTHING = compiled({});
const BLOCKS = compiled({ type: 'array', items: { type: 'object', required: ['type'] } });
const TEXTS = compiled({
  type: 'array',
  items: {
    type: 'object',
    required: ['type', 'text'],
    properties: { type: { const: 'text' }, text: { type: 'string' } },
  },
});

const PLANTED: Policy = {
  id: 'planted-forbid-all',
  title: '',
  reference: '',
  file: '',
  line: 1,
  effect: 'forbid',
  text: 'forbid (principal, action, resource);',
  offset: 0,
  json: { effect: 'forbid' },
  compiled: { effect: 'forbid', annotations: new Map(), appliesTo: () => true, satisfied: () => bool(true) },
};

/** The labels of a workflow's input, with upper bounds for what lies below a place. */
function inputLabels({ law, contract, name }: Subject): Labels {
  const at = inputLabelling(law, contract, name);
  const pointers: Pointer[] = [...contract.labels.input.keys()];
  for (const entry of law.config.inputs)
    if (entry.workflow === '*' || matchesWorkflow(entry.workflow, name)) pointers.push(...entry.pointers);
  const paths = pointers.map((pointer) =>
    (tokensOf(pointer) ?? []).map((token) => (token === '*' ? ANY_INDEX : token)),
  );
  if (pointers.some((pointer) => (tokensOf(pointer) ?? []).some((token) => /^\d+$/u.test(token))))
    throw new Unexplored('an input pointer that names one item of a list');
  return {
    at,
    below: (path) => {
      let all = at(path);
      for (const deeper of paths) {
        const isBelow = path.every((token, i) => deeper[i] === undefined || deeper[i] === token);
        if (isBelow && deeper.length > path.length) all = join(all, at(deeper));
      }
      return all;
    },
  };
}
