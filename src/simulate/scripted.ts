import type { World, Responder } from './model.ts';

/** The outside as a world scripts it: by task, in order; no reply where the script ends. */
export function scripted(world: Pick<World, 'replies' | 'choices'>): Responder {
  return {
    reply: (effect, nth) => world.replies.get(effect.at)?.[nth],
    choose: (effect) => world.choices.get(effect.at),
  };
}

/** The scripted replies that a run did not ask for: `<task pointer>` and how many are left. */
export function unused(
  script: World['replies'],
  consumed: World['replies'],
): readonly { readonly at: string; readonly left: number }[] {
  return [...script]
    .map(([at, replies]) => ({ at, left: replies.length - (consumed.get(at)?.length ?? 0) }))
    .filter(({ left }) => left > 0);
}
