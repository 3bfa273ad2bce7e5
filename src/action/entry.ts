import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { diskSentence } from '../connect/surroundings.ts';
import { annotationCommand } from '../github/command.ts';
import { EventError } from '../github/event.ts';
import { openRunner, type Runner, writeOutput } from '../github/runner.ts';

/**
 * Runs a sub-action with what the runner gives and sets the exit code: 2 where the step is used wrongly, 3 for a fault of
 * ours, each with one annotation and the verdict `error`. `home` is the folder of this Proofmark: bundles stand in its dist/.
 */
export async function runAction(run: (runner: Runner, home: string) => Promise<number>): Promise<void> {
  const stdout = (text: string): void => {
    process.stdout.write(text);
  };
  try {
    const home = dirname(dirname(fileURLToPath(import.meta.url)));
    process.exitCode = await run(openRunner(process.env, stdout), home);
  } catch (error) {
    const disk = diskSentence(error);
    const wrong = error instanceof EventError;
    const message = error instanceof Error ? error.message : String(error);
    const title = wrong ? 'Proofmark is not set up' : (disk ?? 'a fault of Proofmark, not of the store');
    stdout(annotationCommand({ severity: 'error', title, lines: [message] }));
    // First, since the output itself may be what cannot be written.
    process.exitCode = wrong || disk !== undefined ? 2 : 3;
    if (disk === undefined) writeOutput(process.env, 'verdict', 'error');
  }
}
