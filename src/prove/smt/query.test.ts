import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../kernel/json.ts';
import { type Term, Terms } from '../../value/term.ts';
import { clause } from '../facts.ts';
import { Knowledge } from '../knowledge.ts';
import { queriesOf } from './query.ts';

/** What is written for a solver; what it means is held against brute force in `test/prove/smt.test.ts`. */

const terms = new Terms();

interface Decision {
  readonly term: Term;
  readonly truth: boolean;
}

/** The questions about a path on which unknowns meet schemas and decisions were taken. */
function asked(schemas: Readonly<Record<string, JsonObject>>, ...decisions: readonly Decision[]): string {
  const knowledge = new Knowledge();
  for (const [name, schema] of Object.entries(schemas)) knowledge.add(terms.variable(name), clause(schema));
  for (const { term, truth } of decisions) knowledge.assume(term, truth);
  return queriesOf(knowledge)
    .map(({ text }) => text)
    .join('');
}

const [a, b, c] = [terms.variable('a'), terms.variable('b'), terms.variable('c')];
const less = (x: Term, y: Term, truth = true): Decision => ({ term: terms.apply('less', x, y), truth });
const equal = (x: Term, y: Term, truth = true): Decision => ({ term: terms.apply('equal', x, y), truth });
const meets = (x: Term, schema: JsonObject, truth = true): Decision => ({
  term: terms.apply('meets', x, JSON.stringify(schema)),
  truth,
});

describe('questions for the solver', () => {
  it('write integers exactly, other numbers as decimals, and both in one order', () => {
    expect(asked({ a: { type: 'integer' }, b: { type: 'number', minimum: -0.1, not: { const: 1e21 } } }, less(a, b)))
      .toMatchInlineSnapshot(`
      "(set-logic ALL)
      (declare-const v0 Int)
      (declare-const v1 Real)
      (assert (and (>= v1 (- 0.1)) (not (= v1 1000000000000000000000.0))))
      (assert (< (to_real v0) v1))
      (check-sat)
      "
    `);
  });

  it('write sums', () => {
    const sum = terms.apply('sum', -3, 1, a, -2, b);
    const small = { type: 'integer', minimum: 0, maximum: 9 };
    expect(asked({ a: small, b: small }, meets(sum, { const: 1 }))).toMatchInlineSnapshot(`
      "(set-logic ALL)
      (declare-const v0 Int)
      (declare-const v1 Int)
      (declare-const v2 Int)
      (assert (and (= v0 1) (>= v0 (- 3)) (<= v0 6)))
      (assert (and (and (>= v1 0) (<= v1 9)) (>= v1 4) (<= v1 22)))
      (assert (and (and (>= v2 0) (<= v2 9)) (>= v2 0) (<= v2 2)))
      (assert (= v0 (+ (- 3) v1 (* (- 2) v2))))
      (check-sat)
      "
    `);
  });

  it('fold all that is known of a text into one language, or into the few texts that it may be', () => {
    const known = {
      a: { type: 'string', minLength: 2, pattern: '^[a-z]+/\\d{1,3}$' },
      b: { enum: ['x', 'y/1', 'ü"'] },
    };
    expect(asked(known, meets(a, { pattern: '0$' }, false), meets(b, { const: 'x' }, false), equal(a, b, false)))
      .toMatchInlineSnapshot(`
      "(set-logic ALL)
      (declare-const v0 String)
      (declare-const v1 String)
      (assert (str.in_re v0 (re.inter (re.inter (re.++ ((_ re.^ 2) re.allchar) re.all) (re.++ (re.+ (re.range "a" "z")) (re.range "/" "/") ((_ re.loop 1 3) (re.range "0" "9")))) (re.comp (re.++ re.all (re.range "0" "0"))))))
      (assert (or (= v1 "y/1") (= v1 "\\u{fc}""")))
      (assert (not (= v0 v1)))
      (check-sat)
      "
    `);
  });

  it('write texts that are put together, and apart from them their lengths', () => {
    const whole = terms.apply('text', 'id:', a, b);
    const short = { type: 'string', maxLength: 3 };
    const knowledge = { a: short, b: short, c: { type: 'string' } };
    const length = terms.apply('length', whole);
    expect(asked(knowledge, equal(whole, c), meets(length, { type: 'integer', minimum: 8 }))).toMatchInlineSnapshot(`
      "(set-logic ALL)
      (declare-const v0 String)
      (declare-const v1 String)
      (declare-const v2 String)
      (assert (str.in_re v1 ((_ re.loop 0 3) re.allchar)))
      (assert (str.in_re v2 ((_ re.loop 0 3) re.allchar)))
      (assert (= v0 (str.++ "id:" v1 v2)))
      (check-sat)
      (set-logic ALL)
      (declare-const v0 Int)
      (declare-const v1 Int)
      (declare-const v2 Int)
      (declare-const v3 Int)
      (assert (>= v0 0))
      (assert (and (>= v1 0) (<= v1 3)))
      (assert (and (>= v2 0) (<= v2 3)))
      (assert (>= v3 8))
      (assert (= v0 (+ 3 v1 v2)))
      (assert (= v3 v0))
      (check-sat)
      "
    `);
  });

  it('give functions of equal things equal values', () => {
    const [x, y] = [terms.apply('function', 'f', a), terms.apply('function', 'f', b)];
    const integer = { type: 'integer' };
    expect(asked({}, equal(a, b), meets(x, integer), meets(y, integer), less(x, y))).toMatchInlineSnapshot(`
      "(set-logic ALL)
      (declare-const v0 Int)
      (declare-const v1 Int)
      (assert (= v0 v1))
      (assert (< v0 v1))
      (check-sat)
      "
    `);
  });

  it('are one for each group of unknowns that relations connect, by the same names', () => {
    const integer = { type: 'integer' };
    const [d, e] = [terms.variable('d'), terms.variable('e')];
    const questions = asked({ a: integer, b: integer, d: integer, e: integer }, less(a, b), less(d, e));
    const [first = '', second] = questions.split(/(?<=check-sat\)\n)/u);
    expect(second).toBe(first);
  });

  it('leave out what is not expressed, and ask nothing where nothing is left', () => {
    const any = { a: {}, b: { type: ['string', 'null'] }, c: { type: 'array' } };
    expect(asked(any, equal(a, b, false), equal(b, c, false), meets(a, { minimum: 3 }))).toBe('');
    // A pattern that splits what is one block of characters for the solver, and one that looks for an end within.
    const odd = { a: { type: 'string', pattern: '[\\u{20001}]' }, b: { type: 'string', pattern: 'x(?:a$|b)' } };
    expect(asked(odd, equal(a, b, false))).not.toContain('str.in_re');
    expect(asked({ a: { const: '\u{1f600}' }, b: { const: '\u{20000}' } }, equal(a, b, false))).toMatchInlineSnapshot(`
      "(set-logic ALL)
      (declare-const v0 String)
      (declare-const v1 String)
      (assert (= v0 "\\u{1f600}"))
      (assert (not (= v0 v1)))
      (check-sat)
      "
    `);
  });

  it('say nothing of what may not be there: members and items about which nothing was decided', () => {
    const impossible = { type: 'integer', minimum: 5, maximum: 3 };
    const member = terms.apply('has', c, 'x');
    const integer = { type: 'integer' };
    const questions = asked({ a: integer, b: integer, 'c/x': impossible, 'c/*': impossible }, less(a, b), {
      term: member,
      truth: false,
    });
    expect(questions).toBe(asked({ a: integer, b: integer }, less(a, b)));
  });

  it('are bounded, whatever a schema holds', () => {
    let nested: JsonObject = { pattern: 'a' };
    for (let i = 0; i < 40; i += 1) nested = { oneOf: [nested, { pattern: `b${i}` }] };
    const questions = asked({ a: { type: 'string', ...nested }, b: { type: 'string' } }, equal(a, b, false));
    expect(questions.length).toBeLessThan(100_000);
  });
});
