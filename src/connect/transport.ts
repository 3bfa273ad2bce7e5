import { valid } from 'semver';
import type { Json, JsonObject } from '../kernel/json.ts';
import { isArray, isObject, member } from '../kernel/json.ts';
import { bindingIn } from '../store/transport.ts';
import { ConnectError } from './error.ts';

/** An exact version of an npm package. */
export interface PackageSpec {
  readonly name: string;
  readonly version: string;
}

/** Where a server is, with every binding filled in. */
export type Endpoint =
  | {
      readonly kind: 'stdio';
      readonly package: PackageSpec;
      readonly arguments: readonly string[];
      readonly environment: ReadonlyMap<string, string>;
    }
  | { readonly kind: 'http'; readonly url: URL; readonly headers: ReadonlyMap<string, string> };

const PACKAGE_NAME = /^(?:@[a-z0-9][a-z0-9._-]*\/)?[a-z0-9][a-z0-9._-]*$/;
const ENVIRONMENT_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;

/** Variables by which an environment would load code into the server instead of configuring it. */
const CODE_LOADING = /^(?:NODE_.*|LD_.*|DYLD_.*|PATH|npm_.*)$/i;

/** `name@1.2.3`; ranges and tags are refused. */
export function parsePackageSpec(text: string): PackageSpec {
  const at = text.lastIndexOf('@');
  const name = text.slice(0, Math.max(at, 0));
  const version = text.slice(at + 1);
  if (!PACKAGE_NAME.test(name) || valid(version) !== version) {
    throw new ConnectError('bad-transport', `${JSON.stringify(text)} is not a package with an exact version`, {
      remedy: 'write it as name@1.2.3',
    });
  }
  return { name, version };
}

/**
 * The endpoint of an OWS transport (DSL reference, "MCP Transport") whose `${ $secrets.NAME }` are replaced by `bindings`.
 * Throws {@link ConnectError} for any other shape, and for a binding that nobody supplied.
 */
export function resolveTransport(transport: JsonObject, bindings: ReadonlyMap<string, string>): Endpoint {
  const { stdio, http } = members(transport, ['stdio', 'http'], 'transport');
  if ((stdio === undefined) === (http === undefined)) bad('transport takes exactly one of stdio and http');
  return stdio === undefined ? resolveHttp(http ?? null, bindings) : resolveStdio(stdio, bindings);
}

function resolveStdio(stdio: Json, bindings: ReadonlyMap<string, string>): Endpoint {
  const parts = members(stdio, ['command', 'arguments', 'environment'], 'stdio');
  if (parts['command'] !== 'npx') bad('stdio servers are npm packages: command is npx');
  const list = parts['arguments'];
  if (!isArray(list)) bad('stdio needs arguments');
  const [yes, spec, ...rest] = list;
  if (yes !== '-y' || typeof spec !== 'string')
    bad('stdio arguments start with -y and a package with an exact version');
  return {
    kind: 'stdio',
    package: parsePackageSpec(spec),
    arguments: rest.map((argument) => fill(argument, bindings)),
    environment: strings(
      parts['environment'],
      bindings,
      (name) => ENVIRONMENT_NAME.test(name) && !CODE_LOADING.test(name),
    ),
  };
}

function resolveHttp(http: Json, bindings: ReadonlyMap<string, string>): Endpoint {
  const parts = members(http, ['endpoint', 'headers'], 'http');
  const endpoint = parts['endpoint'] ?? null;
  const text = fill(isObject(endpoint) ? (members(endpoint, ['uri'], 'endpoint')['uri'] ?? null) : endpoint, bindings);
  if (!URL.canParse(text)) bad('endpoint is not a URL');
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') bad('endpoint holds credentials');
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url))) {
    bad('endpoint must be https (http only on loopback)');
  }
  return { kind: 'http', url, headers: strings(parts['headers'], bindings, (name) => HEADER_NAME.test(name)) };
}

/** Whether a URL can only mean this machine. */
export function isLoopback(url: URL): boolean {
  return url.hostname === 'localhost' || url.hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(url.hostname);
}

function fill(value: Json, bindings: ReadonlyMap<string, string>): string {
  if (typeof value !== 'string') bad('transport holds something other than text');
  const name = bindingIn(value);
  if (name === undefined) {
    if (value.includes('${')) bad(`${JSON.stringify(value)} is no whole-string \${ $secrets.NAME }`);
    return clean(value);
  }
  const bound = bindings.get(name);
  if (bound === undefined) {
    throw new ConnectError('missing-binding', `the binding ${name} has no value`, {
      remedy: `give --bind ${name}=VALUE`,
    });
  }
  return clean(bound);
}

/** The operating system ends an argument at NUL and a header at a line break. */
function clean(text: string): string {
  if (/[\0\r\n]/.test(text)) bad('a value of the transport holds a control character');
  return text;
}

function strings(
  value: Json | undefined,
  bindings: ReadonlyMap<string, string>,
  accepts: (name: string) => boolean,
): ReadonlyMap<string, string> {
  if (value === undefined) return new Map();
  if (!isObject(value)) bad('environment and headers are maps of text');
  return new Map(
    Object.entries(value).map(([name, inner]) => {
      if (!accepts(name)) bad(`${JSON.stringify(name)} may not be set`);
      return [name, fill(inner, bindings)];
    }),
  );
}

function members<K extends string>(value: Json, allowed: readonly K[], what: string): { readonly [P in K]?: Json } {
  if (!isObject(value)) bad(`${what} is not a map`);
  const unknown = Object.keys(value).find((key) => !(allowed as readonly string[]).includes(key));
  if (unknown !== undefined) bad(`${what} has the unknown key ${JSON.stringify(unknown)}`);
  const entries = allowed.flatMap((key) => {
    const found = member(value, key);
    return found === undefined ? [] : [[key, found] as const];
  });
  // fromEntries widens the keys to string.
  return Object.fromEntries(entries) as { readonly [P in K]?: Json };
}

function bad(detail: string): never {
  throw new ConnectError('bad-transport', detail, { remedy: 'correct the transport in the tool contract' });
}
