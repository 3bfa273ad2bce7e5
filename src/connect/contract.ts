import { Document, isMap, isScalar, type Node, Pair, parseDocument, Scalar, YAMLMap, YAMLSeq } from 'yaml';
import { UNPRINTABLE } from '../kernel/characters.ts';
import { digestJson } from '../kernel/digest.ts';
import type { Json, JsonObject } from '../kernel/json.ts';
import { compareText, equalJson, fromEntries, isArray, isObject, member } from '../kernel/json.ts';
import { child, type Pointer, ROOT } from '../kernel/pointer.ts';
import { readPlain } from '../kernel/scalar.ts';
import { modeline } from '../schema/editor/formats.ts';
import { bindingsOf } from '../store/transport.ts';

/**
 * The file of a tool contract, written from a running server (FORMATS, "tools/<server>.yaml"). The server's part (origin,
 * input, output) is written anew by every capture; the maintainers' part (effect, class, target and so on) is only ever read.
 */

/** What a capture saw. */
export interface Captured {
  readonly server: string;
  readonly transport: JsonObject;
  /** Absent for a server at an address. */
  readonly package:
    | { readonly name: string; readonly version: string; readonly integrity: string; readonly lock: string }
    | undefined;
  /** Of `tools/list`, sorted by name. */
  readonly tools: readonly JsonObject[];
}

/** The digest of a `tools/list`: all that a model or a person could be shown, but for protocol metadata. */
export function listDigest(tools: readonly JsonObject[]): string {
  return digestJson(tools.map(withoutMeta));
}

function withoutMeta(tool: JsonObject): JsonObject {
  return fromEntries(Object.entries(tool).filter(([key]) => key !== '_meta'));
}

/** One way in which a server differs from its contract; text of the server's is unencoded. */
export type Difference =
  | { readonly kind: 'integrity' | 'lock' | 'version'; readonly contract: string; readonly server: string }
  | { readonly kind: 'tool-added' | 'tool-removed'; readonly tool: string }
  | {
      readonly kind: 'schema';
      readonly tool: string;
      readonly part: 'input' | 'output';
      readonly at: Pointer;
      readonly contract: Json | undefined;
      readonly server: Json | undefined;
    }
  /** The list has another digest though every schema is the same; `tools` where comments in the contract show which. */
  | { readonly kind: 'wording'; readonly tools: readonly string[] };

/** How `tools` differ from the contract whose parsed file is `contract` and whose source is `source`. */
export function compareTools(
  contract: JsonObject,
  source: string,
  tools: readonly JsonObject[],
): readonly Difference[] {
  const origin = objectAt(contract, 'origin') ?? {};
  const pinned = member(origin, 'list');
  const unchanged = pinned === listDigest(tools);
  const declared = objectAt(contract, 'tools') ?? {};
  const served = new Map(tools.map((tool) => [nameOf(tool), tool] as const));
  const differences: Difference[] = [];
  for (const name of [...new Set([...Object.keys(declared), ...served.keys()])].toSorted(compareText)) {
    const ours = objectAt(declared, name);
    const theirs = served.get(name);
    if (theirs === undefined) differences.push({ kind: 'tool-removed', tool: name });
    else if (ours === undefined) {
      // A tool that the maintainers left out is no change of the server.
      if (!unchanged) differences.push({ kind: 'tool-added', tool: name });
    } else {
      for (const [part, theirKey] of [
        ['input', 'inputSchema'],
        ['output', 'outputSchema'],
      ] as const) {
        for (const difference of compareJson(member(ours, part), member(theirs, theirKey), ROOT)) {
          differences.push({ kind: 'schema', tool: name, part, ...difference });
        }
      }
    }
  }
  if (!unchanged && typeof pinned === 'string' && differences.length === 0) {
    differences.push({ kind: 'wording', tools: reworded(source, tools) });
  }
  return differences;
}

type Change = { readonly at: Pointer; readonly contract: Json | undefined; readonly server: Json | undefined };

function compareJson(contract: Json | undefined, server: Json | undefined, at: Pointer): readonly Change[] {
  if (contract === undefined && server === undefined) return [];
  if (contract !== undefined && server !== undefined) {
    if (equalJson(contract, server)) return [];
    if (isObject(contract) && isObject(server)) {
      const keys = [...new Set([...Object.keys(contract), ...Object.keys(server)])].toSorted(compareText);
      return keys.flatMap((key) => compareJson(member(contract, key), member(server, key), child(at, key)));
    }
  }
  return [{ at, contract, server }];
}

/** The tools whose words, as comments of the contract keep them, are no longer the server's. */
function reworded(source: string, tools: readonly JsonObject[]): readonly string[] {
  const entries = toolsOf(parseDocument(source, PARSING));
  return tools.flatMap((tool) => {
    const comment = entries === undefined ? undefined : entryOf(entries, nameOf(tool))?.commentBefore;
    const lines = comment?.split('\n').filter(isServerComment);
    return lines !== undefined && lines.length > 0 && lines.join('\n') !== serverComment(tool).join('\n')
      ? [nameOf(tool)]
      : [];
  });
}

/**
 * The text of the contract after a capture. From `existing` (a file that parses) every comment and decision is kept; a tool
 * that is new is taken at its worst until maintainers decide, and one that the server no longer has is left out, as is a binding that the transport no longer uses.
 * The same capture over the same file gives the same bytes.
 */
export function writeContract(captured: Captured, existing: string | undefined): string {
  const document = existing === undefined ? emptyContract(captured) : parseDocument(existing, PARSING);
  const root = document.contents;
  if (!isMap(root)) throw new TypeError('a tool contract is a map');
  setMember(root, 'transport', node(captured.transport));
  setMember(root, 'origin', node(originOf(captured)));
  const asked = bindingsOf(captured.transport);
  const bindings = mapAt(root, 'bindings');
  for (const item of [...bindings.items]) if (!asked.has(keyOf(item))) bindings.delete(keyOf(item));
  for (const binding of asked) if (!bindings.has(binding)) setMember(bindings, binding, node({ secrecy: [] }));
  if (asked.size === 0) root.delete('bindings');
  const entries = mapAt(root, 'tools');
  const served = new Set(captured.tools.map(nameOf));
  for (const item of [...entries.items]) if (!served.has(keyOf(item))) entries.delete(keyOf(item));
  for (const tool of captured.tools) {
    const entry = entryOf(entries, nameOf(tool)) ?? undecided(entries, nameOf(tool));
    writeTool(entry, tool);
  }
  entries.items.sort((a, b) => compareText(keyOf(a), keyOf(b)));
  return escapeUnseen(document.toString(WRITING));
}

function originOf({ package: found, tools }: Captured): JsonObject {
  const list = listDigest(tools);
  if (found === undefined) return { kind: 'listed', list };
  const { name, version, integrity, lock } = found;
  return { kind: 'captured', package: name, version, integrity, lock, list };
}

const PARSING = { version: '1.2', schema: 'core', keepSourceTokens: false } as const;
const WRITING = {
  lineWidth: 0,
  singleQuote: true,
  doubleQuotedMinMultiLineLength: 1 << 30,
  flowCollectionPadding: true,
} as const;

const HEAD = (captured: Captured): string =>
  [
    modeline('tool').slice(1),
    ` Tools of ${sourceOf(captured)}, written by: proofmark tools capture ${captured.server}`,
    " input, output and origin are the server's and are written anew by every capture. Everything else is for maintainers to",
    " decide and is kept. Lines that start with > are the server's own words, and its hints may lie: they only suggest.",
  ].join('\n');

function sourceOf({ package: found }: Captured): string {
  return found === undefined ? 'the server at the address below' : `${found.name} ${found.version}`;
}

function emptyContract(captured: Captured): Document {
  const document = new Document(undefined, PARSING);
  const root = new YAMLMap();
  document.contents = root;
  document.commentBefore = HEAD(captured);
  setMember(root, 'server', node(captured.server));
  return document;
}

/** A tool that nobody has decided about: irreversible, every argument a target, its replies untrusted. */
function undecided(entries: YAMLMap, name: string): YAMLMap {
  const entry = new YAMLMap();
  entry.commentBefore =
    ' Decide: effect, class, target, leaves, sum, key, returns. Until then the tool is taken at its worst.';
  setMember(entry, 'effect', node('irreversible'));
  setMember(entry, 'class', node('other'));
  setMember(entry, 'returns', node({ trust: false, secrecy: [] }));
  setMember(entries, name, entry);
  return entry;
}

function writeTool(entry: YAMLMap, tool: JsonObject): void {
  const kept = (entry.commentBefore ?? '').split('\n').filter((line) => line !== '' && !isServerComment(line));
  entry.commentBefore = [...serverComment(tool), ...kept].join('\n');
  for (const [key, theirKey] of [
    ['input', 'inputSchema'],
    ['output', 'outputSchema'],
  ] as const) {
    const schema = member(tool, theirKey);
    if (schema === undefined) entry.delete(key);
    else setMember(entry, key, node(schema));
  }
}

const SAID_WIDTH = 116;
const SAID_LINES = 40;

/** The server's words and hints about a tool as comment lines. */
function serverComment(tool: JsonObject): readonly string[] {
  const description = member(tool, 'description');
  const words = typeof description === 'string' ? wrap(plain(description), SAID_WIDTH) : [];
  const shown =
    words.length > SAID_LINES
      ? [...words.slice(0, SAID_LINES), `… and ${words.length - SAID_LINES} lines more`]
      : words;
  const hints = hintsOf(objectAt(tool, 'annotations') ?? {});
  return [...shown.map((line) => ` > ${line}`), ...(hints === '' ? [] : [` > hints: ${hints}`])];
}

function isServerComment(line: string): boolean {
  return line.startsWith(' > ');
}

/** Model Context Protocol, "ToolAnnotations". */
const HINTS: readonly (readonly [string, string, string])[] = [
  ['readOnlyHint', 'reads only', 'writes'],
  ['destructiveHint', 'destructive', 'not destructive'],
  ['idempotentHint', 'idempotent', 'not idempotent'],
  ['openWorldHint', 'open world', 'closed world'],
];

function hintsOf(annotations: JsonObject): string {
  return HINTS.flatMap(([key, yes, no]) => {
    const hint = member(annotations, key);
    return typeof hint === 'boolean' ? [hint ? yes : no] : [];
  }).join(', ');
}

/** One line of text whose characters a reader sees. */
function plain(text: string): string {
  return text
    .replaceAll(/\s+/gu, ' ')
    .replaceAll(
      new RegExp(`[${UNPRINTABLE}]`, 'gu'),
      (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
    )
    .trim();
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else for (let at = 0; at < word.length; at += width) lines.push(word.slice(at, at + width));
  }
  return lines;
}

/** JSON as YAML nodes whose plain scalars mean the same to YAML 1.1 and 1.2. */
function node(value: Json): Node {
  if (isArray(value)) {
    const list = new YAMLSeq();
    for (const item of value) list.items.push(node(item));
    list.flow = isShort(value);
    return list;
  }
  if (isObject(value)) {
    const map = new YAMLMap();
    for (const [key, inner] of Object.entries(value)) setMember(map, key, node(inner));
    map.flow = isShort(value);
    return map;
  }
  return scalar(value);
}

/** Short collections are easier to read on one line. */
function isShort(value: readonly Json[] | JsonObject): boolean {
  return Object.keys(value).length === 0 || JSON.stringify(value).length <= 70;
}

function scalar(value: null | boolean | number | string): Scalar {
  const made = new Scalar(value);
  if (typeof value !== 'string') return made;
  const read = readPlain(value);
  if (UNSEEN.test(value)) made.type = 'QUOTE_DOUBLE';
  else if (read.kind !== 'value' || read.value !== value || !/^[\w$@./^-][\w $@./:^()-]*$/u.test(value))
    made.type = 'QUOTE_SINGLE';
  return made;
}

const UNSEEN = new RegExp(`[${UNPRINTABLE}]`, 'u');

/** Unseen characters stand only inside double quotes (see {@link scalar}), where YAML has escapes for them. */
function escapeUnseen(text: string): string {
  return text.replaceAll(new RegExp(UNSEEN, 'gu'), (character) => {
    if (character === '\n') return character;
    const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase();
    return code.length <= 4 ? `\\u${code.padStart(4, '0')}` : `\\U${code.padStart(8, '0')}`;
  });
}

function setMember(map: YAMLMap, key: string, value: Node): void {
  const found = map.items.find((item) => keyOf(item) === key);
  if (found === undefined) map.items.push(new Pair(scalar(key), value));
  else found.value = value;
}

function mapAt(map: YAMLMap, key: string): YAMLMap {
  const found = map.get(key, true);
  if (isMap(found)) return found;
  const made = new YAMLMap();
  setMember(map, key, made);
  return made;
}

function toolsOf(document: { readonly contents: unknown }): YAMLMap | undefined {
  const root = document.contents;
  const tools: unknown = isMap(root) ? root.get('tools', true) : undefined;
  return isMap(tools) ? tools : undefined;
}

function entryOf(entries: YAMLMap, name: string): YAMLMap | undefined {
  const entry = entries.items.find((item) => keyOf(item) === name)?.value;
  return isMap(entry) ? entry : undefined;
}

function keyOf(item: Pair): string {
  return isScalar(item.key) ? String(item.key.value) : String(item.key);
}

function nameOf(tool: JsonObject): string {
  const name = member(tool, 'name');
  return typeof name === 'string' ? name : '';
}

function objectAt(object: JsonObject, key: string): JsonObject | undefined {
  const found = member(object, key);
  return isObject(found) ? found : undefined;
}
