import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import type { Solver, SolverAnswer } from '../prove/smt/solver.ts';
import { ConnectError } from './error.ts';
import { forget, watch } from './running.ts';
import { agreeing, type Installed } from './second-solver.ts';

/** A solver that must be closed when nothing more is asked. */
interface OpenSolver extends Solver {
  close(): void;
}

/**
 * Does work that may need a solver, and ends the solver.
 * @param home the folder that holds `dist/`.
 * @param second a program that must agree with our solver.
 */
export async function withSolver<T>(
  home: string,
  work: (solver: Solver) => Promise<T>,
  second?: Installed,
): Promise<T> {
  const solver = openSolver(join(home, 'dist', 'solver.js'));
  try {
    return await work(second === undefined ? solver : agreeing(solver, second));
  } finally {
    solver.close();
  }
}

const Answer = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('unsat'), taken: z.number() }),
  z.strictObject({ kind: z.literal('sat'), model: z.array(z.tuple([z.string(), z.string()])), taken: z.number() }),
  z.strictObject({ kind: z.literal('unknown'), taken: z.number() }),
  z.strictObject({ kind: z.literal('error'), detail: z.string() }),
]);

/** The process and its answers, line by line. */
interface Process {
  ask(line: string): Promise<string>;
  kill(): void;
}

/**
 * z3 as it ships with us, in a process of its own, which is started for the first question: most proofs ask none. One question at a
 * time. Whatever goes wrong there is a {@link ConnectError} and no answer; the process is then not used again.
 * @param script `solver.js` of our bundle, absolute.
 */
export function openSolver(script: string): OpenSolver {
  let running: Process | undefined;
  return {
    solve: async (text, steps) => {
      running ??= start(script);
      try {
        return answerOf(await running.ask(JSON.stringify({ text, steps })));
      } catch (error) {
        running.kill();
        running = undefined;
        throw error;
      }
    },
    close: () => running?.kill(),
  };
}

function answerOf(line: string): SolverAnswer {
  const read = Answer.safeParse(parsed(line));
  if (!read.success) throw new ConnectError('solver', 'the solver answered what is no answer', { said: line });
  const answer = read.data;
  switch (answer.kind) {
    case 'error':
      throw new ConnectError('solver', `the solver refused a question: ${answer.detail}`);
    case 'sat':
      return { ...answer, model: new Map(answer.model) };
    case 'unsat':
    case 'unknown':
      return answer;
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function start(script: string): Process {
  const child = spawn(process.execPath, [script], {
    env: {},
    shell: false,
    stdio: ['pipe', 'pipe', 'ignore'],
    windowsHide: true,
  });
  let failure: ConnectError | undefined;
  let waiting: { readonly take: (line: string) => void; readonly fail: (error: ConnectError) => void } | undefined;
  const kill = (): void => {
    child.kill('SIGKILL');
  };
  const ended = (why: string): void => {
    forget(kill);
    failure ??= new ConnectError('solver', `the solver ${why}`);
    waiting?.fail(failure);
  };
  watch(kill);
  child.once('error', () => ended('could not be started'));
  child.once('close', () => ended('ended before it answered'));
  // A process that has ended breaks the pipe; the close event says so.
  child.stdin.on('error', () => undefined);
  createInterface({ input: child.stdout }).on('line', (line) => waiting?.take(line));
  return {
    kill,
    ask: async (line) => {
      if (failure !== undefined) throw failure;
      return new Promise((take, fail) => {
        waiting = { take, fail };
        child.stdin.write(`${line}\n`);
      });
    },
  };
}
