import { equalJson, isArray, isObject, type Json } from '../../kernel/json.ts';
import { type Path, put, valueAt } from '../../kernel/paths.ts';
import { child, ROOT } from '../../kernel/pointer.ts';
import { inputLabelling } from '../../machine/labels.ts';
import { covers, type Pattern, patternOf } from '../../policy/nodes.ts';
import { matchesWorkflow } from '../../policy/request.ts';
import { isOutgoing, toolIn } from '../../policy/tools.ts';
import { isListed } from '../../policy/listed.ts';
import type { Asking, Run, World } from '../../simulate/model.ts';
import { wordsOf } from '../../simulate/reply.ts';
import type { ScriptedReply, Tool } from '../../store/model.ts';
import { lift, lower } from '../../value/concrete.ts';
import { BOTTOM } from '../../value/label.ts';
import type { Breach } from '../breach.ts';
import { answeredIn } from '../answered.ts';
import type { Subject } from '../subject.ts';

/**
 * Noninterference by paired runs (Goguen & Meseguer, "Security Policies and Security Models", 1982): what must not depend on a
 * value does not change with it. Labels are not asked: this is what they are held against.
 */

/** One value in which two worlds differ. */
export interface Difference {
  /** `input/…` or `<task>[n]/…`. */
  readonly source: string;
  /** A model said it: it may say something else the next time. */
  readonly isModel: boolean;
  readonly untrusted: boolean;
  readonly secrecy: readonly string[];
  readonly left: Json;
  readonly right: Json;
}

/** What two runs of worlds that differ only in untrusted data, or only in a secret, do differently and must not. */
export function interferences(subject: Subject, run: Run, other: Run): readonly Breach[] {
  const differences = differencesOf(subject, run, other);
  const [first] = differences;
  if (first === undefined) return [];
  const found: Breach[] = [];
  if (differences.every(({ untrusted }) => untrusted)) {
    const unlike = firstUnlike(committed(subject, run), committed(subject, other), run, other);
    if (unlike !== undefined) {
      const { at, left, right } = unlike;
      const data = { tool: unlike.what, at, source: first.source, left, right };
      found.push({ rule: 'property/untrusted-interferes', at, data });
    }
  }
  for (const tag of subject.law.config.secrecy) {
    if (!differences.every(({ secrecy }) => secrecy.includes(tag))) continue;
    const unlike = firstUnlike(revealed(subject, run, tag), revealed(subject, other, tag), run, other);
    if (unlike === undefined) continue;
    const { at, left, right } = unlike;
    const data = { tag, sink: unlike.what, at, source: first.source, left, right };
    found.push({ rule: 'property/secret-interferes', at, data });
  }
  return found;
}

/** The leaves in which two worlds differ; replies that only one of them has are no difference but what came of one. */
export function differencesOf(subject: Subject, run: Run, other: Run): readonly Difference[] {
  const labelling = inputLabelling(subject.law, subject.files.contract, subject.files.name);
  const found: Difference[] = unlikePaths(run.world.input, other.world.input).map((path) => {
    const label = labelling(path.map(String));
    return {
      source: `input${child(ROOT, ...path)}`,
      isModel: false,
      untrusted: label.influence.includes('caller'),
      secrecy: label.secrecy,
      ...sides(run.world.input, other.world.input, path),
    };
  });
  for (const { effect, nth, reply } of answeredIn(run)) {
    const compared = other.world.replies.get(effect.at)?.[nth];
    if (compared === undefined) continue;
    const [a, b] = [saidIn(reply), saidIn(compared)];
    const { untrusted, secrecy } = originOf(subject, effect);
    for (const path of unlikePaths(a, b)) {
      const source = `${effect.at}[${nth}]${child(ROOT, ...path)}`;
      found.push({ source, isModel: effect.kind === 'infer', untrusted, secrecy, ...sides(a, b, path) });
    }
  }
  return found;
}

/** The other's world with one of the values in which the two differ taken over, each in turn. */
export function singles(run: Run, other: Run): readonly World[] {
  const base = other.world;
  const inputs = unlikePaths(base.input, run.world.input).flatMap((path) => {
    const value = valueAt(run.world.input, path);
    return value === undefined ? [] : [{ ...base, input: put(base.input, path, value) }];
  });
  const replies = [...base.replies].flatMap(([at, list]) =>
    list.flatMap((reply, nth) => {
      const [mine, theirs] = [wordsOf(reply), run.world.replies.get(at)?.[nth]];
      const said = theirs === undefined ? undefined : wordsOf(theirs);
      if (mine === undefined || said === undefined || mine.kind !== said.kind) return [];
      return unlikePaths(mine.json, said.json).flatMap((path) => {
        const value = valueAt(said.json, path);
        if (value === undefined) return [];
        const single = list.with(nth, mine.as(put(mine.json, path, value)));
        return [{ ...base, replies: new Map([...base.replies, [at, single]]) }];
      });
    }),
  );
  return [...inputs, ...replies];
}

/** Who is behind an answer, and what it reveals. Of a model: whatever it was told, so that it counts as no secret of its own. */
export function originOf(
  subject: Subject,
  effect: Asking,
): { readonly untrusted: boolean; readonly secrecy: readonly string[] } {
  if (effect.kind === 'approve') return { untrusted: false, secrecy: [] };
  if (effect.kind === 'infer') return { untrusted: true, secrecy: [] };
  const tool = toolIn(subject.law, effect.tool)?.tool;
  return { untrusted: tool?.returns.trust === false, secrecy: tool?.returns.secrecy ?? [] };
}

/** What a reply says, apart from how long it took. */
function saidIn(reply: ScriptedReply): Json {
  switch (reply.kind) {
    case 'value':
      return reply.value;
    case 'structured':
      return reply.structured;
    case 'text':
      return reply.text;
    case 'result':
      return reply.result;
    case 'error':
      return { error: reply.error, detail: reply.detail ?? '' };
    case 'approval':
      return { approved: reply.approved, by: reply.by };
  }
}

function sides(a: Json, b: Json, path: Path): { readonly left: Json; readonly right: Json } {
  return { left: valueAt(a, path) ?? null, right: valueAt(b, path) ?? null };
}

/** The innermost places at which two values differ. */
function unlikePaths(a: Json, b: Json, path: Path = []): readonly Path[] {
  if (equalJson(a, b)) return [];
  if (isArray(a) && isArray(b) && a.length === b.length)
    return a.flatMap((item, i) => unlikePaths(item, b[i] ?? null, [...path, i]));
  if (isObject(a) && isObject(b)) {
    const names = Object.keys(a);
    if (names.length === Object.keys(b).length && names.every((name) => Object.hasOwn(b, name)))
      return names.flatMap((name) => unlikePaths(a[name] ?? null, b[name] ?? null, [...path, name]));
  }
  return [path];
}

/** One thing that a run does which others may see. */
interface Deed {
  readonly at: string;
  readonly what: string;
  readonly data: Json;
}

interface Unlike {
  readonly at: string;
  readonly what: string;
  readonly left: Json;
  readonly right: Json;
}

function firstUnlike(a: readonly Deed[], b: readonly Deed[], run: Run, other: Run): Unlike | undefined {
  for (let i = 0; i < Math.max(a.length, b.length); i += 1) {
    const [x, y] = [a[i], b[i]];
    // A run that a failure or a limit ended has done less by then: the termination channel, which is excluded.
    if (x === undefined && brokeOff(run)) return undefined;
    if (y === undefined && brokeOff(other)) return undefined;
    if (x?.what === y?.what && equalJson(x?.data ?? null, y?.data ?? null)) continue;
    const deed = x ?? y;
    if (deed === undefined) return undefined;
    return { at: deed.at, what: deed.what, left: shown(x), right: shown(y) };
  }
  return undefined;
}

function shown(deed: Deed | undefined): Json {
  return deed === undefined ? 'nothing' : { [deed.what]: deed.data };
}

function brokeOff({ ending }: Run): boolean {
  return ending.kind !== 'output' && !(ending.kind === 'error' && ending.explicit);
}

/** Irreversible and outgoing calls that nobody approved, without what untrusted data may fill in. */
function committed(subject: Subject, run: Run): readonly Deed[] {
  return answeredIn(run).flatMap(({ effect }) => {
    if (effect.kind !== 'call' || effect.approved) return [];
    const tool = toolIn(subject.law, effect.tool)?.tool;
    if (tool === undefined || (tool.effect !== 'irreversible' && !isOutgoing(tool))) return [];
    const listed = subject.law.config.targets.get(tool.id.slice(0, tool.id.indexOf('/'))) ?? [];
    const data = masked(lower(effect.arguments), (path, json) => {
      const leaf = leafOf(tool, path);
      const isTarget = tool.target.some((target) => covers(patternOf(target), path));
      return leaf?.untrusted === true || (isTarget && isListed(lift(json, BOTTOM), listed));
    });
    return [{ at: effect.at, what: tool.id, data }];
  });
}

/** What everybody sees who is not cleared for a tag, without what the store grants. */
function revealed(subject: Subject, run: Run, tag: string): readonly Deed[] {
  const { config } = subject.law;
  const granted = (to: string): readonly Pattern[] =>
    config.declassify
      .filter(
        (grant) => grant.to === to && grant.secrecy === tag && matchesWorkflow(grant.workflow, subject.files.name),
      )
      .map(({ at }) => patternOf(at));
  const without = (to: string, json: Json, isCleared: (path: readonly string[]) => boolean = () => false): Json => {
    const grants = granted(to);
    return masked(json, (path) => isCleared(path) || grants.some((pattern) => covers(pattern, path)));
  };
  const isCleared = (sink: 'model' | 'approver' | 'caller'): boolean => config.clearance[sink].includes(tag);
  const deeds: Deed[] = answeredIn(run).flatMap(({ effect }) => {
    switch (effect.kind) {
      case 'infer':
        return isCleared('model') ? [] : [{ at: effect.at, what: 'infer', data: without('infer', lower(effect.data)) }];
      case 'approve':
        return isCleared('approver')
          ? []
          : [{ at: effect.at, what: 'approve', data: [effect.tool, without('approve', lower(effect.arguments))] }];
      case 'call': {
        const tool = toolIn(subject.law, effect.tool)?.tool;
        if (tool === undefined || !isOutgoing(tool)) return [];
        if ([...tool.leaves.values()].every(({ secrecy }) => secrecy.includes(tag))) return [];
        const data = without(
          tool.id,
          lower(effect.arguments),
          (path) => leafOf(tool, path)?.secrecy.includes(tag) === true,
        );
        return [{ at: effect.at, what: tool.id, data }];
      }
    }
  });
  const { ending } = run;
  if (isCleared('caller')) return deeds;
  if (ending.kind === 'output')
    return [...deeds, { at: '', what: 'return', data: without('return', lower(ending.value)) }];
  if (ending.kind === 'error' && ending.explicit)
    return [...deeds, { at: ending.at, what: 'raise', data: without('raise', lower(ending.error)) }];
  return deeds;
}

/** The entry of `leaves` that says most about a place. */
function leafOf(
  tool: Tool,
  path: readonly string[],
): { readonly secrecy: readonly string[]; readonly untrusted: boolean } | undefined {
  const covering = [...tool.leaves].filter(([pointer]) => covers(patternOf(pointer), path));
  return covering.toSorted(([a], [b]) => b.length - a.length)[0]?.[1];
}

/** A value without the parts that may differ. */
function masked(json: Json, may: (path: readonly string[], json: Json) => boolean, path: readonly string[] = []): Json {
  if (may(path, json)) return null;
  if (isArray(json)) return json.map((item, i) => masked(item, may, [...path, String(i)]));
  if (!isObject(json)) return json;
  return Object.fromEntries(Object.entries(json).map(([key, item]) => [key, masked(item, may, [...path, key])]));
}
