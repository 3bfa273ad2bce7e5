import { describeOrigins, describeType, listed, type Conflict, memberNames } from '../expression/describe.ts';
import type { TypeProblem } from '../expression/infer.ts';
import type { Origin, Type } from '../expression/type.ts';
import { memberOf } from '../expression/type.ts';
import { type Finding, finding, type Severity } from '../kernel/finding.ts';
import type { Place } from '../kernel/place.ts';
import { child, type Pointer } from '../kernel/pointer.ts';
import { suggest } from '../kernel/suggest.ts';
import { brief } from '../kernel/text.ts';
import type { Workflow } from '../workflow/model.ts';
import type { Code, ExpressionCode } from './model.ts';

type ProblemOf<K extends TypeProblem['kind']> = Extract<TypeProblem, { kind: K }>;

/** Longest text about where a value comes from. */
const MAX_SOURCE = 400;

/** Collects what types say is wrong, each once. */
export class TypeFindings {
  private readonly workflow: Workflow;
  private readonly found = new Map<string, Finding>();
  private quiet = 0;

  constructor(workflow: Workflow) {
    this.workflow = workflow;
  }

  /** In the order of their places. */
  get all(): readonly Finding[] {
    return [...this.found.values()].toSorted((a, b) => a.place.line - b.place.line || a.place.column - b.place.column);
  }

  /** Nothing that is found inside is kept: it may hold of fewer values than come there in the end. */
  quietly(work: () => void): void {
    this.quiet += 1;
    work();
    this.quiet -= 1;
  }

  get isQuiet(): boolean {
    return this.quiet > 0;
  }

  problem(code: ExpressionCode, problem: TypeProblem): void {
    const place = this.placeIn(code, problem.span);
    switch (problem.kind) {
      case 'member':
        return this.unknownMember(code, problem, place);
      case 'fails': {
        const source = sourceOf(problem.operands.flatMap(({ origins }) => origins));
        const { detail, fix = null } = problem;
        return this.tell(finding('structure/operation-fails', place, { detail, fix, source }));
      }
      case 'constant':
        return this.constant(problem, place);
    }
  }

  noArray(code: Code, items: Type, at: Pointer): void {
    const place =
      code.kind === 'expression' ? this.placeIn(code, wholeOf(code)) : this.workflow.locate(child(at, 'for', 'in'));
    const detail = `a loop needs an array, and this is ${describeType(items)}`;
    const fix = items.object === undefined ? null : 'take the array that is in it, or its values: ${ [ .[] ] }';
    this.tell(finding('structure/operation-fails', place, { detail, fix, source: sourceOf(items.origins) }));
  }

  unreachable(code: ExpressionCode, kind: 'arm' | 'task' | 'catch', name: string, why: string): void {
    const place = this.placeIn(code, wholeOf(code));
    this.tell(finding('structure/unreachable-arm', place, { kind, name: brief(name), why: brief(why, 200) }));
  }

  /** `at`: the part of the document that `code` stands for. */
  argument(callee: string, code: Code, at: Pointer, { path, detail }: Conflict): void {
    const inside = expressionIn(code);
    const place = inside === undefined ? this.workflow.locate(at) : this.placeIn(inside, wholeOf(inside));
    const where = path.length === 0 ? '' : `${brief(path.join('.'), 80)}: `;
    this.tell(
      finding('structure/call-arguments', place, {
        tool: callee,
        detail: `${where}${brief(detail, 300)}`,
        suggestion: null,
      }),
    );
  }

  neverValid(schemaAt: Pointer, at: Pointer, code: Code | undefined, type: Type, conflict: Conflict): void {
    const { path, detail, missing } = conflict;
    const inside = code === undefined ? undefined : expressionIn(code);
    const place = inside === undefined ? this.workflow.locate(at) : this.placeIn(inside, wholeOf(inside));
    const { file, line } = this.workflow.locate(
      child(schemaAt, ...path.flatMap((name) => (name === '*' ? ['items'] : ['properties', name]))),
    );
    // That it comes from where it stands is seen.
    const elsewhere = type.origins.filter(({ declared }) => declared !== `${place.file}:${place.line}`);
    const near = missing === undefined ? null : suggest(missing.name, missing.instead);
    this.tell(
      finding('structure/never-valid', place, {
        path: brief(path.join('.'), 80),
        detail: brief(detail, 300),
        schema: `${file}:${line}`,
        source: sourceOf(elsewhere),
        suggestion: near === null ? null : `${brief(missing?.name ?? '', 60)} in place of ${brief(near, 60)}`,
      }),
    );
  }

  private unknownMember(code: ExpressionCode, { name, base }: ProblemOf<'member'>, place: Place): void {
    const known = base.object === undefined ? [] : memberNames(base.object);
    this.tell(
      finding('structure/unknown-member', place, {
        name: brief(name, 80),
        has: listed(
          known.map((one) => brief(one, 60)),
          'and',
        ),
        suggestion: suggest(name, known) ?? nested(base, name),
        source: sourceOf(base.origins),
        at: code.at,
      }),
    );
  }

  private constant({ holds, left, right, guard }: ProblemOf<'constant'>, place: Place): void {
    const severity: Severity = guard ? 'warning' : 'error';
    const [value, other] = right.origins.length > 0 && left.origins.length === 0 ? [right, left] : [left, right];
    const words = value.string?.values ?? [];
    const [asked] = other.string?.values ?? [];
    const data = {
      holds,
      left: brief(describeType(left), 200),
      right: brief(describeType(right), 200),
      suggestion: meantBy(asked, value, words),
      source: sourceOf([...left.origins, ...right.origins]),
    };
    this.tell(finding('structure/constant-comparison', place, data, { severity }));
  }

  private tell(found: Finding): void {
    if (this.isQuiet) return;
    const { line, column } = found.place;
    const key = `${found.rule} ${line} ${column}`;
    if (!this.found.has(key)) this.found.set(key, found);
  }

  private placeIn(code: ExpressionCode, span: { readonly offset: number; readonly length: number }): Place {
    return this.workflow.locate(code.at, { offset: code.offset + span.offset, length: span.length });
  }
}

/** An expression without the space around it. */
function wholeOf({ expression: { source } }: ExpressionCode): { readonly offset: number; readonly length: number } {
  const start = source.length - source.trimStart().length;
  return { offset: start, length: Math.max(1, source.trim().length) };
}

/** The first expression in a template: what makes it more than a literal. */
function expressionIn(code: Code): ExpressionCode | undefined {
  switch (code.kind) {
    case 'constant':
      return undefined;
    case 'expression':
      return code;
    case 'array':
      return code.items.map(expressionIn).find((inner) => inner !== undefined);
    case 'object':
      return code.fields.map(([, field]) => expressionIn(field)).find((inner) => inner !== undefined);
  }
}

/** A member of a member that has the name: what was meant, one step further in. */
function nested({ object }: Type, name: string): string | null {
  for (const [outer, { type }] of object?.named ?? []) {
    if (type.object?.named.has(name) === true && memberOf(type.object, name) !== undefined) return `${outer}.${name}`;
  }
  return null;
}

/** What a literal that is never equal was probably meant to be: one of the words, or the number that stands in quotes. */
function meantBy(asked: string | undefined, value: Type, words: readonly string[]): string | null {
  if (asked === undefined) return null;
  if (value.number !== undefined && value.string === undefined && /^-?[0-9]+(?:\.[0-9]+)?$/.test(asked))
    return brief(asked, 20);
  const word = suggest(asked, words);
  return word === null ? null : JSON.stringify(brief(word, 60));
}

function sourceOf(origins: readonly Origin[]): string {
  const different = origins.filter((origin, i) => origins.findIndex((one) => one.what === origin.what) === i);
  return brief(describeOrigins(different), MAX_SOURCE);
}
