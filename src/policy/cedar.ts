import type { JsonObject } from '../kernel/json.ts';
import { compareText } from '../kernel/json.ts';
import type { Finding } from '../kernel/finding.ts';
import { finding } from '../kernel/finding.ts';
import type { Symbols } from '../expression/symbols.ts';
import { ROOT } from '../kernel/pointer.ts';
import type { Place } from '../kernel/place.ts';
import type { TextFile } from '../store/model.ts';
import { tooComplex } from './bound.ts';
import type { CedarEngine } from './engine.ts';
import type { CompiledPolicy } from './evaluate.ts';
import { compilePolicy, environmentOf } from './evaluate.ts';
import type { Decision, PolicyError, PolicyInfo, Request } from './model.ts';
import { clip } from './values.ts';

/** One policy: what its annotations say, its text, and its meaning. */
export interface Policy extends PolicyInfo {
  readonly text: string;
  /** Where the text starts in its file, in UTF-16 code units. */
  readonly offset: number;
  readonly json: JsonObject;
  readonly compiled: CompiledPolicy;
}

/** Every policy of a law, ready to decide. */
export interface PolicySet {
  /** Sorted by id. */
  readonly policies: readonly Policy[];
  /** Id to text: what the real engine is given. */
  readonly texts: ReadonlyMap<string, string>;
  find(id: string): Policy | undefined;
  /** `symbols` of a driver whose values may be unknown; the decision is then that of the path being explored. */
  decide(request: Request, symbols?: Symbols): Decision;
}

/** What {@link loadPolicies} made of the files: a set only when nothing was found wrong. */
export interface LoadedPolicies {
  readonly set?: PolicySet;
  readonly findings: readonly Finding[];
}

/** Bounds on the policies of one law; a store beyond them is refused, not truncated. */
const MAX_POLICIES = 1000;
const MAX_FILE_LENGTH = 1_000_000;

const REQUIRED_ANNOTATIONS = ['id', 'title', 'reference'] as const;
const KNOWN_ANNOTATIONS: ReadonlySet<string> = new Set([...REQUIRED_ANNOTATIONS, 'rationale']);
const POLICY_ID = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;

/**
 * Reads the policies of a law. Each needs `@id` (unique, lowercase words with hyphens), `@title` and `@reference`, and may
 * use only what `evaluate.ts` gives a meaning. Every problem is a finding `structure/policy-invalid`.
 */
export function loadPolicies(files: readonly TextFile[], engine: CedarEngine): LoadedPolicies {
  const findings: Finding[] = [];
  const policies = new Map<string, Policy>();
  for (const file of files) {
    const report = (policy: string, detail: string, offset: number): void => {
      findings.push(finding('structure/policy-invalid', placeOf(file, offset), { policy: clip(policy), detail }));
    };
    if (file.text.length > MAX_FILE_LENGTH) {
      report('', `the file is longer than ${MAX_FILE_LENGTH} characters`, 0);
      continue;
    }
    const complex = tooComplex(file.text);
    if (complex !== undefined) {
      report('', complex.detail, complex.offset);
      continue;
    }
    const parts = engine.split(file.text);
    if (!parts.ok) {
      report('', parts.error.detail, parts.error.offset ?? 0);
      continue;
    }
    for (const { text, offset } of parts.value) {
      const policy = readPolicy(file, text, offset, engine, report);
      if (policy === undefined) continue;
      const earlier = policies.get(policy.id);
      if (earlier !== undefined) report(policy.id, `the id is already taken in ${earlier.file}`, offset);
      else policies.set(policy.id, policy);
    }
  }
  if (policies.size > MAX_POLICIES) {
    const [first] = files;
    const place = placeOf(first ?? { path: 'policies', text: '' }, 0);
    findings.push(
      finding('structure/policy-invalid', place, { policy: '', detail: `more than ${MAX_POLICIES} policies` }),
    );
  }
  return findings.length > 0 ? { findings } : { set: policySet([...policies.values()]), findings };
}

function readPolicy(
  file: TextFile,
  text: string,
  offset: number,
  engine: CedarEngine,
  report: (policy: string, detail: string, offset: number) => void,
): Policy | undefined {
  const parsed = engine.parse(text);
  if (!parsed.ok) {
    report('', parsed.error.detail, offset + (parsed.error.offset ?? 0));
    return undefined;
  }
  const compiled = compilePolicy(parsed.value);
  if (!compiled.ok) {
    report('', `uses ${compiled.error}, which this verifier gives no meaning`, offset);
    return undefined;
  }
  const { annotations, effect } = compiled.value;
  const id = annotations.get('id') ?? '';
  let sound = true;
  for (const name of REQUIRED_ANNOTATIONS) {
    if ((annotations.get(name) ?? '').trim() === '') {
      report(id, `has no @${name}`, offset);
      sound = false;
    }
  }
  if (id !== '' && !POLICY_ID.test(id)) {
    report(id, 'the id is not made of lowercase letters, digits and hyphens', offset);
    sound = false;
  }
  for (const name of annotations.keys()) {
    if (!KNOWN_ANNOTATIONS.has(name)) {
      report(id, `the annotation @${clip(name)} has no meaning here`, offset);
      sound = false;
    }
  }
  if (!sound) return undefined;
  const rationale = annotations.get('rationale');
  return {
    id,
    title: annotations.get('title') ?? '',
    ...(rationale === undefined ? {} : { rationale }),
    reference: annotations.get('reference') ?? '',
    file: file.path,
    line: placeOf(file, offset).line,
    effect,
    text,
    offset,
    json: parsed.value,
    compiled: compiled.value,
  };
}

/** A set over policies whose ids are unique. */
export function policySet(policies: readonly Policy[]): PolicySet {
  const sorted = policies.toSorted((a, b) => compareText(a.id, b.id));
  // Which policies can apply depends on the action alone, and a law has few actions.
  const applicable = new Map<string, readonly Policy[]>();
  const forAction = (request: Request): readonly Policy[] => {
    const key = JSON.stringify([request.action.type, request.action.id, request.groups]);
    let chosen = applicable.get(key);
    if (chosen === undefined) {
      chosen = sorted.filter((policy) => policy.compiled.appliesTo(request));
      applicable.set(key, chosen);
    }
    return chosen;
  };
  const byId = new Map(sorted.map((policy) => [policy.id, policy]));
  return {
    policies: sorted,
    find: (id) => byId.get(id),
    texts: new Map(sorted.map((policy) => [policy.id, policy.text])),
    decide: (request, symbols) => decide(forAction(request), request, symbols),
  };
}

function decide(policies: readonly Policy[], request: Request, symbols: Symbols | undefined): Decision {
  const environment = environmentOf(request, symbols);
  const permits: string[] = [];
  const forbids: string[] = [];
  const errors: PolicyError[] = [];
  for (const { id, effect, compiled } of policies) {
    const outcome = compiled.satisfied(environment);
    if (outcome.kind === 'error') errors.push({ policy: id, detail: outcome.detail });
    else if ((outcome.kind === 'bool' || outcome.kind === 'question') && environment.decide(outcome))
      (effect === 'permit' ? permits : forbids).push(id);
  }
  return {
    allowed: forbids.length === 0 && permits.length > 0 && errors.length === 0,
    determining: forbids.length > 0 ? forbids : permits,
    errors,
  };
}

/** The place of an offset in a file. */
export function placeOf(file: TextFile, offset: number): Place {
  const before = file.text.slice(0, offset);
  const line = before.split('\n').length;
  return { file: file.path, pointer: ROOT, line, column: offset - before.lastIndexOf('\n') };
}
