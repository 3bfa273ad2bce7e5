import { isObject, type Json } from '../kernel/json.ts';
import type { Pointer } from '../kernel/pointer.ts';
import { brief } from '../kernel/text.ts';
import { bindingsOf, checkTransport } from '../store/transport.ts';
import type { Call, Template } from './model.ts';
import {
  type Context,
  type Fields,
  invalid,
  readDuration,
  readLiteral,
  readObject,
  required,
  unknownReference,
  unsupported,
  unsupportedKey,
  wrongType,
} from './reader.ts';
import { REFUSED_CALLS, REFUSED_METHODS } from './refused.ts';
import { isKnownTool, resolveServer, toolIds } from './resolve.ts';
import { readTemplate } from './template.ts';

/** The catalog that ships with Proofmark, and its functions with their versions. */
const CATALOG = 'proofmark';
const INFER = 'infer:1.0.0@proofmark';
const APPROVE = 'approve:1.0.0@proofmark';

/** What `call` and `with` of a task or a reusable function say, without reusable functions themselves. */
export function readCall(name: string, fields: Fields, context: Context): Call | undefined {
  switch (name) {
    case 'mcp':
      return readToolCall(fields, context);
    case INFER:
      requireCatalog(fields, context);
      return readInfer(fields, context);
    case APPROVE:
      requireCatalog(fields, context);
      return readApprove(fields, context);
    default:
      return refuseCall(name, fields, context);
  }
}

function refuseCall(name: string, fields: Fields, { reporter, reusable }: Context): undefined {
  const at = fields.place('call');
  const instead = REFUSED_CALLS.get(name);
  if (instead !== undefined) {
    reporter.report('structure/unsupported-task', at, { keyword: `call: ${name}`, instead });
  } else if (/^[a-z][a-z0-9+.-]*:\/\//i.test(name)) {
    unsupported(reporter, at, 'a function at an address', `${INFER}, ${APPROVE} or call: mcp`);
  } else if (/^(?:infer|approve)(?::|@|$)/.test(name) && /latest|[\^~*]|^[a-z]+(?:@|$)/.test(name)) {
    reporter.report('structure/floating-version', at, { text: brief(name) });
  } else {
    const known = ['mcp', INFER, APPROVE, ...reusable.functions.keys()];
    reporter.report('structure/unknown-function', at, { name: brief(name), suggestion: reporter.suggest(name, known) });
  }
}

function requireCatalog(fields: Fields, { reporter, reusable }: Context): void {
  if (!reusable.catalogs.has(CATALOG)) {
    reporter.report('structure/unknown-reference', fields.place('call'), {
      kind: 'catalog',
      name: CATALOG,
      suggestion: null,
    });
  }
}

function readWith(fields: Fields, known: readonly string[] | null, { reporter }: Context): Fields | undefined {
  const value = required(fields, 'with', reporter);
  return value === undefined ? undefined : readObject(value, fields.place('with'), known, reporter);
}

const MCP_KEYS: readonly string[] = ['method', 'parameters', 'transport', 'timeout'];

function readToolCall(fields: Fields, context: Context): Call | undefined {
  const { reporter } = context;
  const before = reporter.count;
  const args = readWith(fields, null, context);
  if (args === undefined) return undefined;
  for (const key of Object.keys(args.value)) {
    if (key === 'protocolVersion' || key === 'client') {
      unsupportedKey(reporter, args.place(key), key, 'nothing: whoever runs the workflow decides it');
    } else if (!MCP_KEYS.includes(key)) reporter.unknownKey(args.at, key, MCP_KEYS);
  }
  readMethod(args, context);
  const transportValue = required(args, 'transport', reporter);
  const transport =
    transportValue === undefined ? undefined : checkTransport(transportValue, args.place('transport'), reporter);
  const timeoutValue = args.get('timeout');
  const timeout = timeoutValue === undefined ? undefined : readDuration(timeoutValue, args.place('timeout'), reporter);
  const parameters = readParameters(args, context);
  if (transport === undefined) return undefined;
  for (const secret of bindingsOf(transport)) {
    if (!context.reusable.secrets.has(secret))
      unknownReference(reporter, args.place('transport'), 'secret', secret, context.reusable.secrets);
  }
  const server = resolveServer(transport, context.servers);
  if (server === undefined) {
    const detail = 'no tool contract has exactly this transport';
    reporter.report('structure/unknown-server', args.place('transport'), { detail });
    return undefined;
  }
  if (parameters === undefined) return undefined;
  const tool = server.tools.get(parameters.name);
  if (tool === undefined) {
    const suggestion = reporter.suggest(parameters.name, server.tools.keys());
    reporter.report('structure/unknown-tool', parameters.place, {
      name: brief(`${server.server}/${parameters.name}`),
      suggestion: suggestion === null ? null : `${server.server}/${suggestion}`,
    });
    return undefined;
  }
  if (reporter.count > before) return undefined;
  return {
    kind: 'tool',
    tool: tool.id,
    server: server.server,
    arguments: parameters.arguments,
    ...(timeout === undefined ? {} : { timeout }),
  };
}

function readMethod(args: Fields, { reporter }: Context): void {
  const value = required(args, 'method', reporter);
  const method = value === undefined ? undefined : readLiteral(value, args.place('method'), 'a method', reporter);
  if (method === undefined || method === 'tools/call') return;
  if (REFUSED_METHODS.has(method))
    unsupported(reporter, args.place('method'), method, 'tools/call of a tool that the contract in tools/ lists');
  else invalid(reporter, args.place('method'), 'the only method is tools/call');
}

function readParameters(
  args: Fields,
  { reporter }: Context,
): { readonly name: string; readonly place: Pointer; readonly arguments: Template } | undefined {
  const value = required(args, 'parameters', reporter);
  if (value === undefined) return undefined;
  if (typeof value === 'string') {
    return unsupported(
      reporter,
      args.place('parameters'),
      'parameters computed as a whole',
      'a literal name, and arguments with expressions inside',
    );
  }
  const parameters = readObject(value, args.place('parameters'), ['name', 'arguments'], reporter);
  if (parameters === undefined) return undefined;
  const nameValue = required(parameters, 'name', reporter);
  const name =
    nameValue === undefined
      ? undefined
      : readLiteral(nameValue, parameters.place('name'), 'the name of a tool', reporter);
  const given = parameters.get('arguments');
  const place = parameters.place('arguments');
  const template = given === undefined ? emptyObject(place) : readArguments(given, place, reporter);
  return name === undefined || template === undefined
    ? undefined
    : { name, place: parameters.place('name'), arguments: template };
}

function emptyObject(at: Pointer): Template {
  return { kind: 'object', fields: new Map(), at };
}

/** Arguments: an object, or one expression that yields it. */
function readArguments(value: Json, at: Pointer, reporter: Context['reporter']): Template | undefined {
  const template = readTemplate(value, at, reporter);
  if (template === undefined || template.kind === 'object' || template.kind === 'expression') return template;
  return wrongType(reporter, at, 'object', value);
}

function readInfer(fields: Fields, context: Context): Call | undefined {
  const { reporter } = context;
  const before = reporter.count;
  const args = readWith(fields, ['instructions', 'data', 'schema'], context);
  if (args === undefined) return undefined;
  const instructionsValue = required(args, 'instructions', reporter);
  const instructions =
    instructionsValue === undefined
      ? undefined
      : readLiteral(instructionsValue, args.place('instructions'), 'instructions', reporter);
  const dataValue = required(args, 'data', reporter);
  const data = dataValue === undefined ? undefined : readTemplate(dataValue, args.place('data'), reporter);
  const schema = required(args, 'schema', reporter);
  if (schema !== undefined && !isObject(schema)) wrongType(reporter, args.place('schema'), 'object', schema);
  if (reporter.count > before || instructions === undefined || data === undefined || !isObject(schema))
    return undefined;
  return { kind: 'infer', instructions, data, schema };
}

function readApprove(fields: Fields, context: Context): Call | undefined {
  const { reporter, servers, reusable } = context;
  const before = reporter.count;
  const args = readWith(fields, ['tool', 'arguments', 'otherwise'], context);
  if (args === undefined) return undefined;
  const toolValue = required(args, 'tool', reporter);
  const tool =
    toolValue === undefined
      ? undefined
      : readLiteral(toolValue, args.place('tool'), 'the tool of an approval', reporter);
  const known = tool !== undefined && isKnownTool(tool, servers) ? tool : undefined;
  if (tool !== undefined && known === undefined) {
    reporter.report('structure/unknown-tool', args.place('tool'), {
      name: brief(tool),
      suggestion: reporter.suggest(tool, toolIds(servers)),
    });
  }
  const given = required(args, 'arguments', reporter);
  const template = given === undefined ? undefined : readArguments(given, args.place('arguments'), reporter);
  const otherwiseValue = required(args, 'otherwise', reporter);
  const otherwise =
    otherwiseValue === undefined
      ? undefined
      : readLiteral(otherwiseValue, args.place('otherwise'), 'the error of a refusal', reporter);
  if (otherwise !== undefined && !reusable.errors.has(otherwise)) {
    const suggestion = reporter.suggest(otherwise, reusable.errors.keys());
    reporter.report('structure/unknown-error', args.place('otherwise'), { name: brief(otherwise), suggestion });
  }
  if (reporter.count > before || known === undefined || template === undefined || otherwise === undefined)
    return undefined;
  return { kind: 'approve', tool: known, arguments: template, otherwise };
}

/** The `with` of a call of a reusable function. */
export function readFunctionArguments(fields: Fields, { reporter }: Context): Template | undefined {
  const given = fields.get('with');
  const value = given === undefined ? {} : given;
  const at = fields.place('with');
  return isObject(value) ? readTemplate(value, at, reporter) : wrongType(reporter, at, 'object', value);
}
