import { describe, expect, it } from 'vitest';
import { memoryTree, overlayTree, type Tree } from '../src/kernel/tree.ts';
import { comparePermissions } from '../src/prove/permissive.ts';
import { Inquiry } from '../src/prove/smt/solver.ts';
import { compatibility } from '../src/stages/compatibility/compatibility.ts';
import { drawWorlds } from '../src/stages/draw.ts';
import { runCases } from '../src/stages/functional/functional.ts';
import { limitsOf, underProof } from '../src/stages/policy/proof.ts';
import { generated, varied } from '../src/stages/property/world.ts';
import type { Subject } from '../src/stages/subject.ts';
import type { World } from '../src/simulate/model.ts';
import { BASE, CONTRACT, load, SAMPLE, textOf, WORKFLOW } from './rules/sample.ts';

/** A new version against its release, call site by call site: nothing that the release could not do, as a proof; or a run that does. */

type Change = readonly [file: string, from: string | RegExp, to: string];

function changed(...changes: readonly Change[]): Tree {
  const files = new Map<string, string>();
  for (const [file, from, to] of changes) {
    const before = files.get(file) ?? textOf(BASE, file);
    const after = before.replaceAll(typeof from === 'string' ? from : new RegExp(from, 'gu'), () => to);
    if (after === before) throw new Error(`${file} does not hold ${String(from)}`);
    files.set(file, after);
  }
  return overlayTree(BASE, memoryTree(Object.fromEntries(files)));
}

async function payIn(tree: Tree): Promise<Subject> {
  const [one] = (await load(tree)).workflows;
  if (one?.subject === undefined) throw new Error(`it cannot be run: ${JSON.stringify(one?.findings)}`);
  return one.subject;
}

function compare(old: Subject, now: Subject, more: readonly World[] = []) {
  const cases = now.files.cases.map(({ input, replies, choices }) => ({ input, replies, choices }));
  const versions = { old: underProof(old), now: underProof(now) };
  return comparePermissions(versions, limitsOf(now), [...cases, ...more], new Inquiry(undefined, 0));
}

/** What is called for each item of a list of any length is known there only as a bound. */
const LOOPS: ReadonlySet<string> = new Set([
  'enterprise/onboard-employee',
  'personal/summarise-notes',
  'personal/triage-inbox',
]);
const released = await payIn(BASE);
const PAY = '/do/8/pay/try/0/transfer';
const APPROVAL = / {2}- ask:\n[^]*?(?= {2}- pay:)/u;
const NO_APPROVAL: readonly Change[] = [
  [WORKFLOW, APPROVAL, ''],
  [WORKFLOW, 'payable: { then: ask }', 'payable: { then: pay }'],
];
const PAYEE = "payee: '${ $context.orders[0].payee }'\n ";
const TOO_LARGE = "when: '${ $context.orders[0].amount > 100000 }'";
const WHERE = 'where: { properties: { amount: { maximum: 100000 }, currency: { const: EUR } } }';
const AGAIN = `  - more:
      call: 'approve:1.0.0@proofmark'
      with: { tool: payments/transfer, arguments: &args { payee: '\${ $context.orders[0].payee }', amount: 1, currency: EUR, reference: AGAIN, memo: more }, otherwise: declined }
  - payMore:
      call: mcp
      with:
        method: tools/call
        transport: { http: { endpoint: 'https://payments.example/mcp' } }
        parameters: { name: transfer, arguments: *args }
      output: { as: '\${ .structuredContent }' }
  - report:
`;

function more(what: string, at: string, why: RegExp, ...changes: readonly Change[]) {
  return [what, at, why, changes] as const;
}

function same(what: string, ...changes: readonly Change[]) {
  return [what, changes] as const;
}

const MORE = [
  more('an approval that is gone', PAY.replace('8', '7'), /^no approval of it/u, ...NO_APPROVAL),
  more('an approval for large sums only', PAY, /^no approval of it/u, [
    WORKFLOW,
    '  - ask:\n',
    "  - ask:\n      if: '${ $context.orders[0].amount > 5000 }'\n",
  ]),
  more(
    'a limit that is raised',
    PAY,
    /^other targets or amounts/u,
    [WORKFLOW, TOO_LARGE, TOO_LARGE.replace('100000', '200000')],
    [CONTRACT, '{ maximum: 100000 }', '{ maximum: 200000 }'],
    [CONTRACT, 'total: { /amount: 100000 }', 'total: { /amount: 200000 }'],
  ),
  more(
    'a `where` that is removed, and the check behind which it stood',
    PAY,
    /^other targets or amounts/u,
    [CONTRACT, WHERE, ''],
    [CONTRACT, '    total: { /amount: 100000 }\n', ''],
    [WORKFLOW, TOO_LARGE, TOO_LARGE.replace('100000', '10000000')],
  ),
  more('a recipient of the author', PAY, /\/payee may be chosen by the author/u, [
    WORKFLOW,
    PAYEE,
    'payee: DE75512108001245126199\n ',
  ]),
  more('a reference that a model read in a mail', PAY, /\/reference may follow something untrusted/u, [
    WORKFLOW,
    "reference: '${ $context.orders[0].number }'",
    "reference: '${ $context.invoice.invoiceNumber }'",
  ]),
  more(
    'a second call',
    '/do/10/payMore',
    /more than 1 call of it in one run/u,
    [WORKFLOW, '  - report:\n', AGAIN],
    [CONTRACT, / most: 1\n {4}total/u, ' most: 2\n    total'],
    [CONTRACT, 'calls: 4', 'calls: 5'],
    [CONTRACT, 'tasks: 12', 'tasks: 14'],
  ),
];

const NOT_MORE = [
  same('nothing', [WORKFLOW, 'title: Pay an invoice', 'title: Pay one invoice']),
  same('a lower limit', [WORKFLOW, TOO_LARGE, TOO_LARGE.replace('100000', '50000')]),
  same('another refusal', [
    WORKFLOW,
    '        - different:',
    "        - small: { when: '${ $context.orders[0].amount < 100 }', then: refuseTooLarge }\n        - different:",
  ]),
  same('other words in the memo', [WORKFLOW, '"Invoice \\(', '"Bill \\(']),
  same('inputs that were refused before', [WORKFLOW, "'^[A-Za-z0-9_-]{1,64}$'", "'^[A-Za-z0-9_-]{1,99}$'"]),
  same('a limit that is raised where the contract keeps it', [
    WORKFLOW,
    TOO_LARGE,
    TOO_LARGE.replace('100000', '200000'),
  ]),
  same('a `where` that is removed while the check stands', [CONTRACT, WHERE, '']),
];

describe('a version against its release', { timeout: 60_000 }, () => {
  it.each(MORE)('does more: %s', async (_, at, why, changes) => {
    const now = await payIn(changed(...changes));
    const { calls } = await compare(released, now);
    const more = calls.filter(({ status }) => status !== 'proved');
    expect(more.map((call) => [call.at, call.tool, call.status])).toEqual([[at, 'payments/transfer', 'more']]);
    expect(more[0]?.why).toMatch(why);
    expect(more[0]?.example?.call.at).toBe(at);
  });

  it.each(NOT_MORE)('does no more, proved: %s', async (_, changes) => {
    const now = await payIn(changed(...changes));
    expect((await compare(released, now)).calls.map(({ status, why }) => [status, why])).toEqual([
      ['proved', ''],
      ['proved', ''],
    ]);
  });

  it('is held against its release on inputs that both take', async () => {
    const bounded = await payIn(changed([WORKFLOW, 'maximum: 10000000, description', 'maximum: 60000, description']));
    expect((await compare(bounded, released)).calls.map(({ status }) => status)).toEqual(['proved', 'proved']);
    expect((await compare(released, bounded)).calls.map(({ status }) => status)).toEqual(['proved', 'proved']);
  });

  it('does not take a bound for what can be sent: what is worked out in another way is not known', async () => {
    const sum = (more: number): Change => [
      WORKFLOW,
      "amount: '${ $context.orders[0].amount }'\n ",
      `amount: '\${ $context.orders[0].amount + ${more} }'\n `,
    ];
    const [old, now] = [
      await payIn(changed(sum(1))),
      await payIn(changed(sum(2), [WORKFLOW, TOO_LARGE, TOO_LARGE.replace('100000', '60000')])),
    ];
    expect((await compare(old, now)).calls.map(({ at, status }) => [at, status])).toEqual([
      ['/do/0/fetch', 'proved'],
      [PAY, 'unknown'],
    ]);
    expect((await compare(old, old)).calls.map(({ status }) => status)).toEqual(['proved', 'proved']);
  });

  it('does no more than itself: proved wherever single paths can be followed', async () => {
    const { workflows } = await load(SAMPLE);
    for (const { name, subject } of workflows) {
      if (subject === undefined || LOOPS.has(name)) continue;
      const { calls } = await compare(subject, subject);
      expect(calls.filter(({ status }) => status !== 'proved')).toEqual([]);
    }
  });

  it.each([
    ['itself', []],
    ['a narrower one', [[WORKFLOW, TOO_LARGE, TOO_LARGE.replace('100000', '50000')] as const]],
  ])('no run shows what is proved not to be: %s', async (_, changes) => {
    const now = changes.length === 0 ? released : await payIn(changed(...changes));
    const cases = runCases(now).map((one) => one.run);
    const worlds: World[] = [];
    drawWorlds(7, 80, (draw) => {
      const of = cases[worlds.length % (2 * cases.length)];
      worlds.push((of === undefined ? generated(now, draw) : varied(now, draw, of.world)).world);
      return true;
    });
    expect((await compare(released, now, worlds)).calls.map(({ status }) => status)).toEqual(['proved', 'proved']);
  });
});

describe('the version step', { timeout: 60_000 }, () => {
  async function judged(version: string, ...changes: readonly Change[]) {
    const now = await payIn(changed([WORKFLOW, "version: '1.0.0'", `version: '${version}'`], ...changes));
    const { files, workflow } = released;
    return compatibility(
      { ...now, releases: [{ version: '1.0.0', digest: files.digest, files, workflow }] },
      undefined,
    );
  }

  it('is too small for a call that no path of the release covers', async () => {
    const { status, counts, findings } = await judged('1.1.0', ...NO_APPROVAL);
    expect(findings.map(({ rule, data }) => ({ rule, ...data }))).toEqual([
      {
        rule: 'compatibility/version-bump',
        from: '1.0.0',
        to: '1.1.0',
        needed: '2.0.0',
        because:
          'at /do/7/pay/try/0/transfer it may do more with payments/transfer than before: no approval of it, which it had in the release',
        witness: expect.objectContaining({ currency: 'EUR' }) as unknown,
      },
    ]);
    expect({ status, counts }).toMatchObject({ status: 'failed', counts: { calls: 2, callsProved: 1, callsMore: 1 } });
  });

  it('of a major version promises nothing', async () => {
    const { status, counts } = await judged('2.0.0', ...NO_APPROVAL);
    expect({ status, counts }).toMatchObject({ status: 'passed', counts: { calls: 0 } });
  });

  it('may be a patch where nothing is called beyond the release', async () => {
    const { status, counts, findings } = await judged('1.0.1', [
      WORKFLOW,
      TOO_LARGE,
      TOO_LARGE.replace('100000', '50000'),
    ]);
    expect(findings).toEqual([]);
    expect({ status, counts }).toMatchObject({ status: 'passed', counts: { calls: 2, callsProved: 2, callsMore: 0 } });
  });
});
