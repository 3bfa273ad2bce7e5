import type { Law } from '../store/model.ts';
import type { Marks, Origin } from '../value/label.ts';
import { toolIn } from './tools.ts';

/**
 * Which marks are untrusted under a law: influenced by caller, model, or a tool whose contract does not say `returns.trust:
 * true` (FORMATS, "Labels"). A tool that the law does not know is untrusted.
 */
export function trustUnder(law: Law): (marks: Pick<Marks, 'influence'>) => boolean {
  const byOrigin = new Map<Origin, boolean>();
  const isUntrusted = (origin: Origin): boolean => {
    if (origin === 'author' || origin === 'user') return false;
    if (origin === 'caller' || origin === 'model') return true;
    let untrusted = byOrigin.get(origin);
    if (untrusted === undefined) {
      untrusted = toolIn(law, origin.slice('tool:'.length))?.tool.returns.trust !== true;
      byOrigin.set(origin, untrusted);
    }
    return untrusted;
  };
  return ({ influence }) => influence.some(isUntrusted);
}
