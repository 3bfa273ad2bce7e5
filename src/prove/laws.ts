import type { Program } from '../flow/model.ts';
import { stepsOf } from '../flow/walk.ts';
import { canonicalJson } from '../kernel/canonical.ts';
import { compareText, type Json } from '../kernel/json.ts';
import { assert } from '../kernel/result.ts';
import type { EndEffect, Refusal } from '../machine/effect.ts';
import { inputLabelling } from '../machine/labels.ts';
import { execute } from '../machine/run.ts';
import { gate, type Verdict } from '../policy/authority.ts';
import type { Policy } from '../policy/cedar.ts';
import { isMonotone } from '../policy/monotone.ts';
import { matchesWorkflow } from '../policy/request.ts';
import { toolIn } from '../policy/tools.ts';
import { isUnchanged } from '../policy/unchanged.ts';
import { Unexplored } from '../expression/symbols.ts';
import { drive } from '../simulate/drive.ts';
import type { Asking, World } from '../simulate/model.ts';
import { scripted } from '../simulate/scripted.ts';
import type { Law, ToolId } from '../store/model.ts';
import { lift } from '../value/concrete.ts';
import { Doubt } from './doubt.ts';
import { type Exploration, explore, type Met, type Subject } from './explore.ts';
import { exploreMerged } from './merged.ts';
import type { Limits } from './explorer.ts';
import type { Inquiry } from './smt/solver.ts';

/** The same workflow under two laws. */
export interface TwoLaws {
  readonly before: Subject;
  readonly after: Subject;
}

/** What happens in a run that one of two laws refuses. */
export interface Example {
  readonly world: World;
  /** As both laws were asked about it; labels are those that it has under the law that refuses it. */
  readonly effect: Asking | EndEffect;
  readonly refusals: readonly Refusal[];
}

/** `no`: proved of every run. `yes`: a run shows it. `unknown`: it may be, and no run was found that shows it. */
export type Answer =
  | { readonly kind: 'no' }
  | { readonly kind: 'yes'; readonly example: Example }
  | { readonly kind: 'unknown'; readonly why: string };

/** What a change of law means for one place at which a workflow does something. */
export interface SiteChange {
  readonly at: string;
  /** A tool, or `infer`, `approve`, `return`, `raise`. */
  readonly action: string;
  /** Whether some run does there what the old law refuses and the new one permits. */
  readonly gains: Answer;
  /** Whether some run does there what the old law permits and the new one refuses. */
  readonly loses: Answer;
}

export interface LawChange {
  /** In the order of places. */
  readonly sites: readonly SiteChange[];
  readonly paths: number;
  /** Why not every path was followed; nothing is proved then. */
  readonly unexplored?: string;
}

type Way = 'gains' | 'loses';

interface Site {
  readonly at: string;
  readonly action: string;
  readonly shown: Partial<Record<Way, Example>>;
}

type Doubts = Readonly<Record<Way, Doubt>>;

/** What one way of following the paths has found, by place. */
interface Layer {
  readonly doubts: Map<Site, Doubts>;
  unexplored: string | undefined;
}

/** Worlds that are tried for a workflow. */
const WORLDS = 400;

/**
 * Which effects of a workflow a change of law takes away or adds, over every input and every reply. Where the laws differ only in what
 * they ask of an effect, both gates decide about it on the same path; where they differ in what values carry or in the replies that
 * are taken, each law is held against all paths of its own, and only what one of them permits everywhere is settled by proof.
 * @param known worlds that are tried as they are: the author's cases.
 * @param inquiry asks whether the paths exist on which the laws may differ.
 * @param agrees whether the real engine says the same as ours; what it does not agree to shows nothing.
 */
export async function compareLaws(
  laws: TwoLaws,
  limits: Limits,
  known: readonly World[],
  inquiry: Inquiry,
  agrees: (side: keyof TwoLaws, verdict: Verdict) => boolean,
): Promise<LawChange> {
  const comparison = new Comparison(laws, agrees);
  for (const world of known) comparison.show(world);
  let paths = 0;
  // Where no action of the workflow is touched, no path has to be followed.
  if (![...actionsOf(laws.after), ...comparison.actions()].every((action) => comparison.isUnchanged(action))) {
    const isAlike = isSameBeforeTheGate(laws);
    const follow = (walk: (subject: Subject, onEffect: (met: Met) => void) => Exploration): void => {
      comparison.begin();
      const parts = isAlike
        ? [walk(laws.after, (met) => comparison.both(met))]
        : [
            walk(laws.before, (met) => comparison.one(met, 'before')),
            walk(laws.after, (met) => comparison.one(met, 'after')),
          ];
      paths += parts.reduce((sum, part) => sum + part.paths, 0);
      comparison.end(parts.find((part) => part.unexplored !== undefined)?.unexplored);
    };
    follow((subject, onEffect) => exploreMerged(subject, limits, onEffect));
    // What is doubted where paths were put together is looked at path by path, and only there are runs to be found.
    if (!comparison.isClear()) {
      follow((subject, onEffect) => explore(subject, limits, undefined, onEffect));
      await comparison.search(inquiry);
    }
  }
  const { unexplored } = comparison;
  return {
    sites: await comparison.answers(inquiry),
    paths,
    ...(unexplored === undefined ? {} : { unexplored }),
  };
}

class Comparison {
  private readonly laws: TwoLaws;
  private readonly agrees: (side: keyof TwoLaws, verdict: Verdict) => boolean;
  private readonly gates: Readonly<Record<keyof TwoLaws, ReturnType<typeof gate>>>;
  private readonly strange: Readonly<Record<keyof TwoLaws, readonly Policy[]>>;
  private readonly sites = new Map<string, Site>();
  private readonly layers: Layer[] = [];
  readonly isUnchanged: (action: string) => boolean;

  constructor(laws: TwoLaws, agrees: (side: keyof TwoLaws, verdict: Verdict) => boolean) {
    this.laws = laws;
    this.agrees = agrees;
    this.isUnchanged = isUnchanged(laws.before, laws.after, laws.after.name);
    const strangeOf = ({ policies }: Subject): readonly Policy[] =>
      policies.policies.filter(({ json }) => !isMonotone(json));
    this.strange = { before: strangeOf(laws.before), after: strangeOf(laws.after) };
    this.gates = { before: gateOf(laws.before), after: gateOf(laws.after) };
  }

  begin(): void {
    this.layers.push({ doubts: new Map(), unexplored: undefined });
  }

  end(unexplored: string | undefined): void {
    const layer = this.layers.at(-1);
    if (layer !== undefined) layer.unexplored = unexplored;
  }

  /** Whether one way of following the paths left nothing to ask. */
  isClear(): boolean {
    return this.layers.some(
      ({ doubts, unexplored }) =>
        unexplored === undefined &&
        [...doubts.values()].every(({ gains, loses }) => gains.why === '' && loses.why === ''),
    );
  }

  /** Why not every path was followed, in whichever way; absent where one of them followed all. */
  get unexplored(): string | undefined {
    const last = this.layers.at(-1);
    return this.layers.some(({ unexplored }) => unexplored === undefined) ? undefined : last?.unexplored;
  }

  /** Both gates on one path: whatever the one asked about the path, the other one knows. */
  both(met: Met): void {
    const { effect, explorer } = met;
    const site = this.site(effect.at, met.action);
    this.doubtsOf(site);
    if (this.isUnchanged(met.action)) return;
    this.guarded(met, site, ['gains', 'loses'], () => {
      const before = this.gates.before(effect, explorer);
      const after = this.gates.after(effect, explorer);
      this.bounds(site, 'before', before);
      this.bounds(site, 'after', after);
      if (before.allowed && after.allowed) return;
      // What labels only bound may be permitted in a run where it is refused here.
      if (!before.allowed) this.doubt(site, 'gains', before, met);
      if (!after.allowed) this.doubt(site, 'loses', after, met);
    });
  }

  /** One gate on the paths of its own law: what it permits everywhere the other cannot permit more often. */
  one(met: Met, side: keyof TwoLaws): void {
    const { effect, explorer } = met;
    const way = side === 'before' ? 'gains' : 'loses';
    const site = this.site(effect.at, met.action);
    this.doubtsOf(site);
    this.guarded(met, site, [way], () => {
      const verdict = this.gates[side](effect, explorer);
      this.bounds(site, side, verdict);
      if (!verdict.allowed) this.doubt(site, way, verdict, met);
    });
  }

  private guarded(met: Met, site: Site, ways: readonly Way[], work: () => void): void {
    try {
      met.explorer.everyWay(work);
    } catch (error) {
      if (!(error instanceof Unexplored)) throw error;
      for (const way of ways) this.doubtsOf(site)[way].always(error.message);
    }
  }

  /** Labels are upper bounds: a policy that asks for their absence permits in words what it may refuse in a run. */
  private bounds(site: Site, side: keyof TwoLaws, { request }: Verdict): void {
    if (request === undefined) return;
    for (const { id, compiled } of this.strange[side]) {
      if (!compiled.appliesTo(request)) continue;
      this.doubtsOf(site)[side === 'before' ? 'gains' : 'loses'].always(
        `the policy ${id} asks that something is not untrusted, which labels only bound`,
      );
    }
  }

  private doubt(site: Site, way: Way, { refusals }: Verdict, met: Met): void {
    this.doubtsOf(site)[way].on(met, refusals.map(({ id, detail }) => `${id}: ${detail}`).join('; '));
  }

  private doubtsOf(site: Site): Doubts {
    const layer = this.layers.at(-1);
    assert(layer !== undefined, 'effects are met on paths');
    let doubts = layer.doubts.get(site);
    if (doubts === undefined) {
      doubts = { gains: new Doubt(), loses: new Doubt() };
      layer.doubts.set(site, doubts);
    }
    return doubts;
  }

  private site(at: string, action: string): Site {
    const key = JSON.stringify([at, action]);
    let site = this.sites.get(key);
    if (site === undefined) {
      site = {
        at,
        action,
        shown: {},
      };
      this.sites.set(key, site);
    }
    return site;
  }

  /** What was done at the places that were seen. */
  actions(): readonly string[] {
    return [...this.sites.values()].map(({ action }) => action);
  }

  /** Looks for runs that show what no proof excludes. */
  async search(inquiry: Inquiry): Promise<void> {
    let tried = 0;
    for (const [{ shown }, doubts] of this.layers.at(-1)?.doubts ?? [])
      for (const way of ['gains', 'loses'] as const)
        for await (const world of doubts[way].worlds(inquiry)) {
          if (shown[way] !== undefined || tried >= WORLDS) break;
          tried += 1;
          this.show(world);
        }
  }

  /** Runs a world in the concrete machine under both laws, and remembers the effects about which they differ. */
  show(world: World): void {
    const { before } = this.laws;
    if (before.inputSchema?.isValid(world.input) === false) return;
    const [old, now] = [this.decided('before', world), this.decided('after', world)];
    let [reached, reaches] = [true, true];
    for (const [i, { effect, verdict }] of old.entries()) {
      const other = now[i];
      if (other === undefined || other.effect.kind !== effect.kind || other.effect.at !== effect.at) return;
      const site = this.site(effect.at, actionOf(effect));
      const [was, is] = [verdict.refusals, other.verdict.refusals];
      const isAgreed = (): boolean => this.agrees('before', verdict) && this.agrees('after', other.verdict);
      if (reached && was.length === 0 && is.length > 0 && isAgreed())
        site.shown.loses ??= { world, effect: other.effect, refusals: is };
      if (reaches && is.length === 0 && was.length > 0 && isAgreed())
        site.shown.gains ??= { world, effect, refusals: was };
      reached &&= was.length === 0;
      reaches &&= is.length === 0;
      if (!reached && !reaches) return;
    }
  }

  /** Every effect of a run that nothing stops, with what the law says of it. */
  private decided(
    side: keyof TwoLaws,
    world: World,
  ): readonly { readonly effect: Asking | EndEffect; readonly verdict: Verdict }[] {
    const { law, contract, name, program } = this.laws[side];
    const verdicts = new Map<Asking | EndEffect, Verdict>();
    const input = lift(world.input, inputLabelling(law, contract, name));
    const { decided } = drive(
      (observer) => execute(program, input, { budgets: contract.budgets, observer }),
      world.input,
      scripted(world),
      (effect) => {
        const verdict = this.gates[side](effect);
        verdicts.set(effect, verdict);
        return { ...verdict, allowed: true };
      },
    );
    return decided.map(({ effect, verdict }) => ({ effect, verdict: verdicts.get(effect) ?? verdict }));
  }

  async answers(inquiry: Inquiry): Promise<readonly SiteChange[]> {
    const answer = async (site: Site, way: Way): Promise<Answer> => {
      const example = site.shown[way];
      if (example !== undefined) return { kind: 'yes', example };
      if (this.isUnchanged(site.action)) return { kind: 'no' };
      let why = '';
      for (const { doubts, unexplored } of this.layers) {
        const doubt = doubts.get(site)?.[way];
        const isFounded = doubt !== undefined && doubt.why !== '' && !(await doubt.isUnfounded(inquiry));
        if (!isFounded && unexplored === undefined) return { kind: 'no' };
        why = isFounded ? doubt.why : (unexplored ?? '');
      }
      return { kind: 'unknown', why };
    };
    const sites = [...this.sites.values()].toSorted(
      (a, b) => compareText(a.at, b.at) || compareText(a.action, b.action),
    );
    const answers: SiteChange[] = [];
    for (const site of sites) {
      const { at, action } = site;
      answers.push({ at, action, gains: await answer(site, 'gains'), loses: await answer(site, 'loses') });
    }
    return answers;
  }
}

function gateOf({ law, policies, contract, name }: Subject): ReturnType<typeof gate> {
  return gate(law, policies, contract, name);
}

function actionOf(effect: Asking | EndEffect): string {
  return effect.kind === 'call' ? effect.tool : effect.kind;
}

/** Whatever the workflow may do: tools that it calls or asks a person about, and the sinks that are no tools. */
function actionsOf({ program }: Subject): readonly string[] {
  return ['infer', 'approve', 'return', 'raise', ...toolsOf(program)];
}

function toolsOf(program: Program): readonly ToolId[] {
  const tools = stepsOf(program).flatMap((step): readonly ToolId[] => {
    if (step.kind !== 'call' || step.call.kind === 'infer') return [];
    return [step.call.kind === 'tool' ? step.call.tool.id : step.call.tool];
  });
  return [...new Set(tools)];
}

/** Whether the laws give every run the same effects with the same labels: they differ, if at all, in what a gate says of them. */
function isSameBeforeTheGate({ before, after }: TwoLaws): boolean {
  const tools = [...new Set([...toolsOf(before.program), ...toolsOf(after.program)])];
  const facts = ({ law, name }: Subject): string =>
    canonicalJson([inputsOf(law, name), tools.map((id) => factsOf(law, id))]);
  return facts(before) === facts(after);
}

function inputsOf({ config }: Law, name: string): Json {
  return config.inputs
    .filter(({ workflow }) => workflow === '*' || matchesWorkflow(workflow, name))
    .map(({ pointers, trust, secrecy }) => ({ pointers, trust, secrecy }));
}

/** What the machine and the types of expressions know of a tool. */
function factsOf(law: Law, id: ToolId): Json {
  const found = toolIn(law, id);
  if (found === undefined) return null;
  const { input, output, key, sum, returns } = found.tool;
  const bindings = [...found.server.bindings].map(([name, { secrecy }]): Json => [name, secrecy]);
  return [input, output ?? null, key ?? null, sum, returns.secrecy, bindings];
}
