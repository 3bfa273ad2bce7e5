import {
  type Alias,
  Composer,
  type CST,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  type Node,
  type Pair,
  Parser,
  type ParsedNode,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import type { ParsedText, Span } from './span.ts';
import { Collector } from './collector.ts';
import { type Finding, finding } from './finding.ts';
import { fromEntries, type Json } from './json.ts';
import { RESERVED_NAMES } from './names.ts';
import { child, type Pointer, ROOT } from './pointer.ts';
import { readPlain } from './scalar.ts';
import { brief, type DocumentLimits, isWellFormed, PROBLEM_LIMIT, type TextSource, weightOf } from './text.ts';

/**
 * Parses YAML 1.2 in two steps. The token tree comes first and without recursion: it is where size, depth and counts are
 * bounded, because the library's composer recurses, and deep input makes it run out of stack in ways that end the process.
 */
export function parseYamlText(source: TextSource, limits: DocumentLimits): ParsedText {
  const scan = tokenize(source, limits);
  if (scan.kind === 'refused') return { spans: new Map(), findings: [scan.finding] };
  const surveyed = survey(source, scan.tokens, limits);
  if (!surveyed.safe) return { spans: new Map(), findings: surveyed.findings };
  return compose(source, scan.tokens, limits, surveyed.findings);
}

type Scan =
  | { readonly kind: 'tokens'; readonly tokens: readonly CST.Token[] }
  | { readonly kind: 'refused'; readonly finding: Finding };

/** Lexemes per node in the densest writing (`{a: [b], …}` over many lines), with room. */
const LEXEMES_PER_NODE = 6;

/** What the lexer says before the text of a scalar. */
const SCALAR = '\u001f';

function tokenize(source: TextSource, limits: DocumentLimits): Scan {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  let lexemes = 0;
  // Scalars, flow collections and aliases alone: block collections show in the tree only.
  let nodes = 0;
  for (const lexeme of new Lexer().lex(source.text)) {
    for (const token of parser.next(lexeme)) tokens.push(token);
    // A text over many lines is put together from as many pieces.
    lexemes += 1 + linesIn(lexeme);
    if (lexeme === SCALAR || lexeme === '[' || lexeme === '{' || lexeme.startsWith('*')) nodes += 1;
    // The stack holds the document, a collection per level, and a scalar.
    if (parser.stack.length > limits.depth + 2) {
      const finding_ = finding('structure/too-deep', source.place(parser.offset), { limit: limits.depth });
      return { kind: 'refused', finding: finding_ };
    }
    if (nodes > limits.nodes || lexemes > limits.nodes * LEXEMES_PER_NODE || tokens.length > limits.nodes) {
      const finding_ = finding('structure/too-many-nodes', source.place(parser.offset), { limit: limits.nodes });
      return { kind: 'refused', finding: finding_ };
    }
  }
  for (const token of parser.end()) tokens.push(token);
  return { kind: 'tokens', tokens };
}

function linesIn(text: string): number {
  let lines = 0;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lines += 1;
  return lines;
}

interface Survey {
  /** The tree is small enough to compose, and says nothing that would change how it is read. */
  readonly safe: boolean;
  readonly findings: readonly Finding[];
}

/** Walks the token tree with a stack of its own and counts. */
function survey(source: TextSource, tokens: readonly CST.Token[], limits: DocumentLimits): Survey {
  const collector = new Collector();
  let nodes = 0;
  let anchors = 0;
  let aliases = 0;
  let documents = 0;
  let safe = true;
  let overAliased = false;
  const refuse = (found: Finding): void => {
    safe = false;
    collector.report(found);
  };
  const pending: CST.Token[] = tokens.toReversed();
  const pushAll = (list: readonly CST.Token[] | undefined): void => {
    for (let i = (list?.length ?? 0) - 1; i >= 0; i -= 1) {
      const token = list?.[i];
      if (token !== undefined) pending.push(token);
    }
  };
  for (let token = pending.pop(); token !== undefined; token = pending.pop()) {
    const span = (length: number) => source.place(token.offset, token.offset + length);
    switch (token.type) {
      case 'directive': {
        const detail = `a directive (${brief(token.source, 40)}) changes how the file is read`;
        refuse(finding('structure/yaml-syntax', span(token.source.length), { detail }));
        break;
      }
      case 'document':
        documents += 1;
        if (documents === 2)
          refuse(finding('structure/yaml-syntax', span(0), { detail: 'more than one document in a file' }));
        if (token.value !== undefined) pending.push(token.value);
        pushAll(token.start);
        break;
      case 'tag':
        refuse(finding('structure/yaml-tag', span(token.source.length), { tag: brief(token.source, 60) }));
        break;
      case 'anchor':
        anchors += 1;
        break;
      case 'alias':
        aliases += 1;
        nodes += 1;
        break;
      case 'block-map':
      case 'block-seq':
      case 'flow-collection':
        nodes += 1;
        for (let i = token.items.length - 1; i >= 0; i -= 1) {
          const item = token.items[i];
          if (item === undefined) continue;
          if (item.value === undefined && (item.key ?? null) === null) nodes += 1;
          if (item.value !== undefined) pending.push(item.value);
          pushAll(item.sep);
          if (item.key !== undefined && item.key !== null) pending.push(item.key);
          pushAll(item.start);
        }
        break;
      case 'scalar':
      case 'single-quoted-scalar':
      case 'double-quoted-scalar':
      case 'block-scalar':
        nodes += 1;
        break;
      default:
        break;
    }
    if (!overAliased && (anchors > limits.aliases || aliases > limits.aliases)) {
      overAliased = true;
      const what = anchors > limits.aliases ? 'anchors' : 'aliases';
      refuse(finding('structure/yaml-alias', span(0), { detail: `more than ${limits.aliases} ${what}` }));
    }
    if (nodes > limits.nodes) {
      refuse(finding('structure/too-many-nodes', span(0), { limit: limits.nodes }));
      break;
    }
  }
  return { safe, findings: collector.findings };
}

function compose(
  source: TextSource,
  tokens: readonly CST.Token[],
  limits: DocumentLimits,
  before: readonly Finding[],
): ParsedText {
  const composer = new Composer({
    version: '1.2',
    schema: 'failsafe',
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
    strict: true,
  });
  const [document] = composer.compose(tokens, true, source.text.length);
  if (document === undefined) return { value: null, spans: new Map(), findings: before };
  const findings = [...before];
  // A failsafe schema has no opinion on what a plain scalar is; we have our own.
  const errors = document.errors.filter(({ code }) => code !== 'TAG_RESOLVE_FAILED');
  const tab = errors.find(({ code }) => code === 'TAB_AS_INDENT');
  // Once the structure is lost, most of what follows is a consequence; of a tab, all of it.
  for (const { message, pos } of tab === undefined ? errors.slice(0, PROBLEM_LIMIT) : [tab]) {
    const detail =
      tab === undefined ? brief(message, 200) : 'this line is indented by a tab, and YAML takes spaces only';
    findings.push(
      finding('structure/yaml-syntax', source.place(pos[0], tab === undefined ? pos[1] : pos[0] + 1), { detail }),
    );
  }
  if (findings.length > before.length) return { spans: new Map(), findings };
  const reader = new Reader(source, limits);
  const contents: Node | null = document.contents;
  const value = reader.read(contents, ROOT, 1, { start: 0, end: 0 });
  const { spans } = reader;
  const all = [...findings, ...reader.findings];
  return reader.complete ? { value, spans, findings: all } : { spans, findings: all };
}

/** Turns the composed tree into JSON and remembers where each node stands. */
class Reader {
  readonly spans = new Map<string, { readonly key?: Span; readonly value: Span }>();
  /** False once the value is no longer the whole document. */
  complete = true;
  readonly #source: TextSource;
  readonly #limits: DocumentLimits;
  readonly #collector = new Collector();
  readonly #anchored = new Map<string, Node>();
  readonly #open = new Set<Node>();
  #nodes = 0;

  constructor(source: TextSource, limits: DocumentLimits) {
    this.#source = source;
    this.#limits = limits;
  }

  get findings(): readonly Finding[] {
    return this.#collector.findings;
  }

  read(node: Node | null | undefined, at: Pointer, depth: number, where: Span, key?: Span): Json {
    const span = node === null || node === undefined ? where : spanOf(node, where);
    if (!this.complete) return null;
    this.#nodes += weightOf(at);
    if (this.#nodes > this.#limits.nodes)
      return this.#give(finding('structure/too-many-nodes', this.#place(span, at), { limit: this.#limits.nodes }));
    this.spans.set(at, key === undefined ? { value: span } : { key, value: span });
    if (depth > this.#limits.depth + 1)
      return this.#give(finding('structure/too-deep', this.#place(span, at), { limit: this.#limits.depth }));
    if (node === null || node === undefined) return null;
    if (isAlias(node)) return this.#alias(node, at, depth, span, key);
    if (isScalar(node)) {
      this.#anchor(node);
      return this.#scalar(node.value, node.type === 'PLAIN', node.source ?? '', span, at);
    }
    this.#anchor(node);
    this.#open.add(node);
    const value = isMap(node) ? this.#map(node, at, depth) : isSeq(node) ? this.#seq(node, at, depth) : null;
    this.#open.delete(node);
    return value;
  }

  #map(map: YAMLMap, at: Pointer, depth: number): Json {
    const entries: [string, Json][] = [];
    const seen = new Set<string>();
    for (const pair of map.items) {
      const key = this.#key(pair, at, depth);
      if (key === undefined) continue;
      const pointer = child(at, key.text);
      if (seen.has(key.text)) {
        this.#report(finding('structure/duplicate-key', this.#place(key.span, pointer), { key: brief(key.text) }));
        continue;
      }
      seen.add(key.text);
      // The parser types a pair's halves as unknown; the composer only puts nodes there.
      const value = pair.value as Node | null;
      entries.push([
        key.text,
        this.read(value, pointer, depth + 1, { start: key.span.end, end: key.span.end }, key.span),
      ]);
    }
    return fromEntries(entries);
  }

  #seq(seq: YAMLSeq, at: Pointer, depth: number): Json {
    const start = seq.range?.[0] ?? 0;
    return seq.items.map((item, i) => this.read(item as Node | null, child(at, i), depth + 1, { start, end: start }));
  }

  #key(pair: Pair, at: Pointer, depth: number): { readonly text: string; readonly span: Span } | undefined {
    const node = pair.key as ParsedNode | null;
    const fallback = { start: 0, end: 0 };
    if (node === null || !isScalar(node) || (node.type === 'PLAIN' && node.source === '')) {
      const span = node === null ? fallback : spanOf(node, fallback);
      const detail = 'a key must be a string, not a collection, an alias or nothing';
      this.#report(finding('structure/yaml-syntax', this.#place(span, at), { detail }));
      // Problems below an unusable key are still worth a report.
      this.read(pair.value as Node | null, at, depth + 1, span);
      return undefined;
    }
    this.#anchor(node);
    const span = spanOf(node, fallback);
    const text = String(node.value);
    if (node.type === 'PLAIN') {
      const plain = readPlain(node.source ?? text);
      if (plain.kind !== 'value' || typeof plain.value !== 'string') {
        this.#report(
          finding('structure/yaml-ambiguous', this.#place(span, child(at, text)), {
            text: brief(node.source ?? text, 60),
          }),
        );
      }
    } else this.#surrogates(text, span, at);
    if (RESERVED_NAMES.has(text)) {
      this.#report(finding('structure/reserved-name', this.#place(span, child(at, text)), { name: text }));
    }
    return { text, span };
  }

  #scalar(value: unknown, plain: boolean, text: string, span: Span, at: Pointer): Json {
    if (!plain) {
      const string = String(value);
      this.#surrogates(string, span, at);
      return string;
    }
    // A plain scalar over several lines is folded by the composer and can only be a string.
    const folded = String(value);
    const read = readPlain(text.includes('\n') ? folded : text);
    switch (read.kind) {
      case 'value':
        return read.value;
      case 'ambiguous':
        this.#report(finding('structure/yaml-ambiguous', this.#place(span, at), { text: brief(text, 60) }));
        return read.value;
      case 'out-of-range':
        this.#report(finding('structure/number-out-of-range', this.#place(span, at), { text: brief(text, 60) }));
        return read.value;
    }
  }

  #alias(alias: Alias, at: Pointer, depth: number, span: Span, key: Span | undefined): Json {
    const target = this.#anchored.get(alias.source);
    const name = brief(alias.source, 60);
    if (target === undefined)
      return this.#give(
        finding('structure/yaml-alias', this.#place(span, at), { detail: `*${name} names no anchor before it` }),
      );
    if (this.#open.has(target))
      return this.#give(finding('structure/yaml-alias', this.#place(span, at), { detail: `*${name} contains itself` }));
    const value = this.read(target, at, depth, span, key);
    // What the alias stands for is written elsewhere; a reader should be sent to where it is used.
    this.spans.set(at, key === undefined ? { value: span } : { key, value: span });
    return value;
  }

  #anchor(node: Node): void {
    if ('anchor' in node && typeof node.anchor === 'string') this.#anchored.set(node.anchor, node);
  }

  #surrogates(text: string, span: Span, at: Pointer): void {
    if (isWellFormed(text)) return;
    this.#report(
      finding('structure/invalid-text', this.#place(span, at), { detail: 'an escape that is half a surrogate pair' }),
    );
  }

  #place(span: Span, at: Pointer) {
    return this.#source.place(span.start, span.end, at);
  }

  #report(found: Finding): void {
    this.#collector.report(found);
  }

  /** Reports and stops: what follows cannot be trusted to be the document. */
  #give(found: Finding): null {
    this.complete = false;
    this.#collector.report(found);
    return null;
  }
}

function spanOf(node: Node, fallback: Span): Span {
  const range = node.range;
  return range === null || range === undefined ? fallback : { start: range[0], end: range[1] };
}
