import { describe, expect, it } from 'vitest';
import { argumentsOf, calls, failed, structured } from '../../src/machine/testing.ts';
import { lower } from '../../src/value/concrete.ts';
import type { JsonObject } from '../../src/kernel/json.ts';
import type { Reply } from '../../src/machine/effect.ts';
import { compile, end, findingsOf, HEADER, type Members, raise, run, set, tool } from './harness.ts';

/** Reference, "Call", "MCP Call", "For", "Fork", "Run"; DSL, "Catalogs", "Components". */

const schema = (document: object) => ({ schema: { document } });

describe('for', () => {
  it('OWS-for-01: gives each item to the variable that each names, by default $item', () => {
    expect(end({ do: [{ l: { for: { in: '.xs' }, do: [{ a: tool({ x: '${ $item }' }) }] } }] }, { xs: [] })).toEqual({
      output: { xs: [] },
    });
    for (const each of [undefined, 'pet']) {
      const loop = {
        for: { in: '.xs', ...(each === undefined ? {} : { each }) },
        do: [{ a: tool(`\${ { x: $${each ?? 'item'} } }`) }],
      };
      const passed = { ...loop, input: { from: '{ xs: [3, null, { k: 1 }] }' } };
      expect(argumentsOf(run({ do: [{ l: passed }] }))).toEqual([{ x: 3 }, { x: null }, { x: { k: 1 } }]);
    }
  });

  it('OWS-for-02: runs over what an expression yields, or over an inline list of objects with expressions inside', () => {
    const over = (list: unknown) =>
      argumentsOf(run({ do: [{ l: { for: { in: list }, do: [{ a: tool('${ { x: $item } }') }] } }] }, { n: 1 }));
    expect(over('[.n, .n + 1]')).toEqual([{ x: 1 }, { x: 2 }]);
    expect(over([{ hex: '#F00' }, { hex: '${ .n }' }])).toEqual([{ x: { hex: '#F00' } }, { x: { hex: 1 } }]);
    expect(over([])).toEqual([]);
    expect(findingsOf({ do: [{ l: { for: { in: [1] }, do: [{ a: set({ n: 1 }) }] } }] })).toEqual([
      expect.stringContaining('invalid-value /do/0/l/for/in/0 the items of an inline list are objects'),
    ]);
  });

  it('OWS-for-02: raises expression over what is no list', () => {
    for (const list of ['.', 'null', '"ab"', '3'])
      expect(end({ do: [{ l: { for: { in: list }, do: [{ a: set({ n: 1 }) }] } }] })).toEqual({
        error: 'expression',
        at: '/do/0/l',
      });
  });

  it('OWS-for-02: takes the list once, whatever the iterations do', () => {
    const loop = {
      for: { in: '$context.xs' },
      do: [{ a: set({ x: '${ $item }' }, { export: { as: '{ xs: [9, 9, 9, 9] }' } }) }, { t: tool('${ . }') }],
    };
    expect(argumentsOf(run({ do: [{ l: loop }] }, { xs: [1, 2] }))).toEqual([{ x: 1 }, { x: 2 }]);
  });

  it('OWS-for-03: gives the index to the variable that at names, from 0, by default $index', () => {
    for (const at of [undefined, 'i']) {
      const loop = {
        for: { in: '["a", "b"]', ...(at === undefined ? {} : { at }) },
        do: [{ a: tool(`\${ { i: $${at ?? 'index'} } }`) }],
      };
      expect(argumentsOf(run({ do: [{ l: loop }] }))).toEqual([{ i: 0 }, { i: 1 }]);
    }
  });

  it('OWS-for-01, OWS-for-03: the variables are there in the loop alone', () => {
    const loop = { for: { each: 'x', at: 'i', in: '[1]' }, do: [{ a: set({ n: 1 }) }] };
    for (const name of ['x', 'i']) {
      expect(findingsOf({ do: [{ l: { ...loop, output: { as: `$${name}` } } }] })).toEqual([
        expect.stringContaining('unknown-variable /do/0/l/output/as'),
      ]);
      expect(findingsOf({ do: [{ l: loop }, { b: set(`\${ $${name} }`) }] })).toEqual([
        expect.stringContaining('unknown-variable /do/1/b/set'),
      ]);
    }
  });

  it('OWS-for-04: goes on as long as while holds, asked before each iteration with its item and index', () => {
    const loop = (condition: string) => ({
      for: { in: '[1, 2, 3, 1]' },
      while: condition,
      do: [{ a: set('${ { n: ((.n // 0) + $item) } }') }],
    });
    const sum = (condition: string) => end({ do: [{ l: loop(condition) }] }, {});
    expect(sum('$item < 3')).toEqual({ output: { n: 3 } });
    expect(sum('$index < 1')).toEqual({ output: { n: 1 } });
    expect(sum('false')).toEqual({ output: {} });
    expect(sum('true')).toEqual({ output: { n: 7 } });
  });

  it('OWS-for-04: while sees the output of the iteration before, first the input of the loop', () => {
    const loop = {
      for: { in: '[1, 2, 3, 4]' },
      while: '(.n // 0) < 3',
      do: [{ a: set('${ { n: ((.n // 0) + $item) } }') }],
    };
    expect(end({ do: [{ l: loop }] }, {})).toEqual({ output: { n: 3 } });
    expect(end({ do: [{ l: loop }] }, { n: 5 })).toEqual({ output: { n: 5 } });
  });

  it('OWS-for-05: performs its tasks for each item in order, each iteration on the output of the one before', () => {
    const loop = { for: { in: '[1, 2, 3]' }, do: [{ a: set('${ . + [$item] }') }, { b: set('${ . + ["-"] }') }] };
    expect(end({ do: [{ l: loop }] }, [])).toEqual({ output: [1, '-', 2, '-', 3, '-'] });
  });

  it('OWS-for-06: passes its input on where there is no item', () => {
    expect(
      end({ do: [{ l: { for: { in: '[]' }, do: [{ a: set({ n: 1 }) }], output: { as: '[.]' } } }] }, { k: 1 }),
    ).toEqual({ output: [{ k: 1 }] });
  });

  it('OWS-for-07: refuses a name that has a meaning already, and one name for both', () => {
    for (const name of ['input', 'context', 'secrets', 'task']) {
      expect(findingsOf({ do: [{ l: { for: { each: name, in: '[]' }, do: [{ a: set({ n: 1 }) }] } }] })).toEqual([
        `bad-name /do/0/l/for/each ${name}`,
      ]);
    }
    expect(findingsOf({ do: [{ l: { for: { each: 'x', at: 'x', in: '[]' }, do: [{ a: set({ n: 1 }) }] } }] })).toEqual([
      'invalid-value /do/0/l/for item and index are two variables',
    ]);
  });

  it('OWS-for-05: ends at an error inside', () => {
    const loop = { for: { in: '[1, 2]' }, do: [{ a: tool() }, { b: raise('e') }] };
    const ran = run({ do: [{ l: loop }] });
    expect([ran.outcome.kind, calls(ran).length]).toEqual(['error', 1]);
  });
});

describe('fork', () => {
  const branches = [{ a: set({ v: 'a' }) }, { b: set({ v: 'b' }) }, { c: set({ v: 'c' }) }];

  it('OWS-fork-01: performs all branches on its input, none of which sees what another does', () => {
    const seeing = [{ a: set({ n: 1 }, { export: { as: '{ from: "a" }' } }) }, { b: set('${ [., $context] }') }];
    expect(end({ do: [{ f: { fork: { branches: seeing }, input: { from: '.k' } } }] }, { k: 1 })).toEqual({
      output: [{ n: 1 }, [1, { k: 1 }]],
    });
  });

  it('OWS-fork-02: takes as long as the slowest branch', () => {
    const waiting = [{ a: { wait: 'PT1S' } }, { b: { wait: 'PT3S' } }, { c: { wait: 'PT2S' } }];
    const fork = { fork: { branches: waiting } };
    expect(end({ do: [{ f: fork }, { t: set('${ $task.startedAt.epoch.seconds }') }] })).toEqual({ output: 3 });
  });

  it('OWS-fork-03, OWS-fork-05: without compete gives the outputs of all branches, in the order of their declaration', () => {
    for (const compete of [{}, { compete: false }]) {
      expect(end({ do: [{ f: { fork: { branches, ...compete } } }] })).toEqual({
        output: [{ v: 'a' }, { v: 'b' }, { v: 'c' }],
      });
    }
    const one = { fork: { branches: branches.slice(0, 1) } };
    expect(end({ do: [{ f: one }] })).toEqual({ output: [{ v: 'a' }] });
  });

  it('OWS-fork-04: with compete gives the output of the winner alone', () => {
    for (const winner of ['a', 'b', 'c']) {
      const world = { f: [{ kind: 'winner', branch: winner } as const] };
      expect(end({ do: [{ f: { fork: { compete: true, branches } } }] }, {}, world)).toEqual({ output: { v: winner } });
    }
  });

  it('OWS-fork-06: merges what its branches export, in a race that of the winner', () => {
    const exporting = ['a', 'b'].map((name) => ({
      [name]: set({ v: name }, { export: { as: `$context + { ${name}: 1, last: "${name}" }` } }),
    }));
    const document = (compete: boolean) => ({
      do: [{ f: { fork: { compete, branches: exporting } } }],
      output: { as: '$context' },
    });
    expect(end(document(false), { k: 0 })).toEqual({ output: { k: 0, a: 1, b: 1, last: 'b' } });
    expect(end(document(true), { k: 0 }, { f: [{ kind: 'winner', branch: 'a' }] })).toEqual({
      output: { k: 0, a: 1, last: 'a' },
    });
  });

  it('OWS-fork-07: fails where a branch fails, a race only where all do', () => {
    const failing = [{ a: tool() }, { b: set({ v: 'b' }) }];
    const document = (compete: boolean) => ({ do: [{ f: { fork: { compete, branches: failing } } }] });
    const world = { a: [failed()] };
    expect(end(document(false), {}, world)).toEqual({ error: 'runtime', at: '/do/0/f/fork/branches/0/a' });
    expect(end(document(true), {}, world)).toEqual({ output: { v: 'b' } });
    const all = { do: [{ f: { fork: { compete: true, branches: [{ a: tool() }, { b: tool() }] } } }] };
    expect(end(all, {}, { a: [failed()], b: [failed()] })).toMatchObject({ error: 'runtime' });
  });
});

describe('what ends a branch', () => {
  const branch = (then: string) => ({ a: { do: [{ x: set({ n: 1 }, { if: 'true', then }) }, { y: set({ n: 2 }) }] } });
  const document = (then: string, more: Members = {}) => ({
    do: [{ f: { fork: { branches: [branch(then), { b: tool() }] } } }, { z: tool() }],
    ...more,
  });

  it('OWS-fork-08: exit completes a branch, and the others go on', () => {
    const world = { b: [structured(1)], z: [structured(2)] };
    expect(calls(run(document('exit'), {}, world)).map(({ at }) => at)).toEqual([
      '/do/0/f/fork/branches/1/b',
      '/do/1/z',
    ]);
    expect(end({ do: [{ f: { fork: { branches: [branch('exit'), { b: set({ n: 3 }) }] } } }] })).toEqual({
      output: [{ n: 1 }, { n: 3 }],
    });
  });

  it('OWS-fork-08: end ends the workflow at once, with the data of that branch', () => {
    const ran = run(document('end', { output: { as: '[.]' } }));
    expect(ran.outcome.kind === 'output' && lower(ran.outcome.value)).toEqual([{ n: 1 }]);
    expect(calls(ran)).toEqual([]);
  });

  it('OWS-fork-07: the first error counts in the order of declaration, also where a later branch fails sooner', () => {
    const branches = [{ a: { do: [{ w: { wait: 'PT9S' } }, { r: raise('late') }] } }, { b: raise('soon') }];
    expect(end({ do: [{ f: { fork: { branches } } }] })).toMatchObject({ error: 'late' });
    const caught = { try: [{ f: { fork: { branches } } }], catch: { do: [{ s: set('${ $error.type }') }] } };
    expect(end({ do: [{ g: caught }] })).toEqual({ output: 'https://x.example/errors/late' });
  });

  it('OWS-fork-07: a failure that nothing catches ends the run at once, also behind an error that was raised', () => {
    const branches = [{ a: raise('raised') }, { b: tool() }, { c: tool() }];
    const world = { b: [failed()] };
    const ran = run({ do: [{ f: { fork: { branches } } }] }, {}, world);
    expect([ran.outcome.kind === 'error' && ran.outcome.name, calls(ran).length]).toEqual(['runtime', 1]);
    const caught = { try: [{ f: { fork: { branches } } }], catch: { do: [{ s: set('${ $error.status }') }] } };
    expect(end({ do: [{ g: caught }] }, {}, world)).toEqual({ output: 400 });
  });
});

describe('run', () => {
  const callee = (members: Members, name = 'callee') => compile({ document: { ...HEADER, name }, ...members });
  const ran = (more: Members = {}, name = 'callee', version: unknown = '1.0.0'): Members => ({
    run: { workflow: { namespace: 'test', name, version, ...more } },
  });

  it('OWS-run-01: runs a workflow on the input given, and puts out its output', () => {
    const callees = [
      callee({ input: { from: '.x' }, do: [{ a: set('${ { twice: (. * 2) } }') }], output: { as: '.twice' } }),
    ];
    expect(end({ do: [{ r: ran({ input: { x: '${ .n }' } }) }] }, { n: 4 }, {}, callees)).toEqual({ output: 8 });
    expect(end({ do: [{ r: ran() }] }, { n: 4 }, {}, [callee({ do: [{ a: set('${ . }') }] })])).toEqual({ output: {} });
  });

  it('OWS-run-02: checks that input against the schema of the workflow that runs', () => {
    const input = schema({
      type: 'object',
      required: ['x'],
      additionalProperties: false,
      properties: { x: { type: 'boolean' } },
    });
    const callees = [callee({ input, do: [{ a: tool() }] })];
    const outcome = run({ do: [{ r: ran({ input: { x: '${ .n }' } }) }] }, { n: 'no' }, {}, callees);
    expect(outcome.outcome).toMatchObject({ kind: 'error', name: 'validation', at: '/do/0/r#/input' });
    expect(outcome.effects).toEqual([]);
  });

  it('OWS-run-03: names a workflow in an exact version', () => {
    for (const version of ['latest', '1.x', '^1.0.0', '*', '1']) {
      expect(findingsOf({ do: [{ r: ran({}, 'callee', version) }] })).toEqual([
        `floating-version /do/0/r/run/workflow/version ${version}`,
      ]);
    }
    for (const key of ['namespace', 'name', 'version']) {
      const { [key]: _, ...workflow } = { namespace: 'test', name: 'callee', version: '1.0.0' } as Members;
      expect(findingsOf({ do: [{ r: { run: { workflow } } }] })).toEqual([`missing-key /do/0/r/run/workflow ${key}`]);
    }
    const callees = [callee({ do: [{ a: set({ n: 1 }) }] })];
    expect(findingsOf({ do: [{ r: ran({}, 'callee', '1.0.1') }] }, callees)).toEqual([
      'unknown-reference /do/0/r workflow; test/callee@1.0.1; test/callee@1.0.0',
    ]);
  });

  it('OWS-run-04: takes an object for the input', () => {
    expect(findingsOf({ do: [{ r: ran({ input: '${ . }' }) }] })).toEqual([
      'wrong-type /do/0/r/run/workflow/input object; string',
    ]);
  });

  it('OWS-run-06: has a context, variables and descriptors of its own', () => {
    const seeing = {
      a: set('${ [$context, $input, $workflow.id, $workflow.input, $task.reference] }', { export: { as: '"gone"' } }),
    };
    const callees = [callee({ do: [seeing] })];
    const document = {
      do: [{ r: ran({ input: { x: 1 } }) }, { b: set('${ [., $context, $workflow.id, $task.reference] }') }],
    };
    expect(end(document, { k: 1 }, {}, callees)).toEqual({
      output: [
        [{ x: 1 }, { x: 1 }, 'test/callee@1.0.0', { x: 1 }, '/do/0/r#/do/0/a'],
        { k: 1 },
        'test/main@1.0.0',
        '/do/1/b',
      ],
    });
  });

  it('OWS-run-07: gives its errors to the task that runs it', () => {
    const callees = [callee({ do: [{ a: raise('broken') }] })];
    const caught = {
      do: [{ g: { try: [{ r: ran() }], catch: { do: [{ s: set('${ [$error.type, $error.instance] }') }] } } }],
    };
    expect(end(caught, {}, {}, callees)).toEqual({
      output: ['https://x.example/errors/broken', '/do/0/g/try/0/r#/do/0/a'],
    });
    expect(end({ do: [{ r: ran() }] }, {}, {}, callees)).toEqual({ error: 'broken', at: '/do/0/r#/do/0/a' });
  });

  it('OWS-run-07: is interrupted by the time limits around it, and by its own', () => {
    const slow = { do: [{ w: { wait: 'PT5S' } }] };
    expect(end({ do: [{ r: { ...ran(), timeout: { after: 'PT1S' } } }] }, {}, {}, [callee(slow)])).toEqual({
      error: 'timeout',
      at: '/do/0/r',
    });
    expect(end({ do: [{ r: ran() }] }, {}, {}, [callee({ ...slow, timeout: { after: 'PT2S' } })])).toEqual({
      error: 'timeout',
      at: '/do/0/r#',
    });
  });

  it('OWS-run-08: end inside ends the workflow that runs, not the one that runs it', () => {
    const callees = [callee({ do: [{ a: set({ n: 1 }, { if: 'true', then: 'end' }) }, { b: set({ no: 1 }) }] })];
    expect(end({ do: [{ r: ran() }, { c: set('${ [.] }') }] }, {}, {}, callees)).toEqual({ output: [{ n: 1 }] });
  });
});

describe('calls', () => {
  it('OWS-call-01: name what they call and give it arguments', () => {
    const found = run({ do: [{ t: tool({ a: '${ .n }', b: { c: ['${ .n + 1 }', 'lit'] } }) }] }, { n: 1 });
    expect(calls(found)).toMatchObject([{ tool: 's/t', at: '/do/0/t' }]);
    expect(argumentsOf(found)).toEqual([{ a: 1, b: { c: [2, 'lit'] } }]);
    expect(findingsOf({ do: [{ a: { call: 'nothing' } }] })).toEqual([
      expect.stringContaining('unknown-function /do/0/a/call nothing'),
    ]);
  });

  it('OWS-mcp-01: have a method, literal', () => {
    const { with: given } = tool() as { with: JsonObject };
    const { method: _, ...rest } = given;
    expect(findingsOf({ do: [{ a: { call: 'mcp', with: rest } }] })).toEqual(['missing-key /do/0/a/with method']);
    expect(findingsOf({ do: [{ a: tool({}, { method: '${ .m }' }) }] })).toEqual([
      expect.stringContaining('invalid-value /do/0/a/with/method a method is a literal'),
    ]);
    expect(findingsOf({ do: [{ a: tool({}, { method: 'tools/drop' }) }] })).toEqual([
      'invalid-value /do/0/a/with/method the only method is tools/call',
    ]);
  });

  it('OWS-mcp-03: have a literal name of a tool, and arguments as an object or one expression', () => {
    const parameters = (value: object) => findingsOf({ do: [{ a: tool({}, { parameters: value }) }] });
    expect(parameters({ name: '${ .t }' })).toEqual([
      expect.stringContaining('invalid-value /do/0/a/with/parameters/name the name of a tool is a literal'),
    ]);
    expect(parameters({ arguments: {} })).toEqual(['missing-key /do/0/a/with/parameters name']);
    expect(parameters({ name: 't', arguments: [1] })).toEqual([
      'wrong-type /do/0/a/with/parameters/arguments object; array',
    ]);
    expect(parameters({ name: 'tt', arguments: {} })).toEqual(['unknown-tool /do/0/a/with/parameters/name s/tt; s/t']);
    expect(argumentsOf(run({ do: [{ a: tool('${ {n} }') }] }, { n: 1, m: 2 }))).toEqual([{ n: 1 }]);
    expect(argumentsOf(run({ do: [{ a: tool({}, { parameters: { name: 't' } }) }] }))).toEqual([{}]);
  });

  it('OWS-mcp-04: time out by a limit of their own, as timeout at the task', () => {
    const document = { do: [{ t: tool({}, { timeout: 'PT1S' }) }] };
    expect(end(document, {}, { t: [structured(1, 1001)] })).toEqual({ error: 'timeout', at: '/do/0/t' });
    expect(end(document, {}, { t: [structured(1, 1000)] })).toEqual({ output: { structuredContent: 1 } });
    expect(end({ do: [{ t: tool({}, { timeout: { milliseconds: 5 } }) }] }, {}, { t: [structured(1, 6)] })).toEqual({
      error: 'timeout',
      at: '/do/0/t',
    });
  });

  it('OWS-mcp-05, OWS-mcp-10: have one transport, http or stdio, of a tool contract', () => {
    const transport = (value: object) => findingsOf({ do: [{ a: tool({}, { transport: value }) }] });
    expect(transport({})).toEqual(['invalid-value /do/0/a/with/transport a transport is either http or stdio']);
    expect(transport({ http: { endpoint: 'https://s.example/mcp' }, stdio: { command: 'npx' } })).toContainEqual(
      'invalid-value /do/0/a/with/transport a transport is either http or stdio',
    );
    expect(transport({ http: { endpoint: 'https://other.example/mcp' } })).toEqual([
      'unknown-server /do/0/a/with/transport no tool contract has exactly this transport',
    ]);
    const { with: given } = tool() as { with: JsonObject };
    const { transport: _, ...rest } = given;
    expect(findingsOf({ do: [{ a: { call: 'mcp', with: rest } }] })).toEqual(['missing-key /do/0/a/with transport']);
  });

  it('OWS-mcp-11, OWS-mcp-12: have an http endpoint and headers, literal or a secret as a whole', () => {
    const http = (value: object) => findingsOf({ do: [{ a: tool({}, { transport: { http: value } }) }] });
    expect(http({})).toContainEqual('missing-key /do/0/a/with/transport/http endpoint');
    expect(http({ endpoint: 'https://s.example/${ .path }' })).toContainEqual(
      expect.stringContaining('invalid-value /do/0/a/with/transport/http/endpoint a transport holds literals'),
    );
    expect(http({ endpoint: 'https://s.example/{path}' })).toContainEqual(expect.stringContaining('no URI template'));
    expect(http({ endpoint: 'http://s.example/mcp' })).toContainEqual(expect.stringContaining('an endpoint is https'));
    expect(http({ endpoint: 'https://s.example/mcp', headers: { authorization: 'Bearer abc' } })).toContainEqual(
      expect.stringContaining('literal-credential'),
    );
    expect(http({ endpoint: 'https://s.example/mcp', headers: { 'x-a': '${ .a }' } })).toContainEqual(
      expect.stringContaining('invalid-value /do/0/a/with/transport/http/headers/x-a'),
    );
  });

  const stdio = (value: object, more: Members = {}) =>
    findingsOf({
      ...more,
      do: [
        { a: { call: 'mcp', with: { method: 'tools/call', transport: { stdio: value }, parameters: { name: 't' } } } },
      ],
    });

  it('OWS-mcp-13: start a server as npx -y with a package in an exact version', () => {
    expect(stdio({ command: 'uvx', arguments: ['x'] })).toContainEqual(
      expect.stringContaining('unsupported-feature /do/0/a/with/transport/stdio/command'),
    );
    for (const name of ['p', 'p@latest', 'p@^1.2.3'])
      expect(stdio({ command: 'npx', arguments: ['-y', name] })).toContainEqual(
        `floating-version /do/0/a/with/transport/stdio/arguments/1 ${name}`,
      );
    expect(stdio({ arguments: [] })).toContainEqual('missing-key /do/0/a/with/transport/stdio command');
  });

  it('OWS-mcp-14, OWS-use-07: give a server its environment; a secret there is listed in use.secrets', () => {
    const server = { command: 'npx', arguments: ['-y', 'p@1.2.3'], environment: { DIR: '${ $secrets.DIR }' } };
    expect(stdio(server, { use: { secrets: ['DIR'] } })).toEqual([]);
    expect(stdio(server)).toEqual(['unknown-reference /do/0/a/with/transport secret; DIR; null']);
    expect(stdio({ ...server, environment: { DIR: 'at ${ $secrets.DIR }' } })).toContainEqual(
      expect.stringContaining('a transport holds literals'),
    );
    expect(stdio({ ...server, environment: { NODE_OPTIONS: 'x' } })).toContainEqual(
      expect.stringContaining('invalid-value /do/0/a/with/transport/stdio/environment/NODE_OPTIONS'),
    );
  });

  it('OWS-arg-04, OWS-use-07: secrets stand nowhere but in a transport', () => {
    const use = { secrets: ['DIR'] };
    expect(findingsOf({ use, do: [{ a: set({ x: '${ $secrets.DIR }' }) }] })).toEqual([
      expect.stringContaining('unknown-variable /do/0/a/set/x'),
    ]);
    expect(findingsOf({ use, input: { from: '$secrets.DIR' }, do: [{ a: set({ x: 1 }) }] })).toEqual([
      expect.stringContaining('unknown-variable /input/from'),
    ]);
    expect(findingsOf({ use, do: [{ a: tool({ x: '${ $secrets.DIR }' }) }] })).toEqual([
      expect.stringContaining('unknown-variable'),
    ]);
  });

  it('OWS-mcp-07: put out the JSON-RPC result', () => {
    const result = { content: [{ type: 'text', text: 'x' }], structuredContent: { a: 1 }, isError: false };
    expect(end({ do: [{ t: tool() }] }, {}, { t: [{ kind: 'result', result, elapsed: 0 }] })).toEqual({
      output: result,
    });
  });

  it('OWS-mcp-08: raise runtime where the tool reports a failure', () => {
    const result = { content: [{ type: 'text', text: 'no funds' }], isError: true };
    const document = {
      do: [{ g: { try: [{ t: tool() }], catch: { do: [{ s: set('${ [$error.status, $error.detail] }') }] } } }],
    };
    expect(end(document, {}, { t: [{ kind: 'result', result, elapsed: 0 }] })).toEqual({ output: [500, 'no funds'] });
    expect(end({ do: [{ t: tool() }] }, {}, { t: [failed()] })).toEqual({ error: 'runtime', at: '/do/0/t' });
  });

  it('OWS-mcp-09: raise communication where the server is out of reach', () => {
    expect(end({ do: [{ t: tool() }] }, {}, { t: [failed('communication')] })).toEqual({
      error: 'communication',
      at: '/do/0/t',
    });
  });

  it('OWS-mcp-07: raise validation for a result that is not what the contract says', () => {
    const reply = (result: JsonObject): Reply => ({ kind: 'result', result, elapsed: 0 });
    for (const result of [{}, { structuredContent: 1, isError: 'no' }, { structuredContent: 1, content: 'text' }])
      expect(end({ do: [{ t: tool() }] }, {}, { t: [reply(result)] })).toEqual({ error: 'validation', at: '/do/0/t' });
  });
});

describe('functions', () => {
  const functions = {
    ask: {
      ...tool({ q: '${ .question }', whole: '${ . }', input: '${ $input }' }),
      input: schema({ type: 'object', properties: { question: { type: 'string' } }, required: ['question'] }),
    },
  };

  it('OWS-use-05, OWS-fn-01: of use.functions are called by name, on the arguments given', () => {
    const document = { use: { functions }, do: [{ a: { call: 'ask', with: { question: '${ .q }' } } }] };
    const [call] = calls(run(document, { q: 'why' }));
    expect(call && lower(call.arguments)).toEqual({ q: 'why', whole: { question: 'why' }, input: { q: 'why' } });
  });

  it('OWS-fn-02: check their arguments against their input schema', () => {
    const document = { use: { functions }, do: [{ a: { call: 'ask', with: { question: '${ .q }' } } }] };
    const ran = run(document, { q: 1 });
    expect(ran.outcome).toMatchObject({ kind: 'error', name: 'validation', at: '/do/0/a' });
    expect(calls(ran)).toEqual([]);
  });

  it('OWS-fn-02: refuse a name that is not there, with the one that was meant', () => {
    expect(findingsOf({ use: { functions }, do: [{ a: { call: 'ak' } }] })).toEqual([
      expect.stringContaining('unknown-function /do/0/a/call ak; ask'),
    ]);
  });

  const catalogs = { proofmark: { endpoint: 'https://proofmark.example/catalog' } };
  const infer = (call: string) => ({
    call,
    with: { instructions: 'read', data: '${ .n }', schema: { type: 'string', maxLength: 9 } },
  });

  it('OWS-cat-01: of a catalog are called by name, version and catalog', () => {
    const document = { use: { catalogs }, do: [{ a: infer('infer:1.0.0@proofmark') }] };
    const ran = run(document, { n: 1 }, { a: [{ kind: 'value', value: 'text', elapsed: 0 }] });
    expect(ran.effects).toMatchObject([
      { kind: 'infer', instructions: 'read' },
      { kind: 'return', value: { value: 'text' } },
    ]);
  });

  it('OWS-cat-02: of a catalog need it to be declared', () => {
    expect(findingsOf({ do: [{ a: infer('infer:1.0.0@proofmark') }] })).toEqual([
      'unknown-reference /do/0/a/call catalog; proofmark; null',
    ]);
  });

  it('OWS-cat-03: of a catalog have an exact version', () => {
    for (const call of ['infer:latest@proofmark', 'infer:^1.0.0@proofmark', 'infer@proofmark'])
      expect(findingsOf({ use: { catalogs }, do: [{ a: infer(call) }] })).toEqual([
        `floating-version /do/0/a/call ${call}`,
      ]);
    expect(findingsOf({ use: { catalogs }, do: [{ a: infer('infer:2.0.0@proofmark') }] })).toEqual([
      'unknown-function /do/0/a/call infer:2.0.0@proofmark; infer:1.0.0@proofmark',
    ]);
  });

  it('OWS-use-02: the one catalog has its one endpoint, as text or as uri', () => {
    expect(
      findingsOf({
        use: { catalogs: { proofmark: { endpoint: { uri: catalogs.proofmark.endpoint } } } },
        do: [{ a: set({ n: 1 }) }],
      }),
    ).toEqual([]);
    expect(
      findingsOf({
        use: { catalogs: { proofmark: { endpoint: 'https://evil.example' } } },
        do: [{ a: set({ n: 1 }) }],
      }),
    ).toEqual([expect.stringContaining('invalid-value /use/catalogs/proofmark/endpoint')]);
  });
});
