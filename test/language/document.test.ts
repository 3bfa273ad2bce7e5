import { describe, expect, it } from 'vitest';
import { end, findingsOf, HEADER, type Members, read, run, set, textOf, tool } from './harness.ts';

/** Reference, "Workflow", "Document", "Use", "Evaluate". */

const TASKS = [{ a: set({ n: 1 }) }];
const header = (more: Members, without?: string) => {
  const document = Object.fromEntries(Object.entries({ ...HEADER, ...more }).filter(([key]) => key !== without));
  return findingsOf({ document, do: TASKS });
};

describe('a document', () => {
  it('OWS-doc-01: has a header and tasks', () => {
    expect(findingsOf({ document: HEADER })).toEqual(['missing-key  do']);
    expect(read(JSON.stringify({ do: TASKS })).findings).toMatchObject([
      { rule: 'structure/missing-key', data: { key: 'document' } },
    ]);
    expect(findingsOf({ do: TASKS, output: {}, input: {}, use: {}, timeout: { after: 'PT1S' }, evaluate: {} })).toEqual(
      [],
    );
  });

  it('OWS-doc-02: is written in version 1.0.3 of the language', () => {
    for (const dsl of ['1.0.0', '1.0.2', '1.1.0'])
      expect(header({ dsl })).toEqual([`unsupported-feature /document/dsl dsl ${dsl}; dsl: '1.0.3'`]);
    expect(header({}, 'dsl')).toEqual(['missing-key /document dsl']);
  });

  it('OWS-doc-03: has a namespace and a name, which are names of hosts', () => {
    for (const key of ['namespace', 'name']) {
      expect(header({}, key)).toEqual([`missing-key /document ${key}`]);
      for (const name of ['a b', 'a_b', '-a', ''])
        expect(header({ [key]: name })).toEqual([`bad-name /document/${key} ${name}`]);
    }
  });

  it('OWS-doc-04: has a semantic version', () => {
    for (const version of ['1', '1.2', 'latest', 'v1.0.0', '^1.0.0'])
      expect(header({ version })).toEqual([
        'invalid-value /document/version a version is exact and semantic, such as 1.2.3',
      ]);
    for (const version of ['0.1.0', '1.2.3-rc.1']) expect(header({ version })).toEqual([]);
    expect(header({}, 'version')).toEqual(['missing-key /document version']);
  });

  it('OWS-doc-05: may have a title, a summary, tags and metadata, which mean nothing', () => {
    const document = {
      ...HEADER,
      title: 'T',
      summary: '# S',
      tags: { a: 'b', c: 'd' },
      metadata: { any: ['thing', { goes: true }] },
    };
    expect(end({ document, do: TASKS })).toEqual({ output: { n: 1 } });
    expect(header({ tags: 'x' })).toEqual(['wrong-type /document/tags object; string']);
    expect(header({ metadata: [] })).toEqual(['wrong-type /document/metadata object; array']);
  });

  it('OWS-doc-06: a task may have metadata, which mean nothing', () => {
    expect(end({ do: [{ a: set({ n: 1 }, { metadata: { any: { thing: '${ .x.y }' } } }) }] }, { x: 1 })).toEqual({
      output: { n: 1 },
    });
  });

  it('OWS-doc-08: may name jq as its language and strict as its mode', () => {
    expect(end({ evaluate: { language: 'jq', mode: 'strict' }, do: TASKS })).toEqual({ output: { n: 1 } });
  });

  it('OWS-doc-11: takes an input and gives an output, by default what comes in and what the last task puts out', () => {
    expect(end({ do: [{ a: set('${ . }') }] }, { any: ['thing'] })).toEqual({ output: { any: ['thing'] } });
  });

  it('OWS-doc-12: of a task says what it is by one keyword', () => {
    expect(findingsOf({ do: [{ a: { set: { n: 1 }, wait: 'PT1S' } }] })).toEqual([
      expect.stringContaining('invalid-value /do/0/a a task is one of these, not several: set, wait'),
    ]);
    expect(findingsOf({ do: [{ a: { if: 'true' } }] })).toEqual([
      expect.stringContaining('invalid-value /do/0/a a task has one of'),
    ]);
    expect(findingsOf({ do: [{ a: set({ n: 1 }), b: set({ n: 1 }) }] })).toEqual([
      expect.stringContaining('invalid-value /do/0/b an item of this list has one name'),
    ]);
    expect(findingsOf({ do: [{ a: set({ n: 1 }) }, { a: set({ n: 1 }) }] })).toEqual(['duplicate-key /do/1/a a']);
  });
});

describe('unknown keys', () => {
  /** One of everything that the profile keeps. */
  const WHOLE: Members = {
    document: { ...HEADER, title: 't', summary: 's' },
    evaluate: { language: 'jq', mode: 'strict' },
    use: {
      catalogs: { proofmark: { endpoint: { uri: 'https://proofmark.example/catalog' } } },
      secrets: ['DIR'],
      timeouts: { soon: { after: { seconds: 1 } } },
      errors: { gone: { type: 'https://x.example/errors/gone', status: 410 } },
      retries: {
        again: {
          delay: { seconds: 1 },
          backoff: { exponential: { multiplier: 2, max: 'PT1M' } },
          jitter: { from: { seconds: 0 }, to: { seconds: 1 } },
          limit: { attempt: { count: 2, duration: 'PT1S' }, duration: { seconds: 9 } },
        },
      },
      functions: { f: { ...tool({ x: '${ .x }' }), input: { schema: { document: { type: 'object' } } } } },
    },
    timeout: { after: { minutes: 1 } },
    input: { schema: { format: 'json', document: { type: 'object', additionalProperties: false } }, from: '.' },
    output: { schema: { document: { type: 'null' } }, as: '.' },
    do: [
      {
        a: set(
          { n: 1 },
          {
            if: 'true',
            input: { from: '.' },
            output: { as: '.' },
            export: { as: '.', schema: { document: {} } },
            timeout: { after: 'PT1S' },
          },
        ),
      },
      { b: { switch: [{ x: { when: 'true', then: 'c' } }, { z: { then: 'continue' } }] } },
      { c: { for: { each: 'e', in: [{ k: 1 }], at: 'i' }, while: 'true', do: [{ c1: { wait: { seconds: 1 } } }] } },
      { d: { fork: { branches: [{ d1: { wait: 'PT1S' } }], compete: false } } },
      {
        e: {
          try: [{ e1: tool({}, { timeout: { seconds: 1 } }) }],
          catch: {
            errors: { with: { status: 500 } },
            as: 'x',
            when: 'true',
            retry: { backoff: { linear: { increment: 'PT1S' } }, limit: { attempt: { count: 2 } } },
            do: [{ e2: { raise: { error: 'gone' } } }],
          },
        },
      },
      { f: { call: 'f', with: { x: 1 } } },
      { g: { call: 'infer:1.0.0@proofmark', with: { instructions: 'i', data: 1, schema: { type: 'boolean' } } } },
      { h: { call: 'approve:1.0.0@proofmark', with: { tool: 's/t', arguments: { x: 1 }, otherwise: 'gone' } } },
      {
        i: {
          call: 'mcp',
          with: {
            method: 'tools/call',
            transport: {
              stdio: { command: 'npx', arguments: ['-y', 'p@1.2.3'], environment: { DIR: '${ $secrets.DIR }' } },
            },
            parameters: { name: 't' },
          },
        },
      },
      {
        j: { run: { await: true, workflow: { namespace: 'test', name: 'callee', version: '1.0.0', input: { x: 1 } } } },
      },
      {
        k: {
          do: [
            {
              k1: {
                raise: { error: { type: 'https://x.example/e', status: 400, title: 't', detail: 'd', instance: '/k' } },
              },
            },
          ],
        },
      },
    ],
  };

  /** Where any name is right: what is data, what names things, and schemas, which have keys of their own. */
  const FREE =
    /^$|^\/use\/(?:timeouts|errors|retries|functions)$|\/schema\/document$|\/with\/schema$|\/arguments$|\/set$|\/for\/in\/0$|\/workflow\/input$|\/environment$|\/do\/5\/f\/with$/u;

  const objects = (node: unknown, at: string): readonly string[] => {
    if (typeof node !== 'object' || node === null) return [];
    const inside = Object.entries(node).flatMap(([key, inner]) => objects(inner, `${at}/${key}`));
    return Array.isArray(node) ? inside : [at, ...inside];
  };
  const withKey = (at: string): Members => {
    const copy = structuredClone(WHOLE);
    const place = at
      .split('/')
      .slice(1)
      .reduce<Members>((node, key) => node[key] as Members, copy);
    place['zzz'] = 1;
    return copy;
  };
  const found = (members: Members) =>
    read(textOf(members)).findings.filter(({ rule }) => !rule.endsWith('unknown-reference'));

  it('OWS-doc-13: are refused wherever they stand, also where the official schema allows them', () => {
    expect(found(WHOLE)).toEqual([]);
    const places = objects(WHOLE, '');
    expect(places.length).toBeGreaterThan(90);
    const silent = places
      .filter((at) => !FREE.test(at))
      .filter((at) => found(withKey(at)).every(({ place }) => place.pointer !== `${at}/zzz` && place.pointer !== at));
    expect(silent).toEqual([]);
    expect(found({ ...WHOLE, zzz: 1 })).toMatchObject([{ rule: 'structure/unknown-key', place: { pointer: '/zzz' } }]);
  });

  it('OWS-doc-13: are what is said of them', () => {
    expect(findingsOf({ inptu: {}, do: TASKS })).toEqual(['unknown-key /inptu inptu; input']);
    expect(findingsOf({ do: [{ a: tool({}, { transprot: 1 }) }] })).toEqual([
      'unknown-key /do/0/a/with/transprot transprot; transport',
    ]);
  });

  it('OWS-doc-05, OWS-doc-13: but for the free places of the header and of tasks', () => {
    const free = { ...WHOLE, document: { ...HEADER, tags: { zzz: '1' }, metadata: { zzz: 1 } } };
    expect(found(free)).toEqual([]);
  });
});

describe('reusable components', () => {
  it('OWS-use-09: are found by their names, each in its own table', () => {
    const use = {
      timeouts: { x: { after: 'PT1S' } },
      retries: { x: { limit: { attempt: { count: 2 } } } },
      errors: { x: { type: 'https://x.example/x', status: 400 } },
    };
    const guard = { try: [{ r: { raise: { error: 'x' } } }], catch: { retry: 'x' }, timeout: 'x' };
    expect(run({ use, do: [{ g: guard }] }).outcome).toMatchObject({ kind: 'error', name: 'x' });
  });
});
