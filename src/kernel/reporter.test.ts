import { describe, expect, it } from 'vitest';
import { parseDocument } from './document.ts';
import { pointerOf } from './pointer.ts';
import { Reporter } from './reporter.ts';

function reporter(): Reporter {
  return new Reporter(parseDocument('x.yaml', new TextEncoder().encode('a: 1\n')));
}

describe('a reporter', () => {
  it('says what was meant for the first hundred names, and compares no more', () => {
    const one = reporter();
    let compared = 0;
    const candidates = (): string[] => {
      compared += 1;
      return ['input'];
    };
    const meant = Array.from({ length: 150 }, () =>
      one.suggest('inptu', {
        [Symbol.iterator]: () => candidates()[Symbol.iterator](),
      }),
    );
    expect(meant.filter((found) => found === 'input')).toHaveLength(100);
    expect(compared).toBe(100);
  });

  it('keeps the first fifty findings of a rule and counts the others', () => {
    const one = reporter();
    for (let i = 0; i < 1_000; i += 1) one.unknownKey(pointerOf(''), `k${i}`, ['a']);
    one.report('structure/missing-key', pointerOf(''), { key: 'b' });
    expect(one.count).toBe(1_001);
    expect(one.findings.filter(({ rule }) => rule === 'structure/unknown-key')).toHaveLength(50);
    expect(one.findings.at(-1)?.rule).toBe('structure/missing-key');
  });
});
