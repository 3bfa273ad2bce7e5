import { isArray, isObject, type Json, type JsonObject, typeName } from '../kernel/json.ts';
import { child, type Pointer } from '../kernel/pointer.ts';
import type { Reporter } from '../kernel/reporter.ts';
import { brief } from '../kernel/text.ts';
import { credentialIn, isSecretHeader, isSecretName } from './credential.ts';
import { exactVersion } from './version.ts';

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
  if (!/^https?:\/\/[^\s/?#]+/i.test(endpoint) || !URL.canParse(endpoint)) {
    reporter.report('structure/invalid-value', at, { detail: 'an endpoint is an absolute http or https address' });
  } else if (/[{}]/.test(endpoint)) {
    reporter.report('structure/invalid-value', at, { detail: 'an endpoint is a literal: no URI template' });
  }
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
  if (typeof command === 'string') checkPinned(command, texts, child(at, 'arguments'), reporter);
  if (environment !== undefined) checkTexts(environment, child(at, 'environment'), reporter, isSecretName);
}

/** Commands that fetch what they run, by the last part of their path. */
const FETCHERS: ReadonlySet<string> = new Set(['npx', 'bunx', 'pnpx', 'uvx', 'pipx']);

function checkPinned(command: string, texts: readonly string[], at: Pointer, reporter: Reporter): void {
  const fetcher = (command.split(/[\\/]/).at(-1) ?? '').replace(/\.(?:cmd|exe)$/i, '');
  const subject = FETCHERS.has(fetcher) ? packageIndex(texts) : -1;
  for (const [i, text] of texts.entries()) {
    const floating =
      i === subject ? exactVersion(text) === undefined : /[@=](?:latest|next|beta|canary|\*|[\^~<>])/i.test(text);
    if (floating) reporter.report('structure/floating-version', child(at, i), { text: brief(text) });
  }
  if (FETCHERS.has(fetcher) && subject === -1)
    reporter.report('structure/floating-version', at, { text: brief(command) });
}

/** The argument that names the package: the value of `-p`/`--package`/`--from`, else the first that is no flag. */
function packageIndex(texts: readonly string[]): number {
  const named = texts.findIndex((text) => ['-p', '--package', '--from'].includes(text));
  if (named !== -1 && named + 1 < texts.length) return named + 1;
  return texts.findIndex((text) => !text.startsWith('-') && text !== 'run');
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
