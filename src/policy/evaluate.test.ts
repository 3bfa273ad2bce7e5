import { beforeAll, describe, expect, it } from 'vitest';
import { loadPolicies } from './cedar.ts';
import type { CedarEngine } from './engine.ts';
import { loadEngine } from './engine.ts';
import type { Request } from './model.ts';
import { bool, decimal, entity, long, record, set, string, strings } from './values.ts';

let engine: CedarEngine;
beforeAll(async () => {
  engine = await loadEngine();
});

const REQUEST: Request = {
  principal: entity('Workflow', 'finance/pay'),
  action: entity('Action', 'pay/transfer'),
  resource: entity('Server', 'pay'),
  groups: ['payment', 'irreversible'],
  context: record([
    ['yes', bool(true)],
    ['no', bool(false)],
    ['one', long(1)],
    ['big', long(Number.MAX_SAFE_INTEGER)],
    ['name', string('a*b')],
    ['price', decimal(15_000n)],
    ['tags', strings(['x', 'y'])],
    ['mixed', set([long(1), string('1'), set([]), record([])])],
    [
      'inner',
      record([
        ['deep', record([['leaf', long(7)]])],
        ['', string('empty name')],
      ]),
    ],
    ['owner', entity('User', 'ann')],
  ]),
  at: '',
};

/** What both engines make of `when { source }`; they must agree. */
function value(source: string): 'true' | 'false' | 'error' {
  const text = `@id("p") @title("t") @reference("r") permit (principal, action, resource) when { ${source} };`;
  const { set: policies, findings } = loadPolicies([{ path: 'p.cedar', text }], engine);
  expect(findings).toEqual([]);
  const ours = policies!.decide(REQUEST);
  const real = engine.prepare(new Map([['p', text]]))(REQUEST);
  expect({ ...ours, errors: ours.errors.length }).toEqual({ ...real, errors: real.errors.length });
  return ours.errors.length > 0 ? 'error' : ours.allowed ? 'true' : 'false';
}

describe('an expression of a policy', () => {
  const MAX = '(9007199254740991 * 1024 + 1023)';
  const cases: Readonly<Record<string, Readonly<Record<'true' | 'false' | 'error', readonly string[]>>>> = {
    'short-circuits from the left': {
      true: [
        'true || context.missing',
        'true || 1 + true == 2',
        '!(false && context.missing)',
        'if true then true else context.missing',
      ],
      false: ['false && 3', 'false && context.missing'],
      error: [
        'context.missing || true',
        'context.missing && false',
        'false || context.missing',
        '1 || true',
        'if 1 then true else true',
      ],
    },
    'must be a bool wherever one is needed': {
      true: ['(if true then 3 else false) == 3'],
      false: [],
      error: ['true && 3', '(true && 3) == 3', '(false || "x") == "x"', '!1', '3', '"true"'],
    },
    'compares any two values': {
      true: [
        '1 != "1"',
        'context.tags == ["y", "x", "x"]',
        '{a: 1, b: 2} == {b: 2, a: 1}',
        'decimal("1.5") == context.price',
        'context.mixed == [[], {}, "1", 1]',
        '[] == []',
        '[1] != [[1]]',
        'principal == Workflow::"finance/pay"',
      ],
      false: [
        '1 == true',
        'context.tags == ["x"]',
        '{a: 1} == {a: 1, b: 2}',
        '{a: 1} == {b: 1}',
        'principal == Server::"finance/pay"',
        'decimal("1.0") == 1',
        'context.price == decimal("1.5001")',
      ],
      error: ['context.missing == context.missing'],
    },
    'calculates in 64 bits': {
      true: [
        `${MAX} > 0`,
        `-${MAX} - 1 < 0`,
        '1 + 2 * 3 == 7',
        '-(-(5)) == 5',
        '1 - 2 - 3 == -4',
        '2 <= 2',
        '2 >= 2',
        '-3 < -2',
      ],
      false: ['2 < 2', '2 > 2', '1 - 2 > 0'],
      error: [
        `${MAX} + 1 > 0`,
        `-${MAX} - 2 < 0`,
        `-(-${MAX} - 1) > 0`,
        'context.big * context.big > 0',
        '1 < "2"',
        '"a" < "b"',
        'true + 1 == 2',
        '-"1" == 1',
        'context.price < decimal("2.0")',
      ],
    },
    'reads decimals': {
      true: [
        'context.price.lessThan(decimal("1.5001"))',
        'context.price.lessThanOrEqual(decimal("1.50"))',
        'context.price.greaterThan(decimal("-1.5"))',
        'context.price.greaterThanOrEqual(decimal("1.5"))',
        'decimal("-0.0") == decimal("0.0000")',
        'decimal("0000000000000000000000001.5") == context.price',
        'decimal("-922337203685477.5808").lessThan(decimal("922337203685477.5807"))',
      ],
      false: ['context.price.lessThan(decimal("1.5"))', 'context.price.greaterThan(decimal("1.5"))'],
      error: [
        'decimal("1") == 1',
        'decimal("1.") == 1',
        'decimal(".5") == 1',
        'decimal("1.00000") == 1',
        'decimal("+1.0") == 1',
        'decimal(" 1.0") == 1',
        'decimal("1.0\\n") == 1',
        'decimal("922337203685477.5808") == 1',
        'decimal("1e3.0") == 1',
        'decimal("١.0") == 1',
        'decimal(1) == 1',
        'context.price.lessThan(1)',
        '(1).lessThan(context.price)',
      ],
    },
    'matches text': {
      true: [
        'context.name like "a\\*b"',
        'context.name like "a*"',
        'context.name like "*"',
        'context.name like "***b"',
        '"" like "*"',
        '"" like ""',
        '"a😀b" like "a*b"',
        '"aab" like "a*ab"',
        '"abab" like "*ab"',
      ],
      false: [
        'context.name like "a"',
        '"axb" like "a\\*b"',
        '"ab" like "a*b*b"',
        '"" like "a*"',
        '"aba" like "ab*ba"',
        '"A" like "a"',
        '"ab" like "*b*b"',
      ],
      error: ['1 like "*"', 'context.tags like "*"', 'context.missing like "*"'],
    },
    'has attributes': {
      true: [
        'context has yes',
        'context has inner.deep.leaf',
        '!(context has inner.nothing.leaf)',
        '!(principal has name)',
        '!(principal has a.b)',
        'context.inner has ""',
        'context.inner[""] == "empty name"',
        'context.inner.deep.leaf == 7',
        '!(context.owner has x)',
        '!({} has yes)',
      ],
      false: ['context has missing', 'context has "a b"'],
      error: [
        '1 has a',
        'context.tags has x',
        'context has one.a',
        'context has name.length',
        'context.inner.missing == 1',
        'principal.name == 1',
        'context.owner.x == 1',
        'Nobody::"x".y == 1',
      ],
    },
    'knows where entities stand': {
      true: [
        'action in Action::"payment"',
        'action in Action::"pay/transfer"',
        'action in [Action::"read", Action::"irreversible"]',
        'principal in [principal]',
        'principal in Workflow::"finance/pay"',
        'principal is Workflow',
        'principal is Workflow in principal',
        'resource is Server',
        '!(principal is Server in 3)',
        'context.owner in User::"ann"',
        'Action::"pay/transfer" in Action::"payment"',
      ],
      false: [
        'action in Action::"outgoing"',
        'action in []',
        'principal in resource',
        'Action::"other" in Action::"payment"',
        'Action::"payment" in action',
        'principal is Workflow in resource',
        'principal in Action::"payment"',
        'Other::"pay/transfer" in Action::"payment"',
      ],
      error: [
        'principal in 1',
        '1 in principal',
        'principal in [principal, 1]',
        'action in context.tags',
        '1 is Workflow',
        'principal is Workflow in 3',
      ],
    },
    'works with sets': {
      true: [
        'context.tags.contains("x")',
        'context.tags.containsAll(["x"])',
        'context.tags.containsAll([])',
        'context.tags.containsAny(["z", "y"])',
        '[].isEmpty()',
        'context.mixed.contains([])',
        'context.mixed.contains({})',
        '[[1, 2]].contains([2, 1, 1])',
        '[{a: 1}].contains({a: 1})',
      ],
      false: [
        'context.tags.contains(1)',
        'context.mixed.contains(true)',
        'context.tags.containsAny([])',
        'context.tags.containsAll(["x", "z"])',
        'context.tags.isEmpty()',
        '[principal].contains(action)',
      ],
      error: [
        'context.name.contains("a")',
        'context.tags.containsAll("x")',
        'context.tags.containsAny(1)',
        'context.name.isEmpty()',
        '["x", context.missing].contains("x")',
        '{a: context.missing} == {}',
      ],
    },
  };
  for (const [what, byValue] of Object.entries(cases)) {
    it(`${what}, in both engines`, () => {
      for (const [expected, sources] of Object.entries(byValue)) {
        for (const source of sources) expect([source, value(source)]).toEqual([source, expected]);
      }
    });
  }

  it('is refused by name when it has no meaning here', () => {
    const refused = (source: string): string | undefined => {
      const text = `@id("p") @title("t") @reference("r") permit (principal, action, resource) when { ${source} };`;
      const [found] = loadPolicies([{ path: 'p.cedar', text }], engine).findings;
      return found?.rule === 'structure/policy-invalid' ? found.data.detail : undefined;
    };
    expect(refused('ip("10.0.0.1").isLoopback()')).toContain('operator isLoopback');
    expect(refused('datetime("2026-01-01") == 1')).toContain('operator datetime');
    expect(refused('principal.hasTag("x")')).toContain('operator hasTag');
    expect(refused('9007199254740993 > 1')).toContain('beyond 2^53');
    expect(refused(`${'('.repeat(60)}true${')'.repeat(60)}`)).toBeUndefined();
    expect(refused(Array.from({ length: 300 }, () => 'true').join(' && '))).toContain('deeper than');
  });
});
