import { canonicalJson } from '../kernel/canonical.ts';
import { compareText, type Json, member } from '../kernel/json.ts';
import type { Law, Server, Tool, WorkflowName } from '../store/model.ts';
import type { PolicySet } from './cedar.ts';
import { matchesWorkflow } from './request.ts';
import { groupsOf, toolIn } from './tools.ts';
import { entity } from './values.ts';

/** A law with its policies ready. */
export interface Policed {
  readonly law: Law;
  readonly policies: PolicySet;
}

/**
 * Whether two laws decide alike about an action (a tool, or `infer`, `approve`, `return`, `raise`) of a workflow because they say
 * the same of it: requests are built from equal parts, and the policies that can apply are equal up to comments, titles and order.
 */
export function isUnchanged(before: Policed, after: Policed, workflow: WorkflowName): (action: string) => boolean {
  if (canonicalJson(partsOf(before.law, workflow)) !== canonicalJson(partsOf(after.law, workflow))) return () => false;
  const packs = changedPacks(before.law, after.law);
  return (action) => {
    const [old, now] = [applicable(before, action), applicable(after, action)];
    const isSame = old.length === now.length && old.every((text, i) => text === now[i]);
    return isSame && !old.some((text) => reads(text, packs));
  };
}

/** The packs whose parameters differ. */
function changedPacks({ config: old }: Law, { config: now }: Law): ReadonlySet<string> {
  const names = [...Object.keys(old.packs), ...Object.keys(now.packs)];
  return new Set(
    names.filter(
      (name) => canonicalJson(member(old.packs, name) ?? null) !== canonicalJson(member(now.packs, name) ?? null),
    ),
  );
}

/** Whether a policy may read a parameter of one of the packs; it reads them as `context.packs.<pack>`, and by name alone. */
function reads(policy: string, packs: ReadonlySet<string>): boolean {
  if (packs.size === 0) return false;
  const read = [
    ...policy.matchAll(/"attr":"([a-z]+)","left":\{"\.":\{"attr":"packs","left":\{"Var":"context"\}\}\}/gu),
  ];
  return read.length !== policy.split('"packs"').length - 1 || read.some(([, pack = '']) => packs.has(pack));
}

/** What the policies that can apply to an action say, sorted. */
function applicable({ law, policies }: Policed, action: string): readonly string[] {
  const tool = toolIn(law, action)?.tool;
  const hierarchy = { action: entity('Action', action), groups: tool === undefined ? [] : groupsOf(tool) };
  return policies.policies
    .filter(({ compiled }) => compiled.appliesTo(hierarchy))
    .map(({ json: { annotations: _annotations, ...meaning } }) => canonicalJson(meaning))
    .toSorted(compareText);
}

/** What requests are built from, but for the parameters of packs. */
function partsOf({ config, servers }: Law, workflow: WorkflowName): Json {
  const ofWorkflow = <T extends { readonly workflow: string }>(entries: readonly T[]): readonly T[] =>
    entries.filter((entry) => entry.workflow === '*' || matchesWorkflow(entry.workflow, workflow));
  return {
    secrecy: config.secrecy,
    clearance: { ...config.clearance },
    inputs: ofWorkflow(config.inputs).map(({ pointers, trust, secrecy }) => ({ pointers, trust, secrecy })),
    declassify: ofWorkflow(config.declassify).map(({ secrecy, to, at, as }) => ({ secrecy, to, at, as })),
    targets: sorted(config.targets),
    servers: [...servers.values()].map(serverJson).toSorted((a, b) => compareText(canonicalJson(a), canonicalJson(b))),
  };
}

function serverJson({ server, transport, bindings, memory, tools }: Server): Json {
  return {
    server,
    transport,
    bindings: sorted(bindings).map(([name, { secrecy }]): Json => [name, secrecy]),
    memory: memory === undefined ? null : { ...memory },
    tools: sorted(tools).map(([, tool]) => toolJson(tool)),
  };
}

function toolJson({ id, input, output, effect, class: about, target, leaves, sum, key, returns }: Tool): Json {
  return {
    id,
    input,
    output: output ?? null,
    effect,
    class: about,
    target,
    leaves: sorted(leaves).map(([pointer, leave]): Json => [pointer, { ...leave }]),
    sum,
    key: key ?? null,
    returns: { ...returns },
  };
}

function sorted<T>(entries: ReadonlyMap<string, T>): readonly (readonly [string, T])[] {
  return [...entries].toSorted(([a], [b]) => compareText(a, b));
}
