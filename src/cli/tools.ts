import { lstatSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type Captured, compareTools, type Difference, writeContract } from '../connect/contract.ts';
import { ConnectError } from '../connect/error.ts';
import type { InstalledPackage } from '../connect/npm.ts';
import { openEndpoint, packageOf, type Surroundings } from '../connect/server.ts';
import { type Endpoint, parsePackageSpec, resolveTransport } from '../connect/transport.ts';
import { readFile } from '../kernel/disk.ts';
import { parseDocument } from '../kernel/document.ts';
import { encodeLine } from '../kernel/encode.ts';
import type { Json, JsonObject } from '../kernel/json.ts';
import { equalJson, isArray, isObject, member } from '../kernel/json.ts';
import { assert } from '../kernel/result.ts';
import { checkSchema } from '../schema/check.ts';
import { bindingsFrom, explainConnection } from './connection.ts';
import { type ExitCode, type Io, UsageError } from './io.ts';

/** `proofmark tools capture SERVER`: writes a tool contract from the running server, or with `--check` compares them. */
export async function run(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      store: { type: 'string', default: '.' },
      package: { type: 'string' },
      url: { type: 'string' },
      arg: { type: 'string', multiple: true },
      env: { type: 'string', multiple: true },
      bind: { type: 'string', multiple: true, default: [] },
      check: { type: 'boolean', default: false },
    },
  });
  const [action, server, ...rest] = positionals;
  if (action !== 'capture') throw new UsageError('tools knows one action: capture');
  if (server === undefined || rest.length > 0)
    throw new UsageError('name one server, for example: tools capture payments');
  if (!/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(server)) {
    throw new UsageError('a server is named with lowercase letters, digits and hyphens');
  }
  const store = resolve(io.cwd, values.store);
  const path = `tools/${server}.yaml`;
  try {
    const existing = readContract(store, path);
    if (values.check && existing === undefined) throw new UsageError(`there is no ${path} to check`);
    const asked = { package: values.package, url: values.url, arguments: values.arg, environment: values.env };
    if (values.check && Object.values(asked).some((option) => option !== undefined)) {
      throw new UsageError('--check takes the server and its arguments from the contract');
    }
    const transport = transportOf(existing?.contract, asked);
    const seen = await look(transport, bindingsFrom(values.bind), { from: [store, io.cwd], cwd: io.cwd, env: io.env });
    return values.check && existing !== undefined
      ? check(path, existing, seen, io)
      : capture(store, path, server, transport, existing, seen, io);
  } catch (error) {
    if (!(error instanceof ConnectError)) throw error;
    io.stderr(explainConnection('proofmark tools', error));
    return 2;
  }
}

interface Existing {
  readonly contract: JsonObject;
  readonly source: string;
}

interface Seen {
  readonly endpoint: Endpoint;
  readonly package: InstalledPackage | undefined;
  readonly tools: readonly JsonObject[];
}

function readContract(store: string, path: string): Existing | undefined {
  const file = join(store, path);
  const stat = lstatSync(file, { throwIfNoEntry: false });
  if (stat === undefined) return undefined;
  if (!stat.isFile()) throw new UsageError(`${path} is not a regular file`);
  const bytes = readFile(file);
  const { value, findings } = parseDocument(path, bytes);
  const [first] = findings;
  if (first !== undefined)
    throw new UsageError(`${path}:${first.place.line}:${first.place.column}: ${first.rule}; correct the file first`);
  if (!isObject(value)) throw new UsageError(`${path} is not a tool contract`);
  return { contract: value, source: new TextDecoder().decode(bytes) };
}

/** How the command line says where the server is. */
interface Asked {
  readonly package: string | undefined;
  readonly url: string | undefined;
  readonly arguments: readonly string[] | undefined;
  readonly environment: readonly string[] | undefined;
}

const FIRST = 'a first capture needs --package NAME@VERSION or --url ADDRESS';

/** The transport to capture: what the command line asks for, over what the contract has. */
function transportOf(contract: JsonObject | undefined, asked: Asked): JsonObject {
  const known = contract === undefined ? undefined : member(contract, 'transport');
  const { package: spec, arguments: given, environment } = asked;
  if (asked.url !== undefined) {
    if (spec !== undefined || given !== undefined || environment !== undefined)
      throw new UsageError('--url takes neither --package nor --arg nor --env');
    const http = isObject(known) ? member(known, 'http') : undefined;
    return { http: { ...(isObject(http) ? http : {}), endpoint: asked.url } };
  }
  if (spec === undefined && given === undefined && environment === undefined) {
    if (isObject(known)) return known;
    throw new UsageError(FIRST);
  }
  const stdio = isObject(known) ? member(known, 'stdio') : undefined;
  const old = isObject(stdio) ? stdio : {};
  const knownArguments = member(old, 'arguments');
  const [, knownSpec, ...knownRest] = isArray(knownArguments) ? knownArguments : [];
  const chosen = spec ?? knownSpec;
  if (typeof chosen !== 'string') throw new UsageError(FIRST);
  parsePackageSpec(chosen);
  return {
    stdio: {
      ...old,
      command: 'npx',
      arguments: ['-y', chosen, ...(given ?? knownRest)],
      ...(environment === undefined ? {} : { environment: Object.fromEntries(environment.map(variable)) }),
    },
  };
}

function variable(text: string): readonly [name: string, value: string] {
  const at = text.indexOf('=');
  if (at < 1) throw new UsageError('--env takes NAME=VALUE');
  return [text.slice(0, at), text.slice(at + 1)];
}

async function look(transport: JsonObject, bindings: ReadonlyMap<string, string>, where: Surroundings): Promise<Seen> {
  const endpoint = resolveTransport(transport, bindings);
  const found = endpoint.kind === 'stdio' ? packageOf(endpoint, where) : undefined;
  const server = await openEndpoint(endpoint, found, where);
  try {
    return { endpoint, package: found, tools: await server.tools() };
  } finally {
    await server.close();
  }
}

function check(path: string, existing: Existing, seen: Seen, io: Io): ExitCode {
  const differences = [
    ...comparePins(existing.contract, seen.package),
    ...compareTools(existing.contract, existing.source, seen.tools),
  ];
  if (differences.length === 0) {
    io.stdout(`${path}: the server is as captured, ${count(seen.tools.length, 'tool')}\n`);
    return 0;
  }
  io.stdout(
    `${path}: the server has changed under its pin\n${differences
      .slice(0, SHOWN)
      .map((one) => `  ${spell(one)}\n`)
      .join('')}`,
  );
  if (differences.length > SHOWN) io.stdout(`  … and ${differences.length - SHOWN} more\n`);
  io.stdout('If the change is wanted, capture again and have the contract reviewed.\n');
  return 1;
}

function capture(
  store: string,
  path: string,
  server: string,
  transport: JsonObject,
  existing: Existing | undefined,
  seen: Seen,
  io: Io,
): ExitCode {
  const [tampered] =
    existing === undefined
      ? []
      : comparePins(existing.contract, seen.package).filter(({ kind }) => kind === 'integrity');
  if (tampered !== undefined) {
    io.stderr(`proofmark tools: ${spell(tampered)}; one version of a package never changes its bytes: do not run it\n`);
    return 1;
  }
  const captured: Captured = { server, transport, package: seen.package, tools: seen.tools };
  const text = writeContract(captured, existing?.source);
  const written = parseDocument(path, new TextEncoder().encode(text));
  const [unfit] = written.findings;
  if (unfit !== undefined) {
    throw new ConnectError(
      'hostile-reply',
      `the server's schemas hold what no contract may: ${unfit.rule} at ${unfit.place.pointer}`,
      {
        remedy: 'report it to the authors of the server',
      },
    );
  }
  assert(holds(written.value, captured), `${path} reads as what was captured`);
  if (existing?.source === text) {
    io.stdout(`${path}: nothing has changed, ${count(seen.tools.length, 'tool')}\n`);
    return 0;
  }
  save(join(store, path), text);
  const from = seen.package === undefined ? 'the server' : `${seen.package.name} ${seen.package.version}`;
  io.stdout(`${path}: ${count(seen.tools.length, 'tool')} of ${from}\n`);
  const differences = existing === undefined ? [] : compareTools(existing.contract, existing.source, seen.tools);
  io.stdout(
    differences
      .slice(0, SHOWN)
      .map((one) => `  ${spell(one)}\n`)
      .join(''),
  );
  if (differences.length > SHOWN) io.stdout(`  … and ${differences.length - SHOWN} more\n`);
  warn(path, seen.tools, io);
  const undecided =
    existing === undefined ? seen.tools.length : differences.filter(({ kind }) => kind === 'tool-added').length;
  if (undecided > 0)
    io.stdout(
      `Decide effect, class and the rest for ${count(undecided, 'new tool')}: until then each is taken at its worst.\n`,
    );
  return 0;
}

const SHOWN = 40;

/** Schemas that cannot be evaluated, so that no store takes them: maintainers leave those tools out. */
function warn(path: string, tools: readonly JsonObject[], io: Io): void {
  const unfit = tools.flatMap((tool) =>
    (['inputSchema', 'outputSchema'] as const).flatMap((key) => {
      const schema = member(tool, key);
      const [first] =
        schema === undefined ? [] : checkSchema(schema, key === 'inputSchema' ? {} : { formats: 'annotation' });
      return first === undefined ? [] : [{ name: textAt(tool, 'name'), key, first }];
    }),
  );
  for (const { name, key, first } of unfit.slice(0, SHOWN))
    io.stderr(`${path}: ${said(name)} cannot be used: its ${key}${said(first.pointer)}: ${said(first.detail)}\n`);
  if (unfit.length > 0) io.stderr('Leave these tools out of the contract: verify refuses it as it is.\n');
}

/** Whether a written contract holds every schema of the capture: a reader must see what the server said. */
function holds(contract: Json | undefined, captured: Captured): boolean {
  const tools = isObject(contract) ? member(contract, 'tools') : undefined;
  if (!isObject(contract) || !isObject(tools)) return false;
  if (!equalJson(member(contract, 'transport') ?? null, captured.transport)) return false;
  return captured.tools.every((tool) => {
    const name = member(tool, 'name');
    const entry = typeof name === 'string' ? member(tools, name) : undefined;
    return (
      isObject(entry) &&
      equalJson(member(entry, 'input') ?? null, member(tool, 'inputSchema') ?? null) &&
      equalJson(member(entry, 'output') ?? null, member(tool, 'outputSchema') ?? null)
    );
  });
}

function comparePins(contract: JsonObject, found: InstalledPackage | undefined): readonly Difference[] {
  const origin = member(contract, 'origin');
  if (found === undefined || !isObject(origin) || member(origin, 'kind') !== 'captured') return [];
  const pinned = `${textAt(origin, 'package')}@${textAt(origin, 'version')}`;
  const here = `${found.name}@${found.version}`;
  if (pinned !== here) return [{ kind: 'version', contract: pinned, server: here }];
  return (['integrity', 'lock'] as const).flatMap((kind) => {
    const contract = textAt(origin, kind);
    return contract === found[kind] ? [] : [{ kind, contract, server: found[kind] }];
  });
}

function textAt(object: JsonObject, key: string): string {
  const found = member(object, key);
  return typeof found === 'string' ? found : 'nothing';
}

function spell(difference: Difference): string {
  switch (difference.kind) {
    case 'integrity':
      return `the package has other bytes: ${said(difference.contract)} in the contract, ${said(difference.server)} here`;
    case 'lock':
      return `the locked dependencies are others: ${said(difference.contract)} in the contract, ${said(difference.server)} here`;
    case 'version':
      return `the package is another: ${said(difference.contract)} in the contract, ${said(difference.server)} here`;
    case 'tool-added':
      return `${said(difference.tool)}: a new tool`;
    case 'tool-removed':
      return `${said(difference.tool)}: the server no longer has this tool`;
    case 'schema': {
      const at = `${said(difference.tool)}: ${difference.part}${said(difference.at)}`;
      return `${at}: ${shown(difference.contract)} in the contract, ${shown(difference.server)} here`;
    }
    case 'wording':
      return difference.tools.length === 0
        ? 'the description, title or hints of some tool'
        : `the description, title or hints of ${difference.tools.map(said).join(', ')}`;
  }
}

function shown(value: Json | undefined): string {
  return value === undefined ? 'absent' : encodeLine(JSON.stringify(value), 80);
}

function said(text: string): string {
  return encodeLine(text, 120);
}

function count(many: number, what: string): string {
  return `${many} ${what}${many === 1 ? '' : 's'}`;
}

/** Replaces a file in one step, so that no reader and no crash sees half of it. */
function save(file: string, text: string): void {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(temporary, text, { flag: 'wx' });
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new UsageError(`${encodeLine(file, 200)} cannot be written`, { cause: error });
  }
}
