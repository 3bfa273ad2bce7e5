import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memoryTree } from '../kernel/tree.ts';
import type { WorkflowName } from '../store/model.ts';
import { changedPaths, type Scope, scopeOf, type Uses } from './scope.ts';

const NAMES: readonly WorkflowName[] = ['a/one', 'a/two', 'b/three', 'b/four'];

/** `one` uses mail, `two` runs `one`, `three` runs `two` and uses bank; of `four` nothing is known. */
const USES: Readonly<Record<string, Uses | undefined>> = {
  'a/one': { servers: new Set(['mail']), runs: new Set() },
  'a/two': { servers: new Set(), runs: new Set(['a/one']) },
  'b/three': { servers: new Set(['bank']), runs: new Set(['a/two']) },
  'b/four': undefined,
};

function scope(changed: readonly string[], names = NAMES): Scope {
  return scopeOf(changed, names, (name) => USES[name]);
}

function judged(changed: readonly string[]): string {
  return scope(changed)
    .workflows.map(({ name, because }) => `${name} ${because}`)
    .join(', ');
}

describe('the scope of a change', () => {
  it.each([
    ['nothing', [], ''],
    ['one workflow', ['workflows/b/three/contract.yaml'], 'b/three changed'],
    ['a workflow that others run', ['workflows/a/one/workflow.yaml'], 'a/one changed, a/two runs, b/three runs'],
    ['a tool contract, also where its users are not known', ['tools/bank.yaml'], 'b/four tools, b/three tools'],
    [
      'a tool contract whose user is run by others',
      ['tools/mail.yaml'],
      'a/one tools, a/two runs, b/four tools, b/three runs',
    ],
    ['a contract that nobody is known to use', ['tools/fax.yaml'], 'b/four tools'],
    ['the configuration', ['store.yaml'], 'a/one law, a/two law, b/four law, b/three law'],
    ['a policy', ['policies/limit.cedar'], 'a/one law, a/two law, b/four law, b/three law'],
    ['a stray file among the contracts', ['tools/x/y.yaml'], 'a/one law, a/two law, b/four law, b/three law'],
    ['a contract that became a folder', ['tools/mail.yaml/x'], 'a/one law, a/two law, b/four law, b/three law'],
    ['what judges nothing', ['README.md', '.github/workflows/verify.yml', 'workflows/a/stray.yaml'], ''],
    ['names that only begin like the law', ['tools.md', 'store.yaml.bak', 'policies-old/x.cedar'], ''],
    [
      'the configuration and a workflow',
      ['store.yaml', 'workflows/a/two/README.md'],
      'a/one law, a/two changed, b/four law, b/three law',
    ],
  ] as const)('for %s', (_, changed, expected) => {
    expect(judged(changed)).toBe(expected);
  });

  it('says which paths need an owner, and whether the law is among them', () => {
    const paths = ['README.md', 'workflows/a/one/README.md', 'workflows/a/stray.yaml'];
    expect(scope(paths)).toMatchObject({ owned: ['README.md', 'workflows/a/stray.yaml'], law: false });
    expect(scope([...paths, 'tools/mail.yaml']).law).toBe(true);
  });

  it('names what was removed, and judges whoever runs it', () => {
    const { removed, workflows } = scope(['workflows/a/one/workflow.yaml'], ['a/two', 'b/three']);
    expect(removed).toEqual(['a/one']);
    expect(workflows).toEqual([
      { name: 'a/two', because: 'runs' },
      { name: 'b/three', because: 'runs' },
    ]);
  });

  it('grows with what is changed', () => {
    const path = fc.constantFrom(
      'store.yaml',
      'tools/mail.yaml',
      'tools/bank.yaml',
      'policies/x.cedar',
      'README.md',
      'workflows/a/one/x',
      'workflows/b/three/x',
    );
    fc.assert(
      fc.property(fc.array(path), fc.array(path), (some, more) => {
        const small = scope(some).workflows.map(({ name }) => name);
        const large = new Set(scope([...some, ...more]).workflows.map(({ name }) => name));
        expect(small.filter((name) => !large.has(name))).toEqual([]);
      }),
      { seed: 1 },
    );
  });
});

describe('the changed paths of two revisions', () => {
  it('are what was added, removed or written, and no folders', () => {
    const before = memoryTree({ 'a/x': '1', 'a/y': '2', 'b/z': '3', same: '4' });
    const after = memoryTree({ 'a/x': '1', 'a/y': '5', 'c/d/e': '3', same: '4' });
    expect(changedPaths(before, after)).toEqual(['a/y', 'b/z', 'c/d/e']);
  });

  it('are told by ids where both have them', () => {
    const tree = memoryTree({ x: '1', y: '2' });
    const before = { ...tree, id: (path: string) => path };
    const after = { ...tree, id: (path: string) => (path === 'x' ? 'x' : 'other') };
    expect(changedPaths(before, after)).toEqual(['y']);
  });

  it('include what cannot be compared', () => {
    const link = { list: () => [{ path: 'x', kind: 'link' as const, size: 0 }], read: () => undefined };
    expect(changedPaths(link, link)).toEqual(['x']);
  });
});
