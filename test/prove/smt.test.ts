import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agreeing, isInstalled, SECOND_SOLVERS } from '../../src/connect/second-solver.ts';
import { openSolver } from '../../src/connect/solver.ts';
import type { Json, JsonObject } from '../../src/kernel/json.ts';
import { assert } from '../../src/kernel/result.ts';
import { clause, isEmpty } from '../../src/prove/facts.ts';
import { Knowledge } from '../../src/prove/knowledge.ts';
import { queriesOf } from '../../src/prove/smt/query.ts';
import type { Solver } from '../../src/prove/smt/solver.ts';
import { languageOf, literal } from '../../src/prove/smt/texts.ts';
import { compilePattern } from '../../src/schema/patterns.ts';
import { accepts } from '../../src/schema/validate.ts';
import { isTerm, type Operand, type Term, Terms } from '../../src/value/term.ts';

/**
 * What the solver is asked, held against brute force: random facts and relations of a few unknowns that have few values each. Where some
 * values meet them all, no question may be without a solution. A translation that was tampered with must be noticed.
 */

const ROOT = join(import.meta.dirname, '..', '..');
const STEPS = 60_000;

/** Numbers and texts that the unknowns of a case have, and the unknowns. */
const NUMBERS: Readonly<Record<string, readonly Json[]>> = {
  i: [0, 1, 2, 3],
  j: [0, 1, 2, 3],
  k: [-2, -1, 0, 1],
  r: [-0.5, 0, 0.5, 2, 2.5],
};
const WORDS = ['', 'a', 'b', 'aa', 'ab', 'ba', 'bb'];
const TEXTS: Readonly<Record<string, readonly Json[]>> = {
  s: WORDS,
  t: WORDS,
  u: ['a', 'ab', 'xab', 'a"\\u{41}\u{1f600}'],
};
const SCHEMAS: Readonly<Record<string, JsonObject>> = {
  i: { type: 'integer', minimum: 0, maximum: 3 },
  j: { type: 'integer', minimum: 0, exclusiveMaximum: 3.5 },
  k: { type: 'integer', exclusiveMinimum: -3, maximum: 1 },
  r: { enum: [-0.5, 0, 0.5, 2, 2.5] },
  s: { type: 'string', pattern: '^[ab]{0,2}$' },
  t: { type: 'string', maxLength: 2, pattern: '^(?:a|b)*$' },
  u: { enum: ['a', 'ab', 'xab', 'a"\\u{41}\u{1f600}'] },
};

/** A decision, by how its terms are made. */
type Make = (terms: Terms) => Term;
interface Fact {
  readonly make: Make;
  readonly truth: boolean;
}

const variable =
  (name: string): Make =>
  (terms) =>
    terms.variable(name);
const integers = fc.constantFrom('i', 'j', 'k').map(variable);
const sums = fc
  .tuple(
    fc.integer({ min: -3, max: 3 }),
    fc.constantFrom(-2, -1, 1, 2),
    fc.constantFrom(-1, 1),
    fc.subarray(['i', 'j', 'k'], { minLength: 2, maxLength: 2 }),
  )
  .map(
    ([constant, x, y, [a = '', b = '']]): Make =>
      (terms) =>
        terms.apply('sum', constant, x, terms.variable(a), y, terms.variable(b)),
  );
const numbers = fc.oneof(integers, sums, fc.constant(variable('r')));
const plainTexts = fc.constantFrom('s', 't', 'u').map(variable);
const joined = fc.tuple(plainTexts, fc.constantFrom('x', '', 'ab'), plainTexts).map(
  ([a, middle, b]): Make =>
    (terms) =>
      terms.apply('text', a(terms), ...(middle === '' ? [] : [middle]), b(terms)),
);
const texts = fc.oneof(plainTexts, joined);
const lengths = plainTexts.map(
  (text): Make =>
    (terms) =>
      terms.apply('length', text(terms)),
);

const pair = (operator: 'equal' | 'less', of: fc.Arbitrary<Make>): fc.Arbitrary<Make> =>
  fc.tuple(of, of).map(([a, b]) => (terms) => {
    const [x, y] = [a(terms), b(terms)];
    return operator === 'equal' && x.id > y.id ? terms.apply('equal', y, x) : terms.apply(operator, x, y);
  });
const meeting = (of: fc.Arbitrary<Make>, schemas: readonly JsonObject[]): fc.Arbitrary<Make> =>
  fc.tuple(of, fc.constantFrom(...schemas)).map(
    ([a, schema]) =>
      (terms) =>
        terms.apply('meets', a(terms), JSON.stringify(schema)),
  );

const ABOUT_NUMBERS: readonly JsonObject[] = [
  { minimum: 1 },
  { maximum: 0.75 },
  { exclusiveMinimum: -1 },
  { exclusiveMaximum: 2 },
  { const: 1 },
  { enum: [0, 2, 'two', 0.5] },
  { multipleOf: 2 },
  { type: 'integer' },
  { not: { const: 0 } },
  { anyOf: [{ maximum: -1 }, { minimum: 2 }] },
  { oneOf: [{ minimum: 1 }, { maximum: 2 }] },
  { if: { minimum: 1 }, then: { minimum: 2 }, else: { maximum: -1 } },
];
const ABOUT_TEXTS: readonly JsonObject[] = [
  { pattern: 'a' },
  { pattern: '^b' },
  { pattern: '(?:^a|b$)' },
  { pattern: '^(?!a)' },
  { pattern: '[^a]' },
  { pattern: 'x.$' },
  { const: 'ab' },
  { enum: ['a', 'xb', 'abab'] },
  { minLength: 2 },
  { maxLength: 1 },
  { not: { pattern: 'b' } },
  { oneOf: [{ pattern: 'a' }, { minLength: 2 }] },
];
const ABOUT_LENGTHS: readonly JsonObject[] = [{ minimum: 1 }, { maximum: 1 }, { const: 2 }];

const numberFacts = fc.oneof(
  { arbitrary: pair('less', numbers), weight: 3 },
  { arbitrary: pair('equal', numbers), weight: 3 },
  meeting(numbers, ABOUT_NUMBERS),
);
const textFacts = fc.oneof(
  { arbitrary: pair('equal', texts), weight: 3 },
  { arbitrary: pair('less', lengths), weight: 1 },
  { arbitrary: pair('equal', lengths), weight: 1 },
  meeting(texts, ABOUT_TEXTS),
  meeting(lengths, ABOUT_LENGTHS),
);
const facts = (of: fc.Arbitrary<Make>): fc.Arbitrary<readonly Fact[]> =>
  fc.array(fc.record({ make: of, truth: fc.boolean() }), { minLength: 2, maxLength: 6 });

interface Case {
  readonly texts: readonly string[];
  /** Whether what is known without the solver excludes the path. */
  readonly isExcluded: boolean;
  readonly isPossible: boolean;
}

function caseOf(given: readonly Fact[], domains: Readonly<Record<string, readonly Json[]>>): Case {
  const terms = new Terms();
  const knowledge = new Knowledge();
  for (const name of Object.keys(domains)) knowledge.add(terms.variable(name), clause(SCHEMAS[name] ?? {}));
  const decided = given.map(({ make, truth }) => ({ condition: make(terms), truth }));
  let isContrary = false;
  for (const { condition, truth } of decided) {
    noteAll(knowledge, condition);
    const known = knowledge.answer(condition);
    if (known === undefined) knowledge.assume(condition, truth);
    else if (known !== truth) isContrary = true;
  }
  const isPossible = assignments(domains).some((values) =>
    decided.every(({ condition, truth }) => valueOf(condition, values) === truth),
  );
  const isExcluded =
    isContrary || Object.keys(domains).some((name) => isEmpty(knowledge.demandOf(terms.variable(name))));
  return { texts: isContrary ? [] : queriesOf(knowledge).map(({ text }) => text), isExcluded, isPossible };
}

/** What the explorer notes of a term when it makes it. */
function noteAll(knowledge: Knowledge, term: Term): void {
  if (term.kind === 'variable') return;
  for (const operand of term.operands) if (isTerm(operand)) noteAll(knowledge, operand);
  if (term.operator === 'length') knowledge.add(term, clause({ type: 'integer', minimum: 0 }));
  if (term.operator === 'text') knowledge.add(term, clause({ type: 'string' }));
}

function assignments(domains: Readonly<Record<string, readonly Json[]>>): readonly ReadonlyMap<string, Json>[] {
  let all: ReadonlyMap<string, Json>[] = [new Map()];
  for (const [name, values] of Object.entries(domains))
    all = all.flatMap((before) => values.map((value) => new Map([...before, [name, value]])));
  return all;
}

function written(value: unknown): string {
  assert(typeof value === 'string', 'a text');
  return value;
}

/** What a term is, plainly. */
function valueOf(operand: Operand, values: ReadonlyMap<string, Json>): Json {
  if (!isTerm(operand)) return operand;
  if (operand.kind === 'variable') return values.get(operand.name) ?? null;
  const [a = null, b = null] = operand.operands;
  const own = operand.operands.map((it) => valueOf(it, values));
  switch (operand.operator) {
    case 'less':
      return Number(own[0]) < Number(own[1]);
    case 'equal':
      return own[0] === own[1];
    case 'meets':
      return accepts(clause(JSON.parse(written(b)) as JsonObject).node, valueOf(a, values));
    case 'sum':
      return Number(own[0]) + Number(own[1]) * Number(own[2]) + Number(own[3]) * Number(own[4]);
    case 'text':
      return own.map(written).join('');
    case 'length':
      return Array.from(written(own[0])).length;
    default:
      throw new Error(operand.operator);
  }
}

/** Ways to get the translation wrong so that a solution is lost. */
const TAMPERED: readonly (readonly [what: string, of: 'numbers' | 'texts', change: (text: string) => string])[] = [
  ['less or equal for less, where denied', 'numbers', (text) => text.replaceAll('(not (< ', '(not (<= ')],
  ['above for at least', 'numbers', (text) => text.replaceAll('(>= v', '(> v')],
  ['below for at most', 'numbers', (text) => text.replaceAll('(<= v', '(< v')],
  [
    'equal for different',
    'numbers',
    (text) => text.replaceAll(/\(assert \(not (\(= v\d+ v\d+\))\)\)/gu, '(assert $1)'),
  ],
  ['a sign lost', 'numbers', (text) => text.replaceAll('(- ', '(+ ')],
  ['all of some for any of some', 'numbers', (text) => text.replaceAll('(or ', '(and ')],
  [
    'equal for different texts',
    'texts',
    (text) => text.replaceAll(/\(assert \(not (\(= v\d+ v\d+\))\)\)/gu, '(assert $1)'),
  ],
  [
    'parts of a text in another order',
    'texts',
    (text) => text.replaceAll(/\(str\.\+\+ (v\d+) (.*?)(v\d+)\)\)\)/gu, '(str.++ $3 $2$1)))'),
  ],
  ['one character more', 'texts', (text) => text.replaceAll(/\(\+ (\d) v/gu, '(+ 1 $1 v')],
  ['what is in both languages for what is in one', 'texts', (text) => text.replaceAll('re.union', 're.inter')],
  [
    'a pattern from start to end',
    'texts',
    (text) => text.replaceAll(' re.all)', ')').replaceAll('(re.++ re.all ', '(re.++ '),
  ],
];

async function answerTo(solver: Solver, questions: readonly string[]): Promise<'unsat' | 'sat' | 'unknown'> {
  let isKnown = true;
  for (const text of questions) {
    const { kind } = await solver.solve(text, STEPS);
    if (kind === 'unsat') return 'unsat';
    if (kind === 'unknown') isKnown = false;
  }
  return isKnown ? 'sat' : 'unknown';
}

describe('what the solver is asked', { timeout: 300_000 }, () => {
  let solver: ReturnType<typeof openSolver>;
  beforeAll(() => {
    solver = openSolver(join(ROOT, 'dist', 'solver.js'));
  });
  afterAll(() => solver.close());

  const possible: Record<'numbers' | 'texts', Case[]> = { numbers: [], texts: [] };

  it.each([
    ['numbers', numberFacts, NUMBERS, 300, 1],
    ['texts', textFacts, TEXTS, 150, 0.7],
  ] as const)('about %s has a solution where brute force finds one', async (which, of, domains, count, share) => {
    let [excluded, shown] = [0, 0];
    const wrong: (readonly string[])[] = [];
    for (const given of fc.sample(facts(of), { numRuns: count, seed: 7 })) {
      const one = caseOf(given, domains);
      if (one.isPossible) possible[which].push(one);
      const answer = one.texts.length === 0 ? 'sat' : await answerTo(solver, one.texts);
      if (one.isPossible && (one.isExcluded || answer === 'unsat')) wrong.push(one.texts);
      if (one.isPossible || one.isExcluded) continue;
      excluded += 1;
      if (answer === 'unsat') shown += 1;
    }
    expect(wrong).toEqual([]);
    // Of what is impossible by relations alone, this much is seen to be.
    expect(excluded).toBeGreaterThan(count / 20);
    expect(shown).toBeGreaterThanOrEqual(excluded * share);
  });

  for (const program of SECOND_SOLVERS) {
    const second = { program, path: process.env['PATH'] };
    it.skipIf(!isInstalled(second))(`${program}, as installed here, answers the same`, async () => {
      const both = agreeing(solver, second);
      const answers: string[] = [];
      for (const [of, domains] of [
        [numberFacts, NUMBERS],
        [textFacts, TEXTS],
      ] as const)
        for (const given of fc.sample(facts(of), { numRuns: 25, seed: 11 }))
          for (const text of caseOf(given, domains).texts) answers.push((await both.solve(text, STEPS)).kind);
      expect(answers).toEqual(expect.arrayContaining(['sat', 'unsat']));
    });
  }

  it.each(TAMPERED)('notices a translation with %s', async (_what, which, change) => {
    let noticed = false;
    for (const { texts } of possible[which]) {
      const changed = texts.map(change);
      if (changed.every((text, i) => text === texts[i])) continue;
      if ((await answerTo(solver, changed)) !== 'unsat') continue;
      noticed = true;
      break;
    }
    expect(noticed).toBe(true);
  });

  it('means by a pattern what patterns mean', async () => {
    const sources = [
      'a',
      '^a',
      'a$',
      '^a$',
      '^(?:a|bb)*$',
      'a|^b',
      '^[^a]*$',
      '.',
      '^.$',
      '\\d{2,3}',
      '^\\w+-\\s?$',
      '^(?!a)',
      '(?<!b)$',
      '\\u{1F600}',
      '^a{2,}$',
      '^$',
      '[^]',
      '^(?=.*a)[ab]+$',
    ];
    const words = [
      '',
      'a',
      'b',
      'ab',
      'bb',
      'aa',
      'aaa',
      '1',
      '12',
      'x123y',
      'w-',
      'w- ',
      '\n',
      'a\n',
      '"',
      '\\',
      '\\u{61}',
      'é',
      'a\u2028',
    ];
    const lines: string[] = [];
    for (const source of sources) {
      const pattern = compilePattern(source);
      assert(pattern.ok, source);
      const language = languageOf(pattern.value);
      if (language === undefined) continue;
      for (const word of words) lines.push(`(= ${pattern.value.test(word)} (str.in_re ${literal(word)} ${language}))`);
    }
    expect(lines.length).toBeGreaterThan(14 * words.length);
    const all = `(and ${lines.join('\n')})`;
    expect(await solver.solve(`(assert (not ${all}))`, 10_000_000)).toMatchObject({ kind: 'unsat' });
    expect((await solver.solve(`(assert ${all})`, 10_000_000)).kind).toBe('sat');
  });
});
