import type { RuleData, RuleId } from '../kernel/rules.ts';

/**
 * What a rule says of a breach. The texts are ours; `data` is an attacker's, so whoever shows a sentence encodes it.
 * The page `docs/rules/<stage>/<name>.md` says the same at length.
 */
export interface RuleText<R extends RuleId> {
  /** What holds when the rule is kept, in a few words. */
  readonly title: string;
  /** One sentence: what is wrong, with the data. */
  sentence(data: RuleData[R]): string;
  /** How to fix it. */
  remedy(data: RuleData[R]): string;
}

/** The texts of the rules of one stage; a rule without one does not compile. */
export type RuleTexts<S extends string> = { readonly [R in Extract<RuleId, `${S}/${string}`>]: RuleText<R> };
