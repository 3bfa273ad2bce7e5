import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openSolver } from '../../src/connect/solver.ts';
import { memoryTree, overlayTree } from '../../src/kernel/tree.ts';
import { loadStore } from '../../src/pipeline/load.ts';
import { NO_RELEASES } from '../../src/pipeline/releases.ts';
import { unreplayed } from '../../src/pipeline/replay.ts';
import { sitesOf } from '../../src/prove/prove.ts';
import { runCases } from '../../src/stages/functional/functional.ts';
import { Ledger } from '../../src/stages/policy/ledger.ts';
import { type Proved, proved } from '../../src/stages/policy/proof.ts';
import type { Subject } from '../../src/stages/subject.ts';
import { SAMPLE, SHIPPED, textOf } from '../rules/sample.ts';
import { changed, type Spoilt, SPOILT } from './spoilt.ts';

const solver = openSolver(join(import.meta.dirname, '..', '..', 'dist', 'solver.js'));
afterAll(() => solver.close());

/** The proof alone, beside the author's cases and without the worlds that the other stages simulate. */
async function attempted({ workflow, file, changes }: Spoilt): Promise<Proved & { readonly subject: Subject }> {
  const path = file.startsWith('/') ? file.slice(1) : `workflows/${workflow}/${file}`;
  const text = changes.reduce(changed, textOf(SAMPLE, path));
  const store = await loadStore({
    tree: overlayTree(SAMPLE, memoryTree({ [path]: text })),
    policies: SHIPPED,
    attacks: [],
    wanted: [workflow],
    releases: NO_RELEASES,
    runs: undefined,
    seed: 1,
  });
  const subject = store.workflows[0]?.subject;
  if (subject === undefined) throw new Error(`what was made of ${workflow} cannot be run`);
  const cases = runCases(subject).map(({ run }) => run);
  const ledger = new Ledger(subject);
  for (const run of cases) ledger.enter(run);
  const reached = new Set(cases.flatMap((run) => [...sitesOf(run)]));
  const { proof, findings } = await proved(subject, { sampled: ledger.findings, reached, solver });
  return { subject, proof, findings: new Map([...findings, ...ledger.findings]) };
}

/**
 * What is not known, unless it follows from what is refuted: what the gate did not ask, and places that no run reaches because each is
 * refused before.
 */
function left({ verdicts }: Proved['proof']): readonly string[] {
  const refused = verdicts.filter(({ status }) => status === 'refuted').map(({ at }) => at);
  const isBehind = (at: string): boolean => refused.some((before) => before !== at && placeIn(before) <= placeIn(at));
  return verdicts.flatMap(({ status, at, action, kind, why }) =>
    status === 'unknown' && !/^(?:no run was found that gets here|not asked where)/u.test(why) && !isBehind(at)
      ? [`${kind} of ${action} at ${at}: ${why}`]
      : [],
  );
}

/** Which task of the workflow's own list a place belongs to; its end comes last. */
function placeIn(at: string): number {
  return Number(/^\/do\/(\d+)/u.exec(at)?.[1] ?? Infinity);
}

const name = ({ workflow, what, harmless }: Spoilt): string =>
  `${workflow}: ${what}${harmless === undefined ? '' : `, and ${harmless}`}`;

describe('a sample workflow with something spoilt', { timeout: 60_000 }, () => {
  it.each(SPOILT.filter(({ harmless }) => harmless === undefined).map((spoilt) => [name(spoilt), spoilt] as const))(
    'is refuted, by runs that replay: %s',
    async (_, spoilt) => {
      const { subject, proof, findings } = await attempted(spoilt);
      expect(proof.verdicts.some(({ status }) => status === 'refuted')).toBe(true);
      // Of what was not followed to its end nothing more is known; docs/prover.md says what that is.
      expect(proof.unexplored === undefined ? left(proof) : []).toEqual([]);
      expect([...findings.values()].flatMap((found) => unreplayed(subject, found) ?? [])).toEqual([]);
      expect(proof.verdicts.every(({ status }) => status === 'proved')).toBe(false);
    },
  );

  it.each(SPOILT.filter(({ harmless }) => harmless !== undefined).map((spoilt) => [name(spoilt), spoilt] as const))(
    'is proved where nothing breaks: %s',
    async (_, spoilt) => {
      const { proof } = await attempted(spoilt);
      expect(proof.verdicts.filter(({ status }) => status !== 'proved')).toEqual([]);
    },
  );
});
