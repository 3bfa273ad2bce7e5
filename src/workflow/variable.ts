import type { Json } from '../kernel/json.ts';
import type { Pointer } from '../kernel/pointer.ts';
import type { Reporter } from '../kernel/reporter.ts';
import { brief } from '../kernel/text.ts';
import { wrongType } from './reader.ts';

/** Variables that the specification gives a meaning (Open Workflow DSL, "Runtime Expression Arguments"). */
const RESERVED: ReadonlySet<string> = new Set([
  'context',
  'input',
  'output',
  'task',
  'workflow',
  'runtime',
  'secrets',
  'authorization',
  'ENV',
  '__loc__',
]);

/** The name of a variable without its `$`; `otherwise` where it is absent or refused. */
export function readVariable(value: Json | undefined, at: Pointer, otherwise: string, reporter: Reporter): string {
  if (value === undefined) return otherwise;
  if (typeof value !== 'string') return wrongType(reporter, at, 'string', value) ?? otherwise;
  if (/^[A-Za-z_][A-Za-z0-9_]{0,63}$/.test(value) && !RESERVED.has(value)) return value;
  reporter.report('structure/bad-name', at, { name: brief(value) });
  return otherwise;
}
