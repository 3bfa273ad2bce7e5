import fc from 'fast-check';
import type { CedarValue, RecordValue, Request } from './model.ts';
import { bool, decimal, entity, long, record, set, string } from './values.ts';

/** Random policies and requests for comparing our interpreter with the real engine; used by its test and by `bench/`. */

const NAMES = ['flag', 'count', 'name', 'price', 'who', 'tags', 'numbers', 'inner', 'missing', 'a b'];
const WORDS = ['', 'a', 'b', 'ab', 'a*b', 'é', '😀', 'aXbXc', '1.5', '0.1234', '922337203685478.0'];
const ACTIONS = ['pay/transfer', 'mail/send', 'read'];
const GROUPS = ['irreversible', 'payment', 'outgoing'];

const word = fc.constantFrom(...WORDS);
const quoted = word.map((text) => JSON.stringify(text));
const entityText = fc.constantFrom(
  'principal',
  'action',
  'resource',
  'Workflow::"finance/pay"',
  'Action::"pay/transfer"',
  'Action::"payment"',
  'Action::"nobody"',
  'Server::"payments"',
  'context.who',
);
const integer = fc.oneof(
  fc.integer({ min: -3, max: 5 }).map(String),
  fc.constantFrom('9007199254740991', '-9007199254740991'),
);
const decimalText = fc.oneof(
  fc.constantFrom('1.0', '0.5', '-0.5', '1.50', '922337203685477.5807', '-922337203685477.5808'),
  fc.constantFrom('1', '1.', '.5', '1.00000', '922337203685477.5808', 'x', '-0.0', '00.10'),
);
const pattern = fc
  .array(fc.constantFrom('*', '*', 'a', 'b', 'X', '\\*', 'é'), { maxLength: 5 })
  .map((parts) => `"${parts.join('')}"`);
const path = fc.constantFrom(
  'flag',
  'inner.flag',
  'inner.count',
  'inner.inner.flag',
  'count.flag',
  'missing.a',
  '"a b"',
);

type Type = 'bool' | 'long' | 'string' | 'decimal' | 'entity' | 'set' | 'record' | 'any';

/** Policy text by the type that it mostly has: well-typed often enough to be satisfied, ill-typed often enough to err. */
const expressions = fc.letrec<Record<Type, string>>((tie) => {
  const of = (...types: readonly Type[]): fc.Arbitrary<string> => fc.oneof(...types.map((type) => tie(type)));
  /** Mostly this type, at times another. */
  const mostly = (type: Type): fc.Arbitrary<string> =>
    fc.oneof({ weight: 9, arbitrary: tie(type) }, { weight: 1, arbitrary: tie('any') });
  const two = (build: (a: string, b: string) => string, a: fc.Arbitrary<string>, b = a): fc.Arbitrary<string> =>
    fc.tuple(a, b).map(([left, right]) => `(${build(left, right)})`);
  const infix = (operators: readonly string[], a: fc.Arbitrary<string>, b = a): fc.Arbitrary<string> =>
    fc.tuple(a, fc.constantFrom(...operators), b).map(([left, operator, right]) => `(${left} ${operator} ${right})`);
  const method = (names: readonly string[], a: fc.Arbitrary<string>, b = a): fc.Arbitrary<string> =>
    fc.tuple(a, fc.constantFrom(...names), b).map(([left, name, right]) => `(${left}).${name}(${right})`);
  const conditional = (type: Type): fc.Arbitrary<string> =>
    fc
      .tuple(mostly('bool'), mostly(type), mostly(type))
      .map(([test, then, otherwise]) => `(if ${test} then ${then} else ${otherwise})`);
  const leafFirst = (...arbitraries: readonly fc.Arbitrary<string>[]): fc.Arbitrary<string> =>
    fc.oneof({ depthSize: 'small', withCrossShrink: true }, ...arbitraries);
  return {
    bool: leafFirst(
      fc.constantFrom('true', 'false', 'context.flag', 'context.inner.flag'),
      infix(['&&', '||'], mostly('bool')),
      infix(['&&', '||'], mostly('bool')),
      mostly('bool').map((a) => `(!(${a}))`),
      infix(['==', '!='], of('any')),
      infix(['==', '!='], of('set')),
      infix(['<', '<=', '>', '>='], mostly('long')),
      method(['lessThan', 'lessThanOrEqual', 'greaterThan', 'greaterThanOrEqual'], mostly('decimal')),
      method(['contains'], mostly('set'), of('any')),
      method(['containsAll', 'containsAny'], mostly('set')),
      mostly('set').map((a) => `(${a}).isEmpty()`),
      two((a, b) => `${a} in ${b}`, mostly('entity'), of('entity', 'set')),
      two((a, b) => `${a} in [${b}]`, mostly('entity')),
      fc
        .tuple(mostly('entity'), fc.constantFrom('Workflow', 'Action', 'Server', 'Other'))
        .map(([a, type]) => `(${a} is ${type})`),
      fc.tuple(mostly('entity'), mostly('entity')).map(([a, b]) => `(${a} is Action in ${b})`),
      fc.tuple(mostly('string'), pattern).map(([a, like]) => `(${a} like ${like})`),
      path.map((attribute) => `(context has ${attribute})`),
      fc.tuple(of('any'), path).map(([a, attribute]) => `(${a} has ${attribute})`),
      conditional('bool'),
    ),
    long: leafFirst(
      integer,
      fc.constantFrom('context.count', 'context.inner.count'),
      infix(['+', '-', '*'], mostly('long')),
      mostly('long').map((a) => `(-(${a}))`),
      conditional('long'),
    ),
    string: leafFirst(quoted, fc.constant('context.name'), conditional('string')),
    decimal: leafFirst(
      decimalText.map((text) => `decimal("${text}")`),
      fc.constant('context.price'),
      mostly('string').map((text) => `decimal(${text})`),
    ),
    entity: leafFirst(entityText, conditional('entity')),
    set: leafFirst(
      fc.constantFrom('context.tags', 'context.numbers', '[]'),
      fc.array(mostly('string'), { maxLength: 3 }).map((items) => `[${items.join(', ')}]`),
      fc.array(tie('any'), { maxLength: 3 }).map((items) => `[${items.join(', ')}]`),
      fc.array(mostly('entity'), { maxLength: 3 }).map((items) => `[${items.join(', ')}]`),
    ),
    record: leafFirst(
      fc.constantFrom('context', 'context.inner', '{}'),
      fc.tuple(fc.constantFrom('flag', 'count'), of('any')).map(([name, a]) => `{${name}: ${a}}`),
    ),
    any: leafFirst(
      of('bool', 'long', 'string', 'decimal', 'entity', 'set', 'record'),
      fc.tuple(of('record', 'entity'), fc.constantFrom(...NAMES)).map(([a, name]) => `(${a})[${JSON.stringify(name)}]`),
    ),
  };
});

const scopes = {
  principal: fc.constantFrom(
    'principal',
    'principal',
    'principal == Workflow::"finance/pay"',
    'principal is Workflow',
    'principal is Other',
    'principal in Workflow::"finance/pay"',
    'principal is Workflow in Workflow::"x"',
  ),
  action: fc.constantFrom(
    'action',
    'action',
    'action == Action::"read"',
    'action in Action::"payment"',
    'action in [Action::"outgoing", Action::"pay/transfer"]',
  ),
  resource: fc.constantFrom('resource', 'resource', 'resource == Server::"payments"', 'resource in Server::"mail"'),
};

const counts = ['context.count', 'context.inner.count', '3', '0', '9007199254740991'];
const names = ['context.name', 'context.inner.name', '"ab"', '"1.5"'];
const prices = [
  'context.price',
  'context.inner.price',
  'decimal("0.5")',
  'decimal(context.name)',
  'decimal(context.inner.name)',
];
const sets = [
  'context.tags',
  'context.inner.tags',
  '[context.name, "a"]',
  '[context.inner.name, context.name]',
  '["a", "b", "1.5"]',
  '[]',
];
const numbers = ['context.numbers', '[context.count, 2]', '[context.inner.count + 1, context.count]', '[1, 3]'];
const sums = fc.oneof(
  fc.constantFrom(...counts),
  infixOf(['+', '-', '*'], fc.constantFrom(...counts)),
  infixOf(['+', '-', '*'], infixOf(['*', '-'], fc.constantFrom(...counts))),
  infixOf(['*'], infixOf(['*'], fc.constantFrom(...counts))).map((text) => `(-${text})`),
);

function infixOf(operators: readonly string[], operand: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.tuple(operand, fc.constantFrom(...operators), operand).map((parts) => `(${parts.join(' ')})`);
}

function methodOf(left: readonly string[], methods: readonly string[], right: readonly string[]): fc.Arbitrary<string> {
  return fc
    .tuple(fc.constantFrom(...left), fc.constantFrom(...methods), fc.constantFrom(...right))
    .map(([a, method, b]) => `${a}.${method}(${b})`);
}

/** Well-typed conditions of which each turns on what the context holds: what an interpreter of unknowns must tell apart. */
const telling: fc.Arbitrary<string> = fc.oneof(
  infixOf(['<', '<=', '>', '>=', '==', '!='], fc.constantFrom(...counts)),
  infixOf(['<', '<=', '>', '>=', '==', '!='], sums),
  infixOf(['<', '<=', '>', '>=', '==', '!='], sums),
  fc.constantFrom('==', '<=', '>').map((operator) => `context.count * 2 ${operator} context.inner.count`),
  infixOf(['==', '!='], fc.constantFrom(...names, ...sets)),
  infixOf(['==', '!='], fc.constantFrom(...prices)),
  infixOf(['==', '!='], fc.constantFrom(...numbers)),
  methodOf(prices, ['lessThan', 'lessThanOrEqual', 'greaterThan', 'greaterThanOrEqual'], prices),
  methodOf(sets, ['contains'], names),
  methodOf(sets, ['containsAll', 'containsAny'], sets),
  methodOf(numbers, ['contains'], counts),
  methodOf(numbers, ['containsAll', 'containsAny'], numbers),
  fc.constantFrom(...sets, ...numbers).map((text) => `${text}.isEmpty()`),
  fc.tuple(fc.constantFrom(...names), pattern).map(([name, like]) => `${name} like ${like}`),
  fc
    .tuple(fc.constantFrom('[{a: context.flag}]', '[context.flag]'), fc.constantFrom('{a: true}', 'false'))
    .map(([a, b]) => `${a}.contains(${b})`),
  fc
    .constantFrom('', 'a', 'a*b', '1.5')
    .chain((text) => fc.constantFrom(...names).map((name) => `${name} like "*${text.replaceAll('*', '\\*')}*"`)),
  fc.constantFrom('{a: context.count} == {a: 3, b: 4}', '{a: context.count, b: context.name} != {a: 3, b: "ab"}'),
  fc.constantFrom('context.inner == {flag: true, count: 3}', 'context.inner == {flag: context.flag}'),
);

/** A condition, mostly guarded so that what it reads is there. */
const guarded = telling.map((text) => {
  const guards = ['count', 'name', 'price', 'tags', 'numbers', 'inner'].filter((name) =>
    text.includes(`context.${name}`),
  );
  const inner = ['count', 'name', 'price', 'tags'].filter((name) => text.includes(`context.inner.${name}`));
  return [
    ...guards.map((name) => `context has ${name}`),
    ...inner.map((name) => `context.inner has ${name}`),
    text,
  ].join(' && ');
});

interface Written {
  readonly effect: string;
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  readonly conditions: readonly (readonly [kind: string, body: string])[];
}

function textsOf(policies: readonly Written[]): ReadonlyMap<string, string> {
  return new Map(
    policies.map(({ effect, principal, action, resource, conditions }, i) => {
      const clauses = conditions.map(([kind, body]) => ` ${kind} { ${body} }`).join('');
      const annotations = `@id("p${i}") @title("t") @reference("r")`;
      return [`p${i}`, `${annotations} ${effect} (${principal}, ${action}, ${resource})${clauses};`] as const;
    }),
  );
}

function policiesOf(condition: fc.Arbitrary<string>, scope: typeof scopes): fc.Arbitrary<ReadonlyMap<string, string>> {
  return fc
    .array(
      fc.record({
        effect: fc.constantFrom('permit', 'permit', 'forbid'),
        ...scope,
        conditions: fc.array(fc.tuple(fc.constantFrom('when', 'unless'), condition), { maxLength: 2 }),
      }),
      { minLength: 1, maxLength: 6 },
    )
    .map(textsOf);
}

/** Up to six policies, as id and text. */
export const policyTexts = policiesOf(expressions.bool, scopes);

/** Policies that speak of every request, each about the values in its context. */
export const tellingTexts = policiesOf(guarded, {
  principal: fc.constant('principal'),
  action: fc.constant('action'),
  resource: fc.constant('resource'),
});

const number = fc.oneof(
  fc.integer({ min: -3, max: 5 }),
  fc.constantFrom(Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER),
);
const anyEntity = fc.constantFrom(
  entity('Workflow', 'finance/pay'),
  entity('Action', 'payment'),
  entity('Action', 'read'),
  entity('Server', 'payments'),
);

function fieldsOf(inner: fc.Arbitrary<RecordValue> | undefined): Record<string, fc.Arbitrary<CedarValue>> {
  return {
    flag: fc.boolean().map(bool),
    count: number.map(long),
    name: word.map(string),
    price: fc.constantFrom(5000n, 10_000n, -5000n, 2n ** 63n - 1n).map(decimal),
    who: anyEntity,
    tags: fc.array(word, { maxLength: 4 }).map((items) => set(items.map(string))),
    numbers: fc.array(number, { maxLength: 3 }).map((items) => set(items.map(long))),
    'a b': fc.boolean().map(bool),
    ...(inner === undefined ? {} : { inner }),
  };
}

function recordOf(inner: fc.Arbitrary<RecordValue> | undefined): fc.Arbitrary<RecordValue> {
  const fields = fieldsOf(inner);
  return fc
    .oneof(fc.record(fields, { requiredKeys: ['flag'] }), fc.record(fields))
    .map((chosen) =>
      record(Object.entries(chosen).filter((entry): entry is [string, CedarValue] => entry[1] !== undefined)),
    );
}

/** Requests whose contexts mostly have what the policies read. */
export const requests: fc.Arbitrary<Request> = fc.record({
  principal: fc.constantFrom(entity('Workflow', 'finance/pay'), entity('Workflow', 'x')),
  action: fc.constantFrom(...ACTIONS).map((id) => entity('Action', id)),
  resource: fc.constantFrom(entity('Server', 'payments'), entity('Server', 'mail')),
  groups: fc.subarray(GROUPS),
  context: recordOf(recordOf(recordOf(undefined))),
  at: fc.constant('/do/0/x'),
});
