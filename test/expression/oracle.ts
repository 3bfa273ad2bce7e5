import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { concreteEnvironment } from '../../src/expression/environment.ts';
import { ExpressionError } from '../../src/expression/error.ts';
import { evaluate } from '../../src/expression/evaluate.ts';
import { parseExpression } from '../../src/expression/parse.ts';
import { nodesOf, type Node } from '../../src/expression/tree.ts';
import { jsonText } from '../../src/expression/text.ts';
import { equalJson, type Json } from '../../src/kernel/json.ts';
import { lift, lower } from '../../src/value/concrete.ts';
import { BOTTOM } from '../../src/value/label.ts';
import type { Case } from './programs.ts';

/** What an engine makes of a case. A refusal is a program that does not parse. */
export type Answer =
  | { readonly kind: 'values'; readonly values: readonly Json[] }
  | { readonly kind: 'error'; readonly detail: string }
  | { readonly kind: 'refused'; readonly detail: string };

/** An engine answers many cases at once, for starting one costs more than a program. */
export type Engine = (cases: readonly Case[]) => readonly Answer[];

export function ours({ source, input, context }: Case): Answer {
  const parsed = parseExpression(source);
  if (!parsed.ok) return { kind: 'refused', detail: JSON.stringify(parsed.error) };
  const variables = new Map([['context', lift(context, BOTTOM)]]);
  try {
    const value = evaluate(parsed.value, concreteEnvironment(lift(input, BOTTOM), 1_000_000, variables));
    return { kind: 'values', values: [lower(value)] };
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    if (error.code === 'no-value') return { kind: 'values', values: [] };
    return { kind: 'error', detail: `${error.code}: ${error.message}` };
  }
}

/** jq's text for the same members in the same order as our values have them. */
function text(json: Json): string {
  return jsonText(lift(json, BOTTOM));
}

function batched(run: (program: string, input: string) => string | undefined): Engine {
  const answer = (cases: readonly Case[]): readonly Answer[] => {
    const program = cases
      .map(({ source }, i) => `(.[${i}] | .[1] as $context | .[0] | try [(${source}\n)] catch {error: tostring})`)
      .join(',\n');
    const input = `[${cases.map((one) => `[${text(one.input)},${text(one.context)}]`).join(',')}]`;
    const output = run(`[${program}]`, input);
    if (output === undefined) {
      // One program that does not compile spoils the batch.
      if (cases.length === 1) return [{ kind: 'refused', detail: 'does not compile' }];
      const half = cases.length >> 1;
      return [...answer(cases.slice(0, half)), ...answer(cases.slice(half))];
    }
    return (JSON.parse(output) as readonly (Json[] | { readonly error: string })[]).map((one) =>
      Array.isArray(one) ? { kind: 'values', values: one } : { kind: 'error', detail: one.error },
    );
  };
  return answer;
}

interface JqWeb {
  raw(input: string, program: string, flags: readonly string[]): string;
}

async function loadJqWeb(): Promise<JqWeb> {
  // The package is CommonJS without types; it exports a promise of this.
  return (await createRequire(import.meta.url)('jq-web')) as JqWeb;
}

/** What the real jq makes of a program without an input. */
export async function jqWebValue(program: string): Promise<Json> {
  const jq = await loadJqWeb();
  return JSON.parse(jq.raw('null', program, ['-c'])) as Json;
}

/** The real jq as WebAssembly: between 1.7 and 1.8. */
export async function jqWeb(): Promise<Engine> {
  const jq = await loadJqWeb();
  return batched((program, input) => {
    try {
      return jq.raw(input, program, ['-c']);
    } catch {
      return undefined;
    }
  });
}

/** The `jq` of the system and its version; undefined where there is none. */
export function jqNative(): { readonly engine: Engine; readonly version: string } | undefined {
  const found = spawnSync('jq', ['--version'], { encoding: 'utf8' });
  if (found.error !== undefined || found.status !== 0) return undefined;
  const engine = batched((program, input) => {
    const run = spawnSync('jq', ['-c', program], { input, encoding: 'utf8', maxBuffer: 2 ** 28 });
    return run.status === 0 ? run.stdout : undefined;
  });
  return { engine, version: found.stdout.trim() };
}

/** A place where the profile and a version of jq are meant to differ. */
export interface Difference {
  readonly name: string;
  readonly reason: string;
  readonly applies: (one: Case, mine: Answer, theirs: Answer) => boolean;
}

export const DIFFERENCES: readonly Difference[] = [
  {
    name: 'exact-integers',
    reason:
      'jq rounds integers beyond 2^53; the profile makes such a result an error, so that prover and engines see the same number',
    applies: (_, mine) => mine.kind === 'error' && mine.detail.startsWith('range: '),
  },
  {
    name: 'number-text',
    reason:
      'jq versions read text differently as numbers (spaces, `+1`, `01`, `nan`); the profile reads JSON numbers only',
    applies: (_, mine) => mine.kind === 'error' && mine.detail.includes('the text is no number'),
  },
  {
    name: 'index-by-container',
    reason: 'in jq `.[$array]` searches and `.[$object]` slices; the profile has neither',
    applies: (_, mine) => mine.kind === 'error' && mine.detail.startsWith('unsupported: '),
  },
];

/** Where jq 1.6 differs from 1.7 and later, whose meaning the profile has. */
export const DIFFERENCES_1_6: readonly Difference[] = [
  ...DIFFERENCES,
  {
    name: '1.6: if without else',
    reason: 'since 1.7 it yields the input; 1.6 does not parse it',
    applies: ({ source }, _, theirs) => theirs.kind === 'refused' && source.includes('if '),
  },
  {
    name: '1.6: repeated less than once',
    reason: '`"x" * 0` is "" since 1.7.1, null in 1.6; `"x" * 0.5` is "" there, "x" here',
    applies: ({ source }) => /\* (?:0|0\.5|2\.5)\b/u.test(source),
  },
  {
    name: '1.6: reach of ?',
    reason: 'in 1.6 `?` also catches what fails after it, and `.a + .b?` is `(.a + .b)?`; both mended in 1.7',
    applies: ({ source }) => source.includes('?'),
  },
  {
    name: '1.6: negative fractions as an index',
    reason: '`.[-0.5]` is the item before the first in 1.6, and the first since',
    applies: ({ source }) => hasNode(source, (node) => node.kind === 'index'),
  },
  {
    name: '1.6: several conditions of any and all',
    reason: '`any(f; a, b)` stops at the first condition of a value in 1.6, and asks all of them since',
    applies: ({ source }) =>
      hasNode(source, (node) => (node.kind === 'any' || node.kind === 'all') && node.condition.count === 'many'),
  },
];

function hasNode(source: string, wanted: (node: Node) => boolean): boolean {
  const parsed = parseExpression(source);
  return parsed.ok && nodesOf(parsed.value.root).some(wanted);
}

export interface Disagreement extends Case {
  readonly mine: Answer;
  readonly theirs: Answer;
}

/** Compares every case with an engine; what differs and no named difference explains. Refusals by an engine are counted. */
export function compareWith(
  engine: Engine,
  cases: readonly Case[],
  differences: readonly Difference[] = DIFFERENCES,
  batch = 100,
): {
  readonly disagreements: readonly Disagreement[];
  readonly values: number;
  readonly errors: number;
  readonly refused: number;
  readonly accepted: ReadonlyMap<string, number>;
} {
  const disagreements: Disagreement[] = [];
  const accepted = new Map<string, number>();
  let values = 0;
  let errors = 0;
  let refused = 0;
  for (let from = 0; from < cases.length; from += batch) {
    const some = cases.slice(from, from + batch);
    const theirs = engine(some);
    some.forEach((one, i) => {
      const their = theirs[i] as Answer;
      const mine = ours(one);
      if (their.kind === 'refused') refused += 1;
      if (agree(mine, their)) {
        if (mine.kind === 'values') values += 1;
        else if (mine.kind === 'error') errors += 1;
        return;
      }
      const known = differences.find(({ applies }) => applies(one, mine, their));
      if (known === undefined) disagreements.push({ ...one, mine, theirs: their });
      else accepted.set(known.name, (accepted.get(known.name) ?? 0) + 1);
    });
  }
  return { disagreements, values, errors, refused, accepted };
}

function agree(mine: Answer, theirs: Answer): boolean {
  if (mine.kind !== theirs.kind) return false;
  return mine.kind !== 'values' || theirs.kind !== 'values' || equalJson(mine.values, theirs.values);
}

/**
 * Whether both take a source for a program. What the profile takes, jq takes and means the same by; what is no program here by
 * its syntax is none there. Differences by name: jq takes a source without a token for the identity and a backslash in a comment
 * for one of the comment, and refuses unknown variables where the profile leaves them to whoever knows the environment.
 */
export function disagreementOf(engine: Engine, one: Case): Disagreement | undefined {
  const parsed = parseExpression(one.source);
  if (parsed.ok) {
    if ([...parsed.value.free].some((name) => name !== 'context')) return undefined;
    return compareWith(engine, [one]).disagreements[0];
  }
  if (parsed.error.kind === 'unsupported' || /^(?:\s|#.*(?:\n|$))*$|#.*\\/u.test(one.source)) return undefined;
  const [theirs] = engine([one]);
  return theirs === undefined || theirs.kind === 'refused' ? undefined : { ...one, mine: ours(one), theirs };
}
