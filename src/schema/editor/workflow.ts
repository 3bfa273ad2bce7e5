import { ISO } from '../../kernel/duration.ts';
import type { JsonObject } from '../../kernel/json.ts';
import { TRANSPORT_SCHEMA } from '../../store/transport-schema.ts';
import { SEMVER } from '../../store/version.ts';
import { CATALOG_ENDPOINT } from '../../workflow/catalog.ts';
import { SCHEMA_REFERENCE } from './keywords.ts';

/**
 * workflow.yaml as a JSON Schema for editors: the official schema of the Open Workflow Specification 1.0.3, narrowed to the
 * profile as far as a schema can say it. Closed objects and one alternative per kind of task, which editors complete best.
 */

type Properties = Readonly<Record<string, JsonObject>>;

function ref(name: string): JsonObject {
  return { $ref: `#/$defs/${name}` };
}

function described(schema: JsonObject, description: string): JsonObject {
  return { ...schema, description };
}

/** A closed object; the members in `required` must be there. */
function object(properties: Properties, required: readonly string[], more: JsonObject = {}): JsonObject {
  return {
    type: 'object',
    ...more,
    properties,
    ...(required.length === 0 ? {} : { required: [...required] }),
    additionalProperties: false,
  };
}

function map(of: JsonObject, names?: string): JsonObject {
  return {
    type: 'object',
    additionalProperties: of,
    ...(names === undefined ? {} : { propertyNames: { pattern: names } }),
  };
}

/** A string that no engine computes. */
const LITERAL: JsonObject = { type: 'string', not: { pattern: '\\$\\{' } };
const WHOLE = '^\\s*\\$\\{[\\s\\S]*\\}\\s*$';
const TASK_NAME = '^(?!(?:continue|exit|end)$)[A-Za-z][A-Za-z0-9_-]{0,63}$';
const ERROR_NAME = '^[A-Za-z][A-Za-z0-9-]{0,63}$';
const WORD = '^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$';
const WORKFLOW_NAME = '^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$';
const REFUSED_CALLS: readonly string[] = ['mcp', 'http', 'grpc', 'openapi', 'asyncapi', 'a2a'];

const literal = (description: string): JsonObject => described(LITERAL, description);
const expression = (description: string): JsonObject => ({ type: 'string', description });
const template = (description: string): JsonObject => described(ref('template'), description);
const semver: JsonObject = { type: 'string', maxLength: 128, pattern: SEMVER.source };
const free: JsonObject = { type: 'object' };
const variable = (description: string): JsonObject => ({
  type: 'string',
  description,
  pattern:
    '^(?!(?:context|input|output|task|workflow|runtime|secrets|authorization|ENV|__loc__)$)[A-Za-z_][A-Za-z0-9_]{0,63}$',
});
const transformation = (description: string): JsonObject => ({
  description,
  anyOf: [{ type: 'string' }, { type: 'object', ...ref('template') }],
});
/** Arguments: an object, or one expression that yields it. */
const argumentsOf = (description: string): JsonObject => ({
  description,
  anyOf: [
    { type: 'object', ...ref('template') },
    { type: 'string', pattern: WHOLE },
  ],
});
const timeout: JsonObject = {
  description: 'How long it may take: { after: … }, or the name of one in use.timeouts.',
  anyOf: [ref('timeout'), { type: 'string' }],
};

const BASE: Properties = {
  if: expression('Whether the task runs. A task that is skipped ignores its then.'),
  input: ref('input'),
  output: ref('output'),
  export: object(
    {
      schema: ref('inlineSchema'),
      as: transformation('What $context becomes, from the output of the task: $context + { name: . }'),
    },
    [],
    { description: 'What later tasks see in $context.' },
  ),
  timeout,
  then: ref('then'),
  metadata: described(free, 'Free for tools; nothing reads it here.'),
};

/** One kind of task: its own members beside those that every task has. */
function task(title: string, description: string, own: Properties, required: readonly string[]): JsonObject {
  return object({ ...own, ...BASE }, required, { title, description });
}

const OWN_MEMBERS_OF_MCP: Properties = {
  call: { const: 'mcp', description: 'A tool of an MCP server whose contract is in tools/.' },
  with: object(
    {
      method: { const: 'tools/call', description: 'The only method.' },
      parameters: object(
        { name: literal('The tool, by its own name.'), arguments: argumentsOf('Its arguments.') },
        ['name'],
        { description: 'What is called, with what.' },
      ),
      transport: described(
        TRANSPORT_SCHEMA,
        'Exactly the transport of the tool contract: it says which server is meant.',
      ),
      timeout: described(ref('duration'), 'How long the server may take.'),
    },
    ['method', 'parameters', 'transport'],
    { description: 'What is called.' },
  ),
};

const OWN_MEMBERS_OF_INFER: Properties = {
  call: { const: 'infer:1.0.0@proofmark', description: 'One call of a model. Its reply is always untrusted.' },
  with: object(
    {
      instructions: literal('What the model is asked to do; the only text that it may follow.'),
      data: template('What it is asked about; never instructions.'),
      schema: described({ type: 'object', ...SCHEMA_REFERENCE }, 'The JSON Schema of the reply: closed and bounded.'),
    },
    ['instructions', 'data', 'schema'],
    { description: 'What is asked.' },
  ),
};

const OWN_MEMBERS_OF_APPROVE: Properties = {
  call: { const: 'approve:1.0.0@proofmark', description: 'A person decides about exactly one call.' },
  with: object(
    {
      tool: literal('The tool that is to be called, as <server>/<tool name>.'),
      arguments: argumentsOf('The arguments that the call will have.'),
      otherwise: literal('The error in use.errors that is raised when the person declines.'),
    },
    ['tool', 'arguments', 'otherwise'],
    { description: 'What is asked.' },
  ),
};

/** Without the members of a task: what a function in use.functions may be. */
const FUNCTION: JsonObject = {
  description: 'A call under a name.',
  oneOf: [OWN_MEMBERS_OF_MCP, OWN_MEMBERS_OF_INFER, OWN_MEMBERS_OF_APPROVE].map((own) =>
    object(
      {
        ...own,
        input: object({ schema: ref('inlineSchema') }, [], { description: 'What the arguments must be.' }),
        metadata: described(free, 'Free for tools; nothing reads it here.'),
      },
      ['call', 'with'],
    ),
  ),
};

const TASKS: readonly JsonObject[] = [
  task('call: mcp', 'Calls a tool.', OWN_MEMBERS_OF_MCP, ['call', 'with']),
  task('call: infer', 'Asks a model.', OWN_MEMBERS_OF_INFER, ['call', 'with']),
  task('call: approve', 'Asks a person.', OWN_MEMBERS_OF_APPROVE, ['call', 'with']),
  task(
    'call: function',
    'Calls a function of use.functions.',
    {
      call: {
        type: 'string',
        description: 'mcp, infer:1.0.0@proofmark, approve:1.0.0@proofmark, or a function of use.functions.',
        pattern: '^[^:@/]*$',
        not: { enum: [...REFUSED_CALLS] },
        allOf: [LITERAL],
      },
      with: { type: 'object', ...ref('template'), description: 'Its arguments.' },
    },
    ['call'],
  ),
  task('do', 'Runs a list of tasks.', { do: ref('tasks') }, ['do']),
  task(
    'for',
    'Runs a list of tasks for every item. The only loop.',
    {
      for: object(
        {
          each: variable('The variable of the item, without $. Default: item.'),
          in: {
            description: 'The items: an expression, or a list of objects.',
            anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'object', ...ref('template') } }],
          },
          at: variable('The variable of the index, without $. Default: index.'),
        },
        ['in'],
        { description: 'What is gone through.' },
      ),
      while: expression('Goes on only while this is true.'),
      do: ref('tasks'),
    },
    ['for', 'do'],
  ),
  task(
    'fork',
    'Runs branches side by side.',
    {
      fork: object(
        {
          branches: ref('tasks'),
          compete: { type: 'boolean', description: 'The first branch to finish wins.' },
        },
        ['branches'],
        { description: 'The branches.' },
      ),
    },
    ['fork'],
  ),
  task(
    'raise',
    'Ends in an error, unless it is caught.',
    {
      raise: object(
        {
          error: {
            description: 'The name of an error in use.errors, or the error.',
            anyOf: [{ type: 'string' }, ref('error')],
          },
        },
        ['error'],
        { description: 'What is raised.' },
      ),
    },
    ['raise'],
  ),
  task(
    'run: workflow',
    'Runs another workflow, released in exactly this version.',
    {
      run: object(
        {
          workflow: object(
            {
              namespace: { type: 'string', pattern: WORKFLOW_NAME, description: 'Its namespace.' },
              name: { type: 'string', pattern: WORKFLOW_NAME, description: 'Its name.' },
              version: described(semver, 'Its exact version.'),
              input: { type: 'object', ...ref('template'), description: 'Its input.' },
            },
            ['namespace', 'name', 'version'],
            { description: 'Which workflow, with what.' },
          ),
          await: { const: true, description: 'A workflow is always waited for.' },
        },
        ['workflow'],
        { description: 'What is run.' },
      ),
    },
    ['run'],
  ),
  task(
    'set',
    'Puts out a value.',
    {
      set: {
        description: 'The value: an object, or an expression ${ … } as a whole.',
        anyOf: [
          { type: 'object', minProperties: 1, ...ref('template') },
          { type: 'string', pattern: WHOLE },
        ],
      },
    },
    ['set'],
  ),
  task(
    'switch',
    'Takes the first arm whose when is true; the arm without when is the default.',
    {
      switch: {
        type: 'array',
        description: 'The arms, each under a name.',
        minItems: 1,
        items: named(
          object({ when: expression('Whether the arm is taken.'), then: ref('then') }, ['then'], {
            description: 'An arm.',
          }),
        ),
        contains: { additionalProperties: { not: { required: ['when'] } } },
        minContains: 0,
        maxContains: 1,
      },
    },
    ['switch'],
  ),
  task(
    'try',
    'Catches errors of a list of tasks, and may try it again.',
    {
      try: ref('tasks'),
      catch: object(
        {
          errors: object(
            {
              with: object(
                {
                  type: literal('Its type; standard ones under any official prefix.'),
                  status: { type: 'integer', description: 'Its status.' },
                  instance: literal('Where it arose, as a JSON pointer.'),
                  title: literal('Its title.'),
                  detail: literal('Its detail.'),
                },
                [],
                { minProperties: 1, description: 'Members that the error must have.' },
              ),
            },
            ['with'],
            { description: 'Which errors are caught. Default: all.' },
          ),
          as: variable('The variable of the error, without $. Default: error.'),
          when: expression('Catches only where this is true.'),
          exceptWhen: expression('Does not catch where this is true.'),
          retry: {
            description: 'How to try again: a policy, or the name of one in use.retries.',
            anyOf: [ref('retry'), { type: 'string' }],
          },
          do: described(ref('tasks'), 'What runs instead, after the last attempt.'),
          then: ref('then'),
        },
        [],
        { description: 'What happens with errors.' },
      ),
    },
    ['try', 'catch'],
  ),
  task('wait', 'Waits.', { wait: ref('duration') }, ['wait']),
];

/** An item of a task list or a switch: an object with one member, which is its name. */
function named(of: JsonObject): JsonObject {
  return { ...map(of, TASK_NAME), minProperties: 1, maxProperties: 1 };
}

const backoff: JsonObject = {
  description: 'How the delay grows. Default: not at all.',
  minProperties: 1,
  maxProperties: 1,
  ...object(
    {
      constant: object({}, [], { description: 'The delay stays.' }),
      linear: object({ increment: described(ref('duration'), 'Added each time. Default: the delay.') }, [], {
        description: 'The delay grows by as much each time.',
      }),
      exponential: object(
        {
          multiplier: { type: 'number', minimum: 1, maximum: 100, description: 'Default: 2.' },
          max: described(ref('duration'), 'The longest delay.'),
        },
        [],
        { description: 'The delay is multiplied each time.' },
      ),
    },
    [],
  ),
};

const amount = (unit: string, most: number): JsonObject => ({
  type: 'integer',
  minimum: 0,
  maximum: most,
  description: `How many ${unit}.`,
});

const DEFINITIONS: Properties = {
  tasks: { type: 'array', minItems: 1, items: named(ref('task')), description: 'Tasks, each under a name.' },
  task: { oneOf: [...TASKS] },
  then: {
    description:
      'Where to go on: continue, exit (out of this list), end (of the workflow), or a later task of this list.',
    anyOf: [{ enum: ['continue', 'exit', 'end'] }, { type: 'string' }],
  },
  input: object(
    {
      schema: ref('inlineSchema'),
      from: transformation('What the input becomes, before anything reads it.'),
    },
    [],
    { description: 'What goes in.' },
  ),
  output: object({ schema: ref('inlineSchema'), as: transformation('What the output becomes.') }, [], {
    description: 'What comes out.',
  }),
  inlineSchema: object(
    {
      format: { type: 'string', pattern: '^json(?::|$)', description: 'json' },
      document: described({ type: 'object', ...SCHEMA_REFERENCE }, 'The JSON Schema: closed and bounded.'),
    },
    ['document'],
    { description: 'What the value must be.' },
  ),
  template: {
    description: 'A value; strings that are ${ … } as a whole are expressions.',
    pattern: `${WHOLE}|^(?![\\s\\S]*\\$\\{)`,
    items: ref('template'),
    additionalProperties: ref('template'),
  },
  duration: {
    description: 'A duration: { seconds: 30 } or PT30S.',
    anyOf: [
      object(
        {
          days: amount('days', 3650),
          hours: amount('hours', 87_600),
          minutes: amount('minutes', 5_256_000),
          seconds: amount('seconds', 315_360_000),
          milliseconds: amount('milliseconds', 315_360_000_000),
        },
        [],
        { minProperties: 1 },
      ),
      { type: 'string', pattern: ISO.source },
    ],
  },
  timeout: object({ after: described(ref('duration'), 'How long it may take.') }, ['after']),
  error: object(
    {
      type: {
        ...LITERAL,
        description: 'A URI that ends in the name of the error.',
        pattern: '^[A-Za-z][A-Za-z0-9+.\\-]*:[^?#]*/[A-Za-z][A-Za-z0-9\\-]{0,63}/*(?:[?#][\\s\\S]*)?$',
      },
      status: { type: 'integer', description: 'As of HTTP.' },
      title: { type: 'string', ...ref('template'), description: 'What happened, in general.' },
      detail: { type: 'string', ...ref('template'), description: 'What happened this time.' },
      instance: {
        type: 'string',
        ...ref('template'),
        pattern: `${WHOLE}|^(?:/(?:[^~/]|~[01])*)*$`,
        description: 'Where, as a JSON pointer.',
      },
    },
    ['type', 'status'],
    { description: 'An error.' },
  ),
  retry: object(
    {
      when: expression('Tries again only where this is true.'),
      exceptWhen: expression('Does not try again where this is true.'),
      delay: described(ref('duration'), 'How long to wait before each further attempt.'),
      backoff,
      jitter: object({ from: ref('duration'), to: ref('duration') }, ['from', 'to'], {
        description: 'A random further delay.',
      }),
      limit: object(
        {
          attempt: object(
            {
              count: {
                type: 'integer',
                minimum: 1,
                maximum: 1000,
                description: 'Attempts in all, the first included.',
              },
              duration: described(ref('duration'), 'How long one attempt may take.'),
            },
            ['count'],
            { description: 'Of attempts.' },
          ),
          duration: described(ref('duration'), 'How long all attempts together may take.'),
        },
        ['attempt'],
        { description: 'When to give up.' },
      ),
    },
    ['limit'],
    { description: 'How to try again.' },
  ),
  function: FUNCTION,
};

const catalogEndpoint: JsonObject = { const: CATALOG_ENDPOINT };

export const WORKFLOW_SCHEMA: JsonObject = {
  ...object(
    {
      document: object(
        {
          dsl: { const: '1.0.3', description: 'The version of the specification.' },
          namespace: { type: 'string', pattern: WORD, description: 'The namespace: as the folder above.' },
          name: { type: 'string', pattern: WORD, description: 'The name: as the folder.' },
          version: described(semver, 'The exact version of this workflow, in quotes.'),
          title: literal('A title for people.'),
          summary: literal('What the workflow does and for whom, in one sentence.'),
          tags: described(free, 'Free for tools; nothing reads it here.'),
          metadata: described(free, 'Free for tools; nothing reads it here.'),
        },
        ['dsl', 'namespace', 'name', 'version'],
        { description: 'What this workflow is.' },
      ),
      input: described(ref('input'), 'What goes in. Input outside the schema is refused.'),
      use: object(
        {
          catalogs: object(
            {
              proofmark: object(
                {
                  endpoint: {
                    description: CATALOG_ENDPOINT,
                    anyOf: [catalogEndpoint, object({ uri: described(catalogEndpoint, CATALOG_ENDPOINT) }, ['uri'])],
                  },
                },
                ['endpoint'],
                { description: 'The functions that ship with Proofmark.' },
              ),
            },
            [],
            { description: 'Needed for infer and approve. Never fetched.' },
          ),
          errors: described(map(ref('error'), ERROR_NAME), 'Errors that raise and approve name.'),
          functions: described(map(ref('function'), '^(?!mcp$)[^:@/]*$'), 'Calls that tasks name.'),
          retries: described(map(ref('retry')), 'Retry policies that catch names.'),
          secrets: {
            type: 'array',
            items: { type: 'string' },
            description: 'Bindings that transports name as ${ $secrets.NAME }.',
          },
          timeouts: described(map(ref('timeout')), 'Timeouts that tasks name.'),
        },
        [],
        { description: 'What tasks refer to by name.' },
      ),
      do: described(ref('tasks'), 'What the workflow does.'),
      timeout,
      output: described(ref('output'), 'What comes out.'),
      evaluate: object(
        {
          language: { const: 'jq', description: 'The only language.' },
          mode: { const: 'strict', description: 'Expressions stand in ${ }.' },
        },
        [],
        { description: 'How expressions are read: as they always are here.' },
      ),
    },
    ['document', 'do'],
  ),
  $defs: DEFINITIONS,
};
