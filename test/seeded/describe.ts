import type { Json } from '../../src/kernel/json.ts';
import { closed } from './law.ts';

/** How the workflows of the seeded store are written down: as data, once for the defect and its corrected twin. */

type Object = Readonly<Record<string, Json>>;

export interface Seed {
  readonly name: string;
  /** What is wrong, in words. */
  readonly what: string;
  /** The rule that must find it. */
  readonly rule: string;
  readonly input: Object;
  readonly output?: Json;
  /** The tasks; `bad` plants the defect. */
  readonly tasks: (bad: boolean) => readonly Object[];
  /** Names of `use.errors`. */
  readonly raises?: readonly string[];
  /** Beside the failures that every tool has. */
  readonly contract?: (bad: boolean) => Object;
  /** Tools, some with what limits them. */
  readonly tools: Readonly<Record<string, Object>>;
}

/** `${ … }`. */
export const $ = (expression: string): string => `\${ ${expression} }`;

/** A call of `<server>/<tool>`. */
export function tool(name: string, given: Object, more: Object = {}): Object {
  const [server = '', called = ''] = name.split('/');
  return {
    call: 'mcp',
    with: {
      method: 'tools/call',
      transport: { http: { endpoint: `https://${server}.example/mcp` } },
      parameters: { name: called, arguments: given },
    },
    output: { as: $('.structuredContent') },
    ...more,
  };
}

export function infer(data: string, schema: Json, more: Object = {}): Object {
  return { call: 'infer:1.0.0@proofmark', with: { instructions: 'Read the data.', data: $(data), schema }, ...more };
}

export function approve(name: string, given: Object, more: Object = {}): Object {
  return { call: 'approve:1.0.0@proofmark', with: { tool: name, arguments: given, otherwise: 'declined' }, ...more };
}

/** Keeps what a task yields in the context. */
export const keep = (name: string, as = '.'): Object => ({ export: { as: $(`$context + { ${name}: ${as} }`) } });

export const attempts = (count: number): Object => ({ delay: { seconds: 1 }, limit: { attempt: { count } } });

export const endsWith = (variable: string, ...names: readonly string[]): string =>
  $(names.map((name) => `($${variable}.type | endswith("/${name}"))`).join(' or '));

const FAILURES = ['runtime', 'communication', 'timeout', 'validation'];

/** The files of a seed's folder. */
export function filesOf(seed: Seed, bad: boolean): Readonly<Record<string, string>> {
  const { name, input, output, raises = [], tools } = seed;
  const folder = `workflows/seeded/${name}`;
  const document = {
    document: { dsl: '1.0.3', namespace: 'seeded', name, version: '1.0.0' },
    input: { schema: { format: 'json', document: closed(input) } },
    use: {
      catalogs: { proofmark: { endpoint: 'https://proofmark.example/catalog' } },
      errors: Object.fromEntries(
        raises.map((error) => [error, { type: `https://seeded.example/errors/${error}`, status: 400, title: error }]),
      ),
    },
    do: seed.tasks(bad),
    output: {
      ...(output === undefined ? { as: { done: true } } : {}),
      schema: { format: 'json', document: output ?? closed({ done: { type: 'boolean' } }) },
    },
  };
  const contract = {
    risk: 'high',
    intents: ['one thing', 'another thing'],
    capabilities: Object.entries(tools).map(([one, limits]) => ({ tool: one, ...limits })),
    errors: [...raises, ...FAILURES],
    budgets: { tasks: 60, calls: 30, infers: 5, time: 'PT1H' },
    ...seed.contract?.(bad),
  };
  return {
    [`${folder}/workflow.yaml`]: JSON.stringify(document),
    [`${folder}/contract.yaml`]: JSON.stringify(contract),
    [`${folder}/README.md`]: `# ${name}\n\nA workflow of the seeded store.\n`,
  };
}
