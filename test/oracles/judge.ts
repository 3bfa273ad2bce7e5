import type { Path } from '../../src/prove/explore.ts';
import type { Run, World } from '../../src/simulate/model.ts';
import type { Drivers } from './planted.ts';
import { WORKFLOWS } from './workflows.ts';

/** The oracles that hold runs and paths against each other, over the small workflows. */

const DRAWN = 60;

/** What is true of one small workflow under the machine as it is. */
interface Truth {
  readonly name: string;
  readonly worlds: readonly World[];
  readonly runs: readonly Run[];
  readonly paths: readonly Path[];
}

/** What the machine as it is does: worlds that are drawn, and one for every path. */
export function truths(sound: Drivers): readonly Truth[] {
  return WORKFLOWS.map(({ name }) => {
    const paths = sound.pathsOf(name);
    const worlds = Array.from({ length: DRAWN }, (_, i) => sound.drawnWorld(name, i));
    for (const path of paths) {
      let last: World | undefined;
      sound.replayed(path, (world) => {
        last = world;
        return sound.runIn(name, world);
      });
      if (last !== undefined) worlds.push(last);
    }
    return { name, worlds, runs: worlds.map((world) => sound.runIn(name, world)), paths };
  });
}

/** Whether the paths of one machine leave out a run of another. A machine that breaks down leaves out everything. */
export function leavesOut(
  truth: readonly Truth[],
  prover: Drivers,
  machine: Drivers,
  sound: Drivers,
): string | undefined {
  for (const { name, worlds, runs, paths } of truth) {
    try {
      const own = prover === sound ? paths : prover.pathsOf(name);
      const at = worlds.findIndex((world, i) => {
        const run = machine === sound ? runs[i] : machine.runIn(name, world);
        return run === undefined || !own.some((path) => sound.isCovered(run, path));
      });
      if (at >= 0) return `${name}, world ${at}`;
    } catch (error) {
      return `${name}: ${String(error)}`;
    }
  }
  return undefined;
}

/** Whether another machine does not do what the paths of one say. */
export function strays(truth: readonly Truth[], prover: Drivers, machine: Drivers, sound: Drivers): string | undefined {
  for (const { name, paths } of truth) {
    if (isVague(name)) continue;
    try {
      const own = prover === sound ? paths : prover.pathsOf(name);
      const at = own.findIndex((path) => sound.replayed(path, (world) => machine.runIn(name, world)) !== 'same');
      if (at >= 0) return `${name}, path ${at}`;
    } catch (error) {
      return `${name}: ${String(error)}`;
    }
  }
  return undefined;
}

/** Where an input is not known as a whole, labels are upper bounds and some paths cannot be taken: covered, and not the same. */
function isVague(name: string): boolean {
  return WORKFLOWS.some((one) => one.name === name && one.input['additionalProperties'] !== false);
}
