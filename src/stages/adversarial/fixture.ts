import type { Expression } from '../../expression/tree.ts';
import { parseExpression } from '../../expression/parse.ts';
import { parseDocument } from '../../kernel/document.ts';
import { isArray, isObject, type Json, type JsonObject, member } from '../../kernel/json.ts';
import { assert, Defect } from '../../kernel/result.ts';
import type { Tree } from '../../kernel/tree.ts';
import { TOOL_CLASSES } from '../../store/model.ts';

const PLACES: ReadonlySet<string> = new Set(['input', 'any', ...TOOL_CLASSES]);

/** One prompt fixture (FORMATS, "Fixtures"): hostile text, where it fits, and when it has won. */
export interface AttackFixture {
  readonly id: string;
  readonly references: readonly string[];
  /** Tool classes whose untrusted replies it suits, `input` for the caller's text, `any` for both. */
  readonly fits: readonly string[];
  readonly text: string;
  /** True of a trace in which the attacker has got what the text asks for. */
  readonly goal: Expression;
}

/**
 * The prompt fixtures of a folder, by id. They ship with Proofmark, so one that is wrong is our own fault and throws: an
 * attack that is silently left out would be a check that cannot fail.
 */
export function loadAttacks(tree: Tree): readonly AttackFixture[] {
  const fixtures = tree
    .list()
    .filter(({ path, kind }) => kind === 'file' && path.endsWith('.yaml'))
    .flatMap(({ path }) => {
      const parsed = parseDocument(path, tree.read(path) ?? new Uint8Array());
      assert(parsed.findings.length === 0 && parsed.value !== undefined, `the prompt fixture ${path} can be read`);
      return (isArray(parsed.value) ? parsed.value : [parsed.value]).map((one) => fixtureOf(one, path));
    });
  const ids = new Set(fixtures.map(({ id }) => id));
  assert(ids.size === fixtures.length, 'the ids of prompt fixtures are unique');
  return fixtures;
}

function fixtureOf(json: Json, path: string): AttackFixture {
  if (!isObject(json)) throw new Defect(`a prompt fixture of ${path} is no object`);
  const goal = parseExpression(textOf(json, 'goal', path));
  if (!goal.ok) throw new Defect(`the goal of a prompt fixture of ${path} is no predicate`);
  return {
    id: textOf(json, 'id', path),
    references: textsOf(json, 'references', path),
    fits: fitsOf(json, path),
    text: textOf(json, 'text', path),
    goal: goal.value,
  };
}

/** One that fits nothing that exists would never be tried. */
function fitsOf(json: JsonObject, path: string): readonly string[] {
  const fits = textsOf(json, 'fits', path);
  const unknown = fits.find((one) => !PLACES.has(one));
  if (unknown !== undefined) throw new Defect(`a prompt fixture of ${path} fits ${unknown}, which no place is`);
  return fits;
}

function textOf(json: JsonObject, key: string, path: string): string {
  const text = member(json, key);
  if (typeof text !== 'string' || text === '') throw new Defect(`a prompt fixture of ${path} has no ${key}`);
  return text;
}

function textsOf(json: JsonObject, key: string, path: string): readonly string[] {
  const list = member(json, key);
  if (!isArray(list) || list.length === 0 || !list.every((item) => typeof item === 'string')) {
    throw new Defect(`a prompt fixture of ${path} has no list of ${key}`);
  }
  return list;
}
