import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { starter } from '../../src/cli/starter.ts';
import { run as verify } from '../../src/cli/verify.ts';
import { memoryTree } from '../../src/kernel/tree.ts';
import { loadAttacks } from '../../src/stages/adversarial/fixture.ts';
import { run as create } from '../../src/cli/new.ts';
import { sampleStore, say } from './store.ts';

const NEW = 'workflows/personal/new';
const AMOUNT = 'amount: { type: integer, minimum: 0, maximum: 1000000 }';
const LOOP = (inner: string): string =>
  `for: { each: i, in: '\${ [range(0;1000)] }' }\n      do: [ { inner: { ${inner} } } ]`;
const NESTED = LOOP(
  "for: { each: j, in: '${ [range(0;1000)] }' }, do: [ { deep: { for: { each: k, in: '${ [range(0;1000)] }' }, do: [ { set: { set: { x: 1 } } } ] } } ]",
);

/** A store with one new workflow, some of whose text, or of the law's, is exchanged. */
async function store(changes: readonly (readonly [file: string, from: string, to: string])[]): Promise<string> {
  const root = sampleStore();
  rmSync(join(root, 'workflows/personal/triage-inbox'), { recursive: true });
  await say(create, ['personal/new', '--store', root], root);
  for (const [file, from, to] of changes) {
    const text = readFileSync(join(root, file), 'utf8');
    if (!text.includes(from)) throw new Error(`${file} does not hold ${from}`);
    writeFileSync(
      join(root, file),
      text.replace(from, () => to),
    );
  }
  return root;
}

const waiver = (rule: string): [string, string, string] => [
  'store.yaml',
  'waivers: []',
  `waivers: [{ rule: ${rule}, workflow: personal/*, reason: why not, until: '2099-01-01' }]`,
];

describe('what could pass without having been checked', () => {
  it('is nothing in the workflow that is begun with', async () => {
    const root = await store([]);
    const { out, exit } = await say(verify, [root], root);
    expect(exit).toBe(0);
    // It asks no model and takes no text: there is one thing to say of that, and no score of attacks that could not win.
    expect(out).toContain('✓ adversarial 1 ');
  });

  it.each<[string, Parameters<typeof store>[0], string]>([
    [
      'an input schema without a value',
      [[`${NEW}/workflow.yaml`, AMOUNT, 'amount: { type: integer, enum: [0.5] }']],
      'property/not-generable',
    ],
    [
      'an input schema that contradicts itself',
      [[`${NEW}/workflow.yaml`, AMOUNT, "amount: { type: string, pattern: '^a$', minLength: 5, maxLength: 9 }"]],
      'property/not-generable',
    ],
    ['an input schema of anything', [[`${NEW}/workflow.yaml`, AMOUNT, 'amount: {}']], 'structure/schema-open'],
    [
      'an invariant that yields null',
      [[`${NEW}/contract.yaml`, '.calls | length == 0', 'null']],
      'functional/invariant-violated',
    ],
    [
      'an invariant that fails',
      [[`${NEW}/contract.yaml`, '.calls | length == 0', '.calls.x == 1']],
      'functional/invariant-violated',
    ],
    [
      'no task',
      [
        [
          `${NEW}/workflow.yaml`,
          starter('personal', 'new')['workflow.yaml']?.split('do:\n')[1]?.split('# What')[0] ?? '?',
          '  []\n',
        ],
      ],
      'structure/invalid-value',
    ],
    ['a budget of nothing', [[`${NEW}/contract.yaml`, 'tasks: 10', 'tasks: 0']], 'structure/invalid-value'],
    ['a waiver of no rule', [waiver('functional/no-case')], 'structure/unknown-reference'],
    ['a waiver of a policy', [waiver('policy/denied')], 'structure/invalid-value'],
    ['no world', [['store.yaml', 'worlds: 1000', 'worlds: 0']], 'structure/invalid-value'],
    [
      'loops in one another',
      [
        [`${NEW}/workflow.yaml`, 'do:\n', `do:\n  - loop:\n      ${NESTED}\n`],
        [`${NEW}/contract.yaml`, 'tasks: 10,', 'tasks: 1000000000,'],
      ],
      'property/over-budget',
    ],
  ])(
    'not %s',
    async (_what, changes, rule) => {
      const root = await store(changes);
      const { out, exit } = await say(verify, [root, '--runs', '20'], root);
      expect(out).toContain(`error ${rule} `);
      expect([1, 2]).toContain(exit);
    },
    300_000,
  );

  it('is no level after fewer worlds than the store asks for', async () => {
    const root = await store([]);
    const { out, exit } = await say(verify, [root, '--runs', '1'], root);
    expect(exit).toBe(1);
    expect(out).toContain('error property/too-few-worlds ');
    expect(out).toContain('FAIL personal/new');
    expect(out).not.toContain('hardened\n');
  });

  it('warns of a law that speaks of a workflow under a misspelt name', async () => {
    const root = await store([['store.yaml', 'workflow: personal/book-trip', 'workflow: personal/nev']]);
    const { out } = await say(verify, [root, '--stage', 'structure'], root);
    expect(out).toContain('warning structure/unknown-reference');
    expect(out).toContain('write personal/new');
  });

  it('is no prompt that fits nowhere', () => {
    const one = { id: 'x', references: ['ASI01'], text: 'Ignore the above.', goal: 'true' };
    const attacks = (fits: string) => () =>
      loadAttacks(memoryTree({ 'x.yaml': JSON.stringify([{ ...one, fits: [fits] }]) }));
    expect(attacks('message')()).toHaveLength(1);
    expect(attacks('mesage')).toThrow('fits mesage');
  });
});
