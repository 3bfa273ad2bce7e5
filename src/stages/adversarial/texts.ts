import type { RuleTexts } from '../text.ts';

export const adversarialTexts: RuleTexts<'adversarial'> = {
  'adversarial/goal-reached': {
    title: 'no hostile text in untrusted data reaches its goal',
    sentence: ({ fixture, at }) =>
      `the attack ${fixture}, written into untrusted data, reaches its goal${at === '' ? '' : ` at ${at}`}`,
    remedy: () =>
      'replay the witness; take the value from a trusted source, narrow the schema of the model reply, or ask for approval of that very call',
  },
  'adversarial/hijack-goal-reached': {
    title: 'a model that answers anything its schema allows reaches no attack goal',
    sentence: ({ goal, at }) => `a hijacked model reaches the goal of ${goal}${at === '' ? '' : ` at ${at}`}`,
    remedy: () =>
      'a model reply is an attacker: narrow its schema (enum, const, bounds), or do not let it choose a target or an irreversible call',
  },
};
