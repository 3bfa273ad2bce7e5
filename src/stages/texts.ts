import type { Finding } from '../kernel/finding.ts';
import type { RuleId } from '../kernel/rules.ts';
import { adversarialTexts } from './adversarial/texts.ts';
import { compatibilityTexts } from './compatibility/texts.ts';
import { functionalTexts } from './functional/texts.ts';
import { policyTexts } from './policy/texts.ts';
import { propertyTexts } from './property/texts.ts';
import { structureTexts } from './structure/texts.ts';
import type { RuleText } from './text.ts';

const TEXTS: { readonly [R in RuleId]: RuleText<R> } = {
  ...structureTexts,
  ...functionalTexts,
  ...propertyTexts,
  ...adversarialTexts,
  ...compatibilityTexts,
  ...policyTexts,
};

/** Every rule, in the order of its stage. */
export const RULE_IDS = Object.keys(TEXTS) as readonly RuleId[];

export function isRule(id: string): id is RuleId {
  return Object.hasOwn(TEXTS, id);
}

export function titleOf(rule: RuleId): string {
  return TEXTS[rule].title;
}

/** The sentence and the remedy of a finding, unencoded. */
export function describe(found: Finding): { readonly sentence: string; readonly remedy: string } {
  // `found` is a union over rules whose data fits its own text; TypeScript cannot pair them through an index.
  const text: { sentence(data: never): string; remedy(data: never): string } = TEXTS[found.rule];
  const data: unknown = found.data;
  return { sentence: text.sentence(data as never), remedy: text.remedy(data as never) };
}
