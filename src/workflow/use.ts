import { isArray, isObject, type Json, type JsonObject } from '../kernel/json.ts';
import { child, type Pointer } from '../kernel/pointer.ts';
import type { Reporter } from '../kernel/reporter.ts';
import { brief } from '../kernel/text.ts';
import type { Server } from '../store/model.ts';
import { readCall } from './call.ts';
import { CATALOG_ENDPOINT } from './catalog.ts';
import { readSchema } from './data-flow.ts';
import { readErrorDefinition, STANDARD_ERROR_NAMES, standardNameOf } from './errors.ts';
import { checkOfficialTask } from './official.ts';
import {
  checkOpenObject,
  invalid,
  readLiteral,
  readObject,
  readTimeoutDefinition,
  required,
  type Reusable,
  type ReusableFunction,
  unsupportedKey,
  wrongType,
} from './reader.ts';
import type { ErrorDefinition } from './model.ts';
import { readRetry } from './retry.ts';

const KEYS: readonly string[] = [
  'catalogs',
  'errors',
  'functions',
  'retries',
  'secrets',
  'timeouts',
  'authentications',
  'extensions',
];

/** The reusable parts of a workflow (`use`). */
export function readUse(
  value: Json | undefined,
  at: Pointer,
  servers: ReadonlyMap<string, Server>,
  reporter: Reporter,
): Reusable {
  const fields = value === undefined ? undefined : readObject(value, at, KEYS, reporter);
  const get = (key: string): Json | undefined => fields?.get(key);
  if (get('authentications') !== undefined) {
    unsupportedKey(
      reporter,
      child(at, 'authentications'),
      'use.authentications',
      'a secret that the user binds, in a transport: ${ $secrets.NAME }',
    );
  }
  if (get('extensions') !== undefined)
    unsupportedKey(reporter, child(at, 'extensions'), 'use.extensions', 'tasks where they are needed');
  const withoutFunctions = {
    errors: readMap(get('errors'), child(at, 'errors'), reporter, readNamedError),
    retries: readMap(get('retries'), child(at, 'retries'), reporter, (item, place) => readRetry(item, place, reporter)),
    timeouts: readMap(get('timeouts'), child(at, 'timeouts'), reporter, (item, place) =>
      readTimeoutDefinition(item, place, reporter),
    ),
    catalogs: readCatalogs(get('catalogs'), child(at, 'catalogs'), reporter),
    secrets: readSecrets(get('secrets'), child(at, 'secrets'), reporter),
  };
  const context = {
    reporter,
    servers,
    reusable: { ...withoutFunctions, functions: new Map<string, ReusableFunction | undefined>() },
  };
  const functions = readMap(get('functions'), child(at, 'functions'), reporter, (item, place, name) => {
    const before = reporter.count;
    if (name === 'mcp' || /[:@/]/.test(name)) reporter.reportKey('structure/bad-name', place, { name: brief(name) });
    const definition = readObject(item, place, ['call', 'with', 'input', 'metadata'], reporter);
    if (definition !== undefined) checkOpenObject(definition, 'metadata', reporter);
    const called = definition === undefined ? undefined : required(definition, 'call', reporter);
    if (definition === undefined || called === undefined) return undefined;
    const callee = readLiteral(called, definition.place('call'), 'what a function calls', reporter);
    const call = callee === undefined ? undefined : readCall(callee, definition, context);
    const input = definition.get('input');
    const schema = input === undefined ? undefined : readFunctionInput(input, definition.place('input'), reporter);
    if (reporter.count === before) checkOfficialTask('call', definition.value, place, reporter);
    return call === undefined ? undefined : { call, ...(schema === undefined ? {} : { schema }) };
  });
  return { ...withoutFunctions, functions };

  /** A contract lists the error by its key, so that a key must not promise one standard error and raise another. */
  function readNamedError(item: Json, place: Pointer, name: string): ErrorDefinition | undefined {
    if (!/^[A-Za-z][A-Za-z0-9-]{0,63}$/.test(name))
      reporter.reportKey('structure/bad-name', place, { name: brief(name) });
    const definition = readErrorDefinition(item, place, reporter);
    if (definition === undefined) return undefined;
    const found = standardNameOf(definition.type) ?? definition.name;
    if (found !== name && (STANDARD_ERROR_NAMES.includes(name) || standardNameOf(definition.type) !== undefined)) {
      reporter.report('structure/identity-mismatch', child(place, 'type'), {
        field: 'the last segment of type',
        expected: brief(name),
        found,
      });
      return undefined;
    }
    return { ...definition, name };
  }
}

function readFunctionInput(value: Json, at: Pointer, reporter: Reporter): JsonObject | undefined {
  const fields = readObject(value, at, ['schema', 'from'], reporter);
  if (fields?.get('from') !== undefined)
    unsupportedKey(reporter, child(at, 'from'), 'input.from of a function', 'expressions in its with');
  const schema = fields?.get('schema');
  return schema === undefined ? undefined : readSchema(schema, child(at, 'schema'), reporter);
}

function readMap<T>(
  value: Json | undefined,
  at: Pointer,
  reporter: Reporter,
  read: (item: Json, place: Pointer, name: string) => T | undefined,
): ReadonlyMap<string, T | undefined> {
  const fields = value === undefined ? undefined : readObject(value, at, null, reporter);
  return new Map(
    Object.entries(fields?.value ?? {}).map(([name, item]) => [name, read(item, child(at, name), name)] as const),
  );
}

function readCatalogs(value: Json | undefined, at: Pointer, reporter: Reporter): ReadonlySet<string> {
  const names = new Set<string>();
  const fields = value === undefined ? undefined : readObject(value, at, null, reporter);
  for (const [name, item] of Object.entries(fields?.value ?? {})) {
    const place = child(at, name);
    if (name !== 'proofmark') {
      unsupportedKey(reporter, place, `the catalog ${brief(name, 40)}`, 'the functions of the catalog proofmark');
      continue;
    }
    names.add(name);
    const catalog = readObject(item, place, ['endpoint'], reporter);
    const endpoint = catalog === undefined ? undefined : required(catalog, 'endpoint', reporter);
    const inner = isObject(endpoint) ? readObject(endpoint, child(place, 'endpoint'), ['uri'], reporter) : undefined;
    const uri = inner === undefined ? endpoint : required(inner, 'uri', reporter);
    if (uri === undefined) continue;
    const literal = readLiteral(uri, child(place, 'endpoint'), 'the endpoint of a catalog', reporter);
    // We read the shipped folder and never fetch; another engine would load its functions from wherever this says.
    if (literal !== undefined && literal !== CATALOG_ENDPOINT)
      invalid(reporter, child(place, 'endpoint'), `the endpoint of the catalog proofmark is ${CATALOG_ENDPOINT}`);
  }
  return names;
}

function readSecrets(value: Json | undefined, at: Pointer, reporter: Reporter): ReadonlySet<string> {
  if (value === undefined) return new Set();
  if (!isArray(value)) return wrongType(reporter, at, 'array', value) ?? new Set();
  const names = new Set<string>();
  value.forEach((item, i) => {
    if (typeof item === 'string') names.add(item);
    else wrongType(reporter, child(at, i), 'string', item);
  });
  return names;
}
