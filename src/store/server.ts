import * as z from 'zod';
import type { ParsedDocument } from '../kernel/document.ts';
import { isArray, isObject, type JsonObject } from '../kernel/json.ts';
import { child, ROOT } from '../kernel/pointer.ts';
import type { Reporter } from '../kernel/reporter.ts';
import { argumentExists } from './argument.ts';
import type { Server, Tool } from './model.ts';
import { TOOL_CLASSES } from './model.ts';
import { checkShape } from './shape.ts';
import { checkTags } from './tags.ts';
import { bindingsOf, checkTransport } from './transport.ts';
import { TRANSPORT_SCHEMA } from './transport-schema.ts';
import { exactPackage, isSemver, SEMVER } from './version.ts';
import {
  asJson,
  asObject,
  asPointer,
  asPointerMap,
  json,
  jsonSchema,
  line,
  name,
  pointer,
  tags,
  toolName,
} from './words.ts';

const digest = z.string().regex(/^sha256-[A-Za-z0-9+/=]{43,88}$/, 'a digest is sha256-<base64>');

const origin = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('written').describe('Somebody wrote the contract.') }),
  z.strictObject({
    kind: z.literal('captured').describe('proofmark tools capture wrote the contract, from the server itself.'),
    package: line.describe('The npm package.'),
    version: z
      .string()
      .refine(isSemver, 'an exact version such as 1.2.3')
      .meta({ description: 'Its exact version.', pattern: SEMVER.source, maxLength: 128 }),
    integrity: z
      .string()
      .regex(/^sha512-[A-Za-z0-9+/]{86}==$/, 'the integrity of the package as the registry gives it: sha512-<base64>')
      .describe('The digest of its bytes.'),
    lock: digest.describe('The digest of its locked dependencies.'),
    list: digest.describe('The digest of the list of tools that the server gave.'),
  }),
  z.strictObject({
    kind: z
      .literal('listed')
      .describe(
        'proofmark tools capture wrote the contract, from a server at an address: nothing pins the program behind it.',
      ),
    list: digest.describe('The digest of the list of tools that the server gave.'),
  }),
]);

const tool = z.strictObject({
  input: jsonSchema.describe('JSON Schema of the arguments. Arguments that it does not declare are refused in calls.'),
  output: jsonSchema.optional().describe('JSON Schema of structuredContent. Without it the reply is text.'),
  effect: z
    .enum(['read', 'write', 'irreversible'])
    .describe('irreversible: cannot be undone, or harms before it is undone.'),
  class: z.enum(TOOL_CLASSES).describe('What the tool is about: policy packs attach to it.'),
  target: z
    .array(pointer)
    .max(100)
    .default([])
    .describe(
      'Arguments that say who or what is acted on. None named on an irreversible or outgoing tool: every argument is one.',
    ),
  leaves: z
    .record(
      pointer,
      z.strictObject({
        secrecy: tags.default([]).describe('Tags that the argument may carry.'),
        untrusted: z.boolean().default(false).describe('Whether untrusted content may leave there unapproved.'),
      }),
    )
    .default({})
    .describe(
      'Arguments that cross the trust boundary. With any entry the tool is outgoing, and every argument that is not listed leaves with neither.',
    ),
  sum: z.array(pointer).max(100).default([]).describe('Numbers whose total per run the policies see.'),
  key: pointer.optional().describe('The idempotency key: calls with the same key are one intent.'),
  returns: z
    .strictObject({
      trust: z.boolean().describe('Whether what comes back is real, and chosen by nobody outside.'),
      secrecy: tags.describe('Its tags.'),
    })
    .describe('What a reply is.'),
});

/** tools/<server>.yaml (FORMATS). */
export const serverSchema = z.strictObject({
  server: name.describe('The name of the server, and of this file; its tools are <server>/<tool name>.'),
  transport: json.meta({ ...TRANSPORT_SCHEMA }),
  origin: origin.describe('Where the contract comes from.'),
  bindings: z
    .record(
      z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/, 'a binding is named like a variable'),
      z.strictObject({ secrecy: tags.describe('Tags that the value carries.') }),
    )
    .default({})
    .describe('What a user supplies to run, named in the transport as ${ $secrets.NAME }.'),
  memory: z
    .strictObject({
      trusted: z.boolean().describe('Whether it takes nothing untrusted unless that call is approved.'),
      secrecy: tags.describe('Tags that it may hold.'),
    })
    .optional()
    .describe('What the server remembers between calls.'),
  tools: z.record(toolName, tool).describe("The tools, by the server's own names."),
});

type ToolData = z.output<typeof tool>;

/** A tool contract; absent where its shape is wrong, which is reported. `known` are the store's tags, where they are known. */
export function readServer(
  document: ParsedDocument,
  known: ReadonlySet<string> | undefined,
  reporter: Reporter,
): Server | undefined {
  const data = document.value === undefined ? undefined : checkShape(serverSchema, document.value, reporter);
  if (data === undefined) return undefined;
  const at = child(ROOT, 'transport');
  const transport = checkTransport(asJson(data.transport), at, reporter);
  checkBindings(
    transport === undefined ? new Set() : bindingsOf(transport),
    new Set(Object.keys(data.bindings)),
    reporter,
  );
  if (transport !== undefined) checkOrigin(data.origin, transport, reporter);
  for (const [toolName_, data_] of Object.entries(data.tools)) checkTool(toolName_, data_, known, reporter);
  if (known !== undefined) {
    for (const [binding, { secrecy }] of Object.entries(data.bindings)) {
      checkTags(secrecy, known, child(ROOT, 'bindings', binding, 'secrecy'), reporter);
    }
    if (data.memory !== undefined) checkTags(data.memory.secrecy, known, child(ROOT, 'memory', 'secrecy'), reporter);
  }
  if (transport === undefined) return undefined;
  return {
    server: data.server,
    transport,
    origin: data.origin,
    bindings: new Map(Object.entries(data.bindings)),
    ...(data.memory === undefined ? {} : { memory: data.memory }),
    tools: new Map(
      Object.entries(data.tools).map(([own, described]) => [own, toolOf(data.server, own, described)] as const),
    ),
    locate: document.locate,
  };
}

/** What was captured must be what a call starts. */
function checkOrigin(origin_: Server['origin'], transport: JsonObject, reporter: Reporter): void {
  if (origin_.kind === 'listed' && transport['http'] === undefined) {
    const detail = 'a package is captured whole; only a server at an address is listed';
    reporter.report('structure/invalid-value', child(ROOT, 'origin', 'kind'), { detail });
  }
  if (origin_.kind !== 'captured') return;
  const stdio = transport['stdio'];
  const list = isObject(stdio) ? stdio['arguments'] : undefined;
  const started = isArray(list) && typeof list[1] === 'string' ? exactPackage(list[1]) : undefined;
  if (started === undefined) {
    reporter.report('structure/invalid-value', child(ROOT, 'origin', 'kind'), {
      detail: 'only a package that stdio starts can be captured',
    });
    return;
  }
  for (const [field, expected] of [
    ['package', started.name],
    ['version', started.version],
  ] as const) {
    if (origin_[field] !== expected) {
      reporter.report('structure/identity-mismatch', child(ROOT, 'origin', field), {
        field: `origin.${field}`,
        expected,
        found: origin_[field],
      });
    }
  }
}

function toolOf(server: string, own: string, data: ToolData): Tool {
  return {
    id: `${server}/${own}`,
    name: own,
    input: asObject(data.input),
    ...(data.output === undefined ? {} : { output: asObject(data.output) }),
    effect: data.effect,
    class: data.class,
    target: data.target.map(asPointer),
    leaves: asPointerMap(data.leaves, (leaf) => leaf),
    sum: data.sum.map(asPointer),
    ...(data.key === undefined ? {} : { key: asPointer(data.key) }),
    returns: data.returns,
  };
}

function checkBindings(used: ReadonlySet<string>, declared: ReadonlySet<string>, reporter: Reporter): void {
  for (const binding of used) {
    if (!declared.has(binding)) {
      reporter.report('structure/unknown-reference', child(ROOT, 'transport'), {
        kind: 'binding',
        name: binding,
        suggestion: null,
      });
    }
  }
  for (const binding of declared) {
    if (!used.has(binding)) {
      reporter.reportKey('structure/invalid-value', child(ROOT, 'bindings', binding), {
        detail: 'the transport does not use this binding',
      });
    }
  }
}

/** A pointer that names no argument would leave the argument that was meant unprotected. */
function checkTool(own: string, data: ToolData, known: ReadonlySet<string> | undefined, reporter: Reporter): void {
  const base = child(ROOT, 'tools', own);
  const input = asObject(data.input);
  const check = (text: string, at: ReturnType<typeof child>, key = false): void => {
    const found = argumentExists(input, asPointer(text));
    if (found.exists) return;
    const problem = { kind: 'argument', name: text, suggestion: found.suggestion };
    if (key) reporter.reportKey('structure/unknown-reference', at, problem);
    else reporter.report('structure/unknown-reference', at, problem);
  };
  data.target.forEach((text, i) => check(text, child(base, 'target', i)));
  data.sum.forEach((text, i) => check(text, child(base, 'sum', i)));
  if (data.key !== undefined) check(data.key, child(base, 'key'));
  for (const [text, leaf] of Object.entries(data.leaves)) {
    check(text, child(base, 'leaves', text), true);
    if (known !== undefined) checkTags(leaf.secrecy, known, child(base, 'leaves', text, 'secrecy'), reporter);
  }
  if (known !== undefined) checkTags(data.returns.secrecy, known, child(base, 'returns', 'secrecy'), reporter);
}
