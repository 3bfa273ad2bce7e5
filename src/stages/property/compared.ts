import type { Run } from '../../simulate/model.ts';
import type { Breach } from '../breach.ts';
import type { Subject } from '../subject.ts';
import { repeatedAfterFault, repeatedAfterRestart } from './acts.ts';
import { differencesOf, interferences } from './interference.ts';

/**
 * What a run shows only beside another: `other` is a run that was cut short before this one began anew, the same without a
 * fault, or the same with other untrusted or secret data.
 */
export function comparedBreaches(subject: Subject, run: Run, other: Run): readonly Breach[] {
  // Where all that was read reads the same, the one may have begun anew after the other.
  const isAnew = differencesOf(subject, run, other).every(({ isModel }) => isModel);
  const repeated = isAnew ? repeatedAfterRestart(subject, run, other) : repeatedAfterFault(subject, run, other);
  return [...(repeated === undefined ? [] : [repeated]), ...interferences(subject, run, other)];
}
