import { describe, expect, it } from 'vitest';
import { drawWorlds } from '../src/stages/draw.ts';
import { runCases } from '../src/stages/functional/functional.ts';
import { goalsOf, Reached } from '../src/stages/property/coverage.ts';
import { property } from '../src/stages/property/property.ts';
import { generated } from '../src/stages/property/world.ts';
import type { Subject } from '../src/stages/subject.ts';
import { BASE, load } from './rules/sample.ts';

const { workflows } = await load(BASE);
const found = workflows[0]?.subject;
if (found === undefined) throw new Error('the sample workflow cannot be judged');
const subject: Subject = { ...found, worlds: 1_000 };
const cases = runCases(subject).map(({ run }) => run);

describe('what worlds are guided by', { timeout: 120_000 }, () => {
  it('names every task, arm and handler of the document', () => {
    expect(goalsOf(subject.program)).toEqual(
      expect.arrayContaining(['/do/0/fetch', '/do/3/check:payable', '/do/3/check:unmatched', '/do/8/pay:caught']),
    );
  });

  it('settles later where something was not reached', () => {
    const settledAfter = (goals: readonly string[]): number => {
      const reached = new Reached(goals);
      let worlds = 0;
      drawWorlds(1, 2_000, (draw) => {
        if (reached.settled) return true;
        worlds += 1;
        reached.add(generated(subject, draw));
        return true;
      });
      return worlds;
    };
    expect(settledAfter([])).toBeLessThan(settledAfter(['/do/99/nowhere']));
  });

  it('keeps the runs that reached something first, and no others', () => {
    const reached = new Reached([]);
    const [first] = cases;
    if (first === undefined) throw new Error('there are cases');
    expect([reached.add(first), reached.add(first)]).toEqual([true, false]);
    expect(reached.kept).toEqual([first]);
  });

  it('reaches all of the sample workflow, far from every bound', () => {
    const { counts, findings } = property(subject, cases, () => {}).result;
    expect(findings).toEqual([]);
    expect(counts['reached']).toBe(counts['goals']);
    expect(counts['worlds']).toBeLessThan(600);
    expect(counts).toMatchObject({ defects: 0 });
    expect(Math.min(counts['faults'] ?? 0, counts['restarts'] ?? 0, counts['pairs'] ?? 0)).toBeGreaterThan(0);
  });

  it('gives the same again for the same seed', () => {
    const first = property(subject, cases, () => {}).result;
    expect(property(subject, cases, () => {}).result).toEqual(first);
    const other = property({ ...subject, seed: 2 }, cases, () => {}).result;
    expect(other.counts).not.toEqual(first.counts);
  });
});
