import { describeOrigins, describeType, listed, type Conflict, memberNames } from '../expression/describe.ts';
import type { TypeProblem } from '../expression/infer.ts';
import type { Origin, Type } from '../expression/type.ts';
import { memberOf } from '../expression/type.ts';
import { Collector } from '../kernel/collector.ts';
import { type Finding, finding, type Severity } from '../kernel/finding.ts';
import type { Place, TextPart } from '../kernel/place.ts';
import { child, type Pointer } from '../kernel/pointer.ts';
import type { RuleData, RuleId } from '../kernel/rules.ts';
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
  private readonly collector = new Collector();
  private readonly told = new Set<string>();
  private quiet = 0;

  constructor(workflow: Workflow) {
    this.workflow = workflow;
  }

  /** In the order of their places. */
  get all(): readonly Finding[] {
    return this.collector.findings.toSorted((a, b) => a.place.line - b.place.line || a.place.column - b.place.column);
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
    const at = within(code, problem.span);
    switch (problem.kind) {
      case 'member':
        return this.tell('structure/unknown-member', at, () => unknownMember(code, problem));
      case 'fails': {
        const { detail, fix = null, operands } = problem;
        return this.tell('structure/operation-fails', at, () => ({
          detail,
          fix,
          source: sourceOf(operands.flatMap(({ origins }) => origins)),
        }));
      }
      case 'constant': {
        const severity = problem.guard ? 'warning' : 'error';
        return this.tell('structure/constant-comparison', at, () => constant(problem), severity);
      }
    }
  }

  noArray(code: Code, items: Type, at: Pointer): void {
    const spot = code.kind === 'expression' ? whole(code) : { at: child(at, 'for', 'in') };
    this.tell('structure/operation-fails', spot, () => ({
      detail: `a loop needs an array, and this is ${describeType(items)}`,
      fix: items.object === undefined ? null : 'take the array that is in it, or its values: ${ [ .[] ] }',
      source: sourceOf(items.origins),
    }));
  }

  unreachable(code: ExpressionCode, kind: 'arm' | 'task' | 'catch', name: string, why: string): void {
    const data = { kind, name: brief(name), why: brief(why, 200) };
    this.tell('structure/unreachable-arm', whole(code), () => data);
  }

  /** `at`: the part of the document that `code` stands for. */
  argument(callee: string, code: Code, at: Pointer, { path, detail }: Conflict): void {
    const inside = expressionIn(code);
    const where = path.length === 0 ? '' : `${brief(path.join('.'), 80)}: `;
    this.tell('structure/call-arguments', inside === undefined ? { at } : whole(inside), () => ({
      tool: callee,
      detail: `${where}${brief(detail, 300)}`,
      suggestion: null,
    }));
  }

  neverValid(schemaAt: Pointer, at: Pointer, code: Code | undefined, type: Type, conflict: Conflict): void {
    const { path, detail, missing } = conflict;
    const inside = code === undefined ? undefined : expressionIn(code);
    this.tell('structure/never-valid', inside === undefined ? { at } : whole(inside), (place) => {
      const { file, line } = this.workflow.locate(
        child(schemaAt, ...path.flatMap((name) => (name === '*' ? ['items'] : ['properties', name]))),
      );
      // That it comes from where it stands is seen.
      const elsewhere = type.origins.filter(({ declared }) => declared !== `${place.file}:${place.line}`);
      const near = missing === undefined ? null : suggest(missing.name, missing.instead);
      return {
        path: brief(path.join('.'), 80),
        detail: brief(detail, 300),
        schema: `${file}:${line}`,
        source: sourceOf(elsewhere),
        suggestion: near === null ? null : `${brief(missing?.name ?? '', 60)} in place of ${brief(near, 60)}`,
      };
    });
  }

  /** Of one rule, one finding at a spot. Its place and words are made only where it is kept. */
  private tell<R extends RuleId>(
    rule: R,
    { at, part }: Spot,
    data: (place: Place) => RuleData[R],
    severity: Severity = 'error',
  ): void {
    if (this.isQuiet) return;
    const key = `${rule} ${part?.offset ?? ''} ${at}`;
    if (this.told.has(key)) return;
    this.told.add(key);
    this.collector.add(rule, severity, () => {
      const place = this.workflow.locate(at, part);
      return finding(rule, place, data(place), { severity });
    });
  }
}

/** A part of a document, or of the string that stands there. */
interface Spot {
  readonly at: Pointer;
  readonly part?: TextPart;
}

function within(code: ExpressionCode, { offset, length }: TextPart): Spot {
  return { at: code.at, part: { offset: code.offset + offset, length } };
}

/** An expression without the space around it. */
function whole(code: ExpressionCode): Spot {
  const { source } = code.expression;
  const offset = source.length - source.trimStart().length;
  return within(code, { offset, length: Math.max(1, source.trim().length) });
}

function unknownMember(
  code: ExpressionCode,
  { name, base }: ProblemOf<'member'>,
): RuleData['structure/unknown-member'] {
  const known = base.object === undefined ? [] : memberNames(base.object);
  return {
    name: brief(name, 80),
    has: listed(
      known.map((one) => brief(one, 60)),
      'and',
    ),
    suggestion: suggest(name, known) ?? nested(base, name),
    source: sourceOf(base.origins),
    at: code.at,
  };
}

function constant({ holds, left, right }: ProblemOf<'constant'>): RuleData['structure/constant-comparison'] {
  const [value, other] = right.origins.length > 0 && left.origins.length === 0 ? [right, left] : [left, right];
  const words = value.string?.values ?? [];
  const [asked] = other.string?.values ?? [];
  return {
    holds,
    left: brief(describeType(left), 200),
    right: brief(describeType(right), 200),
    suggestion: meantBy(asked, value, words),
    source: sourceOf([...left.origins, ...right.origins]),
  };
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
