import { parseAst } from 'rolldown/parseAst';

/**
 * The dependency rule of the source tree: imports go down the list of layers, files never import each other in a circle, and only the
 * entry layers touch the process, the network, the clock or chance.
 */

/** From the top down; the layers of one row may not import each other. */
const LAYERS: readonly (readonly string[])[] = [
  ['cli', 'action'],
  ['github'],
  ['connect'],
  ['report'],
  ['pipeline'],
  ['registry'],
  ['seal'],
  ['stages'],
  ['prove'],
  ['simulate'],
  ['policy'],
  ['machine'],
  ['flow'],
  ['expression'],
  ['schema'],
  ['value'],
  ['workflow'],
  ['store'],
  ['kernel'],
];

const RANK = new Map(LAYERS.flatMap((row, index) => row.map((layer) => [layer, index] as const)));

/** These touch the world and hand it down as interfaces. */
const ENTRY_LAYERS: ReadonlySet<string> = new Set(['cli', 'action', 'github', 'connect']);

/** The only files below the entries that may read files. */
const MAY_READ_FILES: ReadonlySet<string> = new Set(['src/kernel/disk.ts']);

/** Node's own modules that compute and do nothing else. */
const PURE_BUILTINS: ReadonlySet<string> = new Set([
  'node:assert',
  'node:assert/strict',
  'node:buffer',
  'node:path',
  'node:path/posix',
  'node:string_decoder',
  'node:url',
  'node:util',
]);

const FILE_BUILTINS: ReadonlySet<string> = new Set(['node:fs', 'node:fs/promises', 'node:path']);

/** What a pure file may take from `node:crypto`: nothing that draws random numbers. */
const PURE_CRYPTO: ReadonlySet<string> = new Set([
  'KeyObject',
  'createHash',
  'createHmac',
  'createPublicKey',
  'hash',
  'timingSafeEqual',
  'verify',
]);

/** Packages that open connections or start processes. */
const WORLDLY_PACKAGES: readonly string[] = ['@modelcontextprotocol/', '@sigstore/sign'];

const AMBIENT_GLOBALS: ReadonlySet<string> = new Set([
  'EventSource',
  'Intl',
  'WebSocket',
  'fetch',
  'navigator',
  'performance',
  'process',
  'setImmediate',
  'setInterval',
  'setTimeout',
]);

/** Reads the clock, chance or the host: object, then member. */
const AMBIENT_MEMBERS: ReadonlySet<string> = new Set([
  'Date.now',
  'Math.random',
  'crypto.getRandomValues',
  'crypto.randomUUID',
]);

/** Methods whose answer depends on the host's locale or time zone, whatever they are called on. */
const LOCAL_METHODS =
  /^(?:localeCompare|toLocale\w+|toDateString|toTimeString|getTimezoneOffset|[gs]et(?:FullYear|Month|Date|Day|Hours|Minutes|Seconds))$/;

export type SourceFile = {
  /** Relative to the project, with `/`: `src/kernel/json.ts`. */
  readonly path: string;
  readonly text: string;
};

export type Violation = {
  readonly path: string;
  /** From 1. */
  readonly line: number;
  readonly message: string;
};

type Import = {
  readonly specifier: string;
  readonly line: number;
  /** Names taken from the module; undefined when the whole module is (namespace, default or dynamic import). */
  readonly names: readonly string[] | undefined;
};

type Ambient = { readonly what: string; readonly line: number };

type Facts = { readonly imports: readonly Import[]; readonly ambient: readonly Ambient[] };

type Node = { readonly type: string; readonly start: number } & Readonly<Record<string, unknown>>;

/** Checks TypeScript files under `src/`. Violations come sorted by path and line. */
export function checkLayers(files: readonly SourceFile[]): Violation[] {
  const violations: Violation[] = [];
  const graph = new Map<string, { readonly path: string; readonly line: number }[]>();
  for (const file of files) {
    let facts: Facts;
    try {
      facts = readFacts(file);
    } catch (error) {
      violations.push({ path: file.path, line: 1, message: `does not parse: ${String(error)}` });
      continue;
    }
    graph.set(
      file.path,
      facts.imports.flatMap((imported) => {
        const path = resolve(file.path, imported.specifier);
        return path === undefined ? [] : [{ path, line: imported.line }];
      }),
    );
    violations.push(...checkFile(file.path, facts));
  }
  violations.push(...findCircles(graph));
  return violations.sort((a, b) => compare(a.path, b.path) || a.line - b.line || compare(a.message, b.message));
}

function checkFile(path: string, { imports, ambient }: Facts): Violation[] {
  const layer = layerOf(path);
  if (layer === undefined) return [{ path, line: 1, message: 'belongs to no layer' }];
  const violations: Violation[] = [];
  const isTest = path.endsWith('.test.ts');
  for (const { specifier, names, line } of imports) {
    const target = resolve(path, specifier);
    const problem =
      target === undefined
        ? isTest || ENTRY_LAYERS.has(layer)
          ? undefined
          : worldlyImport(path, specifier, names)
        : brokenOrder(layer, target, isTest);
    if (problem !== undefined) violations.push({ path, line, message: problem });
  }
  if (!isTest && !ENTRY_LAYERS.has(layer)) {
    for (const { what, line } of ambient) {
      violations.push({ path, line, message: `uses ${what}, which only ${[...ENTRY_LAYERS].join(', ')} may` });
    }
  }
  return violations;
}

function brokenOrder(layer: string, target: string, isTest: boolean): string | undefined {
  if (!target.startsWith('src/')) {
    return isTest || ENTRY_LAYERS.has(layer) ? undefined : `imports ${target}, which is outside src`;
  }
  const targetLayer = layerOf(target);
  if (targetLayer === undefined) return `imports ${target}, which belongs to no layer`;
  if (targetLayer === layer) return undefined;
  if ((RANK.get(targetLayer) ?? 0) > (RANK.get(layer) ?? 0)) return undefined;
  return `${layer} imports ${targetLayer}, which is not below it`;
}

function worldlyImport(path: string, specifier: string, names: readonly string[] | undefined): string | undefined {
  if (!specifier.startsWith('node:')) {
    return WORLDLY_PACKAGES.some((prefix) => specifier.startsWith(prefix))
      ? `imports ${specifier}, which only ${[...ENTRY_LAYERS].join(', ')} may`
      : undefined;
  }
  if (PURE_BUILTINS.has(specifier)) return undefined;
  if (FILE_BUILTINS.has(specifier) && MAY_READ_FILES.has(path)) return undefined;
  if (specifier === 'node:crypto') {
    const impure = (names ?? ['the whole module']).filter((name) => !PURE_CRYPTO.has(name));
    return impure.length === 0
      ? undefined
      : `imports ${impure.join(', ')} from node:crypto, which may draw random numbers`;
  }
  return `imports ${specifier}, which only ${[...ENTRY_LAYERS].join(', ')} may`;
}

function layerOf(path: string): string | undefined {
  const [root, layer, rest] = path.split('/');
  return root === 'src' && layer !== undefined && rest !== undefined && RANK.has(layer) ? layer : undefined;
}

/** Project path of a relative import; undefined for packages and Node's modules. */
function resolve(from: string, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined;
  const parts = from.split('/').slice(0, -1);
  for (const part of specifier.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.') parts.push(part);
  }
  return parts.join('/');
}

/** One violation per strongly connected set of files, at the import that opens the circle (Tarjan 1972). */
function findCircles(
  graph: ReadonlyMap<string, readonly { readonly path: string; readonly line: number }[]>,
): Violation[] {
  const order = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const violations: Violation[] = [];
  const visit = (path: string): number => {
    const index = order.size;
    order.set(path, index);
    let lowest = index;
    stack.push(path);
    for (const next of graph.get(path) ?? []) {
      if (!graph.has(next.path)) continue;
      if (!order.has(next.path)) lowest = Math.min(lowest, visit(next.path));
      else if (stack.includes(next.path)) lowest = Math.min(lowest, order.get(next.path) ?? index);
    }
    low.set(path, lowest);
    if (lowest === index) {
      const members = stack.splice(stack.indexOf(path)).sort(compare);
      const first = members[0] ?? path;
      const edge = graph.get(first)?.find((next) => members.includes(next.path));
      if (edge !== undefined) {
        violations.push({ path: first, line: edge.line, message: `import circle: ${members.join(', ')}` });
      }
    }
    return lowest;
  };
  for (const path of [...graph.keys()].sort(compare)) if (!order.has(path)) visit(path);
  return violations;
}

function readFacts({ path, text }: SourceFile): Facts {
  const imports: Import[] = [];
  const ambient: Ambient[] = [];
  const lineAt = (offset: number): number => text.slice(0, offset).split('\n').length;

  const visit = (node: Node): void => {
    const line = lineAt(node.start);
    const source = stringOf(node['source']);
    switch (node.type) {
      case 'ImportDeclaration':
      case 'ExportNamedDeclaration':
      case 'ExportAllDeclaration':
      case 'ImportExpression':
      case 'TSImportType':
        if (source !== undefined) imports.push({ specifier: source, line, names: importedNames(node) });
        else if (node.type === 'ImportExpression') ambient.push({ what: 'a computed import()', line });
        break;
      case 'Identifier':
        if (AMBIENT_GLOBALS.has(nameOf(node) ?? '')) ambient.push({ what: nameOf(node) ?? '', line });
        break;
      case 'MemberExpression': {
        const member = nameOf(node['property']) ?? '';
        const whole = `${nameOf(node['object']) ?? ''}.${member}`;
        if (AMBIENT_MEMBERS.has(whole)) ambient.push({ what: whole, line });
        else if (LOCAL_METHODS.test(member)) ambient.push({ what: `.${member}, which depends on the host`, line });
        break;
      }
      case 'CallExpression':
      case 'NewExpression': {
        const count = Array.isArray(node['arguments']) ? node['arguments'].length : 0;
        if (nameOf(node['callee']) === 'Date' && (node.type === 'CallExpression' || count !== 1)) {
          ambient.push({ what: 'Date without one explicit instant', line });
        }
        break;
      }
      default:
    }
    for (const [key, child] of Object.entries(node)) {
      if (isName(node, key)) continue;
      for (const item of Array.isArray(child) ? child : [child]) if (isNode(item)) visit(item);
    }
  };

  const program: unknown = parseAst(text, { lang: 'ts', sourceType: 'module' }, path);
  if (!isNode(program)) throw new TypeError('the parser gave no tree');
  visit(program);
  return { imports, ambient };
}

/** Whether the child under `key` only names a member and refers to no variable. */
function isName(node: Node, key: string): boolean {
  return (key === 'property' || key === 'key') && node['computed'] !== true;
}

function importedNames(node: Node): readonly string[] | undefined {
  const specifiers = node['specifiers'];
  if (!Array.isArray(specifiers)) return undefined;
  const names: string[] = [];
  for (const specifier of specifiers) {
    if (!isNode(specifier)) return undefined;
    const name = nameOf(specifier['imported'] ?? specifier['local']);
    if (
      name === undefined ||
      specifier.type === 'ImportDefaultSpecifier' ||
      specifier.type === 'ImportNamespaceSpecifier'
    ) {
      return undefined;
    }
    names.push(name);
  }
  return names;
}

function nameOf(node: unknown): string | undefined {
  return isNode(node) && typeof node['name'] === 'string' ? node['name'] : undefined;
}

function stringOf(node: unknown): string | undefined {
  return isNode(node) && typeof node['value'] === 'string' ? node['value'] : undefined;
}

function isNode(value: unknown): value is Node {
  return (
    typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string' && 'start' in value
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
