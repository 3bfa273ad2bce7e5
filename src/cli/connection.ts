import type { ConnectError } from '../connect/error.ts';
import { encodeLine } from '../kernel/encode.ts';
import { UsageError } from './io.ts';

/** `--bind NAME=VALUE` options as a map. */
export function bindingsFrom(options: readonly string[]): ReadonlyMap<string, string> {
  const bindings = new Map<string, string>();
  for (const option of options) {
    const at = option.indexOf('=');
    const name = option.slice(0, Math.max(at, 0));
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw new UsageError('--bind takes NAME=VALUE');
    if (bindings.has(name)) throw new UsageError(`--bind gives ${name} twice`);
    bindings.set(name, option.slice(at + 1));
  }
  return bindings;
}

/** A failure of the outside, for people: our sentence, the other side's words set apart and encoded, the remedy. */
export function explainConnection(command: string, error: ConnectError): string {
  const said =
    error.said === undefined || error.said.trim() === '' ? '' : `  it said: ${encodeLine(error.said, 300)}\n`;
  const remedy = error.remedy === undefined ? '' : `  fix: ${encodeLine(error.remedy, 300)}\n`;
  return `${command}: ${encodeLine(error.message, 400)}\n${said}${remedy}`;
}
