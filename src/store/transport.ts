import { isArray, isObject, type Json, type JsonObject, typeName } from '../kernel/json.ts';
import { child, type Pointer } from '../kernel/pointer.ts';
import type { Reporter } from '../kernel/reporter.ts';
import { brief } from '../kernel/text.ts';
import { credentialIn, isSecretHeader, isSecretName } from './credential.ts';
import { exactPackage } from './version.ts';

/**
 * Checks an MCP transport (OWS 1.0.3, "MCP Transport"): only keys that the specification names, only literals or
 * whole-string `${ $secrets.NAME }`, no credentials, no floating versions. Reports; returns the transport where it has
 * the right shape.
 */
export function checkTransport(value: Json, at: Pointer, reporter: Reporter): JsonObject | undefined {
  if (!isObject(value)) return mismatch(reporter, at, 'object', value);
  const before = reporter.count;
  keys(value, at, ['http', 'stdio', 'options'], reporter);
  const { http, stdio, options } = value;
  if ((http === undefined) === (stdio === undefined)) {
    reporter.report('structure/invalid-value', at, { detail: 'a transport is either http or stdio' });
  }
  if (http !== undefined) checkHttp(http, child(at, 'http'), reporter);
  if (stdio !== undefined) checkStdio(stdio, child(at, 'stdio'), reporter);
  if (options !== undefined) checkTexts(options, child(at, 'options'), reporter, isSecretName);
  return reporter.count === before ? value : undefined;
}

/** The name of a binding where the text is `${ $secrets.NAME }` and nothing else. */
export function bindingIn(text: string): string | undefined {
  return /^\s*\$\{\s*\$secrets\.([A-Za-z_][A-Za-z0-9_]{0,63})\s*\}\s*$/.exec(text)?.[1];
}

/** The names of all bindings in a transport. */
export function bindingsOf(transport: Json): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (value: Json): void => {
    if (typeof value === 'string') {
      const name = bindingIn(value);
      if (name !== undefined) names.add(name);
    } else if (isArray(value)) value.forEach(visit);
    else if (isObject(value)) Object.values(value).forEach(visit);
  };
  visit(transport);
  return names;
}

function checkHttp(value: Json, at: Pointer, reporter: Reporter): void {
  if (!isObject(value)) return mismatch(reporter, at, 'object', value);
  keys(value, at, ['endpoint', 'headers'], reporter);
  const { endpoint, headers } = value;
  if (endpoint === undefined) reporter.report('structure/missing-key', at, { key: 'endpoint' });
  else if (typeof endpoint === 'string') checkEndpoint(endpoint, child(at, 'endpoint'), reporter);
  else if (isObject(endpoint)) {
    keys(endpoint, child(at, 'endpoint'), ['uri', 'authentication'], reporter);
    if (endpoint['authentication'] !== undefined) {
      reporter.reportKey('structure/unsupported-feature', child(at, 'endpoint', 'authentication'), {
        feature: 'authentication',
        instead: 'let the user bind a secret: a header of ${ $secrets.NAME }',
      });
    }
    const uri = endpoint['uri'];
    if (typeof uri === 'string') checkEndpoint(uri, child(at, 'endpoint', 'uri'), reporter);
    else reporter.report('structure/missing-key', child(at, 'endpoint'), { key: 'uri' });
  } else mismatch(reporter, child(at, 'endpoint'), 'string', endpoint);
  if (headers !== undefined) checkTexts(headers, child(at, 'headers'), reporter, isSecretHeader);
}

function checkEndpoint(endpoint: string, at: Pointer, reporter: Reporter): void {
  if (bindingIn(endpoint) !== undefined) return;
  if (!checkLiteral(endpoint, at, reporter)) return;
  if (!/^https?:\/\//i.test(endpoint) || !URL.canParse(endpoint)) {
    reporter.report('structure/invalid-value', at, { detail: 'an endpoint is an absolute https address' });
    return;
  }
  const url = new URL(endpoint);
  if (url.protocol === 'http:' && !isLoopback(url)) {
    reporter.report('structure/invalid-value', at, {
      detail: 'an endpoint is https; http only on this machine (127.0.0.1, localhost)',
    });
  } else if (url.username !== '' || url.password !== '') {
    reporter.report('structure/literal-credential', at, { kind: 'name or password in an address' });
  } else if (/[{}]/.test(endpoint)) {
    reporter.report('structure/invalid-value', at, { detail: 'an endpoint is a literal: no URI template' });
  }
}

function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}

function checkStdio(value: Json, at: Pointer, reporter: Reporter): void {
  if (!isObject(value)) return mismatch(reporter, at, 'object', value);
  keys(value, at, ['command', 'arguments', 'environment'], reporter);
  const { command, arguments: list, environment } = value;
  if (command === undefined) reporter.report('structure/missing-key', at, { key: 'command' });
  else if (typeof command !== 'string') mismatch(reporter, child(at, 'command'), 'string', command);
  else checkLiteral(command, child(at, 'command'), reporter);
  const texts: string[] = [];
  if (list !== undefined && !isArray(list)) mismatch(reporter, child(at, 'arguments'), 'array', list);
  else {
    for (const [i, item] of (list ?? []).entries()) {
      if (typeof item !== 'string') mismatch(reporter, child(at, 'arguments', i), 'string', item);
      else {
        texts.push(item);
        checkLiteral(item, child(at, 'arguments', i), reporter);
      }
    }
  }
  if (typeof command === 'string' && isArray(list ?? [])) checkPinned(command, texts, at, reporter);
  if (environment === undefined) return;
  checkTexts(environment, child(at, 'environment'), reporter, isSecretName);
  if (!isObject(environment)) return;
  for (const name of Object.keys(environment)) {
    if (!CODE_LOADING.test(name)) continue;
    const detail = `${brief(name, 40)} makes a program run other code than its own`;
    reporter.reportKey('structure/invalid-value', child(at, 'environment', name), { detail });
  }
}

/** Variables that loaders of programs obey. */
const CODE_LOADING = /^(?:NODE_.*|LD_.*|DYLD_.*|PATH|npm_.*|BASH_ENV|ENV|PYTHON(?:PATH|STARTUP|HOME))$/i;

/**
 * A server of its own process is an npm package in one version, so that any engine can run it: `npx -y name@1.2.3 …`
 * (DESIGN 10). What nothing pins is refused as floating.
 */
function checkPinned(command: string, texts: readonly string[], at: Pointer, reporter: Reporter): void {
  if (command !== 'npx') {
    const instead = 'npx with -y and a package in an exact version';
    reporter.report('structure/unsupported-feature', child(at, 'command'), {
      feature: `the command ${brief(command, 60)}`,
      instead,
    });
    return;
  }
  const index = texts[0] === '-y' ? 1 : texts.findIndex((text) => !text.startsWith('-'));
  const text = texts[index];
  if (text === undefined || exactPackage(text) === undefined) {
    const place = text === undefined ? child(at, 'arguments') : child(at, 'arguments', index);
    reporter.report('structure/floating-version', place, { text: brief(text ?? command) });
  } else if (index !== 1) {
    const detail = 'the arguments of npx start with -y, then a package in an exact version';
    reporter.report('structure/invalid-value', child(at, 'arguments'), { detail });
  }
}

function checkTexts(value: Json, at: Pointer, reporter: Reporter, secret: (name: string) => boolean): void {
  if (!isObject(value)) return mismatch(reporter, at, 'object', value);
  for (const [name, text] of Object.entries(value)) {
    const place = child(at, name);
    if (typeof text !== 'string') mismatch(reporter, place, 'string', text);
    else if (
      bindingIn(text) === undefined &&
      checkLiteral(text, place, reporter) &&
      text !== '' &&
      secret(name) &&
      credentialIn(text) === undefined
    ) {
      // What looks like a credential by itself is reported where all strings of a document are searched.
      reporter.report('structure/literal-credential', place, { kind: `value of ${brief(name, 40)}` }, 'likely');
    }
  }
}

function checkLiteral(text: string, at: Pointer, reporter: Reporter): boolean {
  if (!text.includes('${') || bindingIn(text) !== undefined) return true;
  const detail = 'a transport holds literals, or ${ $secrets.NAME } as a whole string';
  reporter.report('structure/invalid-value', at, { detail });
  return false;
}

function keys(value: JsonObject, at: Pointer, known: readonly string[], reporter: Reporter): void {
  for (const key of Object.keys(value)) if (!known.includes(key)) reporter.unknownKey(at, key, known);
}

function mismatch(reporter: Reporter, at: Pointer, expected: string, found: Json): undefined {
  reporter.report('structure/wrong-type', at, { expected, found: typeName(found) });
}
