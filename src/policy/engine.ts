import type { Json, JsonObject } from '../kernel/json.ts';
import { compareText, fromEntries, isArray, isObject } from '../kernel/json.ts';
import type { Result } from '../kernel/result.ts';
import { Defect, assert, err, ok, unreachable } from '../kernel/result.ts';
import type { CedarValue, Decision, EntityValue, Request } from './model.ts';
import { clip, decimalText } from './values.ts';

/** What the engine says against a text. `offset` counts UTF-16 code units. */
export interface EngineProblem {
  readonly detail: string;
  readonly offset?: number;
}

/** What the validator says against one policy, at an offset in that policy's text. */
export interface ValidationProblem extends EngineProblem {
  readonly policy: string;
}

/** The real Cedar engine. Everything is synchronous once it is loaded. */
export interface CedarEngine {
  readonly version: string;
  /** The static policies of a file, in order; a template is a problem. */
  split(text: string): Result<readonly { readonly text: string; readonly offset: number }[], EngineProblem>;
  /** One policy in Cedar's JSON form. */
  parse(text: string): Result<JsonObject, EngineProblem>;
  /** What strict validation finds; by policy id. `schema` is in Cedar's JSON schema form. */
  validate(schema: JsonObject, policies: ReadonlyMap<string, string>): readonly ValidationProblem[];
  /** Parses the policies once; the answer decides requests as {@link Decision} says. */
  prepare(policies: ReadonlyMap<string, string>): (request: Request) => Decision;
}

type Wasm = typeof import('@cedar-policy/cedar-wasm/nodejs');
type WasmError = { readonly message: string; readonly sourceLocations?: readonly { readonly start: number }[] };

let loading: Promise<CedarEngine> | undefined;

/** Loads the engine's WebAssembly, once (40-60 ms). */
export function loadEngine(): Promise<CedarEngine> {
  loading ??= import('@cedar-policy/cedar-wasm/nodejs').then(engineOver);
  return loading;
}

function engineOver(wasm: Wasm): CedarEngine {
  let prepared = 0;
  return {
    version: wasm.getCedarVersion(),
    split: (text) => split(wasm, text),
    parse: (text) => {
      const answer = wasm.policyToJson(text);
      return answer.type === 'success' ? ok(jsonOf(answer.json)) : err(problem(text, answer.errors));
    },
    validate: (schema, policies) => validate(wasm, schema, policies),
    prepare: (policies) => {
      prepared += 1;
      const id = `proofmark-${prepared}`;
      const answer = wasm.preparsePolicySet(id, { staticPolicies: Object.fromEntries(policies) });
      assert(answer.type === 'success', 'policies that parse one by one parse together');
      return (request) => decide(wasm, id, request);
    },
  };
}

function split(wasm: Wasm, text: string): ReturnType<CedarEngine['split']> {
  const answer = wasm.policySetTextToParts(text);
  if (answer.type === 'failure') return err(problem(text, answer.errors));
  const [template] = answer.policy_templates;
  if (template !== undefined) return err({ detail: 'a template has no place in a law', offset: at(text, template) });
  // The engine sorts the parts by a running number as text (policy10 before policy2).
  return ok(
    answer.policies.map((part) => ({ text: part, offset: at(text, part) })).sort((a, b) => a.offset - b.offset),
  );
}

/** Where a part starts; a part is a slice of the whole, and only comments can hold an earlier copy of it. */
function at(text: string, part: string): number {
  return Math.max(0, text.indexOf(part));
}

function validate(wasm: Wasm, schema: JsonObject, policies: ReadonlyMap<string, string>): readonly ValidationProblem[] {
  const answer = wasm.validate({
    validationSettings: { mode: 'strict' },
    // Json and the engine's schema type are the same JSON; the engine checks it.
    schema:
      JSON.stringify(schema) === '{}'
        ? {}
        : (schema as unknown as Extract<Parameters<Wasm['validate']>[0]['schema'], object>),
    policies: { staticPolicies: Object.fromEntries(policies) },
  });
  if (answer.type === 'failure') {
    throw new Defect(
      `the generated Cedar schema is refused: ${answer.errors.map((error) => error.message).join('; ')}`,
    );
  }
  return answer.validationErrors
    .map(({ policyId, error }) => ({ policy: policyId, ...problem(policies.get(policyId) ?? '', [error]) }))
    .sort(
      (a, b) => compareText(a.policy, b.policy) || (a.offset ?? 0) - (b.offset ?? 0) || compareText(a.detail, b.detail),
    );
}

function decide(wasm: Wasm, preparsedPolicySetId: string, request: Request): Decision {
  const { principal, action, resource, groups, context } = request;
  const parents = groups.map((id) => ({ type: 'Action', id }));
  const answer = wasm.statefulIsAuthorized({
    principal: uid(principal),
    action: uid(action),
    resource: uid(resource),
    context: contextOf(context),
    preparsedPolicySetId,
    entities: [
      { uid: uid(action), attrs: {}, parents },
      ...parents.map((group) => ({ uid: group, attrs: {}, parents: [] })),
    ],
  });
  if (answer.type === 'failure') {
    throw new Defect(`Cedar refuses a request: ${answer.errors.map((error) => error.message).join('; ')}`);
  }
  const { decision, diagnostics } = answer.response;
  const errors = diagnostics.errors
    .map(({ policyId, error }) => ({ policy: policyId, detail: error.message }))
    .sort((a, b) => compareText(a.policy, b.policy));
  return {
    allowed: decision === 'allow' && errors.length === 0,
    determining: [...diagnostics.reason].sort(compareText),
    errors,
  };
}

function uid({ type, id }: EntityValue): { type: string; id: string } {
  return { type, id };
}

type Context = Parameters<Wasm['statefulIsAuthorized']>[0]['context'];

function contextOf(context: CedarValue): Context {
  const json = cedarJson(context);
  assert(isObject(json), 'a context is a record');
  // The same JSON under the engine's own, mutable type.
  return json as unknown as Context;
}

/** Member names that turn an object of a JSON context into something else (an entity, an extension value). */
export const ESCAPES: ReadonlySet<string> = new Set(['__entity', '__extn', '__expr']);

/** A value as the engine reads it from JSON. */
export function cedarJson(value: CedarValue): Json {
  switch (value.kind) {
    case 'bool':
    case 'string':
      return value.value;
    case 'long': {
      const number = Number(value.value);
      assert(Number.isSafeInteger(number), 'an integer of a request is within 2^53');
      return number;
    }
    case 'decimal':
      return { __extn: { fn: 'decimal', arg: decimalText(value.tenThousandths) } };
    case 'entity':
      return { __entity: uid(value) };
    case 'set':
      return [...value.items.values()].map(cedarJson);
    case 'record':
      return fromEntries(
        [...value.fields].map(([name, field]) => {
          assert(!ESCAPES.has(name), 'no member of a request is an escape of Cedar');
          return [name, cedarJson(field)] as const;
        }),
      );
    case 'symbol':
    case 'linear':
    case 'unknown-set':
    case 'question':
      throw new Defect('the real engine decides concrete requests');
    default:
      return unreachable(value);
  }
}

function jsonOf(value: unknown): JsonObject {
  // The binding hands out plain objects; a round trip through text makes sure that JSON is all there is.
  const json: unknown = JSON.parse(JSON.stringify(value));
  assert(isJsonObject(json), 'a policy in JSON form is an object');
  return json;
}

function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !isArray(value as Json);
}

function problem(text: string, errors: readonly WasmError[]): EngineProblem {
  const [first] = errors;
  const detail = clip(first?.message ?? 'refused without a reason');
  const start = first?.sourceLocations?.[0]?.start;
  return start === undefined ? { detail } : { detail, offset: fromBytes(text, start) };
}

/** The engine counts bytes of UTF-8. */
function fromBytes(text: string, bytes: number): number {
  return Buffer.from(text, 'utf8').subarray(0, bytes).toString('utf8').length;
}
