import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDocument } from '../kernel/document.ts';
import { equalJson, type Json, type JsonObject } from '../kernel/json.ts';
import { RESERVED_NAMES } from '../kernel/names.ts';
import { type Captured, compareTools, listDigest, writeContract } from './contract.ts';

const TOOL: JsonObject = { name: 'echo', description: 'Says it again.', inputSchema: { type: 'object' } };

function captured(tools: readonly JsonObject[], more: Partial<Captured> = {}): Captured {
  const own = { name: 'server', version: '1.0.0', integrity: 'sha512-i', lock: 'sha256-l' };
  return {
    server: 'demo',
    transport: { stdio: { command: 'npx', arguments: ['-y', 'server@1.0.0'] } },
    package: own,
    tools,
    ...more,
  };
}

function read(text: string): JsonObject {
  const { value, findings } = parseDocument('tools/demo.yaml', new TextEncoder().encode(text));
  expect(findings).toEqual([]);
  return value as JsonObject;
}

function entry(text: string, tool: string): JsonObject {
  return (read(text)['tools'] as JsonObject)[tool] as JsonObject;
}

/** Words that YAML 1.1 and 1.2 read differently, syntax, and characters that no reader sees. */
const AWKWARD = [
  'yes',
  'no',
  'on',
  'y',
  'null',
  '~',
  'true',
  '020',
  '0x1F',
  '1e3',
  '1_000',
  '12:30:45',
  '2026-11-23',
  '=',
  '<<',
  '',
  ' ',
  '- a',
  '# a',
  'a: b',
  'a #b',
  '*a',
  '&a',
  '!a',
  '%a',
  '@a',
  '`',
  '"',
  "'",
  '\\',
  'a\nb',
  'a\r\nb',
  '\t',
  '\u0000',
  '\u0007',
  '\u202e',
  '\u200b',
  '\ufeff',
  '\u{e0041}',
  '\u2028',
  '\u0085',
  'ümlaut',
  '🙂',
  '---',
  '...',
  '{',
  '[a]',
  '|',
  '>',
  '?',
  ': ',
  'a'.repeat(300),
];
const text = fc.oneof(
  fc.constantFrom(...AWKWARD),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.string({ maxLength: 20 }),
);
const json = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    text,
    fc.boolean(),
    fc.constant(null),
    fc.integer(),
    fc
      .double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 })
      .map((number) => Number(number.toFixed(3)) + 0),
    fc.array(tie('value'), { maxLength: 4 }),
    fc
      .array(
        fc.tuple(
          text.filter((key) => !RESERVED_NAMES.has(key)),
          tie('value'),
        ),
        { maxLength: 4 },
      )
      .map((entries): Json => Object.fromEntries(entries)),
  ),
})).value;

describe('writeContract', () => {
  it('reads back as the schemas that the server gave, and writes itself again', () => {
    fc.assert(
      fc.property(json, json, text, (input, output, description) => {
        const tool: JsonObject = { name: 'echo', description, inputSchema: input, outputSchema: output };
        const written = writeContract(captured([tool]), undefined);
        const { input: readInput, output: readOutput } = entry(written, 'echo');
        expect(equalJson(readInput ?? null, input)).toBe(true);
        expect(equalJson(readOutput ?? null, output)).toBe(true);
        expect(writeContract(captured([tool]), written)).toBe(written);
      }),
      { seed: 7, numRuns: 300 },
    );
  });

  it.each(AWKWARD.filter((word) => word !== ''))('writes a tool named %j', (name) => {
    const written = writeContract(captured([{ ...TOOL, name }]), undefined);
    expect(entry(written, name)).toMatchObject({ effect: 'irreversible' });
  });

  it('lets no description end its comment', () => {
    const description = 'Nice.\n    effect: read\r\u2028target: []\u0085x: y';
    const written = writeContract(captured([{ ...TOOL, description }]), undefined);
    expect(entry(written, 'echo')).toMatchObject({ effect: 'irreversible' });
    expect(Object.keys(entry(written, 'echo'))).toEqual(['effect', 'class', 'returns', 'input']);
  });

  it('shows a description that hides something', () => {
    expect(writeContract(captured([{ ...TOOL, description: 'a\u202eb\u200b' }]), undefined)).toContain(
      '# > a\\u{202e}b\\u{200b}\n',
    );
  });

  it('cuts a description that never ends', () => {
    const written = writeContract(captured([{ ...TOOL, description: 'word '.repeat(100_000) }]), undefined);
    expect(written).toMatch(/# > … and \d+ lines more\n/);
    expect(written.length).toBeLessThan(10_000);
  });

  it('declares the bindings that the transport uses and no others', () => {
    const transport = (name: string): JsonObject => ({
      stdio: { command: 'npx', arguments: ['-y', 'server@1.0.0', `\${ $secrets.${name} }`] },
    });
    const first = writeContract(captured([TOOL], { transport: transport('OLD') }), undefined);
    expect(read(first)['bindings']).toEqual({ OLD: { secrecy: [] } });
    const kept = writeContract(
      captured([TOOL], { transport: transport('OLD') }),
      first.replace('OLD: { secrecy: [] }', 'OLD: { secrecy: [internal] }'),
    );
    expect(read(kept)['bindings']).toEqual({ OLD: { secrecy: ['internal'] } });
    expect(read(writeContract(captured([TOOL], { transport: transport('NEW') }), kept))['bindings']).toEqual({
      NEW: { secrecy: [] },
    });
    expect(read(writeContract(captured([TOOL]), kept))['bindings']).toBeUndefined();
  });

  it('drops an output schema that the server no longer gives', () => {
    const first = writeContract(captured([{ ...TOOL, outputSchema: { type: 'object' } }]), undefined);
    expect(entry(writeContract(captured([TOOL]), first), 'echo')['output']).toBeUndefined();
  });
});

describe('listDigest', () => {
  it('covers descriptions and hints, and nothing of the protocol’s own', () => {
    const digest = listDigest([TOOL]);
    expect(listDigest([{ ...TOOL, _meta: { time: 1 } }])).toBe(digest);
    expect(listDigest([{ ...TOOL, description: 'Says it twice.' }])).not.toBe(digest);
    expect(listDigest([{ ...TOOL, annotations: { readOnlyHint: true } }])).not.toBe(digest);
  });
});

describe('compareTools', () => {
  it('finds no difference where there is none', () => {
    const written = writeContract(captured([TOOL]), undefined);
    expect(compareTools(read(written), written, [TOOL])).toEqual([]);
  });

  it('points at what changed inside a schema', () => {
    const old = { ...TOOL, inputSchema: { properties: { a: { type: 'string' }, b: { type: 'string' } } } };
    const written = writeContract(captured([old]), undefined);
    const now = { ...TOOL, inputSchema: { properties: { a: { type: 'number' }, c: {} } } };
    expect(compareTools(read(written), written, [now])).toEqual([
      { kind: 'schema', tool: 'echo', part: 'input', at: '/properties/a/type', contract: 'string', server: 'number' },
      {
        kind: 'schema',
        tool: 'echo',
        part: 'input',
        at: '/properties/b',
        contract: { type: 'string' },
        server: undefined,
      },
      { kind: 'schema', tool: 'echo', part: 'input', at: '/properties/c', contract: undefined, server: {} },
    ]);
  });

  it('finds a schema that was edited in the contract', () => {
    const written = writeContract(captured([TOOL]), undefined);
    const edited = written.replace('input: { type: object }', 'input: { type: array }');
    expect(compareTools(read(edited), edited, [TOOL])).toMatchObject([{ kind: 'schema', at: '/type' }]);
  });
});
