import { compareText } from '../kernel/json.ts';
import { type Pointer, tokensOf } from '../kernel/pointer.ts';
import type { CallEffect } from '../machine/effect.ts';
import { inputLabelling } from '../machine/labels.ts';
import { execute } from '../machine/run.ts';
import { gate } from '../policy/authority.ts';
import { isOutgoing, toolIn } from '../policy/tools.ts';
import { trustUnder } from '../policy/trust.ts';
import { compileSchema } from '../schema/compile.ts';
import { meets, must, mustNot } from '../schema/generate/demand.ts';
import type { SchemaNode } from '../schema/node.ts';
import { drive } from '../simulate/drive.ts';
import type { World } from '../simulate/model.ts';
import { scripted } from '../simulate/scripted.ts';
import type { Contract, Tool, ToolId } from '../store/model.ts';
import { lift, lower, objectValue } from '../value/concrete.ts';
import { isTerm, type Term } from '../value/term.ts';
import type { ObjectValue, Value } from '../value/value.ts';
import { describe } from './describe.ts';
import { Doubt } from './doubt.ts';
import { type Exploration, explore, type Met, type Subject } from './explore.ts';
import { exploreMerged } from './merged.ts';
import type { Limits } from './explorer.ts';
import { asNode, compose, idOf, isEmpty, keyed } from './facts.ts';
import type { Knowledge } from './knowledge.ts';
import { beyond, type Profile, profileOf, type Standing, standingOf } from './standing.ts';
import type { Inquiry } from './smt/solver.ts';

/** A released version of a workflow and a new one, under one law. */
export interface TwoVersions {
  readonly old: Subject;
  readonly now: Subject;
}

/**
 * What one place of the new version may do beyond the released one. `proved`: nothing, in no run. `more`: a run does what no path of
 * the released version covers. `unknown`: it may, and no run was found.
 */
export interface CallVerdict {
  readonly at: string;
  readonly tool: ToolId;
  readonly status: 'proved' | 'more' | 'unknown';
  /** What is new or may be, in words; empty where nothing is, or where only paths are missing. */
  readonly why: string;
  /** Of what is more: a world whose run shows it, and the call. */
  readonly example?: { readonly world: World; readonly call: CallEffect };
}

export interface Permissions {
  /** In the order of places. */
  readonly calls: readonly CallVerdict[];
  readonly paths: number;
  /** Why not every path of both was followed; nothing is proved then. */
  readonly unexplored?: string;
}

/** Worlds that are tried for a workflow. */
const WORLDS = 300;
/** Calls of one tool that are compared with together, where none of them alone holds a new one. */
const TOGETHER = 16;

/** A call as far as a path fixes it: an upper bound of what runs on that path may send, and how. */
interface Bound {
  readonly standing: Standing;
  readonly labels: Profile;
  /** Who or what is acted on, and the amounts: the arguments that the tool contract names as `target` or `sum`. */
  readonly acted: SchemaNode;
  readonly making: Making;
}

/** How arguments came about. */
interface Making {
  /** Whether everything that is known of them can be sent, as far as that is plain. */
  readonly isTight: boolean;
  /** Else, what they are made of: equal texts are the same function of the same parts. `undefined`: that is not known. */
  readonly text: string | undefined;
  /** The parts of inputs and replies that went into them, by name. */
  readonly parts: ReadonlyMap<string, SchemaNode>;
}

interface Place {
  readonly at: string;
  readonly tool: ToolId;
  readonly doubt: Doubt;
  example?: CallVerdict['example'];
  shown?: string;
}

/**
 * Whether a new version calls nothing that its release could not: for every input that both take, and every reply. A call is held
 * against all calls of the same tool on all paths of the release: its targets and amounts must be among theirs, no label higher, and no
 * approval, key or caution less. Other arguments are content, which may change. `known`: worlds that are tried as they are.
 */
export async function comparePermissions(
  { old, now }: TwoVersions,
  limits: Limits,
  known: readonly World[],
  inquiry: Inquiry,
): Promise<Permissions> {
  const released = new Released(old);
  const before = followed(old, limits, (met) => released.enter(met));
  const comparison = new Comparison(released, { old, now });
  // Inputs that the release refuses are no matter of authority: that more are accepted is told of the schema.
  const restricted = { ...now, inputSchema: old.inputSchema ?? now.inputSchema };
  const after = followed(restricted, limits, (met) => comparison.meet(met));
  const gap = before.unexplored ?? after.unexplored;
  // What an unfinished exploration has not met may still be there: then nothing is beyond it for certain.
  if (before.unexplored === undefined) {
    for (const world of known) comparison.show(world);
    await comparison.search(inquiry);
  }
  return {
    calls: await comparison.verdicts(gap, inquiry),
    paths: before.paths + after.paths,
    ...(gap === undefined ? {} : { unexplored: gap }),
  };
}

/**
 * Follows every path, each by itself, for there its calls are known best; where there are too many, put together. What the first
 * attempt has met are calls like any other.
 */
function followed(subject: Subject, limits: Limits, onEffect: (met: Met) => void): Exploration {
  const apart = explore(subject, limits, undefined, onEffect);
  if (apart.unexplored === undefined) return apart;
  const together = exploreMerged(subject, limits, onEffect);
  return together.unexplored === undefined ? together : apart;
}

/** How a tool is looked at: what of its arguments is authority, and by which words labels are compared. */
class Tools {
  private readonly subject: Subject;
  private readonly isUntrusted: ReturnType<typeof trustUnder>;

  constructor(subject: Subject) {
    this.subject = subject;
    this.isUntrusted = trustUnder(subject.law);
  }

  /** The members of the arguments that say who or what is acted on, or how much. */
  acted(id: ToolId): (name: string) => boolean {
    const isTarget = this.target(id);
    const isAmount = members(this.tool(id)?.sum ?? []);
    return (name) => isTarget(name) || isAmount(name);
  }

  /** Those that say who or what: of a tool that acts and names none, every one. */
  private target(id: ToolId): (name: string) => boolean {
    const tool = this.tool(id);
    if (tool === undefined) return () => true;
    const acts = tool.effect === 'irreversible' || isOutgoing(tool);
    return tool.target.length === 0 && acts ? () => true : members(tool.target);
  }

  tool(id: ToolId): Tool | undefined {
    return toolIn(this.subject.law, id)?.tool;
  }

  profile(effect: CallEffect): Profile {
    return profileOf(effect.arguments, this.target(effect.tool), this.isUntrusted);
  }

  standing(effect: CallEffect): Standing {
    return standingOf(effect, this.tool(effect.tool)?.effect === 'read', this.isUntrusted);
  }
}

/** The members in which the pointers lie; `''` is all of them. */
function members(pointers: readonly Pointer[]): (name: string) => boolean {
  const named = new Set(pointers.map((pointer) => tokensOf(pointer)?.[0]));
  return (name) => named.has(undefined) || named.has(name);
}

/** Everything that the released version may call, by tool. */
class Released {
  readonly tools: Tools;
  private readonly contract: Contract;
  private readonly bounds = new Map<ToolId, Map<string, Bound>>();
  private readonly most = new Map<ToolId, number>();

  constructor(subject: Subject) {
    this.tools = new Tools(subject);
    this.contract = subject.contract;
  }

  of(tool: ToolId): readonly Bound[] {
    return [...(this.bounds.get(tool)?.values() ?? [])];
  }

  /** Distinct calls of a tool in one run, at the most. */
  mostOf(tool: ToolId): number {
    return this.most.get(tool) ?? 0;
  }

  enter({ effect, explorer }: Met): void {
    if (effect.kind !== 'call') return;
    const { tool } = effect;
    this.most.set(tool, Math.max(this.mostOf(tool), countOf(effect)));
    const acted = actedValue(effect.arguments, this.tools.acted(tool));
    const bound: Bound = {
      standing: this.tools.standing(effect),
      labels: this.tools.profile(effect),
      acted: within(describe(explorer, acted), whereOf(this.contract, tool)),
      making: makingOf(explorer.knowledge, acted),
    };
    const key = JSON.stringify([idOf(bound.acted), keyOf(bound.making), bound.standing, [...bound.labels]]);
    const bounds = this.bounds.get(tool) ?? new Map<string, Bound>();
    this.bounds.set(tool, bounds);
    if (!bounds.has(key)) bounds.set(key, bound);
  }
}

class Comparison {
  private readonly released: Released;
  private readonly versions: TwoVersions;
  private readonly places = new Map<string, Place>();
  /** What was asked before: paths have most of their calls in common. */
  private readonly asked = new Map<string, readonly string[]>();

  constructor(released: Released, versions: TwoVersions) {
    this.released = released;
    this.versions = versions;
  }

  meet(met: Met): void {
    const { effect, explorer } = met;
    if (effect.kind !== 'call') return;
    const place = this.place(effect);
    const { tools } = this.released;
    const acted = actedValue(effect.arguments, tools.acted(effect.tool));
    const node = within(describe(explorer, acted), whereOf(this.versions.now.contract, effect.tool));
    const [standing, labels] = [tools.standing(effect), tools.profile(effect)];
    const making = makingOf(explorer.knowledge, acted);
    const key = JSON.stringify([effect.tool, idOf(node), keyOf(making), standing, [...labels], countOf(effect)]);
    let found = this.asked.get(key);
    if (found === undefined) {
      found = [
        ...this.tooMany(effect),
        ...newsOf(this.released.of(effect.tool), standing, labels, (bounds) => isContained(node, making, bounds)),
      ];
      this.asked.set(key, found);
    }
    if (found.length === 0) return;
    place.doubt.on(met, ...found);
  }

  private tooMany(effect: CallEffect): readonly string[] {
    const most = this.released.mostOf(effect.tool);
    const tool = this.released.tools.tool(effect.tool);
    const isHarmless = tool?.effect === 'read' && !isOutgoing(tool);
    if (most === 0 || isHarmless || countOf(effect) <= most) return [];
    return [`more than ${most} ${most === 1 ? 'call' : 'calls'} of it in one run`];
  }

  private place({ at, tool }: CallEffect): Place {
    const key = JSON.stringify([at, tool]);
    let place = this.places.get(key);
    if (place === undefined) {
      place = { at, tool, doubt: new Doubt() };
      this.places.set(key, place);
    }
    return place;
  }

  /** Looks for runs that do what no path of the release covers. */
  async search(inquiry: Inquiry): Promise<void> {
    let tried = 0;
    for (const place of this.places.values())
      for await (const world of place.doubt.worlds(inquiry)) {
        if (place.example !== undefined || tried >= WORLDS) break;
        tried += 1;
        this.show(world);
      }
  }

  /** Runs a world in the concrete machine, and remembers every call that no path of the release covers. */
  show(world: World): void {
    const { old, now } = this.versions;
    if ([old, now].some(({ inputSchema }) => inputSchema?.isValid(world.input) === false)) return;
    const { tools } = this.released;
    for (const effect of callsOf(now, world)) {
      const acted = lower(actedValue(effect.arguments, tools.acted(effect.tool)));
      const found = [
        ...this.tooMany(effect),
        ...newsOf(this.released.of(effect.tool), tools.standing(effect), tools.profile(effect), (bounds) =>
          bounds.some((bound) => meets(acted, [must(bound.acted)])),
        ),
      ];
      if (found.length === 0) continue;
      const place = this.place(effect);
      if (place.example !== undefined) continue;
      place.example = { world, call: effect };
      place.shown = found.join('; ');
    }
  }

  async verdicts(gap: string | undefined, inquiry: Inquiry): Promise<readonly CallVerdict[]> {
    const verdicts: CallVerdict[] = [];
    for (const { at, tool, doubt, example, shown } of this.places.values()) {
      if (example !== undefined) {
        verdicts.push({ at, tool, status: 'more', why: shown ?? '', example });
        continue;
      }
      const why = doubt.why !== '' && (await doubt.isUnfounded(inquiry)) ? '' : doubt.why;
      verdicts.push({ at, tool, status: why === '' && gap === undefined ? 'proved' : 'unknown', why });
    }
    return verdicts.toSorted((a, b) => compareText(a.at, b.at) || compareText(a.tool, b.tool));
  }
}

/**
 * The calls of a run that its contract permits, in order. What policies would refuse counts: a version is held against its release, and
 * the law may change.
 */
function callsOf({ law, policies, contract, name, program }: Subject, world: World): readonly CallEffect[] {
  const decide = gate(law, policies, contract, name);
  const input = lift(world.input, inputLabelling(law, contract, name));
  const { decided } = drive(
    (observer) => execute(program, input, { budgets: contract.budgets, observer }),
    world.input,
    scripted(world),
    (effect) => {
      const verdict = decide(effect);
      return {
        ...verdict,
        allowed: verdict.refusals.every(({ reason }) => reason === 'policy' || reason === 'policy-error'),
      };
    },
  );
  return decided.flatMap(({ effect, verdict }) => (effect.kind === 'call' && verdict.allowed ? [effect] : []));
}

/**
 * What of a call none of the bounds covers, in words; nothing where one covers all of it. `holds`: whether some of these bounds take
 * its targets and amounts.
 */
function newsOf(
  bounds: readonly Bound[],
  standing: Standing,
  labels: Profile,
  holds: (bounds: readonly Bound[]) => boolean,
): readonly string[] {
  if (bounds.length === 0) return ['the release never calls it'];
  const fit = bounds.filter((bound) => beyond({ standing, labels }, bound).length === 0);
  if (fit.length > 0 && holds(fit)) return [];
  const [closest] = bounds.map((bound) => beyond({ standing, labels }, bound)).toSorted((a, b) => a.length - b.length);
  const apart = fit.length > 0 ? [] : (closest ?? []);
  const isElsewhere = !holds(bounds);
  if (isElsewhere) return [...apart, 'other targets or amounts than in the release'];
  return apart.length > 0 ? apart : ['other targets or amounts than the release has where it is called so'];
}

/** Whether everything that a node describes is among what the bounds describe, and can really be sent there. */
function isContained(node: SchemaNode, making: Making, bounds: readonly Bound[]): boolean {
  const usable = bounds.filter((bound) => bound.making.isTight || isSameMaking(making, bound.making));
  if (usable.some(({ acted }) => acted === node || isEmpty([must(node), mustNot(acted)]))) return true;
  const several = usable.filter((bound) => bound.making.isTight).slice(0, TOGETHER);
  return several.length > 1 && isEmpty([must(node), ...several.map(({ acted }) => mustNot(acted))]);
}

/** The same function of the same parts, of which none can be what it could not be before. */
function isSameMaking(now: Making, old: Making): boolean {
  if (now.text === undefined || now.text !== old.text) return false;
  return [...now.parts].every(([name, part]) => {
    const before = old.parts.get(name);
    return before !== undefined && isEmpty([must(part), mustNot(before)]);
  });
}

/** How many distinct calls of its tool a run has made with this one. */
function countOf({ tool, history }: CallEffect): number {
  return (history.calls.get(tool) ?? 0) + 1;
}

/** The arguments that are authority. */
function actedValue(args: ObjectValue, isActed: (name: string) => boolean): ObjectValue {
  return objectValue(new Map([...args.fields].filter(([name]) => isActed(name))), args.label);
}

/** What the capability's `where` says of single arguments. */
function whereOf({ capabilities }: Contract, id: ToolId): ReadonlyMap<string, SchemaNode> {
  const where = capabilities.find(({ tool }) => tool === id)?.where;
  const compiled = where === undefined ? undefined : compileSchema(where);
  return (compiled?.ok === true ? compiled.value.root.properties : undefined) ?? new Map<string, SchemaNode>();
}

/** A node of an object whose members also meet what `where` says of them. */
function within(node: SchemaNode, where: ReadonlyMap<string, SchemaNode>): SchemaNode {
  if (where.size === 0) return node;
  const key = [...where].map(([name, part]) => `${name} ${JSON.stringify(part.json)}`).join();
  return keyed(`where ${idOf(node)} ${key}`, () => asNode([must(node), must(compose({ properties: where }))]));
}

function keyOf({ isTight, text, parts }: Making): readonly unknown[] {
  return [isTight, text, [...parts].map(([name, part]) => [name, idOf(part)])];
}

function makingOf(knowledge: Knowledge, value: Value): Making {
  const parts = new Map<string, SchemaNode>();
  let isTight = true;
  let isKnown = true;
  const term = (of: Term): string => {
    if (of.kind === 'apply')
      return `${of.operator}(${of.operands.map((it) => (isTerm(it) ? term(it) : JSON.stringify(it))).join()})`;
    if (isPart(of.name)) parts.set(of.name, asNode(knowledge.demandOf(of)));
    else isKnown = false;
    return of.name;
  };
  const text = (of: Value): string => {
    switch (of.kind) {
      case 'null':
      case 'boolean':
      case 'number':
      case 'string':
        return JSON.stringify(lower(of));
      case 'array':
        return `[${of.items.map(text).join()}]`;
      case 'object':
        return `{${[...of.fields].map(([name, field]) => `${JSON.stringify(name)}:${text(field)}`).join()}}`;
      case 'list':
        isKnown &&= isPart(of.name);
        return `${of.name}(${of.items.map(text).join()})`;
      case 'symbol': {
        if (of.term.kind !== 'variable' || !isPart(of.term.name)) isTight = false;
        const known = [...(of.members?.known ?? [])].map(([name, { value: member }]) => `${name}:${text(member)}`);
        return `${term(of.term)}{${known.join()}}`;
      }
    }
  };
  const made = text(value);
  return { isTight, text: isKnown ? made : undefined, parts };
}

/** Whether an unknown of this name is part of an input or a reply, and so can be whatever is known of it. */
function isPart(name: string): boolean {
  return /^(?:input|\/)/u.test(name) && !name.startsWith('input~');
}
