import { describe as group, expect, it } from 'vitest';
import { describe } from '../../src/stages/texts.ts';
import { memoryTree, overlayTree } from '../../src/kernel/tree.ts';
import { BASE, CONTRACT, load, textOf } from '../rules/sample.ts';

group('what is said of a long name', () => {
  // Found by the hostile documents: the sentence was as long as the name.
  it.each([
    ['a function', 'structure/expression-unsupported', CONTRACT, "always: '", `always: '${'f'.repeat(6_000)}(1) | `],
    [
      'a required argument',
      'structure/call-arguments',
      'tools/mail.yaml',
      'required: [',
      `required: [${'r'.repeat(6_000)}, `,
    ],
  ])('%s is short', async (_what, rule, path, from, to) => {
    const text = textOf(BASE, path).replaceAll(from, () => to);
    const store = await load(overlayTree(BASE, memoryTree({ [path]: text })));
    const findings = [...store.findings, ...store.workflows.flatMap((one) => one.findings)];
    expect(findings.map((found) => found.rule)).toContain(rule);
    for (const found of findings) expect(Object.values(describe(found)).join(' ').length).toBeLessThan(2_000);
  });
});
