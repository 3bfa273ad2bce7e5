import { either } from '../expression/symbolic.ts';
import type { Symbols } from '../expression/symbols.ts';
import { assert, unreachable } from '../kernel/result.ts';
import type { ApproveEffect, CallEffect, EndEffect, InferEffect } from '../machine/effect.ts';
import type { Contract, Law, Server, StoreConfig, Tool, ToolId, WorkflowName } from '../store/model.ts';
import { compileSchema } from '../schema/compile.ts';
import { isConcrete, lower, stringValue } from '../value/concrete.ts';
import type { Marks } from '../value/label.ts';
import { flatten } from '../value/label.ts';
import type { Value } from '../value/value.ts';
import { convertArguments } from './convert.ts';
import { isListed } from './listed.ts';
import type { CedarValue, RecordValue, Request, SetValue } from './model.ts';
import type { Node, Pattern } from './nodes.ts';
import { covers, holds, nodesOf, patternOf, valuesAt } from './nodes.ts';
import { packParameters } from './packs.ts';
import type { Shape } from './shape.ts';
import { shapeAt, shapeOf } from './shape.ts';
import { groupsOf, isOutgoing, memoryOf, toolIn } from './tools.ts';
import { type Sum, totalsOf } from './totals.ts';
import { trustUnder } from './trust.ts';
import { textOf } from './unknown.ts';
import { bool, entity, long, record, set, strings } from './values.ts';

/** An effect that the law decides. */
export type Decidable = CallEffect | InferEffect | ApproveEffect | EndEffect;

/** A declassification of store.yaml that a request relied on. */
export type Grant = StoreConfig['declassify'][number];

export interface Built {
  readonly request: Request;
  /** In the order of store.yaml. */
  readonly grants: readonly Grant[];
}

/** The sinks that are no tools, as resources; no server can have such a name. */
const SINKS = {
  infer: { resource: 'proofmark:model', clearance: 'model' },
  approve: { resource: 'proofmark:approver', clearance: 'approver' },
  return: { resource: 'proofmark:caller', clearance: 'caller' },
  raise: { resource: 'proofmark:caller', clearance: 'caller' },
} as const;

/** The resource of an action's requests: the server of a tool, or what stands for a sink. */
export function resourceOf(action: string): string {
  const sink = Object.entries(SINKS).find(([name]) => name === action);
  return sink === undefined ? action.slice(0, action.indexOf('/')) : sink[1].resource;
}

const NO_STRINGS: SetValue = strings([]);
const EMPTY_RECORD: RecordValue = record([]);

/** What of a tool's contract every request about it needs, computed once. */
interface ToolFacts {
  readonly tool: Tool;
  readonly groups: readonly string[];
  readonly shape: Shape;
  /** `undefined`: the tool acts on nothing in particular. */
  readonly targets: readonly Pattern[] | undefined;
  readonly listed: readonly string[];
  readonly leaves: readonly {
    readonly pattern: Pattern;
    readonly secrecy: ReadonlySet<string>;
    readonly untrusted: boolean;
  }[];
  readonly sums: readonly Sum[];
  readonly memory: { readonly trusted: boolean; readonly secrecy: ReadonlySet<string> } | undefined;
  /** Every tool of its class that does the same sort of thing, itself included: reads or changes, and sends out or not. */
  readonly alike: readonly ToolId[];
  /** The other tools of its class that change something: what they move adds up with what it moves. */
  readonly others: readonly ToolId[];
}

/**
 * Builds the Cedar request of an effect (FORMATS, "Cedar request"; docs/policies.md names every attribute). `undefined`
 * where the law knows no such tool. Arguments are taken to be valid under the tool's input schema.
 */
export function requestBuilder(
  law: Law,
  contract: Contract,
  workflow: WorkflowName,
): (effect: Decidable, unknown?: Symbols) => Built | undefined {
  const { config } = law;
  const untrusted = trustUnder(law);
  const principal = entity('Workflow', workflow);
  const packs = packParameters(config);
  const grants = config.declassify.filter((grant) => matchesWorkflow(grant.workflow, workflow));
  const reaches = new Map(grants.map((grant) => [grant, reachOf(grant)]));
  const capabilities = new Set<string>(contract.capabilities.map(({ tool }) => tool));
  const facts = new Map<ToolId, ToolFacts | undefined>();
  const factsOf = (id: ToolId): ToolFacts | undefined => {
    if (!facts.has(id)) {
      const found = toolIn(law, id);
      facts.set(id, found === undefined ? undefined : toolFacts(found.tool, found.server, law));
    }
    return facts.get(id);
  };

  /**
   * What the grants of one effect that sends `value` to `to` let pass: takes the tags that one of them covers, and notes the
   * grants that were needed. A grant whose schema anything at its place breaks covers nothing of this effect.
   */
  const declassifier = (to: string, value: Value, symbols: () => Symbols) => {
    const used = new Set<Grant>();
    const usable = new Map<string, readonly (readonly [Grant, Pattern])[]>();
    const usableFor = (tag: string): readonly (readonly [Grant, Pattern])[] => {
      let found = usable.get(tag);
      if (found === undefined) {
        found = grants.flatMap((grant) => {
          const reach = grant.to === to && grant.secrecy === tag ? reaches.get(grant) : undefined;
          return reach?.fits(value, symbols) === true ? [[grant, reach.pattern] as const] : [];
        });
        usable.set(tag, found);
      }
      return found;
    };
    return {
      used,
      /** The tags that no grant takes off where it covers what `covered` asks. */
      left: (tags: readonly string[], covered: (pattern: Pattern) => boolean): readonly string[] =>
        tags.filter((tag) => {
          const grant = usableFor(tag).find(([, pattern]) => covered(pattern))?.[0];
          if (grant !== undefined) used.add(grant);
          return grant === undefined;
        }),
    };
  };
  const coversNode = (node: Node) => (pattern: Pattern) => covers(pattern, node.path);
  const coversPattern = (inner: Pattern) => (pattern: Pattern) => covers(pattern, inner);

  const secrecySets = (nodes: readonly Node[], marks: (node: Node) => readonly string[]): RecordValue =>
    record(
      config.secrecy.map((tag) => [
        tag,
        strings(nodes.filter((node) => marks(node).includes(tag)).map(({ pointer }) => pointer)),
      ]),
    );

  const common = (
    nodes: readonly Node[],
    control: Marks,
    uncleared: { readonly nodes: Iterable<string>; readonly control: boolean },
  ): [string, CedarValue][] => [
    ['untrusted', strings(nodes.filter(({ label }) => untrusted(label)).map(({ pointer }) => pointer))],
    ['authored', strings(nodes.filter(isAuthored).map(({ pointer }) => pointer))],
    ['secrecy', secrecySets(nodes, ({ label }) => label.secrecy)],
    ['uncleared', strings(uncleared.nodes)],
    [
      'control',
      record([
        ['untrusted', bool(untrusted(control))],
        ['uncleared', bool(uncleared.control)],
        ['secrecy', strings(control.secrecy)],
      ]),
    ],
    ['packs', packs],
  ];

  const forCall = (effect: CallEffect, symbols: () => Symbols): Built | undefined => {
    const known = factsOf(effect.tool);
    if (known === undefined) return undefined;
    const { tool, shape, leaves } = known;
    const { used, left } = declassifier(tool.id, effect.arguments, symbols);
    const nodes = nodesOf(effect.arguments, shape);
    const converted = convertArguments(effect.arguments, shape, symbols);
    const leaveOf = (node: Node): ToolFacts['leaves'][number] | undefined => mostSpecific(leaves, node.path);

    const uncleared = isOutgoing(tool)
      ? nodes.filter((node) => {
          const allowed = leaveOf(node)?.secrecy;
          const tags = node.label.secrecy.filter((tag) => allowed?.has(tag) !== true);
          return left(tags, coversNode(node)).length > 0;
        })
      : [];
    // A decision shows in every argument that leaves, and in whether there is a call at all.
    const controlUncleared =
      isOutgoing(tool) &&
      (leaves.some(
        ({ pattern, secrecy }) =>
          left(
            effect.control.secrecy.filter((tag) => !secrecy.has(tag)),
            coversPattern(pattern),
          ).length > 0,
      ) ||
        nodes.some((node) => leaveOf(node) === undefined && left(effect.control.secrecy, coversNode(node)).length > 0));

    const isTarget = (node: Node): boolean =>
      known.targets?.some(
        (pattern) =>
          covers(pattern, node.path) || (holds(node.path, pattern) && mayBeAbsent(shape, node.path, pattern)),
      ) === true;
    const targets = nodes.filter(isTarget);
    const free = new Set(targets.filter((node) => !isListedTarget(node, known.listed, symbols)));
    const unlisted = strings([...free].map(({ pointer }) => pointer));
    // What the law lists is no content of a stranger's, whoever picked it.
    const listedNodes = new Set(
      targets.flatMap((node) => (free.has(node) ? [] : nodes.filter(({ path }) => covers(node.path, path)))),
    );
    const isGuarded = (node: Node): boolean => leaveOf(node)?.untrusted !== true && !listedNodes.has(node);
    const all = strings(targets.map(({ pointer }) => pointer));

    const remembers = tool.effect === 'read' ? undefined : known.memory;
    const forgets = (tags: readonly string[], covered: (pattern: Pattern) => boolean): boolean =>
      remembers !== undefined &&
      left(
        tags.filter((tag) => !remembers.secrecy.has(tag)),
        covered,
      ).length > 0;
    const unheld = nodes.filter((node) => forgets(node.label.secrecy, coversNode(node)));
    const decisionUnheld = forgets(effect.control.secrecy, coversPattern([]));

    const totals = totalsOf(effect, known.sums, known.others, symbols);
    const context = record([
      ...common(nodes, effect.control, { nodes: uncleared.map(({ pointer }) => pointer), control: controlUncleared }),
      ['arguments', converted.arguments],
      ['targets', all],
      ['listed', set([...all.items].filter(([key]) => !unlisted.items.has(key)).map(([, pointer]) => pointer))],
      ['unlisted', unlisted],
      ['guarded', isOutgoing(tool) ? strings(nodes.filter(isGuarded).map(({ pointer }) => pointer)) : NO_STRINGS],
      ['capability', bool(capabilities.has(tool.id))],
      ['approved', bool(effect.approved)],
      ['approvers', long(new Set(effect.approvers).size)],
      ['retry', bool(effect.attempt > 1)],
      ['keyed', bool(effect.keyed)],
      ['count', long(known.alike.reduce((sum, id) => sum + (effect.history.calls.get(id) ?? 0), 1))],
      ['calls', record([...effect.history.calls].map(([id, count]) => [id, long(count)]))],
      ['total', record(totals.exact)],
      ['inexact', strings([...converted.inexact, ...totals.inexact])],
      [
        'memory',
        record([
          ['trusted', bool(remembers?.trusted === true)],
          ['uncleared', strings(unheld.map(({ pointer }) => pointer))],
          ['decision', bool(decisionUnheld)],
        ]),
      ],
      ...(totals.greatest === undefined ? [] : ([['sum', totals.greatest]] as const)),
    ]);
    return {
      request: {
        principal,
        action: entity('Action', tool.id),
        resource: entity('Server', tool.id.slice(0, tool.id.indexOf('/'))),
        groups: known.groups,
        context,
        at: effect.at,
      },
      grants: grants.filter((grant) => used.has(grant)),
    };
  };

  const forSink = (effect: Exclude<Decidable, CallEffect>, value: Value, symbols: () => Symbols): Built => {
    const { resource, clearance } = SINKS[effect.kind];
    const cleared = new Set(config.clearance[clearance]);
    const { used, left } = declassifier(effect.kind, value, symbols);
    const nodes = nodesOf(value, undefined);
    const reveals = (node: Node): readonly string[] => flatten(node.label).secrecy;
    const covered = (node: Node) => (pattern: Pattern) => coversAllOf(pattern, node);
    const uncleared = nodes.filter(
      (node) =>
        left(
          reveals(node).filter((tag) => !cleared.has(tag)),
          covered(node),
        ).length > 0,
    );
    const secret = effect.control.secrecy.filter((tag) => !cleared.has(tag));
    const controlUncleared = secret.length > 0 && nodes.some((node) => left(secret, covered(node)).length > 0);
    return {
      request: {
        principal,
        action: entity('Action', effect.kind),
        resource: entity('Server', resource),
        groups: [],
        context: record([
          ...common(nodes, effect.control, {
            nodes: uncleared.map(({ pointer }) => pointer),
            control: controlUncleared,
          }),
          ['arguments', EMPTY_RECORD],
        ]),
        at: effect.at,
      },
      grants: grants.filter((grant) => used.has(grant)),
    };
  };

  return (effect, unknown) => {
    const symbols = (): Symbols => {
      assert(unknown !== undefined, 'only a driver of unknown values has them');
      return unknown;
    };
    switch (effect.kind) {
      case 'call':
        return forCall(effect, symbols);
      case 'infer':
        return forSink(effect, effect.data, symbols);
      case 'approve':
        return forSink(effect, effect.arguments, symbols);
      case 'return':
      case 'raise':
        return forSink(effect, effect.value, symbols);
      default:
        return unreachable(effect);
    }
  };
}

/** `finance/*` or a whole name, as store.yaml names workflows. */
export function matchesWorkflow(pattern: string, workflow: string): boolean {
  return pattern.endsWith('/*') ? workflow.startsWith(pattern.slice(0, -1)) : pattern === workflow;
}

function toolFacts(tool: Tool, server: Server, { config, servers }: Law): ToolFacts {
  const reads = tool.effect === 'read';
  const peers = [...servers.values()].flatMap(({ tools }) =>
    [...tools.values()].filter((one) => one.class === tool.class && (one.effect === 'read') === reads),
  );
  const shape = shapeOf(tool.input);
  const acts = tool.effect === 'irreversible' || isOutgoing(tool);
  const memory = memoryOf(server);
  return {
    tool,
    groups: groupsOf(tool),
    shape,
    targets: tool.target.length > 0 ? tool.target.map(patternOf) : acts ? [[]] : undefined,
    listed: config.targets.get(server.server) ?? [],
    leaves: [...tool.leaves].map(([pointer, { secrecy, untrusted }]) => ({
      pattern: patternOf(pointer),
      secrecy: new Set(secrecy),
      untrusted,
    })),
    sums: tool.sum.map((pointer) => {
      const pattern = patternOf(pointer);
      return { pointer, pattern, number: shapeAt(shape, pattern)?.number ?? 'long' };
    }),
    memory: memory === undefined ? undefined : { trusted: memory.trusted, secrecy: new Set(memory.secrecy) },
    alike: peers.filter((one) => isOutgoing(one) === isOutgoing(tool)).map(({ id }) => id),
    others: reads ? [] : peers.filter(({ id }) => id !== tool.id).map(({ id }) => id),
  };
}

/** A member that nobody can leave out is no choice of who builds the object around it. */
function mayBeAbsent(shape: Shape, path: readonly string[], pattern: Pattern): boolean {
  const next = pattern[path.length];
  return (
    next === undefined || next === '*' || shapeAt(shape, pattern.slice(0, path.length))?.required.has(next) !== true
  );
}

/** What an author wrote: content and names of members. Which declared members there are is no content of the author's. */
function isAuthored(node: Node): boolean {
  return node.choice !== 'presence' && node.label.influence.includes('author');
}

function isListedTarget({ value, path }: Node, entries: readonly string[], symbols: () => Symbols): boolean {
  if (entries.length === 0) return false;
  if (isConcrete(value)) {
    if (value.kind === 'array') return value.items.length > 0 && value.items.every((item) => isListed(item, entries));
    return isListed(value, entries);
  }
  // No object is on a list, whatever it holds.
  if (value.kind === 'object') return false;
  // Nothing is asked of a stand-in for the items of a list: the answer would be that of every item.
  if (value.kind === 'list' || path.includes('*')) return either(symbols(), 'listed');
  const isOne = (item: Value): boolean => {
    if (item.kind !== 'symbol') return isConcrete(item) && isListed(item, entries);
    // A text that can only be one of a few is looked up; any other may be listed.
    const text = symbols().kinds(item.term).join() === 'string' ? textOf(symbols(), item.term) : undefined;
    return text === undefined ? either(symbols(), 'listed') : isListed(stringValue(text, item.label), entries);
  };
  return value.kind === 'array' ? value.items.every(isOne) : isOne(value);
}

/** The entry of `leaves` that says most about a place: the longest that covers it. */
function mostSpecific(leaves: ToolFacts['leaves'], path: readonly string[]): ToolFacts['leaves'][number] | undefined {
  let best: ToolFacts['leaves'][number] | undefined;
  for (const leave of leaves) {
    if (covers(leave.pattern, path) && (best === undefined || leave.pattern.length > best.pattern.length)) best = leave;
  }
  return best;
}

interface Reach {
  readonly pattern: Pattern;
  /** Whether everything that stands at its place in `value` is what the grant lets pass. */
  fits(value: Value, symbols: () => Symbols): boolean;
}

/** Where a grant reaches, and what may pass there; one whose schema cannot be used lets nothing pass. */
function reachOf({ at, as }: Grant): Reach {
  const pattern = patternOf(at);
  const schema = compileSchema(as);
  return {
    pattern,
    fits: (value, symbols) =>
      schema.ok &&
      valuesAt(value, pattern).every((one) =>
        isConcrete(one) ? schema.value.isValid(lower(one)) : symbols().valid(schema.value, one),
      ),
  };
}

/**
 * Whether a grant covers a node, or every member of an object: the names that its pointer spells out are then part of what is
 * granted. Those that a `*` stands for could say anything.
 */
function coversAllOf(pattern: Pattern, node: Node): boolean {
  const below = (value: Value, path: readonly string[]): boolean =>
    covers(pattern, path) ||
    (value.kind === 'object' &&
      value.fields.size > 0 &&
      pattern[path.length] !== '*' &&
      [...value.fields].every(([name, field]) => below(field, [...path, name])));
  return below(node.value, node.path);
}
