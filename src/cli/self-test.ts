import { join } from 'node:path';
import { withSolver } from '../connect/solver.ts';
import { diskTree } from '../kernel/disk.ts';
import { encodeLine } from '../kernel/encode.ts';
import { runVariants } from '../pipeline/self-test.ts';
import type { Solver } from '../prove/smt/solver.ts';
import type { ExitCode, Io } from './io.ts';
import { shipped } from './shipped.ts';
import { styleOf } from './style.ts';

/** `proofmark verify --self-test`: every unsafe variant that ships with Proofmark must be caught by the rule that it names. */
export async function selfTest(
  io: Io,
  options: { readonly seed: number; readonly runs: number | undefined },
): Promise<ExitCode> {
  return withSolver(io.home, (solver) => runAll(io, { ...options, solver }));
}

async function runAll(
  io: Io,
  options: { readonly seed: number; readonly runs: number | undefined; readonly solver: Solver },
): Promise<ExitCode> {
  const style = styleOf(io);
  const fixtures = diskTree(join(io.home, 'fixtures'));
  const home = shipped(io.home);
  let missed = 0;
  let later = 0;
  let caught = 0;
  for await (const { name, expected, outcome, found } of runVariants(fixtures, home, options)) {
    const wants = `${expected.rule}${expected.later === undefined ? '' : ` (later: ${expected.later})`}`;
    if (outcome === 'caught') caught += 1;
    else if (outcome === 'later') later += 1;
    else missed += 1;
    const mark =
      outcome === 'caught' ? style.good('caught') : outcome === 'later' ? style.note('later ') : style.bad('MISSED');
    const instead = outcome === 'caught' ? '' : `, found ${found.length === 0 ? 'nothing' : found.join(', ')}`;
    io.stdout(`${mark}  ${encodeLine(name, 60).padEnd(44)} ${encodeLine(`${wants}${instead}`, 300)}\n`);
  }
  const line = `${caught} caught, ${later} left to proof, ${missed} missed`;
  io.stdout(`\n${missed === 0 ? style.good(line) : style.bad(line)}\n`);
  // No variants at all would be a check that cannot fail.
  return missed === 0 && caught > 0 ? 0 : 3;
}
