import { describe, expect, it } from 'vitest';
import type { Json } from '../kernel/json.ts';
import { deepLabel, isTruthy, lift, valueAt } from '../value/concrete.ts';
import {
  AUTHOR,
  BOTTOM,
  joinMarks,
  label,
  marks,
  NO_MARKS,
  type Label,
  type Marks,
  type Origin,
} from '../value/label.ts';
import type { Value } from '../value/value.ts';
import type { Environment } from './environment.ts';
import type { ExpressionError } from './error.ts';
import { evaluate } from './evaluate.ts';
import { parseExpression } from './parse.ts';

/**
 * Every member of the input is chosen by its own tool, so that a result's label tells where it comes from. The input
 * itself is the user's; what stands below a member has the member's label, items of `rows` the label `tool:rows/<i>`.
 */
const input: Json = {
  a: 1,
  b: 2,
  flag: true,
  off: false,
  name: 'ada',
  key: 'a',
  at: 1,
  text: 'x,y',
  list: [1, 2, 3],
  rows: [
    { id: 1, ok: true },
    { id: 2, ok: false },
  ],
  box: { p: 1, q: 2 },
};

function labelling(path: readonly string[]): Label {
  const [member, item] = path;
  if (member === undefined) return label(['user']);
  if (member === 'rows' && item !== undefined) return label([`tool:rows/${item}`]);
  return label([`tool:in/${member}`]);
}

const INPUT = lift(input, labelling);

interface Did {
  readonly value: Value;
  readonly thrown: Marks;
}

function run(source: string): Did {
  const parsed = parseExpression(source);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  let thrown = NO_MARKS;
  const environment: Environment = {
    input: INPUT,
    variables: new Map(),
    decide: isTruthy,
    mayThrow: (marks) => {
      thrown = joinMarks(thrown, marks);
    },
    fuel: { steps: 100_000 },
  };
  return { value: evaluate(parsed.value, environment), thrown };
}

/** Short names: `a` for `tool:in/a`, `rows.0` for `tool:rows/0`. */
function short(origins: readonly Origin[]): string {
  return origins
    .map((origin) => origin.replace('tool:in/', '').replace('tool:rows/', 'rows.'))
    .toSorted()
    .join(' ');
}

/** Who chose the value at a path of the result, and `|` which decisions picked it. */
function who(source: string, path: readonly string[] = []): string {
  const node = valueAt(run(source).value, path);
  if (node === undefined) throw new Error(`${source} has nothing at ${path.join('.')}`);
  const control = short(node.label.control.influence);
  return short(node.label.influence) + (control === '' ? '' : ` | ${control}`);
}

describe('the label of a result (FORMATS, "Labels")', () => {
  it.each([
    ['a literal is the author', '5', 'author'],
    ['a path is what it leads to', '.a', 'a'],
    ['choosing a path adds no author', '.["a"]', 'a'],
    ['nor does an item by literal', '.list[0]', 'list'],
    ['what is missing has the shape that lacks it', '.nothing', 'user'],
    ['also below what is missing', '.box.r.s', 'box'],
    ['a computation joins, and the author chose it', '.a + .b', 'a author b'],
    ['so one over itself is the author’s one', '.a / .a', 'a author'],
    ['texts that are put together likewise', '.name + .key', 'author key name'],
    ['repeated', '.name * .a', 'a author name'],
    ['with literals too', '.a + 1', 'a author'],
    ['a comparison joins', '.a == .b', 'a b'],
    ['comparing with null needs the kind only', '.box == null', 'author box'],
    ['comparing containers needs all', '.rows == .list', 'list rows rows.0 rows.1'],
    ['if keeps what it yields and adds the condition', 'if .flag then .a else .b end', 'a | flag'],
    ['a condition by literals adds nothing', 'if .a == 1 then .b else 0 end', 'b | a'],
    ['every condition before counts', 'if .off then 1 elif .flag then .a else 2 end', 'a | flag off'],
    ['// keeps its left side', '.a // .b', 'a'],
    ['or yields the right one because of the left', '.off // .b', 'b | off'],
    ['select adds its condition', '.a | select(. > 0)', 'a | a'],
    ['also another value’s', '.flag as $f | .a | select($f)', 'a | flag'],
    ['a computed index adds the key', '.box[.name]', 'box | name'],
    ['of an array too', '.list[.at]', 'list | at'],
    ['interpolation joins', '"\\(.a)\\(.name)"', 'a author name'],
    ['of one text alone is that text', '"\\(.name)"', 'name'],
    ['with the text around it', '"x\\(.a)"', 'a author'],
    ['a part of a text has the author in it', '.name[1:]', 'author name'],
    ['length reads the shape and counts', '.rows | length', 'author rows'],
    ['a key of an array is a number of one’s choice', '.list | keys | .[1]', 'author list'],
    ['also as an entry', '.list | to_entries | .[1].key', 'author list'],
    ['splitting by what is itself data', '.text | split(.) | .[0]', 'author text'],
    ['keys read the shape', '.box | keys', 'box'],
    ['so do names of keys', '.box | keys | first', 'box'],
    ['has reads the shape', '.rows | has(0)', 'rows'],
    ['has with a computed key joins it', '.name as $k | .box | has($k)', 'box name'],
    ['not keeps', '.flag | not', 'flag'],
    ['and joins what it looked at', '.flag and .a', 'a flag'],
    ['but not what it did not look at', '.off and .a', 'off'],
    ['or likewise', '.flag or .a', 'flag'],
    ['any joins the conditions it looked at', '[.flag, .a] | any', 'flag'],
    ['tostring joins all', '.rows | tostring', 'rows rows.0 rows.1'],
    ['contains joins all', '.rows | contains([{id: 1}])', 'author rows rows.0 rows.1'],
    ['split joins', '.text | split(",") | .[0]', 'author text'],
    ['join joins', '.list | join(.[0:0] | tostring)', 'author list'],
    ['min keeps its value and adds the rest', '[.a, .b] | min', 'a | a b'],
    ['test joins its pattern', '.name | test("a")', 'author name'],
    ['tonumber keeps', '.a | tostring | tonumber', 'a'],
    ['add joins', '[.a, .b] | add', 'a author b'],
    ['reading keeps even below a pipe', '.rows | .[0] | .id', 'rows.0'],
    ['first is an item', '.list | first', 'list'],
    ['last depends on how many there are', '.rows | last', 'rows.1 | rows'],
    ['first of a generator was picked', 'first(.rows[] | select(.ok) | .id)', 'rows.0 | rows rows.0'],
  ])('%s: %s', (_, source, expected) => {
    expect(who(source)).toBe(expected);
  });

  it('keeps the label of each part of what is built', () => {
    expect(who('{x: .a, y: [.b, 1]}')).toBe('author');
    expect(who('{x: .a}', ['x'])).toBe('a');
    expect(who('{y: [.b, 1]}', ['y', '0'])).toBe('b');
    expect(who('{y: [.b, 1]}', ['y', '1'])).toBe('author');
    expect(who('{(.name): .a}')).toBe('name');
    expect(who('{(.name): .a}', ['ada'])).toBe('a | name');
  });

  it('gives what maps over data the shape of the data', () => {
    expect(who('.rows | map(.id)')).toBe('rows');
    expect(who('[.rows[].id]')).toBe('rows');
    expect(who('[.rows[] | .id]')).toBe('rows');
    expect(who('.rows | map(.id)', ['1'])).toBe('rows.1 | rows');
    expect(who('[.a, .rows[]]')).toBe('author rows');
    expect(who('.rows | map(., 1)')).toBe('author rows');
  });

  it('puts what select decided into the shape and into what it let pass', () => {
    expect(who('.rows | map(select(.ok))')).toBe('rows | rows.0 rows.1');
    expect(who('.rows | map(select(.ok))', ['0'])).toBe('rows.0 | rows rows.0');
    expect(who('.rows | map(select(.ok)) | length')).toBe('author rows | rows.0 rows.1');
  });

  it('lets every key decide where sorting puts an item', () => {
    expect(who('.rows | sort_by(.id)')).toBe('rows');
    expect(who('.rows | sort_by(.id)', ['0'])).toBe('rows.0 | rows rows.0 rows.1');
    expect(who('.rows | group_by(.ok)')).toBe('rows | rows.0 rows.1');
    expect(who('.rows | unique_by(.ok) | .[0].id')).toBe('rows.1 | rows rows.0 rows.1');
  });

  it('keeps the rest of what is merged apart from what is written', () => {
    expect(who('.box + {q: .a}')).toBe('author box');
    expect(who('.box + {q: .a}', ['p'])).toBe('box');
    expect(who('.box + {q: .a}', ['q'])).toBe('a');
    expect(who('.box + {(.key): 1}', ['p'])).toBe('box | key');
    expect(who('.rows[0] + .box', ['id'])).toBe('rows.0 | box');
  });

  it('says what decided about places and numbers', () => {
    expect(who('[.a, .rows[]] | .[:-1]', ['0'])).toBe('a | rows');
    expect(who('[.rows[], .a]', ['2'])).toBe('a | rows');
    expect(who('{x: .a, (.key): .b}', ['x'])).toBe('a | key');
    expect(who('{(.key): .b, x: .a}', ['x'])).toBe('a');
    expect(who('[if .flag then .list[] else .a end]')).toBe('list | flag');
    expect(who('last(.rows[] | .id)')).toBe('rows.1 | rows');
    expect(who('last(.rows[] | select(.id > 5))')).toBe('rows | rows.0 rows.1');
    expect(who('.box.p? as $p | .b')).toBe('b | box');
    expect(who('[.rows[].id, ([.a | .x])?, .b]')).toBe('author rows | a rows user');
    expect(who('any(.a == 5, .flag == 5; .)')).toBe('a author flag');
    expect(who('any(.rows[]; .ok)')).toBe('rows.0 | rows');
  });

  it('says what one side of an operator decided about the other', () => {
    expect(who('[.flag and .list[]]')).toBe('list | flag');
    expect(who('.box * .rows[0]', ['p'])).toBe('box | rows.0');
    expect(who('{x: .a} * {x: {y: 1}}', ['x'])).toBe('a author');
    expect(who('.nothing + [1]', ['0'])).toBe('author | user');
    expect(who('.box + .nothing', ['p'])).toBe('box | user');
    expect(who('.rows - [.a]')).toBe('rows | a rows rows.0 rows.1');
    expect(who('.rows - [.a]', ['0', 'id'])).toBe('rows.0 | a rows rows.0 rows.1');
    expect(who('.rows | add', ['id'])).toBe('rows.1 | rows');
  });

  it('carries a shape into entries and back', () => {
    expect(who('to_entries', ['0', 'value'])).toBe('a | user');
    expect(who('to_entries', ['0', 'key'])).toBe('user');
    expect(who('[.rows[0] + {key: "k"}] | from_entries')).toBe('author rows.0');
    expect(who('[{key: .name, value: .a}] | from_entries', ['ada'])).toBe('a | name');
  });

  it('reaches everything below what a decision picked', () => {
    const picked = run('if .flag then .rows else .list end').value;
    for (const path of [[], ['0'], ['0', 'id'], ['1', 'ok']])
      expect(valueAt(picked, path)?.label.control).toBe(marks(['tool:in/flag']));
  });

  it('does not hide who chose a number behind the shape of a literal', () => {
    expect(deepLabel(run('[1,1,1] | length').value).influence).toEqual(['author']);
    expect(deepLabel(run('{abc: .a} | keys[0]').value).influence).toEqual(['author']);
  });
});

describe('what a catch may reveal', () => {
  it.each([
    ['a step below what is no object on another value', '.a', 'user'],
    ['the kinds of both operands', '.a + .b', 'a b user'],
    ['nothing where the kinds are known', '[1] + [2]', ''],
    ['nothing of comparisons', '. == 1', ''],
    ['nothing of a text that is built', '"\\(.)" | ascii_downcase | split(",")', ''],
    ['the decision before a failure', 'if .flag then (.name | tonumber?) // 0 else 0 end', 'flag name user'],
    ['also when it was decided the other way', 'if .off then (.name | tonumber) else 0 end', 'off user'],
    ['what and did not go on from', '.off and (.name | tonumber > 0)', 'off user'],
    ['what or did not go on from', '.flag or (.name | tonumber > 0)', 'flag user'],
    ['what any did not go on from', 'any(.flag, (.name | tonumber); .)', 'flag user'],
    ['what // did not go on from', '.a // (.name | tonumber)', 'a user'],
    ['how many there are of what might fail', '[.rows[] | .id]', 'rows rows.0 rows.1 user'],
    [
      'what a ? in the expression may have caught decides about its value',
      '[(.name | tonumber)?] | length',
      'name user',
    ],
  ])('%s: %s', (_, source, expected) => {
    expect(short(run(source).thrown.influence)).toBe(expected);
  });

  it('holds what ? does not catch', () => {
    expect(short(run('[(.a + .b)?]').thrown.influence)).toBe('a b user');
    expect(short(run('[.a?]').thrown.influence)).toBe('');
  });

  it('is nothing where nothing can fail, whatever is decided', () => {
    expect(short(run('[.] | map(if . == 1 then "x" else [.] end) | length').thrown.influence)).toBe('');
  });

  it('is how many there are of what fails by itself', () => {
    for (const source of ['[.rows[].id] | map("x" | tonumber)', '[.rows[].id] | sort_by("x" | tonumber)']) {
      expect(() => run(source)).toThrow(expect.objectContaining({ label: marks(['tool:in/rows']) }) as ExpressionError);
    }
  });

  it('stays with a value that comes after it', () => {
    expect(who('(.box.p? as $p | .b) // 0')).toBe('b | box');
  });

  it('is in the label of what ? lets pass', () => {
    expect(who('[(.text | ascii_downcase)?]', ['0'])).toBe('text | text user');
    expect(who('[(.a | ascii_downcase)?]')).toBe('author | a user');
  });

  it('is in the error itself, with the decisions that led to it', () => {
    const parsed = parseExpression('if .flag then .name + 1 else 0 end');
    expect(
      () =>
        parsed.ok &&
        evaluate(parsed.value, {
          input: INPUT,
          variables: new Map(),
          decide: isTruthy,
          mayThrow: () => {},
          fuel: { steps: 100 },
        }),
    ).toThrow(
      expect.objectContaining({ code: 'type', label: marks(['tool:in/flag', 'tool:in/name']) }) as ExpressionError,
    );
  });
});

describe('conditions', () => {
  it.each([
    ['if .flag then 1 else 2 end', 1],
    ['.flag and .off', 1],
    ['.off or .flag', 1],
    ['.a // 1', 1],
    ['[.rows[] | select(.ok)]', 2],
    ['.rows | any(.ok)', 1],
    ['.rows | all(.ok)', 2],
    ['.flag == true', 0],
    ['.flag | not', 0],
  ])('of %s are decided by the environment: %i', (source, times) => {
    const parsed = parseExpression(source);
    if (!parsed.ok) throw new Error(source);
    let asked = 0;
    const decide = (value: Value): boolean => {
      asked += 1;
      return isTruthy(value);
    };
    evaluate(parsed.value, { input: INPUT, variables: new Map(), decide, mayThrow: () => {}, fuel: { steps: 1000 } });
    expect(asked).toBe(times);
  });

  it('follow the environment, whatever the value is', () => {
    const parsed = parseExpression('if .flag then "yes" else "no" end');
    if (!parsed.ok) throw new Error('does not parse');
    const value = evaluate(parsed.value, {
      input: INPUT,
      variables: new Map(),
      decide: () => false,
      mayThrow: () => {},
      fuel: { steps: 100 },
    });
    expect(value).toMatchObject({ value: 'no' });
  });
});

it('the labels of these tests are those of the language', () => {
  expect(AUTHOR).toBe(label(['author']));
  expect(BOTTOM.influence).toEqual([]);
});
