import type { RuleTexts } from '../text.ts';
import { short } from '../words.ts';

export const compatibilityTexts: RuleTexts<'compatibility'> = {
  'compatibility/version-bump': {
    title: 'the version says how much has changed',
    sentence: ({ from, to, needed, because, witness }) =>
      `from ${from} to ${to} is too small a step: ${because}${witness === null ? '' : `, for example ${short(witness)}`}; this needs ${needed}`,
    remedy: ({ needed }) => `set document.version to ${needed}, or take the change back`,
  },
  'compatibility/version-not-newer': {
    title: 'a new version is newer than the releases of its line',
    sentence: ({ from, to }) => `${to} is older than ${from}, which is released`,
    remedy: ({ from }) => `choose a version above ${from}`,
  },
  'compatibility/released-changed': {
    title: 'a released version never changes',
    sentence: ({ version }) => `${version} is released, and its files are not the same any more`,
    remedy: () => 'give the change a new version; what is released stays as it is',
  },
  'compatibility/undecided': {
    title: 'it can be decided whether two versions are compatible',
    sentence: ({ detail }) => `it cannot be decided whether the versions are compatible: ${detail}`,
    remedy: () => 'simplify the schema that changed, or choose the next major version',
  },
  'compatibility/authority-unproved': {
    title: 'a new version is proved to call nothing that its release could not',
    sentence: ({ from, action, at, why }) =>
      `it is not known whether ${action}${at === '' ? '' : ` at ${at}`} is within what ${from} could do: ${why}`,
    remedy: () =>
      'look at what changed there before the release is trusted to do no more than the last one; the next major version needs no proof',
  },
  'compatibility/release-unreadable': {
    title: 'every release that a version must be compared with can be read',
    sentence: ({ version, detail }) => `the release ${version} cannot be compared with: ${detail}`,
    remedy: () =>
      "give releases as <namespace>/<name>/<version>/ with all of their files; one that today's law or profile no longer takes needs a waiver",
  },
};
