import { describe, expect, it } from 'vitest';
import { diskTree } from '../../src/kernel/disk.ts';
import { explore, type Path } from '../../src/prove/explore.ts';
import { run, type Subject } from '../../src/stages/subject.ts';
import { drawWorlds, evenly } from '../../src/stages/draw.ts';
import { runCases } from '../../src/stages/functional/functional.ts';
import { generated, varied } from '../../src/stages/property/world.ts';
import type { Run } from '../../src/simulate/model.ts';
import { scripted } from '../../src/simulate/scripted.ts';
import { BOTTOM } from '../../src/value/label.ts';
import { relabel } from '../../src/value/concrete.ts';
import { load } from '../rules/sample.ts';
import { isCovered, replayed, ways } from './cover.ts';

/**
 * The oracles of the prover: whatever a run does, some path did with labels at least as high; and what a path did, the run of
 * its own values does again. Each must notice a prover that was tampered with.
 */

const LIMITS = { paths: 2000, decisions: 16_000 };
const WORLDS = 60;
/** Paths of one workflow that are replayed. */
const REPLAYED = 150;
/** What a text holds once it is split into lines is not known to the drawing of values: these paths are not solved. */
const LOOSE: ReadonlySet<string> = new Set(['personal/summarise-notes']);
const { workflows } = await load(diskTree('fixtures/store'));
const subjects = workflows.flatMap(({ name, subject }) => (subject === undefined ? [] : [{ name, subject }]));

function pathsOf(subject: Subject): { readonly paths: readonly Path[]; readonly unexplored: string | undefined } {
  const paths: Path[] = [];
  const { law, policies, program, files, inputSchema } = subject;
  const given = { law, policies, program, contract: files.contract, name: files.name, inputSchema };
  const { unexplored } = explore(given, LIMITS, (path) => paths.push(path));
  return { paths, unexplored };
}

function runsOf(subject: Subject): readonly Run[] {
  const cases = runCases(subject).map((one) => one.run);
  const runs = [...cases];
  drawWorlds(3, WORLDS, (draw) => {
    const base = cases[runs.length % (2 * cases.length)];
    const made = base === undefined ? generated(subject, draw) : varied(subject, draw, base.world);
    if (made.ending.kind !== 'no-reply') runs.push(made);
    return true;
  });
  return runs;
}

function uncovered(runs: readonly Run[], paths: readonly Path[]): readonly Run[] {
  return runs.filter((one) => !paths.some((path) => isCovered(one, path)));
}

/** The same paths without any label. */
function unlabelled(paths: readonly Path[]): readonly Path[] {
  return paths.map((path) => ({
    ...path,
    effects: path.effects.map((effect) =>
      effect.kind === 'return' ? { ...effect, value: relabel(effect.value, () => BOTTOM) } : effect,
    ),
  }));
}

describe.each(subjects)('$name', ({ name, subject }) => {
  const { paths, unexplored } = pathsOf(subject);
  const runs = runsOf(subject);
  const isExplored = unexplored === undefined;

  it.runIf(isExplored)('every run is covered by a path', () => {
    expect(
      uncovered(runs, paths).map((one) => [one.trace.outcome, one.decided.map(({ effect }) => effect.at)]),
    ).toEqual([]);
  });

  it.runIf(isExplored)('a path that is left out is missed', () => {
    const failing = paths.filter(({ outcome }) => outcome?.kind !== 'output');
    expect(uncovered(runs, failing).length).toBeGreaterThan(0);
  });

  it.runIf(isExplored)('labels that are lost are missed', () => {
    expect(uncovered(runs, unlabelled(paths)).length).toBeGreaterThan(0);
  });

  it.skipIf(LOOSE.has(name))(
    'every path is solved, and the run of its own values does the same with the same labels',
    () => {
      const some = evenly(paths, REPLAYED);
      const again = some.map((path) => replayed(path, (world) => run(subject, world.input, scripted(world))));
      expect(some.filter((_, i) => again[i] !== 'same').map(ways)).toEqual([]);
    },
    60_000,
  );
});
