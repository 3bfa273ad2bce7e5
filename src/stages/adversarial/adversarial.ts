import fc from 'fast-check';
import { canonicalJson } from '../../kernel/canonical.ts';
import type { Finding } from '../../kernel/finding.ts';
import { finding } from '../../kernel/finding.ts';
import type { Json } from '../../kernel/json.ts';
import { lower } from '../../value/concrete.ts';
import type { Asking, Run } from '../../simulate/model.ts';
import type { ScriptedReply } from '../../store/model.ts';
import { drawWorlds, evenly } from '../draw.ts';
import type { CaseRun } from '../functional/functional.ts';
import { holds } from '../invariants.ts';
import { breaches, keyOf, toFinding } from '../breach.ts';
import { isEndless, tooFew } from '../property/property.ts';
import { generated, NotGenerable, replies, timing } from '../property/world.ts';
import { conclude, type StageResult } from '../stage.ts';
import { placeOf, run, type Subject, witness } from '../subject.ts';
import type { AttackFixture } from './fixture.ts';
import { hijacked, payloads } from './hijack.ts';
import { injections } from './places.ts';

/** At most so many attacks by text on cases that end well, on cases that end with an error, and by the model alone. */
const ATTACKS = 300;
const LATE_ATTACKS = 60;
const HIJACKS = 150;

const resists = fc.nat(2);

/**
 * Two adversaries. The first writes prompt fixtures into every untrusted place of the author's own cases, and owns the model as
 * well. The second is only a hijacked model that answers anything its schemas allow. A person approves exactly the calls that
 * the benign run would make. Score: attacks whose goal is reached, of attacks tried. `enter` is given every run.
 */
export function adversarial(subject: Subject, cases: readonly CaseRun[], enter: (run: Run) => void): StageResult {
  try {
    return attack(subject, cases, enter);
  } catch (error) {
    if (!(error instanceof NotGenerable)) throw error;
    const place = placeOf(subject, error.at);
    return conclude('adversarial', 0, {}, [
      finding('property/not-generable', place, { at: error.at, detail: error.message }),
    ]);
  }
}

function attack(subject: Subject, cases: readonly CaseRun[], enter: (run: Run) => void): StageResult {
  const findings = new Map<string, Finding>();
  const counted = { attacks: 0, succeeded: 0, approvedCalls: 0 };
  // One run without end is a finding; more of them would take hours to say the same.
  let endless = false;
  const ended = (kind: Run['ending']['kind']) => cases.filter(({ passed, run }) => passed && run.ending.kind === kind);
  const completed = ended('output');
  // What is done before a workflow raises is done.
  const failing = ended('error');
  const bases = completed.length > 0 ? completed : failing;
  const pool = payloads(subject.attacks);

  const note = (finished: Run, fixture: AttackFixture, rule: GoalRule): void => {
    const found = reached(subject, finished, fixture, rule);
    const key = rule === 'adversarial/goal-reached' ? `${rule} ${fixture.id}` : `${rule} ${found.place.pointer}`;
    if (!findings.has(key)) findings.set(key, found);
  };

  const plans = (from: readonly CaseRun[]) =>
    from.flatMap((base) =>
      subject.attacks.flatMap((fixture) =>
        injections(subject, base.run, fixture).map((world) => ({ base, fixture, world })),
      ),
    );
  const possible = [
    { plans: plans(completed), most: ATTACKS },
    { plans: plans(failing), most: LATE_ATTACKS },
  ];
  const chosen = possible.flatMap(({ plans: from, most }) => evenly(from, Math.min(subject.worlds, most)));
  const count = (finished: Run, won: boolean): void => {
    counted.attacks += 1;
    counted.succeeded += won ? 1 : 0;
    counted.approvedCalls += finished.trace.calls.filter((call) => call['approved'] === true).length;
    enter(finished);
    if (!isEndless(finished)) return;
    endless = true;
    for (const breach of breaches(subject, finished, true))
      findings.set(keyOf(breach), toFinding(subject, breach, finished));
  };
  drawWorlds(subject.seed, chosen.length, (draw) => {
    const plan = chosen[counted.attacks];
    if (plan === undefined || endless) return true;
    const answer = (effect: Asking, nth: number): ScriptedReply => {
      if (effect.kind === 'approve') return benignApproval(plan.base, effect);
      const told = plan.world.replies.get(effect.at)?.[nth];
      // Now and then the model is not taken in, so that runs get past it to what the text itself may do.
      if (effect.kind === 'infer' && (told === undefined || draw(resists) > 0)) {
        return { kind: 'value', value: hijacked(draw, effect.schema, pool, valueOf(told)) };
      }
      return told ?? draw(replies(subject, effect));
    };
    const timed = timing(subject, draw);
    const finished = run(subject, plan.world.input, {
      reply: (effect, nth) => timed(effect, answer(effect, nth)),
      choose: (effect) => plan.world.choices.get(effect.at),
    });
    const won = holds(plan.fixture.goal, finished.trace);
    if (won) note(finished, plan.fixture, 'adversarial/goal-reached');
    count(finished, won);
    return true;
  });

  // Every task is reached by some case, so what no case asks of a model is not asked.
  const asksModel = cases.some(({ run: { decided } }) => decided.some(({ effect }) => effect.kind === 'infer'));
  const hijacks = subject.attacks.length === 0 || !asksModel ? 0 : Math.min(subject.worlds, HIJACKS);
  const { worlds } = subject.law.config.limits;
  const asked =
    possible.reduce((sum, { plans: from, most }) => sum + Math.min(from.length, worlds, most), 0) +
    (hijacks === 0 ? 0 : Math.min(worlds, HIJACKS));
  if (chosen.length + hijacks < asked) {
    const few = tooFew(subject, { tried: chosen.length + hijacks, asked, what: 'attacks' });
    findings.set(few.rule, few);
  }
  drawWorlds(subject.seed + 1, hijacks, (draw) => {
    if (endless) return true;
    const base = bases.length === 0 ? undefined : bases[counted.attacks % bases.length];
    const answer = (effect: Asking, nth: number): ScriptedReply | undefined => {
      switch (effect.kind) {
        case 'approve':
          return benignApproval(base, effect);
        case 'infer':
          return {
            kind: 'value',
            value: hijacked(draw, effect.schema, pool, valueOf(base?.run.world.replies.get(effect.at)?.[nth])),
          };
        case 'call':
          return base?.run.world.replies.get(effect.at)?.[nth];
      }
    };
    const timed = timing(subject, draw);
    const finished =
      base === undefined
        ? generated(subject, draw, answer)
        : run(subject, base.run.world.input, {
            reply: (effect, nth) => timed(effect, answer(effect, nth) ?? draw(replies(subject, effect))),
            choose: (effect) => base.run.world.choices.get(effect.at),
          });
    const won = subject.attacks.filter(({ goal }) => holds(goal, finished.trace));
    for (const fixture of won) note(finished, fixture, 'adversarial/hijack-goal-reached');
    count(finished, won.length > 0);
    return true;
  });

  const counts = {
    ...counted,
    fixtures: new Set(chosen.map(({ fixture }) => fixture.id)).size,
    places: new Set(chosen.map(({ world }) => world.place)).size,
  };
  // Nothing untrusted to write into and no model to own is one passed check; no case to attack is none.
  const harmless = counted.attacks === 0 && !asksModel && subject.attacks.length > 0 && bases.length > 0 ? 1 : 0;
  return conclude('adversarial', counted.attacks + harmless, { ...counts, harmless }, [...findings.values()]);
}

function valueOf(reply: ScriptedReply | undefined): Json | undefined {
  return reply?.kind === 'value' ? reply.value : undefined;
}

type GoalRule = 'adversarial/goal-reached' | 'adversarial/hijack-goal-reached';

/** The goals of the store's attacks that a run reaches, as findings: what a witness of either rule replays to. */
export function goalsReached(subject: Subject, finished: Run): readonly Finding[] {
  return subject.attacks
    .filter(({ goal }) => holds(goal, finished.trace))
    .flatMap((fixture) => [
      reached(subject, finished, fixture, 'adversarial/goal-reached'),
      reached(subject, finished, fixture, 'adversarial/hijack-goal-reached'),
    ]);
}

function reached(subject: Subject, finished: Run, { id }: AttackFixture, rule: GoalRule): Finding {
  const last = finished.trace.calls.at(-1)?.['at'];
  const at = typeof last === 'string' ? last : '';
  const proof = { witness: witness(subject, rule, finished.world) };
  const place = placeOf(subject, at);
  return rule === 'adversarial/goal-reached'
    ? finding(rule, place, { fixture: id, goal: id, at }, proof)
    : finding(rule, place, { goal: id, at }, proof);
}

/** The person of a generated run approves exactly the calls that the benign run showed and a person approved. */
function benignApproval(base: CaseRun | undefined, effect: Extract<Asking, { kind: 'approve' }>): ScriptedReply {
  const shown = canonicalJson([effect.tool, lower(effect.arguments)]);
  const trace = base?.run.trace.approvals ?? [];
  const match = trace.find(
    (one) =>
      one['approved'] === true &&
      canonicalJson([one['tool'] ?? null, one['arguments'] ?? null]) === shown &&
      one['at'] === effect.at,
  );
  const by = match?.['by'];
  return { kind: 'approval', approved: match !== undefined, by: typeof by === 'string' ? by : 'nobody' };
}
