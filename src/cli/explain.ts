import { join } from 'node:path';
import { readFile } from '../kernel/disk.ts';
import { encodeLine } from '../kernel/encode.ts';
import { suggest } from '../kernel/suggest.ts';
import { isRule, RULE_IDS, titleOf } from '../stages/texts.ts';
import type { ExitCode, Io } from './io.ts';
import { UsageError } from './io.ts';

/** `proofmark explain [RULE]`: the page of a rule, or the list of rules. */
export async function run(args: readonly string[], io: Io): Promise<ExitCode> {
  const [rule, ...rest] = args;
  if (rest.length > 0 || rule?.startsWith('-') === true)
    throw new UsageError('one rule at a time, for example structure/duplicate-key');
  if (rule === undefined) {
    const width = Math.max(...RULE_IDS.map((id) => id.length));
    io.stdout(`${RULE_IDS.map((id) => `${id.padEnd(width)}  ${titleOf(id)}`).join('\n')}\n`);
    return 0;
  }
  if (!isRule(rule)) {
    const near = suggest(rule, RULE_IDS);
    throw new UsageError(`there is no rule ${encodeLine(rule, 80)}${near === null ? '' : `; did you mean ${near}?`}`);
  }
  io.stdout(new TextDecoder().decode(readFile(join(io.home, 'docs', 'rules', `${rule}.md`))));
  return 0;
}
