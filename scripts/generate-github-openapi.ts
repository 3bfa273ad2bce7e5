import { existsSync, readFileSync } from 'node:fs';
import type { Generated, Generator } from './generated.ts';

/**
 * The part of GitHub's own OpenAPI description that the tests hold requests and answers against. The whole is 13 MB in a
 * package of 385 MB, so that only this part is kept: `npm install --no-save @octokit/openapi@23.0.2`, then generate.
 */
const SOURCE = 'node_modules/@octokit/openapi/generated/api.github.com.json';
const TARGET = 'test/github/generated/openapi.json';

const OPERATIONS: readonly (readonly [path: string, method: string])[] = [
  ['/repos/{owner}/{repo}/compare/{basehead}', 'get'],
  ['/repos/{owner}/{repo}/git/matching-refs/{ref}', 'get'],
  ['/repos/{owner}/{repo}/releases', 'get'],
  ['/repos/{owner}/{repo}/releases', 'post'],
  ['/repos/{owner}/{repo}/releases/{release_id}', 'patch'],
  ['/repos/{owner}/{repo}/releases/{release_id}', 'delete'],
  ['/repos/{owner}/{repo}/releases/{release_id}/assets', 'post'],
];

/** Says nothing about what is valid. */
const PROSE: ReadonlySet<string> = new Set([
  'description',
  'summary',
  'example',
  'examples',
  'externalDocs',
  'tags',
  'title',
]);

type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

export const githubOpenapi: Generator = {
  name: 'github-openapi',
  unavailable: existsSync(SOURCE) ? undefined : '@octokit/openapi is not installed',
  generate() {
    const whole = asObject(JSON.parse(readFileSync(SOURCE, 'utf8')) as JsonValue);
    return Promise.resolve<readonly Generated[]>([
      { path: TARGET, text: `${JSON.stringify(slice(whole), null, 1)}\n` },
    ]);
  },
};

function slice(whole: Readonly<Record<string, JsonValue>>): JsonValue {
  const paths: Record<string, Record<string, JsonValue>> = {};
  for (const [path, method] of OPERATIONS) {
    const operation = asObject(whole['paths'])[path];
    const found = operation === undefined ? undefined : asObject(operation)[method];
    if (found === undefined) throw new Error(`the description has no ${method} ${path}`);
    (paths[path] ??= {})[method] = plain(found);
  }
  const components: Record<string, Record<string, JsonValue>> = {};
  const pending = [...referencesIn(paths)];
  for (let reference = pending.pop(); reference !== undefined; reference = pending.pop()) {
    const [kind = '', name = ''] = reference.replace('#/components/', '').split('/');
    if (components[kind]?.[name] !== undefined) continue;
    const source = asObject(asObject(whole['components'])[kind])[name] ?? null;
    const found = kind === 'responses' ? response(source) : plain(source);
    (components[kind] ??= {})[name] = found;
    pending.push(...referencesIn(found));
  }
  const { openapi = '', info = {} } = whole;
  const { version = '', license = {} } = asObject(info);
  return {
    openapi,
    info: { title: "A part of GitHub's REST API", version, license },
    paths,
    components: sorted(Object.fromEntries(Object.entries(components).map(([kind, named]) => [kind, sorted(named)]))),
  };
}

/** Members of these are named by whoever wrote the description; what looks like prose among them is a name. */
const MAPS: ReadonlySet<string> = new Set(['properties', 'headers', 'responses']);

/** Without prose and examples. */
function plain(value: JsonValue, key = ''): JsonValue {
  if (Array.isArray(value)) return value.map((item: JsonValue) => plain(item));
  if (!isObject(value)) return value;
  const kept = Object.entries(value).filter(([name]) => MAPS.has(key) || !(PROSE.has(name) || name.startsWith('x-')));
  const entries = kept.map(([name, item]) => [name, key === 'responses' ? response(item) : plain(item, name)] as const);
  return Object.fromEntries(entries);
}

/** A response must have a description. */
function response(value: JsonValue): JsonValue {
  const found = asObject(plain(value));
  return '$ref' in found ? found : { description: '', ...found };
}

function referencesIn(value: JsonValue): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(referencesIn);
  if (!isObject(value)) return [];
  const own = value['$ref'];
  return [...(typeof own === 'string' ? [own] : []), ...Object.values(value).flatMap(referencesIn)];
}

function sorted<T>(given: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(given).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function isObject(value: JsonValue): value is Readonly<Record<string, JsonValue>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function asObject(value: JsonValue | undefined): Readonly<Record<string, JsonValue>> {
  if (value === undefined || !isObject(value)) throw new Error('the description is not as expected');
  return value;
}
