import { REFUSED_ASSIGNMENTS } from './refused.ts';
import { syntax, unsupported, type Span } from './problem.ts';

/**
 * `field` is `.name`, `variable` is `$name`, `quote` opens a string, whose content the parser reads with
 * {@link Lexer.stringPart}. `text` is the name for these, else the token itself.
 */
export interface Token {
  readonly kind: 'field' | 'name' | 'keyword' | 'variable' | 'number' | 'quote' | 'symbol' | 'end';
  readonly text: string;
  readonly span: Span;
}

/** Words of jq's grammar that cannot name a function. */
const KEYWORDS: ReadonlySet<string> = new Set(
  'def if then elif else end and or as import include module reduce foreach try catch label __loc__'.split(' '),
);

const WORD = /[a-zA-Z_][a-zA-Z0-9_]*/uy;
const NUMBER = /(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?/uy;
/** Longest first, as jq's scanner matches. */
const SYMBOLS = [
  '?//',
  '//=',
  '==',
  '!=',
  '<=',
  '>=',
  '//',
  '|=',
  '+=',
  '-=',
  '*=',
  '/=',
  '%=',
  '..',
  ...Array.from('.[]{}()|,:;=+-*/%<>?'),
];

/** What stands in a string literal up to its end or its next interpolation. */
export interface StringPart {
  readonly text: string;
  readonly end: 'string' | 'interpolation';
}

/** Tokens of jq's grammar, one at a time. Throws a `ParseFailure`. */
export class Lexer {
  readonly source: string;
  #at = 0;
  #next: Token | undefined;
  /** Where the last token that was taken ends. */
  end = 0;

  constructor(source: string) {
    this.source = source;
  }

  peek(): Token {
    return (this.#next ??= this.#read());
  }

  next(): Token {
    const token = this.peek();
    this.#next = undefined;
    this.end = token.span.offset + token.span.length;
    return token;
  }

  #read(): Token {
    this.#skip();
    const { source } = this;
    const offset = this.#at;
    if (offset >= source.length) return { kind: 'end', text: '', span: { offset, length: 0 } };
    const char = source[offset] as string;
    if (char === '"') return this.#token('quote', '"', 1);
    if (char === '.') {
      const name = match(WORD, source, offset + 1);
      if (name !== undefined) return this.#token('field', name, name.length + 1);
    }
    const number = match(NUMBER, source, offset);
    if (number !== undefined) return this.#token('number', number, number.length);
    const word = match(WORD, source, offset);
    if (word !== undefined) {
      if (source.startsWith('::', offset + word.length))
        throw unsupported({ offset, length: word.length + 2 }, 'module', 'the functions of the profile');
      return this.#token(KEYWORDS.has(word) ? 'keyword' : 'name', word, word.length);
    }
    if (char === '$') {
      const name = match(WORD, source, offset + 1);
      if (name === undefined) throw syntax({ offset, length: 1 }, 'a variable is $ and a name, without a space');
      return this.#token('variable', name, name.length + 1);
    }
    if (char === '@') {
      const format = match(WORD, source, offset + 1) ?? '';
      throw unsupported(
        { offset, length: 1 + format.length },
        `@${format}`,
        'interpolation \\( … ), or a tool that encodes',
      );
    }
    for (const symbol of SYMBOLS) {
      if (!source.startsWith(symbol, offset)) continue;
      const span = { offset, length: symbol.length };
      const instead = REFUSED_ASSIGNMENTS.get(symbol);
      if (instead !== undefined) throw unsupported(span, symbol, instead);
      if (symbol === '?//') throw unsupported(span, symbol, 'a space, `? //`, if the alternative operator is meant');
      return this.#token('symbol', symbol, symbol.length);
    }
    const scalar = String.fromCodePoint(source.codePointAt(offset) as number);
    if (scalar === "'") throw syntax({ offset, length: 1 }, 'strings stand in double quotes');
    if (scalar === '!' || scalar === '&') throw syntax({ offset, length: 1 }, 'the logical operators are and, or, not');
    throw syntax(
      { offset, length: scalar.length },
      'no character of the language; a name with other letters is written ."name"',
    );
  }

  #token(kind: Token['kind'], text: string, length: number): Token {
    const span = { offset: this.#at, length };
    this.#at += length;
    return { kind, text, span };
  }

  #skip(): void {
    const { source } = this;
    for (;;) {
      const char = source[this.#at];
      if (char === ' ' || char === '\t' || char === '\n' || char === '\r') this.#at += 1;
      else if (char === '#') {
        let end = source.indexOf('\n', this.#at);
        if (end === -1) end = source.length;
        // Versions of jq disagree about what a backslash at the end of a comment does.
        const backslash = source.slice(this.#at, end).indexOf('\\');
        if (backslash !== -1) throw syntax({ offset: this.#at + backslash, length: 1 }, 'no backslash in a comment');
        this.#at = end;
      } else return;
    }
  }

  /**
   * Reads on inside a string literal, after its quote or after the `)` of an interpolation, which must be the last token
   * taken.
   */
  stringPart(opening: Span): StringPart {
    const { source } = this;
    let text = '';
    for (;;) {
      const char = source[this.#at];
      if (char === undefined) throw syntax(opening, 'this string does not end');
      if (char === '"') {
        this.#at += 1;
        this.end = this.#at;
        return { text, end: 'string' };
      }
      if (char !== '\\') {
        text += char;
        this.#at += 1;
        continue;
      }
      if (source[this.#at + 1] === '(') {
        this.#at += 2;
        return { text, end: 'interpolation' };
      }
      text += this.#escape();
    }
  }

  #escape(): string {
    const { source } = this;
    const offset = this.#at;
    const char = source[offset + 1] ?? '';
    const simple = ESCAPES.get(char);
    if (simple !== undefined) {
      this.#at += 2;
      return simple;
    }
    const unit = match(UNICODE, source, offset);
    if (unit === undefined)
      throw syntax(
        { offset, length: Math.min(2, source.length - offset) },
        'no escape of JSON; a backslash is written \\\\',
      );
    this.#at += unit.length;
    let text = String.fromCharCode(parseInt(unit.slice(2), 16));
    if (/^[\uD800-\uDBFF]$/.test(text)) {
      const low = match(UNICODE, source, this.#at);
      if (low !== undefined) {
        this.#at += low.length;
        text += String.fromCharCode(parseInt(low.slice(2), 16));
      }
    }
    if (/\p{Surrogate}/u.test(text)) throw syntax({ offset, length: this.#at - offset }, 'half of a surrogate pair');
    return text;
  }
}

const UNICODE = /\\u[0-9a-fA-F]{4}/uy;
const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);

function match(pattern: RegExp, source: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(source)?.[0];
}
