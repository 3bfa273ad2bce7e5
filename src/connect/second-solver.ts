import { spawn, spawnSync } from 'node:child_process';
import { digestText } from '../kernel/digest.ts';
import type { Solver, SolverAnswer } from '../prove/smt/solver.ts';
import { ConnectError } from './error.ts';
import { forget, watch } from './running.ts';

/** Solvers that a machine may have installed. They are asked besides ours and decide nothing. */
export const SECOND_SOLVERS = ['z3', 'cvc5'] as const;
export type SecondSolver = (typeof SECOND_SOLVERS)[number];

export interface Installed {
  readonly program: SecondSolver;
  /** The value of PATH: where the program is looked for. */
  readonly path: string | undefined;
}

export function isInstalled({ program, path }: Installed): boolean {
  return spawnSync(program, ['--version'], { env: environment(path), stdio: 'ignore' }).status === 0;
}

/**
 * Asks both solvers the same texts. Gives the answer of the first; throws {@link ConnectError} where the second says the contrary, or
 * nothing that is an answer. That the second does not know is none.
 */
export function agreeing(first: Solver, second: Installed): Solver {
  return {
    solve: async (text, steps) => {
      const [ours, theirs] = await Promise.all([first.solve(text, steps), ask(second, text, steps)]);
      if (ours.kind !== 'unknown' && theirs !== 'unknown' && ours.kind !== theirs) {
        const what = `our solver says ${ours.kind} and ${second.program} says ${theirs} of the question ${digestText(text)}`;
        throw new ConnectError('solvers-disagree', what);
      }
      return ours;
    },
  };
}

/** What the program says of a text; what its budget cuts short is `unknown`. */
async function ask({ program, path }: Installed, text: string, steps: number): Promise<SolverAnswer['kind']> {
  const child = spawn(program, argumentsOf(program, steps), {
    env: environment(path),
    shell: false,
    stdio: ['pipe', 'pipe', 'ignore'],
    windowsHide: true,
  });
  const kill = (): void => {
    child.kill('SIGKILL');
  };
  watch(kill);
  let said = '';
  try {
    await new Promise<void>((ended, failed) => {
      child.once('error', () => failed(new ConnectError('solver', `${program} could not be started`)));
      child.once('close', () => ended());
      // A program that does not read what it is asked breaks the pipe; what it said decides.
      child.stdin.on('error', () => undefined);
      child.stdout.on('data', (chunk: Buffer) => (said = (said + chunk.toString('latin1')).slice(0, MOST_SAID)));
      child.stdin.end(text);
    });
  } finally {
    forget(kill);
  }
  const [answer = ''] = said.split('\n', 1);
  if (answer === 'sat' || answer === 'unsat' || answer === 'unknown') return answer;
  // What ran out of its budget says so in words of its own.
  if (/resource|rlimit|interrupted|timeout|canceled/iu.test(answer)) return 'unknown';
  throw new ConnectError('solver', `${program} gave no answer`, { said });
}

const MOST_SAID = 4096;

function argumentsOf(program: SecondSolver, steps: number): readonly string[] {
  return program === 'z3' ? ['-in', '-smt2', `rlimit=${steps}`] : ['--lang=smt2', '--strings-exp', `--rlimit=${steps}`];
}

function environment(path: string | undefined): Record<string, string> {
  return path === undefined ? {} : { PATH: path };
}
