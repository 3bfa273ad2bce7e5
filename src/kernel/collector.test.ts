import { describe, expect, it } from 'vitest';
import { bounded, Collector } from './collector.ts';
import { type Finding, finding, type Severity } from './finding.ts';
import { ROOT } from './pointer.ts';

const PLACE = { file: 'x.yaml', pointer: ROOT, line: 1, column: 1 };
const key = (name: string, severity: Severity): Finding =>
  finding('structure/unknown-key', PLACE, { key: name, suggestion: null }, { severity });
const missing = finding('structure/missing-key', PLACE, { key: 'a' });
const many = (severity: Severity): readonly Finding[] => Array.from({ length: 80 }, (_, i) => key(`k${i}`, severity));

describe('collected findings', () => {
  it('are the first fifty of a rule', () => {
    expect(bounded(many('error'))).toEqual(many('error').slice(0, 50));
  });

  // A waiver covers one rule: what it covers must hide nothing that it does not.
  it('of one rule crowd out none of another', () => {
    expect(bounded([...many('error'), missing]).at(-1)).toBe(missing);
  });

  it('that warn crowd out none that fail the run', () => {
    const last = key('last', 'error');
    expect(bounded([...many('warning'), last]).at(-1)).toBe(last);
  });

  it('are all counted, and made only where they are kept', () => {
    const collector = new Collector();
    let made = 0;
    for (const found of many('error')) {
      collector.add(found.rule, found.severity, () => {
        made += 1;
        return found;
      });
    }
    expect([collector.count, made]).toEqual([80, 50]);
  });
});
