import { readChange, type StoreChange } from '../connect/change.ts';
import { ConnectError } from '../connect/error.ts';
import { neededCommit, type Repository, wholeRepository } from '../connect/git.ts';
import type { Tree } from '../kernel/tree.ts';
import { hasLaw } from '../pipeline/change.ts';
import type { GithubEvent } from './event.ts';

/** What an event asks to judge: a change against its base, or a whole store under its own law. */
export type Judged =
  | { readonly kind: 'change'; readonly change: StoreChange }
  | { readonly kind: 'whole'; readonly tree: Tree };

/**
 * The revisions that an event is about, read through git objects of the checkout. `sha` is the commit of the job. Throws
 * {@link ConnectError} with the code `git` where one is missing or a pull request's base has no law.
 */
export function revisionsOf(event: GithubEvent, sha: string, folder: string, path: string | undefined): Judged {
  switch (event.kind) {
    case 'pull-request': {
      // GitHub's merge of the head into the base is what would be merged; its first parent is the base as it is now.
      const merge = wholeRepository(folder, path).commit(`${sha}^2`) === event.head;
      const revisions = merge ? { base: `${sha}^1`, head: sha } : { base: event.base, head: event.head };
      return lawful(readChange(folder, path, revisions));
    }
    case 'merge-group':
      return lawful(readChange(folder, path, { base: event.base, head: event.head }));
    case 'push': {
      // A branch that is new or was overwritten has nothing to be compared with: then everything is judged.
      const repository = wholeRepository(folder, path);
      const before = event.before === undefined ? undefined : repository.commit(event.before);
      const after = repository.commit(event.after);
      const isForward = before !== undefined && after !== undefined && repository.mergeBase(before, after) === before;
      if (!isForward || !hasLaw(repository.tree(before))) return whole(repository, event.after);
      return { kind: 'change', change: readChange(folder, path, { base: before, head: event.after }) };
    }
    case 'whole':
      return whole(wholeRepository(folder, path), sha);
  }
}

function lawful(change: StoreChange): Judged {
  if (hasLaw(change.base)) return { kind: 'change', change };
  throw new ConnectError('git', 'the base revision holds no store.yaml', {
    remedy: 'The law comes from the base: add the store to the branch first, by its owner.',
  });
}

function whole(repository: Repository, ref: string): Judged {
  return { kind: 'whole', tree: repository.tree(neededCommit(repository, ref)) };
}
