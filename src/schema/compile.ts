import type { Json } from '../kernel/json.ts';
import { Kept } from '../kernel/kept.ts';
import { ROOT } from '../kernel/pointer.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import type { SchemaNode } from './node.ts';
import type { SchemaProblem } from './problem.ts';
import { readSchema, sizeProblem } from './read.ts';
import { type SchemaError, validate } from './validate.ts';

export type { SchemaError } from './validate.ts';

export interface SchemaOptions {
  /** Whether `format` constrains values or is an annotation (tool outputs); default `assert`. */
  readonly formats?: 'assert' | 'annotation';
  /** Whether a member that no schema declares is an error, as in the arguments of a tool call; default `allowed`. */
  readonly undeclared?: 'allowed' | 'refused';
}

/** A schema that is known to be readable and to have an answer for every value in bounded work. */
export interface Schema {
  readonly json: Json;
  readonly options: Required<SchemaOptions>;
  readonly root: SchemaNode;
  /** The weight of its patterns together. */
  readonly patterns: number;
  /** What `value` breaks, at most 20 errors; empty for a valid value. */
  validate(value: Json): readonly SchemaError[];
  isValid(value: Json): boolean;
}

/** By characters and by the weight of patterns. */
const kept = new Kept<Schema>(1_000_000);

/** Characters that are worth an ordinary pattern. */
const PATTERN = 100;

/** Where a value that the schema does not take first goes wrong, and how, for a sentence. */
export function firstError(errors: readonly SchemaError[]): string {
  const first = errors[0];
  return first === undefined ? '' : `${first.pointer === '' ? 'the value' : first.pointer} ${first.detail}`;
}

/**
 * Reads a schema (draft 2020-12; an older one where it says so) once; equal schemas under equal options share one result. The
 * problems say why there is none: not a schema, a keyword without a meaning here, a reference out of the document, a
 * pattern outside the profile, or more work than any value may cost.
 */
export function compileSchema(json: Json, options: SchemaOptions = {}): Result<Schema, readonly SchemaProblem[]> {
  const full: Required<SchemaOptions> = {
    formats: options.formats ?? 'assert',
    undeclared: options.undeclared ?? 'allowed',
  };
  const tooLarge = sizeProblem(json);
  if (tooLarge !== undefined) return err([{ code: 'schema-too-large', pointer: ROOT, detail: tooLarge }]);
  const key = `${full.formats} ${full.undeclared} ${JSON.stringify(json)}`;
  const known = kept.get(key);
  if (known !== undefined) return ok(known);
  const { root, problems, patterns } = readSchema(json, full);
  if (problems.length > 0) return err(problems);
  const schema: Schema = {
    json,
    options: full,
    root,
    patterns,
    validate: (value) => validate(root, value, full),
    isValid: (value) => validate(root, value, full).length === 0,
  };
  return ok(kept.keep(key, schema, key.length + patterns * PATTERN));
}
