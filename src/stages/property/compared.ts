import type { Run } from '../../simulate/model.ts';
import type { Breach } from '../breach.ts';
import type { Subject } from '../subject.ts';
import { repeatedAfterFault, repeatedAfterRestart } from './acts.ts';
import { interferences } from './interference.ts';

/**
 * What a run shows only beside another: `other` is a run that was cut short before this one began anew, the same without a
 * fault, or the same with other untrusted or secret data.
 */
export function comparedBreaches(subject: Subject, run: Run, other: Run): readonly Breach[] {
  if (other.ending.kind === 'no-reply')
    return [repeatedAfterRestart(subject, run, other)].filter((one) => one !== undefined);
  const repeated = repeatedAfterFault(subject, run, other);
  return [...(repeated === undefined ? [] : [repeated]), ...interferences(subject, run, other)];
}
