import type { Stage } from '../kernel/rules.ts';
import type { StageResult } from '../stages/stage.ts';
import type { Level } from '../store/model.ts';

/** What each level asks (DESIGN 6), the weakest first. */
const ASKS: readonly { readonly level: Level; readonly stages: readonly Stage[]; readonly proved: boolean }[] = [
  { level: 'structured', stages: ['structure', 'compatibility'], proved: false },
  { level: 'tested', stages: ['structure', 'compatibility', 'functional', 'property'], proved: false },
  {
    level: 'hardened',
    stages: ['structure', 'compatibility', 'functional', 'property', 'adversarial', 'policy'],
    proved: false,
  },
  {
    level: 'proved',
    stages: ['structure', 'compatibility', 'functional', 'property', 'adversarial', 'policy'],
    proved: true,
  },
];

/** The highest level whose every stage has passed; levels build on each other. `sampled` passes all but `proved`. */
export function levelOf(results: readonly StageResult[]): Level | 'none' {
  let reached: Level | 'none' = 'none';
  for (const { level, stages, proved } of ASKS) {
    const met = stages.every((stage) => {
      const status = results.find((result) => result.stage === stage)?.status;
      return status === 'passed' || (status === 'sampled' && !proved);
    });
    if (!met) return reached;
    reached = level;
  }
  return reached;
}

/** Whether `reached` is at least `needed`. */
export function meets(reached: Level | 'none', needed: Level): boolean {
  const rank = (level: Level | 'none'): number => ASKS.findIndex((one) => one.level === level);
  return rank(reached) >= rank(needed);
}

/** The weakest of the levels reached; `none` where nothing was judged. */
export function weakest(levels: readonly (Level | 'none')[]): Level | 'none' {
  if (levels.length === 0 || levels.includes('none')) return 'none';
  return ASKS.find(({ level }) => levels.includes(level))?.level ?? 'none';
}
