import { meets } from '../expression/symbolic.ts';
import { Unexplored } from '../expression/symbols.ts';
import { isArray, isObject, type Json, type JsonObject, member } from '../kernel/json.ts';
import { assert } from '../kernel/result.ts';
import type { Policy } from '../policy/cedar.ts';
import { convertArguments, convertNumber } from '../policy/convert.ts';
import { type CedarEngine, cedarJson } from '../policy/engine.ts';
import { environmentOf } from '../policy/evaluate.ts';
import type { CedarValue, Question, RecordValue, Request } from '../policy/model.ts';
import { packParameters } from '../policy/packs.ts';
import { resourceOf } from '../policy/request.ts';
import { cedarSchema } from '../policy/schema.ts';
import { pointersOf, shapeOf } from '../policy/shape.ts';
import { toolIn } from '../policy/tools.ts';
import { bool, entity, long, record, string, strings } from '../policy/values.ts';
import { compileSchema, type Schema } from '../schema/compile.ts';
import type { Law } from '../store/model.ts';
import { lift, objectValue } from '../value/concrete.ts';
import { BOTTOM } from '../value/label.ts';
import type { Term } from '../value/term.ts';
import type { ObjectValue, Value } from '../value/value.ts';
import { Exhausted, Explorer } from './explorer.ts';
import type { Knowledge } from './knowledge.ts';
import { type Source, uniform, Unknowns } from './unknown.ts';
import { type Model, modelOf, NoValue } from './witness.ts';

/**
 * What single policies of a law can do at all, whatever workflow is judged: each is evaluated over a request in which every
 * attribute is anything that the Cedar schema of the law and the tool contracts allow. The same interpreter as everywhere.
 */
export interface PolicyAccount {
  readonly policy: Policy;
  /** `never`: no request that the law allows satisfies it. `open`: that was not found out. */
  readonly applies: 'sometimes' | 'never' | 'open';
  /** It may fail to evaluate. */
  readonly error: PolicyFailure | undefined;
}

export interface PolicyFailure {
  readonly action: string;
  readonly detail: string;
  /** What of the context the policy reads, in a request on which the real engine fails as well; absent where none was found. */
  readonly shown?: Json;
}

/** Ways of one policy over one action, and decisions of all together: what is beyond is not found out. */
const LIMITS = { paths: 300, decisions: 4000 };
const ALL_DECISIONS = 60_000;
/** Ways on which a policy fails that are turned into requests, and requests for each. */
const CANDIDATES = 4;
const SEEDS = 12;

/** Looks at each of `policies`, which are policies of the law. */
export function accountsOf(law: Law, policies: readonly Policy[], engine: CedarEngine): readonly PolicyAccount[] {
  const schema = schemaOf(law);
  const members = new Set(schema.actions.flatMap(({ groups }) => groups));
  let decisions = 0;
  return policies.map((policy) => {
    const own = schema.actions.filter(({ id, groups }) =>
      policy.compiled.appliesTo({ action: entity('Action', id), groups }),
    );
    const named = entitiesIn(policy.json);
    const isOfAbsent = named.some(({ type, id }) => type === 'Action' && schema.groups.has(id) && !members.has(id));
    const workflows = named.filter(({ type }) => type === 'Workflow').map(({ id }) => id);
    let applies: PolicyAccount['applies'] = own.length === 0 || isOfAbsent ? 'open' : 'never';
    let error: PolicyFailure | undefined;
    for (const action of own) {
      if (decisions > ALL_DECISIONS) return { policy, applies: applies === 'never' ? 'open' : applies, error };
      const study = new Study(law, policy, action, schema.types, engine);
      study.run(workflows);
      decisions += study.decisions;
      if (study.applies) applies = 'sometimes';
      else if (study.isCut && applies === 'never') applies = 'open';
      if (error?.shown === undefined) error = study.error ?? error;
      // What is asked has its answer; other actions would only say it again.
      if (applies === 'sometimes' && (error?.shown !== undefined || !study.mayFail)) break;
    }
    return { policy, applies, error };
  });
}

interface Action {
  readonly id: string;
  readonly groups: readonly string[];
  /** The record type of its context, in Cedar's JSON schema form. */
  readonly context: JsonObject;
}

/** The Cedar schema of a law, taken apart: the actions that requests have, and the groups that they may be in. */
interface LawSchema {
  readonly actions: readonly Action[];
  readonly groups: ReadonlySet<string>;
  readonly types: JsonObject;
}

function schemaOf(law: Law): LawSchema {
  const whole = member(cedarSchema(law), '');
  assert(isObject(whole), 'the schema has one namespace');
  const [declared, types] = [member(whole, 'actions'), member(whole, 'commonTypes')];
  assert(isObject(declared) && isObject(types), 'the schema has actions and types');
  const actions: Action[] = [];
  const groups = new Set<string>();
  for (const [id, action] of Object.entries(declared)) {
    if (!isObject(action)) continue;
    const applies = member(action, 'appliesTo');
    const context = isObject(applies) ? member(applies, 'context') : undefined;
    if (isObject(context)) actions.push({ id, groups: parentsOf(action), context });
    else groups.add(id);
  }
  return { actions, groups, types };
}

function parentsOf(action: JsonObject): readonly string[] {
  const parents = member(action, 'memberOf');
  return (isArray(parents) ? parents : []).flatMap((parent) => {
    const group = isObject(parent) ? member(parent, 'id') : undefined;
    return typeof group === 'string' ? [group] : [];
  });
}

/** It is known that the policy applies, and it has nothing that could fail. */
class Enough extends Error {}

/** One policy over one action. */
class Study {
  applies = false;
  isCut = false;
  error: PolicyFailure | undefined;
  decisions = 0;
  private readonly law: Law;
  private readonly policy: Policy;
  private readonly action: Action;
  private readonly engine: CedarEngine;
  private readonly mentioned: ReadonlySet<string>;
  readonly mayFail: boolean;
  private readonly types: JsonObject;
  private readonly input: Schema | undefined;
  private readonly pointers: readonly string[] | undefined;
  private tried = 0;
  // Of the way in progress.
  private explorer = new Explorer(LIMITS);
  private lists = new Map<string, Source>();
  private terms = new Map<Question, Term>();
  private arguments: ObjectValue | undefined;

  constructor(law: Law, policy: Policy, action: Action, types: JsonObject, engine: CedarEngine) {
    this.law = law;
    this.policy = policy;
    this.action = action;
    this.engine = engine;
    this.mentioned = textsOf(policy.json);
    this.mayFail = [...FALLIBLE].some((operator) => this.mentioned.has(operator));
    this.types = types;
    const tool = toolIn(law, action.id)?.tool;
    const input = tool === undefined ? undefined : compileSchema(tool.input, { undeclared: 'refused' });
    this.input = input?.ok === true ? input.value : undefined;
    this.pointers = tool === undefined ? undefined : pointersOf(shapeOf(tool.input));
  }

  /** Every way of the policy, for workflows that it names and one that it does not. */
  run(workflows: readonly string[]): void {
    for (const workflow of new Set([...workflows, 'unnamed/workflow'])) {
      this.explorer = new Explorer(LIMITS);
      try {
        this.explorer.explore(() => this.way(workflow));
      } catch (error) {
        if (error instanceof Exhausted || error instanceof Unexplored) this.isCut = true;
        else if (!(error instanceof Enough)) throw error;
      }
      this.decisions += this.explorer.decisions;
    }
  }

  private way(workflow: string): void {
    const { explorer, action, policy } = this;
    this.lists = new Map();
    this.terms = new Map();
    this.arguments = undefined;
    const request: Request = {
      principal: entity('Workflow', workflow),
      action: entity('Action', action.id),
      resource: entity('Server', resourceOf(action.id)),
      groups: action.groups,
      context: this.context(),
      at: '',
    };
    const environment = environmentOf(request, explorer);
    const outcome = policy.compiled.satisfied(environment);
    if (outcome.kind === 'error') this.fails(request, outcome.detail);
    else if ((outcome.kind === 'bool' || outcome.kind === 'question') && environment.decide(outcome)) {
      this.applies = true;
      if (!this.mayFail || this.error?.shown !== undefined) throw new Enough();
    }
  }

  private context(): RecordValue {
    const context = this.value(this.action.context, ['context']);
    assert(context.kind === 'record', 'a context is a record');
    const fields = new Map(context.fields);
    fields.set('packs', packParameters(this.law.config));
    const given = this.argumentsOf();
    if (given !== undefined) fields.set('arguments', given);
    return { kind: 'record', fields };
  }

  /** Arguments that the tool contract allows; `undefined` where its schema does not say which members there are. */
  private argumentsOf(): RecordValue | undefined {
    const { explorer, input, action } = this;
    const tool = toolIn(this.law, action.id)?.tool;
    if (tool === undefined || input === undefined) return undefined;
    const value = new Unknowns(explorer, uniform(BOTTOM), this.lists).of(input.root, 'arguments');
    const given = value.kind === 'object' ? value : this.known(value);
    if (given === undefined) return undefined;
    this.arguments = given;
    return convertArguments(given, shapeOf(tool.input), () => explorer).arguments;
  }

  /** An object whose members are known, but not which of them are there: of those that the policy does not name, none. */
  private known(value: Value): ObjectValue | undefined {
    if (value.kind !== 'symbol' || value.members === undefined) return undefined;
    const fields = new Map<string, Value>();
    for (const [name, { value: field, present }] of value.members.known) {
      if (present === undefined || (this.mentioned.has(name) && this.explorer.holds(present))) fields.set(name, field);
    }
    return objectValue(fields, BOTTOM);
  }

  private value(type: JsonObject, path: readonly string[]): CedarValue {
    const { explorer } = this;
    const term = explorer.terms.variable(path.join('/'));
    const name = member(type, 'type');
    switch (name) {
      case 'Boolean': {
        explorer.note(term, { type: 'boolean' });
        const question: Question = { kind: 'question', ask: (symbols) => meets(symbols, term, { const: true }) };
        this.terms.set(question, term);
        return question;
      }
      case 'Long':
        return { kind: 'symbol', sort: 'long', term: explorer.note(term, { type: 'integer', minimum: 0 }) };
      case 'String':
        return { kind: 'symbol', sort: 'string', term: explorer.note(term, { type: 'string' }) };
      case 'Extension':
        return { kind: 'symbol', sort: 'decimal', term: explorer.note(term, DECIMAL) };
      case 'Set':
        return this.set(term, path);
      case 'Record': {
        const attributes = member(type, 'attributes');
        return this.record(isObject(attributes) ? attributes : {}, path);
      }
      default: {
        const common = typeof name === 'string' ? member(this.types, name) : undefined;
        assert(isObject(common), 'the schema declares its types');
        return this.value(common, path);
      }
    }
  }

  private record(attributes: JsonObject, path: readonly string[]): RecordValue {
    const { explorer } = this;
    const fields = new Map<string, CedarValue>();
    for (const [name, type] of Object.entries(attributes)) {
      if (!isObject(type)) continue;
      if (member(type, 'required') === false) {
        const present = explorer.terms.apply('has', explorer.terms.variable(path.join('/')), name);
        if (!this.mentioned.has(name) || !explorer.holds(present)) continue;
      }
      fields.set(name, this.value(type, [...path, name]));
    }
    return record(fields);
  }

  /** Sets of a request hold tags where they are of a decision, else pointers into what is sent. */
  private set(term: Term, path: readonly string[]): CedarValue {
    const { explorer } = this;
    const universe = path.join('/') === 'context/control/secrecy' ? this.law.config.secrecy : this.pointers;
    const length = explorer.note(explorer.terms.apply('length', term), { type: 'integer', minimum: 0 });
    if (universe?.length === 0) return strings([]);
    const item = explorer.note(
      explorer.terms.apply('member', term, '*'),
      universe === undefined ? { type: 'string' } : { enum: universe },
    );
    return { kind: 'unknown-set', term, length, items: [{ kind: 'symbol', sort: 'string', term: item }] };
  }

  private fails(request: Request, detail: string): void {
    if (this.error?.shown !== undefined) return;
    const shown = this.tried < CANDIDATES ? this.shown(request, this.explorer.snapshot()) : undefined;
    this.tried += 1;
    this.error = { action: this.action.id, detail, ...(shown === undefined ? {} : { shown }) };
  }

  /** A request of this way on which our interpreter and the real engine fail. */
  private shown(request: Request, knowledge: Knowledge): Json | undefined {
    const { policy, engine } = this;
    for (let seed = 0; seed < SEEDS; seed += 1) {
      const model = modelOf({ knowledge, terms: this.explorer.terms, lists: this.lists }, seed);
      const concrete = this.concrete(request, model, EXTREMES[seed]);
      if (concrete === undefined) continue;
      if (policy.compiled.satisfied(environmentOf(concrete, undefined)).kind !== 'error') continue;
      if (engine.prepare(new Map([[policy.id, policy.text]]))(concrete).errors.length > 0) return this.read(concrete);
    }
    return undefined;
  }

  private concrete(request: Request, model: Model, extreme: Extreme): Request | undefined {
    try {
      return this.drawn(request, model, extreme);
    } catch (error) {
      if (error instanceof NoValue) return undefined;
      throw error;
    }
  }

  private drawn(request: Request, model: Model, extreme: Extreme): Request | undefined {
    const context = this.concreteValue(request.context, model, extreme);
    if (context?.kind !== 'record') return undefined;
    if (this.arguments === undefined) return { ...request, context };
    const json = model.json(this.arguments);
    const tool = toolIn(this.law, this.action.id)?.tool;
    const given = lift(json, BOTTOM);
    if (tool === undefined || given.kind !== 'object' || this.input?.isValid(json) !== true) return undefined;
    const converted = convertArguments(given, shapeOf(tool.input), () => this.explorer);
    const fields = new Map(context.fields).set('arguments', converted.arguments);
    return { ...request, context: record(fields.set('inexact', strings(converted.inexact))) };
  }

  private concreteValue(value: CedarValue, model: Model, extreme: Extreme): CedarValue | undefined {
    switch (value.kind) {
      case 'question': {
        const term = this.terms.get(value);
        // One of the arguments, which are put in as a whole.
        return term === undefined ? bool(false) : bool(model.value(term) === true);
      }
      case 'symbol': {
        const json = this.atExtreme(value.term, extreme) ?? model.value(value.term);
        if (typeof json === 'string') return string(json);
        if (typeof json !== 'number') return undefined;
        return value.sort === 'long' ? long(json) : convertNumber(json, 'decimal');
      }
      case 'record': {
        const fields = new Map<string, CedarValue>();
        for (const [name, field] of value.fields) {
          const made =
            name === 'arguments' && this.arguments !== undefined
              ? record([])
              : this.concreteValue(field, model, extreme);
          if (made === undefined) return undefined;
          fields.set(name, made);
        }
        return record(fields);
      }
      case 'unknown-set': {
        const [item] = value.items ?? [];
        const isEmpty = model.value(value.length) === 0;
        if (isEmpty || item?.kind !== 'symbol') return strings([]);
        const json = model.value(item.term);
        return strings(typeof json === 'string' ? [json] : []);
      }
      default:
        return value;
    }
  }

  /** The greatest or least number that a term may be, as far as bounds say. */
  private atExtreme(term: Term, extreme: Extreme): number | undefined {
    if (extreme === undefined) return undefined;
    const { isInteger, [extreme]: bound } = this.explorer.bounds(term);
    if (!isInteger) return undefined;
    return Math.max(Number.MIN_SAFE_INTEGER, Math.min(bound, Number.MAX_SAFE_INTEGER));
  }

  /** What of a request the policy reads. */
  private read({ context }: Request): Json {
    const named = (value: RecordValue): RecordValue =>
      record(
        [...value.fields]
          .filter(([name]) => this.mentioned.has(name))
          .map(([name, field]) => [name, field.kind === 'record' ? named(field) : field] as const),
      );
    return cedarJson(named(context));
  }
}

/** Requests that are tried first: every number at its bound. */
type Extreme = 'high' | 'low' | undefined;
const EXTREMES: readonly Extreme[] = ['high', 'low'];

const DECIMAL: JsonObject = { type: 'number', multipleOf: 0.0001, minimum: 0, maximum: 1e11 };

/** Operators that fail for some operands of their types. */
const FALLIBLE: ReadonlySet<string> = new Set(['+', '-', '*', 'neg', 'decimal']);

/** Every text in a policy: names of members, operators, literals. */
function textsOf(json: Json): ReadonlySet<string> {
  const texts = new Set<string>();
  const visit = (node: Json): void => {
    if (typeof node === 'string') texts.add(node);
    else if (isArray(node)) node.forEach(visit);
    else if (isObject(node)) {
      for (const [name, value] of Object.entries(node)) {
        texts.add(name);
        visit(value);
      }
    }
  };
  visit(json);
  return texts;
}

/** The entities that a policy names. */
function entitiesIn(json: Json): readonly { readonly type: string; readonly id: string }[] {
  if (isArray(json)) return json.flatMap(entitiesIn);
  if (!isObject(json)) return [];
  const [type, id] = [member(json, 'type'), member(json, 'id')];
  if (typeof type === 'string' && typeof id === 'string') return [{ type, id }];
  return Object.values(json).flatMap(entitiesIn);
}
