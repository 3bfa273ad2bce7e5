import type { Json } from '../../src/kernel/json.ts';

/** A number in 0..n-1. */
export type Draw = (n: number) => number;

/** Choices from a seed (mulberry32). */
export function drawSeeded(seed: number): Draw {
  let state = seed >>> 0;
  return (n) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % n;
  };
}

/** What a generator believes of a value; it is told wrongly now and then, so that errors are met too. */
type Type =
  | 'number'
  | 'string'
  | 'boolean'
  | 'null'
  | 'any'
  | { readonly item: Type }
  | { readonly fields: { readonly [name: string]: Type } };

const RECORD: Type = { fields: { k: 'string', t: 'boolean', v: 'number' } };
const INPUT: Type = {
  fields: {
    a: 'number',
    b: 'string',
    c: { item: 'number' },
    d: { item: RECORD },
    e: { item: 'any' },
    f: 'boolean',
    n: 'null',
    o: { fields: { x: 'number', y: 'string', z: { item: 'string' } } },
    s: { item: 'string' },
    w: 'any',
  },
};
const ENTRY: Type = { fields: { key: 'string', value: 'any' } };

const NUMBERS = [0, 1, 2, -1, 3, 10, 0.5, 2.25, -7, 100];
const STRINGS = [
  '',
  'a',
  'b',
  'ab',
  'a,b',
  'Ab',
  'é',
  '😀x',
  '1',
  '-2.5',
  'x y',
  'aab',
  '"\\',
  'z\n\u007f',
  '\uffff',
  'true',
];
const NAMES = ['a', 'b', 'k', 'v', 'x', 'y', 'key', 'value', 'name', 'if', 'z z'];

function pick<T>(draw: Draw, items: readonly T[]): T {
  return items[draw(items.length)] as T;
}

/** A value of about this type; one in thirty is of another. */
function valueOf(draw: Draw, type: Type, depth: number): Json {
  const real = draw(30) === 29 ? 'any' : type;
  switch (real) {
    case 'number':
      return pick(draw, NUMBERS);
    case 'string':
      return pick(draw, STRINGS);
    case 'boolean':
      return draw(2) === 1;
    case 'null':
      return null;
    case 'any':
      return anything(draw, depth);
  }
  if ('item' in real) return Array.from({ length: draw(5) }, () => valueOf(draw, real.item, depth - 1));
  const members: [string, Json][] = [];
  for (const [name, field] of Object.entries(real.fields)) {
    if (draw(30) !== 29) members.push([name, valueOf(draw, field, depth - 1)]);
  }
  return Object.fromEntries(members);
}

export function anything(draw: Draw, depth: number): Json {
  switch (draw(depth > 0 ? 6 : 4)) {
    case 0:
      return null;
    case 1:
      return pick(draw, NUMBERS);
    case 2:
      return pick(draw, STRINGS);
    case 3:
      return draw(2) === 1;
    case 4:
      return Array.from({ length: draw(4) }, () => anything(draw, depth - 1));
    default:
      return Object.fromEntries(Array.from({ length: draw(4) }, () => [pick(draw, NAMES), anything(draw, depth - 1)]));
  }
}

export interface Case {
  readonly source: string;
  readonly input: Json;
  /** The variable `$context`. */
  readonly context: Json;
}

/** An input that fits what programs of {@link drawProgram} expect of `.` and `$context`. */
export function drawInput(draw: Draw): Json {
  return valueOf(draw, INPUT, 3);
}

/** A program of the profile that yields one value or fails; `size` bounds its nesting. */
export function drawProgram(draw: Draw, size = 5): string {
  const scope: Scope = { dot: INPUT, variables: [['context', INPUT]] };
  const programs = new Programs(draw);
  // Some constructs are seldom met by chance: half of the programs are about one of them, each as often as the others.
  return draw(2) === 0 ? programs.any(size, scope) : programs.about(size - 1, scope);
}

/** Few and small parts, so that what a program does often depends on each. */
const SMALL: Type = {
  fields: {
    a: 'number',
    b: 'string',
    f: 'boolean',
    h: 'boolean',
    l: { item: { fields: { k: 'string', t: 'boolean', v: 'number' } } },
    m: { item: 'number' },
    o: { fields: { x: 'number', y: 'string' } },
    s: { item: 'string' },
    w: 'any',
  },
};

export function drawSmallInput(draw: Draw): Json {
  return valueOf(draw, SMALL, 2);
}

export function drawSmallProgram(draw: Draw, size: number): string {
  return new Programs(draw).any(size, { dot: SMALL, variables: [['context', SMALL]] });
}

export function drawCase(draw: Draw, size = 5): Case {
  const source = drawProgram(draw, size);
  return { source, input: drawInput(draw), context: drawInput(draw) };
}

const TOKEN = /"(?:[^"\\]|\\\((?:[^()]|\([^()]*\))*\)|\\.)*"|\$?[A-Za-z_]\w*|[0-9.]+|\/\/|[=!<>]=|\?\/\/|\.\.|\s+|./gu;
const STRAY =
  '? . [ ] ( ) , | // - and as $context .. [] if then else elif end { } : ; + == < " # 1 1.5 .a .[0] ."a" null not ?// @text reduce def or * % length .a?'.split(
    ' ',
  );

/** The source of a program with one to three of its tokens taken away, doubled, exchanged or replaced: seldom a program. */
export function drawMutilated(draw: Draw): string {
  const tokens = drawProgram(draw, 2).match(TOKEN) ?? [];
  for (let times = 1 + draw(3); times > 0; times -= 1) {
    const at = draw(tokens.length + 1);
    const other = tokens[draw(tokens.length + 1)] ?? ' ';
    switch (draw(5)) {
      case 0:
        tokens.splice(at, 1);
        break;
      case 1:
        tokens.splice(at, 0, other);
        break;
      case 2:
        tokens.splice(at, 1, other);
        break;
      case 3:
        tokens.splice(at, 0, ' ', pick(draw, STRAY), ' ');
        break;
      default:
        tokens.splice(at, 1, pick(draw, STRAY));
    }
  }
  return tokens.join('');
}

interface Scope {
  readonly dot: Type;
  readonly variables: readonly (readonly [string, Type])[];
}

type Want = 'number' | 'string' | 'boolean' | 'array' | 'object';
const WANTS: readonly Want[] = ['number', 'string', 'boolean', 'array', 'object'];

function kindOf(type: Type): Want | 'null' | 'any' {
  if (typeof type === 'string') return type;
  return 'item' in type ? 'array' : 'object';
}

class Programs {
  readonly #draw: Draw;
  constructor(draw: Draw) {
    this.#draw = draw;
  }

  #oneOf<T>(items: readonly T[]): T {
    return pick(this.#draw, items);
  }

  #run(...makers: readonly (() => string)[]): string {
    return this.#oneOf(makers)();
  }

  any(size: number, scope: Scope): string {
    return this.#want(this.#oneOf(WANTS), size, scope);
  }

  /** A program about one construct, on operands that it is defined for, for the most part. */
  about(size: number, scope: Scope): string {
    const of = (want: Want): string => this.#want(want, this.#draw(size + 1), scope);
    const any = (): string => this.any(this.#draw(size + 1), scope);
    const stream = (): string => this.#stream(this.#draw(size + 1), scope);
    const path = (want: Want): string => this.#path(want, scope) ?? this.#literal(want);
    const numbers = (): string => this.#oneOf(['.c[]', '$context.c[]', '(1,2.5)', '.d[].v', 'range(3)', '(.a, 3)']);
    const booleans = (): string => this.#oneOf(['(true,false)', '.d[].t', '(.f, null)', '(.e[] == 1)', '(.d[].v > 1)']);
    const list = (): string => this.#oneOf(['.c', '.s', '.d', '.e', '$context.c', '$context.s', '[]', path('array')]);
    const inner = (): string => this.any(this.#draw(2), { ...scope, dot: 'any' });
    return this.#run(
      () => `[${this.#oneOf(['null', 'true', 'false', '0', '1.5', '"x"', '""', '[]', '{}'])}, ${any()}]`,
      () => `[${this.#below(['.a?', '.x?', '.k?', '."z z"?', '["b"]?'], scope)}]`,
      () => `[${this.#oneOf(['.c', '.s', '.b', '.o', '.e'])}[${this.#oneOf(['0', '1', '-1', '-2', '9'])}]?]`,
      () =>
        `[${this.#oneOf(['.c', '.s', '.b', '.o', '.e', '.n'])}[${this.#oneOf(['1:', ':1', '-2:', ':-1', '0:2', '-3:-1'])}]?]`,
      () => `[${list()}[(${numbers()})]?]`,
      () => `[(.o, .d[0], null)[(${this.#oneOf(['"x","y"', '.b, "k"', '("v")'])})]?]`,
      () => `[${this.#oneOf(['.c', '.o', '.e', '.b', '.n', '.d'])}[]?]`,
      () => `[.d[].${this.#oneOf(['k', 'v', 't'])}]`,
      () => `[-(${numbers()}) + 0]`,
      () => `[${this.#oneOf(['-.a', '-(.c | length)', '-$context.a', '-(-.a)'])} + 0]`,
      () => `[(${numbers()}) ${this.#oneOf(['+', '-', '*', '/', '%'])} (${numbers()}) + 0]`,
      () => `(${path('number')} ${this.#oneOf(['+', '-', '*', '/', '%'])} ${of('number')} + 0)`,
      () => `[(${stream()}) ${this.#oneOf(['==', '!=', '<', '<=', '>', '>='])} (${stream()})]`,
      () => `(${any()} ${this.#oneOf(['==', '!=', '<', '<=', '>', '>='])} ${any()})`,
      () => `[(${booleans()}) ${this.#oneOf(['and', 'or'])} (${this.#oneOf([booleans(), of('boolean')])})]`,
      () => `(${of('boolean')} ${this.#oneOf(['and', 'or'])} ${any()})`,
      () => `[(${this.#oneOf([stream(), booleans()])}) // (${stream()})]`,
      () => `(${this.#maybe(this.#oneOf(WANTS), 1, scope)} // ${any()})`,
      () => `[if (${booleans()}) then ${any()} elif ${of('boolean')} then ${any()} else ${any()} end]`,
      () => `(if ${of('boolean')} then ${any()} end)`,
      () => `[(${stream()})?, ${any()}]`,
      () => `[(${stream()}) as $x | $x, ${any()}]`,
      () => `(${any()} as $y | [$y, ${any()}])`,
      () => `[${stream()} | ${inner()}?]`,
      () => `(${list()} | ${this.#oneOf(['length', 'keys', 'unique', 'min', 'max', 'add', 'to_entries', 'not'])})`,
      () => `(.o | ${this.#oneOf(['length', 'keys', 'to_entries', 'not', 'tostring'])})`,
      () =>
        `(${this.#oneOf(['.c', '[.a, 2.5]', '[.d[].v]'])} | map(${this.#oneOf(['floor', 'tostring', 'length', 'tostring | tonumber'])}))`,
      () => `(${this.#oneOf(['"1"', '"-2.5"', '"0.1"', '"1e3"', '(.a | tostring)', '.b'])} | tonumber)`,
      () => `(${of('string')} | ${this.#oneOf(['ascii_downcase', 'length', 'tostring', 'split(",")', 'split("")'])})`,
      () => `(${of('object')} | to_entries | ${this.#oneOf(['from_entries', 'map(.key)', 'length'])})`,
      () => `([${this.#entry(1, scope)}, ${this.#entry(1, scope)}] | from_entries)`,
      () => `(.o | has(${this.#oneOf(['"x"', '"q"', '.b', '$context.b'])}))`,
      () => `(${this.#oneOf(['"x"', '.b', '"a"'])} | in(${path('object')}))`,
      () => `(${this.#oneOf(['0', '2', '-1', '.a'])} | in(${this.#oneOf(['.c', '.s', '[]'])}))`,
      () =>
        `(${path('string')} | ${this.#oneOf(['startswith', 'endswith', 'contains'])}(${this.#oneOf(['"a"', '""', '"b"', '.b', '.s[0]', path('string')])}))`,
      () => `(.s | map(${this.#oneOf(['startswith', 'endswith', 'contains'])}("${this.#oneOf(['a', 'b', '', 'x'])}")))`,
      () =>
        `(${this.#oneOf(['.c', '.s', '.o', '.d'])} | contains(${this.#oneOf(['[1]', '["a"]', '{x: 1}', '{}', '[]', '[{}]', '[{k: "a"}]', '.'])}))`,
      () => `[${list()} | has((${this.#oneOf(['0,1', '-1,0.5', '5'])}))]`,
      () => `[${path('string')} | ${this.#oneOf(['split', 'startswith'])}(("a", ",", ${this.#literal('string')}))]`,
      () =>
        `(${this.#oneOf(['.s', '.c', '[.b, null, true, 1]', '.e'])} | join(${this.#oneOf(['","', '""', '.b', 'null', '"é"'])}))`,
      () => `(${list()} | map(${this.#oneOf(['., .', '.[]?', 'select(. != null)', '.v?', '[.]', inner()])}))`,
      () =>
        `(${path('object')} | with_entries(${this.#oneOf(['.', 'select(.value != null)', '{key: (.key + "_"), value: 1}', '., {key: "q", value: .value}'])}))`,
      () =>
        `(${list()} | map(select(${this.#oneOf(['true', 'false', '. == 1', '. != "a"', '(true, false)', '(., null)'])})))`,
      () =>
        `(${this.#oneOf(['.c', '.e', '[]', '[null]', '[.f, true]', '.d | map(.t)'])} | ${this.#oneOf(['any', 'all'])})`,
      () =>
        `(${list()} | ${this.#oneOf(['any', 'all'])}(${this.#oneOf(['. == 1', '. != null', '. < "b"', 'not', inner()])}))`,
      () =>
        `${this.#oneOf(['any', 'all'])}(${stream()}; ${this.#oneOf(['. == 1', '. != null', '(., true)', inner()])})`,
      () => `${this.#oneOf(['first', 'last'])}(${any()}, ${stream()})`,
      () => `[${this.#oneOf(['first', 'last'])}(${stream()})]`,
      () => `(${list()} | ${this.#oneOf(['first', 'last'])})`,
      () =>
        `(${this.#oneOf(['.d', '.c', '.s', '.e'])} | ${this.#oneOf(['sort_by', 'group_by', 'unique_by'])}(${this.#oneOf(['.', 'tostring', '[.]', '. == 1', inner()])}))`,
      () =>
        `(.d | ${this.#oneOf(['sort_by', 'group_by', 'unique_by'])}(${this.#oneOf(['.k, .v', '.t, .k', '.v, .t, .k', '.[]', '.k, (.v | select(. != null))'])}))`,
      () =>
        `(${path('string')} | test("${this.#oneOf(['a', '^a', 'b$', 'a+b', '[a-z],', 'x|y', '^$', '\\\\d', '.', '(a|b){2}', '[^a]', 'é'])}"))`,
      () => `[range(${this.#oneOf(['3', '0', '1;4', '0;5;2', '3;0;-1', '-2;1', '5;1;-3', '0;1;2', '-1'])})]`,
      () =>
        `[range(${this.#oneOf(['3', '1;4', '0;7;3', '3;0;-1'])}) | ${this.#oneOf(['. * 2', '[.]', '. as $i | $context.c[$i]', 'tostring'])}]`,
      () => `{${this.#oneOf(['a', '"z z"', 'if'])}: (${any()}), (${path('string')}): ${path('number')}, $context}`,
      () => `[{(${this.#oneOf(['"p","q"', '.b, "r"'])}): (${numbers()}), b}]`,
      () => `["${this.#oneOf(['', 'é '])}\\(${numbers()})-\\(${stream()})"]`,
      () => `"\\(${any()})${this.#oneOf(['', ' ', ','])}\\(${any()})"`,
    );
  }

  /** A path that leads to a value of the kind, if what is believed of `.` and variables knows one. */
  #path(want: Want | 'any', scope: Scope): string | undefined {
    const found: string[] = [];
    const walk = (text: string, type: Type, depth: number): void => {
      const kind = kindOf(type);
      if (want === 'any' || kind === want || kind === 'any') found.push(text === '' ? '.' : text);
      if (depth === 0 || typeof type === 'string') return;
      if ('item' in type) {
        const index = this.#oneOf(['0', '1', '-1', '2']);
        walk(`${text === '' ? '.' : text}[${index}]`, type.item, depth - 1);
        return;
      }
      for (const [name, field] of Object.entries(type.fields))
        walk(`${text}${this.#member(text, name)}`, field, depth - 1);
    };
    walk('', scope.dot, 3);
    for (const [name, type] of scope.variables) walk(`$${name}`, type, 3);
    return found.length === 0 ? undefined : this.#oneOf(found);
  }

  #member(before: string, name: string): string {
    switch (this.#draw(6)) {
      case 4:
        return `."${name}"`;
      case 5:
        return `${before === '' ? '.' : ''}["${name}"]`;
      default:
        return `.${name}`;
    }
  }

  /** A path and one more step. */
  #below(steps: readonly string[], scope: Scope): string {
    const path = this.#path('any', scope) ?? '$context';
    const step = this.#oneOf(steps);
    return path === '.' && step.startsWith('.') ? step : path + step;
  }

  #typeOf(path: string, scope: Scope): Type {
    const steps = path.match(/\$\w+|\w+|-?[0-9]+/gu) ?? [];
    let type: Type = scope.dot;
    for (const step of steps) {
      if (step.startsWith('$')) type = scope.variables.find(([name]) => `$${name}` === step)?.[1] ?? 'any';
      else if (typeof type === 'object' && 'item' in type) type = type.item;
      else if (typeof type === 'object') type = type.fields[step] ?? 'any';
      else type = 'any';
    }
    return type;
  }

  /** An expression that yields one value, of the kind for the most part. */
  #want(want: Want, size: number, scope: Scope): string {
    const draw = this.#draw;
    if (draw(60) === 59) return this.#want(this.#oneOf(WANTS), size - 1, scope);
    if (size <= 0) return this.#path(want, scope) ?? this.#literal(want);
    const next = size - 1;
    const common: (() => string)[] = [
      () => this.#literal(want),
      () => this.#path(want, scope) ?? this.#literal(want),
      () => this.#path(want, scope) ?? this.#literal(want),
    ];
    if (draw(3) === 2) {
      common.push(
        () =>
          `(if ${this.#want('boolean', next, scope)} then ${this.#want(want, next, scope)} else ${this.#want(want, next, scope)} end)`,
        () =>
          `(if ${this.any(next, scope)} then ${this.#want(want, next, scope)} elif ${this.any(next - 1, scope)} then ${this.#want(want, next, scope)} else ${this.#want(want, next, scope)} end)`,
        () => `(${this.#maybe(want, next, scope)} // ${this.#want(want, next, scope)})`,
        () => this.#binding(want, next, scope),
        () => this.#piped(want, next, scope),
        () => `first(${this.#want(want, next, scope)}, ${this.#stream(next, scope)})`,
        () => `last(${this.#stream(next, scope)}, ${this.#want(want, next, scope)})`,
        () => `(${this.#want('array', next, scope)} | ${this.#oneOf(['first', 'last', 'min', 'max', 'add', '.[0]'])})`,
        () => `(if ${this.#want('boolean', next, scope)} then ${this.#want(want, next, scope)} end)`,
        () => `(${this.#want('object', next, scope)})[${this.#want('string', next, scope)}]`,
        () => `(${this.#want('array', next, scope)})[${this.#want('number', next, scope)}]`,
        () => `(${this.#below(['.a', '.k', '.v', '[0]', '[-1]', '.x.y', '[1:]', '."z z"', '[0].v'], scope)})`,
      );
    }
    return this.#run(...common, ...this.#own(want, next, scope));
  }

  #own(want: Want, size: number, scope: Scope): readonly (() => string)[] {
    const of = (kind: Want): string => this.#want(kind, size, scope);
    switch (want) {
      case 'number':
        return [
          // `+ 0` makes the negative zero, which jq writes as -0, an ordinary one.
          () => `(${of('number')} ${this.#oneOf(['+', '-', '*', '/', '%'])} ${of('number')} + 0)`,
          () => `(${this.#chain(size, scope)} + 0)`,
          () => `(${this.any(size, scope)} | length)`,
          () => `(${of('number')} | floor)`,
          () => `(-${of('number')} + 0)`,
          () => `(${of('array')} | ${this.#oneOf(['length', 'add', 'min', 'max'])})`,
          () => `([${this.#stream(size, scope)}] | length)`,
          () => `(${of('string')} | tonumber)`,
        ];
      case 'string':
        return [
          () => `(${of('string')} + ${of('string')})`,
          () =>
            `"${this.#oneOf(['', 'x ', 'é'])}\\(${this.any(size, scope)})${this.#oneOf(['', '-'])}\\(${of('number')})"`,
          () => `(${this.any(size, scope)} | tostring)`,
          () => `(${of('array')} | join(${of('string')}))`,
          () => `(${of('string')} | ascii_downcase)`,
          () => `(${of('string')})[${this.#oneOf(['1:', ':1', '-1:', ':-1', '1:2', '0:9', '-3:-1'])}]`,
          () => `(${of('string')} * ${this.#oneOf(['2', '0', '3', '1', '2.5'])})`,
          () => `("ab" * ${this.#oneOf(['-1', '-0.5', '0.5'])} | tostring)`,
        ];
      case 'boolean':
        return [
          () =>
            `(${this.any(size, scope)} ${this.#oneOf(['==', '!=', '<', '<=', '>', '>='])} ${this.any(size, scope)})`,
          () => `(${of('number')} ${this.#oneOf(['==', '!=', '<', '<=', '>', '>='])} ${of('number')})`,
          () =>
            `(${of('boolean')} ${this.#oneOf(['and', 'or'])} ${of('boolean')} ${this.#oneOf(['and', 'or'])} ${this.any(size, scope)})`,
          () => `(${this.any(size, scope)} | not)`,
          () => `(${of('array')} | ${this.#oneOf(['any', 'all'])})`,
          () =>
            this.#inside(
              'array',
              size,
              scope,
              (inner) => `${this.#oneOf(['any', 'all'])}(${this.#want('boolean', size - 1, inner)})`,
            ),
          () =>
            `${this.#oneOf(['any', 'all'])}(${this.#stream(size, scope)}; ${this.#want('boolean', size - 1, { ...scope, dot: 'any' })})`,
          () => `(${of('object')} | has(${of('string')}))`,
          () => `(${of('array')} | has(${of('number')}))`,
          () => `(${of('string')} | in(${of('object')}))`,
          () => `(${of('string')} | ${this.#oneOf(['startswith', 'endswith', 'contains'])}(${of('string')}))`,
          () => `(${of('array')} | contains(${of('array')}))`,
          () => `(${of('object')} | contains(${of('object')}))`,
          () => `(${of('string')} | test("${this.#oneOf(['a', '^a', 'b$', 'a+b', '[a-z],', 'x|y', '^$', '\\\\d'])}"))`,
        ];
      case 'array':
        return [
          () => `[${this.#stream(size, scope)}]`,
          () => `[${this.#stream(size, scope)}]`,
          () => `[${this.any(size, scope)}, ${this.any(size, scope)}]`,
          () => `(${of('array')} + ${of('array')})`,
          () => `(${of('array')} - ${of('array')})`,
          () => this.#inside('array', size, scope, (inner) => `map(${this.#piece(size, inner)})`),
          () => this.#inside('array', size, scope, (inner) => `map(select(${this.#want('boolean', size - 1, inner)}))`),
          () =>
            this.#inside(
              'array',
              size,
              scope,
              (inner) => `${this.#oneOf(['sort_by', 'group_by', 'unique_by'])}(${this.#keys(size, inner)})`,
            ),
          () =>
            `(${of('array')} | ${this.#oneOf(['unique', 'keys', 'to_entries', 'sort_by(.)', 'unique_by(length)'])})`,
          () => `(${of('object')} | ${this.#oneOf(['keys', 'to_entries', 'map(.)', '[.[]]'])})`,
          () => `(${of('string')} | split(${this.#oneOf(['","', '""', '" "', of('string')])}))`,
          () => `(${of('string')} / ${of('string')})`,
          () => `(${of('array')})[${this.#oneOf(['1:', ':1', '-1:', ':-1', '1:2', '0:9', '-3:-1'])}]`,
        ];
      case 'object':
        return [
          () => this.#construction(size, scope),
          () => this.#construction(size, scope),
          () => `(${of('object')} + ${of('object')})`,
          () => `(${of('object')} * ${of('object')})`,
          () => `(${of('object')} | with_entries(${this.#piece(size, { ...scope, dot: ENTRY })}))`,
          () =>
            `(${of('object')} | with_entries(select(${this.#want('boolean', size - 1, { ...scope, dot: ENTRY })})))`,
          () => `(${of('object')} | with_entries(.value |= .))`.replace(' |= .', ' as $v | {key: .key, value: $v}'),
          () => `(${of('object')} | to_entries | from_entries)`,
          () => `([${this.#entry(size, scope)}, ${this.#entry(size, scope)}] | from_entries)`,
        ];
    }
  }

  #entry(size: number, scope: Scope): string {
    const key = this.#oneOf(['key', 'name', 'Name', 'Key']);
    return `{${key}: ${this.#want('string', size - 1, scope)}, ${this.#oneOf(['value', 'Value'])}: (${this.any(size - 1, scope)})}`;
  }

  #construction(size: number, scope: Scope): string {
    const entries = Array.from({ length: this.#draw(4) }, () =>
      this.#run(
        () => `${this.#oneOf(['a', 'b', 'k', 'x', 'and', '"z z"'])}: (${this.any(size - 1, scope)})`,
        () => this.#oneOf(['a', 'b', 'o', 'c']),
        () => `(${this.#want('string', size - 1, scope)}): ${this.#path('any', scope) ?? '1'}`,
        () =>
          `"${this.#oneOf(['a', 'q'])}\\(${this.#want('string', size - 1, scope)})": ${this.#oneOf(['1', '[2]', '-1', 'null', '"x"'])}`,
        () => `$${this.#oneOf(scope.variables)[0]}`,
        () => `a: ${this.#path('any', scope) ?? '.'} | ${this.#oneOf(['tostring', 'not', '[.]', '.a?'])}`,
      ),
    );
    return `{${entries.join(', ')}}`;
  }

  #chain(size: number, scope: Scope): string {
    const operand = (): string =>
      `${this.#oneOf(['', '', '', '-'])}${this.#path('number', scope) ?? this.#oneOf(['1', '2', '3', '5'])}`;
    const parts = [operand()];
    for (let i = 0; i < 2 + this.#draw(3); i++)
      parts.push(this.#oneOf(['+', '-', '*', '/', '%']), size > 0 ? operand() : '2');
    return parts.join(' ');
  }

  #binding(want: Want, size: number, scope: Scope): string {
    const name = this.#oneOf(['x', 'y', 'context']);
    const kind = this.#oneOf(WANTS);
    const source = this.#path(kind, scope) ?? this.#literal(kind);
    const type = source.startsWith('.') || source.startsWith('$') ? this.#typeOf(source, scope) : (kind as Type);
    const variables = [...scope.variables.filter(([other]) => other !== name), [name, type] as const];
    return `(${source} as $${name} | ${this.#want(want, size, { ...scope, variables })})`;
  }

  #piped(want: Want, size: number, scope: Scope): string {
    const kind = this.#oneOf(['array', 'object'] as const);
    const source = this.#path(kind, scope);
    if (source === undefined) return this.#want(want, size - 1, scope);
    return `(${source} | ${this.#want(want, size, { ...scope, dot: this.#typeOf(source, scope) })})`;
  }

  /** `array | f`, where `f` sees the items. */
  #inside(kind: Want, size: number, scope: Scope, inner: (scope: Scope) => string): string {
    const path = this.#path(kind, scope);
    if (path === undefined || this.#draw(4) === 3) {
      const array = this.#want('array', size, scope);
      return `(${array} | ${inner({ ...scope, dot: 'any' })})`;
    }
    const type = this.#typeOf(path, scope);
    return `(${path} | ${inner({ ...scope, dot: typeof type === 'object' && 'item' in type ? type.item : 'any' })})`;
  }

  /** The argument of `map`: one value or several. */
  #piece(size: number, scope: Scope): string {
    return this.#draw(4) === 3 ? this.#stream(size - 1, scope) : this.any(size - 1, scope);
  }

  #keys(size: number, scope: Scope): string {
    const key = this.#path('any', scope) ?? '.';
    return this.#run(
      () => key,
      () => this.any(size - 1, scope),
      () => `${key}, ${this.any(size - 1, scope)}`,
    );
  }

  /** At most one value: a left side of `//`. */
  #maybe(want: Want, size: number, scope: Scope): string {
    return this.#run(
      () => this.#want(want, size, scope),
      () => `(${this.#below(['.a', '.x', '[0]', '[1:]'], scope)}?)`,
      () => `(${this.#want(want, size, scope)} | select(${this.#want('boolean', size - 1, { ...scope, dot: 'any' })}))`,
      () => `(${this.any(size, scope)})?`,
    );
  }

  /** Any number of values: what stands inside a collector. */
  #stream(size: number, scope: Scope): string {
    const next = size - 1;
    if (size <= 0)
      return this.#oneOf([`${this.#path('array', scope) ?? '.'}[]?`, this.#path('any', scope) ?? '.', 'range(3)']);
    const array = (): string => this.#path('array', scope) ?? `(${this.#want('array', next, scope)})`;
    const itemScope = (path: string): Scope => {
      const type = this.#typeOf(path, scope);
      return { ...scope, dot: typeof type === 'object' && 'item' in type ? type.item : 'any' };
    };
    return this.#run(
      () => `${array()}[]`,
      () => `${array()}[]?`,
      () => {
        const path = array();
        return `${path}[] | ${this.any(next, path.startsWith('(') ? { ...scope, dot: 'any' } : itemScope(path))}`;
      },
      () => {
        const path = array();
        const inner = path.startsWith('(') ? { ...scope, dot: 'any' as const } : itemScope(path);
        return `${path}[] | select(${this.#want('boolean', next, inner)})`;
      },
      () => {
        const path = array();
        const inner = path.startsWith('(') ? { ...scope, dot: 'any' as const } : itemScope(path);
        return `${path}[] | select(${this.#want('boolean', next, inner)}) | ${this.any(next, inner)}`;
      },
      () => `${this.#stream(next, scope)}, ${this.any(next, scope)}`,
      () => `(${this.#stream(next, scope)} | ${this.any(next, { ...scope, dot: 'any' })})`,
      () => `((${this.#stream(next, scope)}) | ${this.#stream(next - 1, { ...scope, dot: 'any' })})`,
      () => `(${this.#stream(next, scope)})?`,
      () =>
        `(${this.#stream(next, scope)}) as $x | ${this.any(next, { ...scope, variables: [...scope.variables, ['x', 'any']] })}`,
      () =>
        `(if ${this.#want('boolean', next, scope)} then (${this.#stream(next, scope)}) else (${this.#stream(next, scope)}) end)`,
      () => `(if (${this.#stream(next, scope)}) then ${this.any(next, scope)} else ${this.any(next, scope)} end)`,
      () => `((${this.#stream(next, scope)}) // (${this.#stream(next, scope)}))`,
      () =>
        `((${this.#stream(next, scope)}) ${this.#oneOf(['+', '==', '<', 'and', 'or', '-'])} (${this.#stream(next - 1, scope)}))`,
      () => `{a: (${this.#stream(next, scope)}), b: (${this.#stream(next - 1, scope)})}`,
      () => `{(${this.#stream(next, scope)} | tostring): (${this.#stream(next - 1, scope)})}`,
      () => `"\\(${this.#stream(next, scope)})-\\(${this.#stream(next - 1, scope)})"`,
      () => `first(${this.#stream(next, scope)})`,
      () => `range(${this.#oneOf(['3', '0', '1;4', '0;5;2', '3;0;-1', '-2;1'])})`,
      () => `(${array()})[(${this.#stream(next, scope)})]?`,
      () => `(${this.#stream(next, scope)}) | select(${this.#stream(next - 1, { ...scope, dot: 'any' })})`,
      () => `(${this.any(next, scope)} | has(${this.#stream(next - 1, scope)}))?`,
      () => `(${this.#want('object', next, scope)})[]`,
    );
  }

  #literal(want: Want): string {
    switch (want) {
      case 'number':
        return this.#oneOf(['0', '1', '2', '-1', '0.5', '3', '10']);
      case 'string':
        return this.#oneOf(['"a"', '""', '"b"', '"x y"', '"é\\u00e9"', '"1"', '"\\ud83d\\ude00\\n"', '","']);
      case 'boolean':
        return this.#oneOf(['true', 'false', 'null']);
      case 'array':
        return this.#oneOf(['[]', '[1,2]', '["a","b"]', '[null,true]', '[[1],[0]]', '[{"a":1},{"a":0}]', '[3,1,2,1]']);
      case 'object':
        return this.#oneOf([
          '{}',
          '{"a":1}',
          '{b:"x",a:null}',
          '{a:{b:1},c:[2]}',
          '{key:"a",value:1}',
          '{x:false,y:"b"}',
        ]);
    }
  }
}
