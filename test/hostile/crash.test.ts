import { describe, expect, it, vi } from 'vitest';
import { run as verify } from '../../src/cli/verify.ts';
import { sampleStore, say } from './store.ts';

vi.mock('../../src/stages/compatibility/compatibility.ts', () => ({
  compatibility: () => {
    throw new RangeError('planted\u001B[2J\nsecond line');
  },
}));

describe('a stage that crashes', () => {
  it('costs only itself: the others are reported, and the run ends with exit 3', async () => {
    const root = sampleStore();
    const { out, exit } = await say(verify, [root, '--runs', '3'], root);
    expect(exit).toBe(3);
    expect(out).toMatch(/^FAIL personal\/triage-inbox/mu);
    expect(out).toMatch(/✓ structure \d+ {2}✓ functional \d+ {2}✗ property 3 .* {2}! compatibility {2}✓ policy \d+/u);
    expect(out).toContain('the compatibility stage crashed: RangeError: planted\\u{1b}[2J\\u{a}second line');
    expect(out).not.toContain('PASS');
  }, 300_000);

  it('is in the JSON as well', async () => {
    const root = sampleStore();
    const { out, exit } = await say(verify, [root, '--runs', '3', '--format', 'json'], root);
    expect(exit).toBe(3);
    const report: unknown = JSON.parse(out);
    expect(report).toMatchObject({
      passed: false,
      exitCode: 3,
      workflows: [{ passed: false, crashes: [{ stage: 'compatibility' }] }],
    });
  }, 300_000);
});
