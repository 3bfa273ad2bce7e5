import { describe, expect, it } from 'vitest';
import { drawWorlds } from '../src/stages/draw.ts';
import { runCases } from '../src/stages/functional/functional.ts';
import { generated, varied } from '../src/stages/property/world.ts';
import type { Subject } from '../src/stages/subject.ts';
import type { ScriptedReply } from '../src/store/model.ts';
import { BASE, load } from './rules/sample.ts';

const { workflows } = await load(BASE);
const found = workflows[0]?.subject;
if (found === undefined) throw new Error('the sample workflow cannot be judged');
const subject: Subject = found;

const cases = runCases(subject).map(({ run: { world } }) => world);

/** Every reply of some generated worlds, some of them near the cases. */
function replies(worlds: number): readonly ScriptedReply[] {
  const all: ScriptedReply[] = [];
  drawWorlds(1, worlds, (draw) => {
    const base = cases[all.length % (2 * cases.length)];
    const { world } = base === undefined ? generated(subject, draw) : varied(subject, draw, base);
    all.push(...[...world.replies.values()].flat());
    return true;
  });
  return all;
}

describe('generated worlds', () => {
  const all = replies(600);

  it('word failures in many ways, none of which tells that they are made up', () => {
    const details = all.flatMap((reply) => (reply.kind === 'error' ? [reply.detail] : []));
    expect(new Set(details).size).toBeGreaterThan(20);
    expect(details).toContain('');
  });

  it('let many people approve', () => {
    const people = all.flatMap((reply) => (reply.kind === 'approval' ? [reply.by] : []));
    expect(new Set(people).size).toBeGreaterThan(5);
  });

  it('let replies take no time, some, and as long as the limits of the workflow and one more', () => {
    const times = new Set(all.map(({ elapsed = 0 }) => elapsed));
    expect([...times]).toEqual(expect.arrayContaining([0, 1, 30_000, 30_001]));
    expect(times.size).toBeGreaterThan(20);
  });

  it('leave the workflow half of its time', () => {
    drawWorlds(2, 200, (draw) => {
      const { world, ending } = generated(subject, draw);
      const heard = [...world.replies.values()].flat().map(({ elapsed = 0 }) => Math.min(elapsed, 30_000));
      expect(heard.reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(subject.files.contract.budgets.time);
      expect(ending.kind).not.toBe('over-budget');
      return true;
    });
  });
});
