import fc from 'fast-check';
import { toolIn } from '../../policy/tools.ts';
import { type Fault, faultsOf, struck } from '../../simulate/faults.ts';
import type { Asking, Run, World } from '../../simulate/model.ts';
import { scripted } from '../../simulate/scripted.ts';
import type { ScriptedReply } from '../../store/model.ts';
import { type Draw, drawWorlds, evenly } from '../draw.ts';
import { answeredIn } from '../answered.ts';
import { run, type Subject } from '../subject.ts';
import { replies, schemaOf, timing } from './world.ts';

/** Runs with one fault, and runs that begin anew, that one workflow is given at the most. */
const FAULTS = 160;
const RESTARTS = 24;

interface Plan {
  readonly base: Run;
  readonly fault: Fault;
}

/**
 * Every fault at every position of some base runs, evenly chosen where there are too many. `enter` is given each faulty run
 * and its base. Gives how many there were.
 */
export function tryFaults(
  subject: Subject,
  bases: readonly Run[],
  enter: (faulty: Run, base: Run, fault: Fault) => boolean,
): number {
  // A late reply leaves the workflow half of its time.
  const slow = Math.min(60_000, Math.floor(subject.files.contract.budgets.time / 2));
  const plans = bases.flatMap((base) =>
    faultsOf(base, slow, (effect, json) => schemaOf(subject, effect)?.isValid(json) ?? typeof json === 'string').map(
      (fault): Plan => ({ base, fault }),
    ),
  );
  const chosen = evenly(plans, Math.min(FAULTS, subject.worlds));
  let tried = 0;
  drawWorlds(subject.seed + 2, chosen.length, (draw) => {
    const plan = chosen[tried];
    tried += 1;
    if (plan === undefined) return true;
    const { base, fault } = plan;
    const answer = struck(base.world, fault);
    const faulty = run(subject, base.world.input, {
      reply: (effect, nth) => answer(effect, nth) ?? draw(replies(subject, effect)),
      choose: (effect) => base.world.choices.get(effect.at),
    });
    if (!enter(faulty, base, fault)) tried = chosen.length;
    return true;
  });
  return chosen.length;
}

/**
 * The engine stops after each irreversible call of some base runs and begins anew on the same input: what was read reads the
 * same, a person answers the same, a model may say something else, and it takes another time.
 */
export function tryRestarts(subject: Subject, bases: readonly Run[], enter: (after: Run, before: Run) => void): number {
  const plans = bases.flatMap((base) => stopsOf(subject, base).map((stop) => ({ base, stop })));
  const chosen = evenly(plans, Math.min(RESTARTS, subject.worlds));
  let tried = 0;
  drawWorlds(subject.seed + 3, chosen.length, (draw) => {
    const plan = chosen[tried];
    tried += 1;
    if (plan === undefined) return true;
    const { base, stop } = plan;
    const before = run(subject, base.world.input, scripted({ ...base.world, replies: stop }));
    const timed = timing(subject, draw);
    const after = run(subject, base.world.input, {
      reply: (effect, nth) => timed(effect, anew(subject, draw, base.world, effect, nth)),
      choose: (effect) => base.world.choices.get(effect.at),
    });
    enter(after, before);
    return true;
  });
  return chosen.length;
}

const changesMind = fc.boolean();

function anew(subject: Subject, draw: Draw, base: World, effect: Asking, nth: number): ScriptedReply {
  const told = base.replies.get(effect.at)?.[nth];
  if (told === undefined || (effect.kind === 'infer' && draw(changesMind))) return draw(replies(subject, effect));
  const { elapsed: _, ...again } = told;
  return again;
}

/** The replies up to and with each irreversible call that was answered. */
function stopsOf(subject: Subject, base: Run): readonly World['replies'][] {
  const stops: World['replies'][] = [];
  const so = new Map<string, readonly ScriptedReply[]>();
  for (const { effect, reply } of answeredIn(base)) {
    so.set(effect.at, [...(so.get(effect.at) ?? []), reply]);
    if (effect.kind === 'call' && toolIn(subject.law, effect.tool)?.tool.effect === 'irreversible') {
      stops.push(new Map(so));
    }
  }
  return stops;
}
