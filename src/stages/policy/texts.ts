import type { RuleTexts } from '../text.ts';

export const policyTexts: RuleTexts<'policy'> = {
  'policy/denied': {
    title: 'the policies permit every effect in every run',
    sentence: ({ action, at, policies, why }) =>
      `${at} does ${action}, which ${policies.length === 0 ? 'no policy permits' : `is denied by ${policies.join(', ')}`}${why === '' ? '' : `: ${why}`}`,
    remedy: () =>
      'replay the witness to see who chose each argument and what decided the call; then take the value from a trusted source or ask for approval of that very call',
  },
  'policy/error': {
    title: 'no policy errs',
    sentence: ({ action, at, policy, detail }) => `the policy ${policy} errs on ${action} at ${at}: ${detail}`,
    remedy: () => 'guard the attribute with `has`, and keep arithmetic within bounds; any error denies',
  },
  'policy/can-err': {
    title: 'no policy of the store errs on a request that the law allows',
    sentence: ({ policy, action, detail, request }) =>
      `the policy ${policy} may err on ${action}: ${detail}${request === null ? '' : `, as where the request holds ${JSON.stringify(request)}`}`,
    remedy: () =>
      'compare without arithmetic, or bound the numbers in the tool contract, so that no result leaves 64 bits',
  },
  'policy/never-applies': {
    title: 'every policy of the store can apply',
    sentence: ({ policy }) => `no request that this law allows satisfies the policy ${policy}`,
    remedy: () =>
      'look for a condition that contradicts another, the scope or the tool contracts, or a pointer that no tool has; else remove the policy',
  },
  'policy/engines-disagree': {
    title: 'our policy interpreter and the Cedar engine agree',
    sentence: ({ action, at, ours, cedar }) =>
      `on ${action} at ${at} our interpreter says ${ours} and the Cedar engine says ${cedar}`,
    remedy: () => 'this is a fault of Proofmark: please report it with the witness',
  },
  'policy/never-exercised': {
    title: 'every capability is exercised by some run, so that its policies were really asked',
    sentence: ({ tool }) => `no run calls ${tool}, so nothing was decided about it`,
    remedy: () => 'add a case that calls the tool, or remove the capability',
  },
  'policy/unproved': {
    title: 'every obligation is proved over all inputs and all replies',
    sentence: ({ action, at, kind, why }) =>
      `${kind} of ${action} at ${at === '' ? 'the workflow' : at} is neither proved nor refuted${why === '' ? '' : `: ${why}`}`,
    remedy: () =>
      'the workflow cannot reach the level proved: write what the reason names so that it can be followed (docs/prover.md), or see whether it is a defect that no run has shown',
  },
};
