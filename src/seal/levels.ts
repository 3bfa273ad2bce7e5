import type { Level } from '../store/model.ts';

/** The levels, the weakest first; each includes those before it (DESIGN 6). */
export const LEVELS: readonly Level[] = ['structured', 'tested', 'hardened', 'proved'];

/** Whether `reached` is at least `needed`. */
export function atLeast(reached: Level, needed: Level): boolean {
  return LEVELS.indexOf(reached) >= LEVELS.indexOf(needed);
}

/** What a summary lists for a level: that level and every one below it. */
export function verifiedLevels(level: Level): readonly string[] {
  return LEVELS.slice(0, LEVELS.indexOf(level) + 1).map((one) => `PROOFMARK_${one.toUpperCase()}`);
}

/** The level that a list of levels stands for; absent where it is not exactly one level with all below it. */
export function levelOfList(list: readonly string[]): Level | undefined {
  const level = LEVELS[list.length - 1];
  return level !== undefined && verifiedLevels(level).every((one, i) => one === list[i]) ? level : undefined;
}
