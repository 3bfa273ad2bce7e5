import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, LONGEST_DURATION, parseDuration } from './duration.ts';

const options = { seed: 20261123, numRuns: 500 };

describe('parseDuration', () => {
  it.each([
    ['PT1H', 3_600_000],
    ['PT0.5S', 500],
    ['P1D', 86_400_000],
    ['P1W', 604_800_000],
    ['P1DT2H3M4S', 93_784_000],
    ['PT0S', 0],
  ])('%s is %d ms', (text, milliseconds) => {
    expect(parseDuration(text)).toEqual({ milliseconds });
  });

  it.each([
    '',
    'P',
    'PT',
    'P1DT',
    '1H',
    'PT-1S',
    'PT1H1D',
    'pt1h',
    'PT1,5S',
    'PT1H ',
    'P1M',
    'P2Y',
    'P1Y2M3D',
    `PT${'9'.repeat(20)}S`,
    'P3651D',
  ])('%j is refused', (text) => {
    expect(parseDuration(text)).toHaveProperty('problem');
  });

  it('says why months are none', () => {
    expect(parseDuration('P1M')).toEqual({ problem: 'years and months depend on a calendar: use days' });
  });

  it('reads what formatDuration writes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: LONGEST_DURATION }), (milliseconds) => {
        expect(parseDuration(formatDuration(milliseconds))).toEqual({ milliseconds });
      }),
      options,
    );
  });
});
