import { canonicalJson } from '../kernel/canonical.ts';
import { encodeLine } from '../kernel/encode.ts';
import type { Json } from '../kernel/json.ts';
import { lower } from '../value/concrete.ts';
import type { Label, Marks } from '../value/label.ts';
import { type Term, termText } from '../value/term.ts';
import type { ObjectValue, Value } from '../value/value.ts';
import type { Verdict } from '../policy/authority.ts';
import { type Asking, isAsking, type Run } from '../simulate/model.ts';
import { isLate, outcomeToJson } from '../simulate/trace.ts';
import { spokenToJson } from '../simulate/reply.ts';
import type { ScriptedReply } from '../store/model.ts';
import type { Style } from './style.ts';

const WIDTH = 300;

/**
 * A run as people read it: the input, each effect with its arguments and who chose them, what the law said, what came back,
 * and how it ended.
 */
export function transcript(run: Run, style: Style): string {
  const answered = new Map<string, number>();
  const lines = run.steps.flatMap((step): readonly string[] => {
    switch (step.kind) {
      case 'task':
        return [style.dim(`· ${encodeLine(step.at, 160)}`)];
      case 'arm':
        return [style.dim(`  → ${encodeLine(step.arm, 80)}`)];
      case 'effect': {
        const one = run.decided[step.decided];
        if (one === undefined) return [];
        if (isAsking(one.effect)) return asked(one.effect, one.verdict, run, answered, style);
        return one.verdict.allowed ? [] : refusals(one.verdict.refusals, style);
      }
    }
  });
  return `${[`input    ${show(run.world.input)}`, '', ...lines, '', `outcome  ${show(outcomeToJson(run.ending))}`].join('\n')}\n`;
}

function asked(
  effect: Asking,
  { allowed, refusals: refused }: Verdict,
  run: Run,
  answered: Map<string, number>,
  style: Style,
): readonly string[] {
  const lines = effectLines(effect, style);
  if (!allowed) return [...lines, ...refusals(refused, style)];
  const nth = answered.get(effect.at) ?? 0;
  answered.set(effect.at, nth + 1);
  const reply = run.world.replies.get(effect.at)?.[nth];
  if (reply === undefined) return [...lines, `  reply  ${style.bad('none')}`];
  return [...lines, `  reply  ${show(spokenToJson(reply))}`, ...lateness(effect, reply, style)];
}

/** How long a reply took, where that is known. */
function lateness(effect: Asking, reply: ScriptedReply, style: Style): readonly string[] {
  if (reply.elapsed === undefined) return [];
  const late = isLate(effect, reply) ? style.bad(` too late: the limit was ${effect.within} ms`) : '';
  return [`  after ${reply.elapsed} ms${late}`];
}

function effectLines(effect: Asking, style: Style): readonly string[] {
  switch (effect.kind) {
    case 'call': {
      const approved = effect.approved
        ? style.good(` approved by ${encodeLine(effect.approvers.map(approverName).join(', '), 80)}`)
        : '';
      const again = effect.attempt > 1 ? ` attempt ${effect.attempt}` : '';
      return [
        `${style.strong('call')}     ${encodeLine(effect.tool, 120)}${again}${approved}`,
        ...argumentLines(effect.arguments),
        ...controlLine(effect.control),
      ];
    }
    case 'approve':
      return [
        `${style.strong('approve')}  ${encodeLine(effect.tool, 120)}?`,
        ...argumentLines(effect.arguments),
        ...controlLine(effect.control),
      ];
    case 'infer':
      return [
        `${style.strong('infer')}    ${encodeLine(effect.instructions, 120)}`,
        `  data   ${show(lower(effect.data))}`,
        ...controlLine(effect.control),
      ];
  }
}

function argumentLines(value: ObjectValue): readonly string[] {
  const width = Math.min(24, Math.max(0, ...[...value.fields.keys()].map((key) => key.length)));
  return [...value.fields].map(
    ([key, field]) => `  ${encodeLine(key, 40).padEnd(width)}  ${show(lower(field))}  ${whoChose(field)}`,
  );
}

function controlLine(control: Marks): readonly string[] {
  if (control.influence.length === 0 && control.secrecy.length === 0) return [];
  return [`  decided by ${encodeLine(names(control), WIDTH)}`];
}

/** Who could have chosen a value, and what it reveals, in words. */
export function whoChose(value: Value): string {
  const labels = collect(value);
  const influence = [...new Set(labels.flatMap((label) => label.influence))].toSorted();
  const secrecy = [...new Set(labels.flatMap((label) => label.secrecy))].toSorted();
  const chosen = influence.length === 0 ? '' : `chosen by ${influence.map(named).join(', ')}`;
  const reveals = secrecy.length === 0 ? '' : `reveals ${secrecy.join(', ')}`;
  const words = [chosen, reveals].filter((part) => part !== '').join('; ');
  return words === '' ? '' : encodeLine(`← ${words}`, WIDTH);
}

function collect(value: Value): readonly Label[] {
  switch (value.kind) {
    case 'array':
      return [value.label, ...value.items.flatMap(collect)];
    case 'object':
      return [value.label, ...[...value.fields.values()].flatMap(collect)];
    case 'null':
    case 'boolean':
    case 'number':
    case 'string':
    case 'symbol':
    case 'list':
      return [value.label];
  }
}

/** A concrete run has no others than texts. */
function approverName(approver: string | Term): string {
  return typeof approver === 'string' ? approver : termText(approver);
}

function names({ influence, secrecy }: Marks): string {
  const reveals = secrecy.length === 0 ? '' : `; reveals ${secrecy.join(', ')}`;
  return `${influence.map(named).join(', ')}${reveals}`;
}

/** An origin in words. */
export function named(origin: string): string {
  if (origin === 'model') return 'a model';
  return origin.startsWith('tool:') ? origin.slice('tool:'.length) : `the ${origin}`;
}

function refusals(refused: Verdict['refusals'], style: Style): readonly string[] {
  return refused.map(
    ({ reason, id, detail }) =>
      `  ${style.bad('refused')} by ${reason} ${encodeLine(id, 80)}: ${encodeLine(detail, WIDTH)}`,
  );
}

function show(json: Json): string {
  return encodeLine(canonicalJson(json), WIDTH);
}
