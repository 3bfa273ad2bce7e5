import { encodeMarkdown } from '../kernel/encode.ts';
import type { Runner } from './runner.ts';

/** Says why nothing could be judged. `lines` may hold an author's text. */
export function refuse(runner: Pick<Runner, 'annotate' | 'output' | 'summarise'>, lines: readonly string[]): void {
  runner.annotate({ severity: 'error', title: 'Proofmark could not judge', lines });
  runner.summarise(`## Proofmark: no verdict\n\n${lines.map((line) => `${encodeMarkdown(line, 600)}\n`).join('\n')}`);
  runner.output('verdict', 'error');
}
