import * as z from 'zod';

/**
 * The events that Proofmark answers, with what it needs of them. The payload is GitHub's, but names of branches and
 * repositories in it are a contributor's: they are compared and shown, never used as commands, refs or paths.
 */
export type GithubEvent =
  | {
      readonly kind: 'pull-request';
      readonly number: number;
      /** Whether the head lies in another repository. */
      readonly fork: boolean;
      /** The tip of the base branch when the event was made, and of the head branch. */
      readonly base: string;
      readonly head: string;
    }
  | { readonly kind: 'merge-group'; readonly base: string; readonly head: string }
  | {
      readonly kind: 'push';
      /** `refs/heads/main`. */
      readonly ref: string;
      /** Whether `ref` is the default branch. */
      readonly isDefault: boolean;
      /** Absent where the branch is new. */
      readonly before: string | undefined;
      readonly after: string;
    }
  /** Somebody or a clock asked: there is nothing to compare with. A clock runs on the default branch only. */
  | { readonly kind: 'whole'; readonly by: 'somebody' | 'clock' };

/** An event that cannot be answered, in one sentence for whoever wrote the workflow file. */
export class EventError extends Error {
  override readonly name = 'EventError';
}

const sha = z.string().regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/u, 'expected the id of a commit');
const repository = z.object({ full_name: z.string() });

const pullRequest = z.object({
  pull_request: z.object({
    number: z.int().positive(),
    // The head's repository is null once its fork has been deleted.
    head: z.object({ sha, repo: repository.nullable() }),
    base: z.object({ sha, repo: repository }),
  }),
});

const mergeGroup = z.object({ merge_group: z.object({ head_sha: sha, base_sha: sha }) });

const push = z.object({
  ref: z.string(),
  before: sha,
  after: sha,
  deleted: z.boolean(),
  repository: z.object({ default_branch: z.string() }),
});

/** Parses the payload of an event. Throws {@link EventError}. */
export function parseEvent(name: string, payload: unknown): GithubEvent {
  switch (name) {
    case 'pull_request': {
      const { number, head, base } = shaped(name, pullRequest, payload).pull_request;
      return {
        kind: 'pull-request',
        number,
        fork: head.repo?.full_name !== base.repo.full_name,
        base: base.sha,
        head: head.sha,
      };
    }
    case 'merge_group': {
      const group = shaped(name, mergeGroup, payload).merge_group;
      return { kind: 'merge-group', base: group.base_sha, head: group.head_sha };
    }
    case 'push': {
      const { ref, before, after, deleted, repository: repo } = shaped(name, push, payload);
      if (deleted) throw new EventError('the branch was deleted: there is nothing to verify');
      return {
        kind: 'push',
        ref,
        isDefault: ref === `refs/heads/${repo.default_branch}`,
        before: /^0+$/u.test(before) ? undefined : before,
        after,
      };
    }
    case 'workflow_dispatch':
      return { kind: 'whole', by: 'somebody' };
    case 'schedule':
      return { kind: 'whole', by: 'clock' };
    case 'pull_request_target':
      throw new EventError(
        'pull_request_target runs with the rights of the base repository; a gate needs none: use pull_request',
      );
    default:
      throw new EventError(
        'this event is not one that Proofmark verifies: use pull_request, merge_group, push, workflow_dispatch or schedule',
      );
  }
}

function shaped<T>(name: string, schema: z.ZodType<T>, payload: unknown): T {
  const { success, data, error } = schema.safeParse(payload);
  if (success) return data;
  const [issue] = error.issues;
  throw new EventError(
    `the payload of the ${name} event is not what GitHub documents: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`,
  );
}
