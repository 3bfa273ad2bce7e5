import { describe, expect, it } from 'vitest';
import { type Stage, STAGES } from '../kernel/rules.ts';
import type { StageResult, Status } from '../stages/stage.ts';
import { levelOf, meets } from './level.ts';

function results(statuses: Partial<Record<Stage, Status>>): readonly StageResult[] {
  return STAGES.map((stage) => ({ stage, status: statuses[stage] ?? 'passed', checks: 1, counts: {}, findings: [] }));
}

describe('the level that a workflow reaches', () => {
  it.each<[string, Partial<Record<Stage, Status>>, string]>([
    ['everything proved', {}, 'proved'],
    ['policy sampled', { policy: 'sampled' }, 'hardened'],
    ['policy unknown', { policy: 'unknown' }, 'tested'],
    ['an attack succeeded', { adversarial: 'failed', policy: 'sampled' }, 'tested'],
    ['a case fails', { functional: 'failed', policy: 'sampled' }, 'structured'],
    ['the property stage crashed', { property: 'unknown' }, 'structured'],
    ['the version is too low', { compatibility: 'failed' }, 'none'],
    ['the structure does not stand', { structure: 'failed' }, 'none'],
  ])('%s: %j gives %s', (_, statuses, level) => {
    expect(levelOf(results(statuses))).toBe(level);
  });

  it('is none where a stage is missing altogether', () => {
    expect(levelOf(results({}).filter(({ stage }) => stage !== 'structure'))).toBe('none');
    expect(levelOf([])).toBe('none');
  });

  it('is compared by strength', () => {
    expect(meets('hardened', 'tested')).toBe(true);
    expect(meets('tested', 'hardened')).toBe(false);
    expect(meets('none', 'structured')).toBe(false);
    expect(meets('proved', 'proved')).toBe(true);
  });
});
