import type { CallCode, Node, Step } from '../flow/model.ts';
import { assert, unreachable } from '../kernel/result.ts';
import { booleanValue, objectValue, stringValue } from '../value/concrete.ts';
import { deciding, joinMarks, type Label, labelFrom, NO_MARKS, withoutAuthor } from '../value/label.ts';
import { Unexplored } from '../expression/symbols.ts';
import type { Term } from '../value/term.ts';
import type { Value } from '../value/value.ts';
import type { CallIdentity } from './approvals.ts';
import type { At, Reply } from './effect.ts';
import { standardFailure, withControl } from './errors.ts';
import { keyOf } from './intents.ts';
import { approveReplyLabel, controlOf, inferReplyLabel, toolReplyLabel } from './labels.ts';
import { identityText, inferResult, readableText, toolResult } from './reply.ts';
import { DONE, RAISED, type Signal, type StepOf, type Steps } from './signal.ts';
import type { State } from './state.ts';

type CallOf<K extends CallCode['kind']> = Extract<CallCode, { kind: K }>;

export function* wait(run: State, milliseconds: number, node: Node, at: At): Steps {
  const reply = yield { kind: 'wait', at, milliseconds: Math.min(milliseconds, run.clock.left ?? milliseconds) };
  assert(reply.kind === 'waited', 'a wait is answered when it is over');
  return run.pass(milliseconds, NO_MARKS, node, at);
}

export function* call(run: State, step: StepOf<'call'>, call: CallCode): Steps {
  if (step.with !== undefined) {
    const { code, schema } = step.with;
    const at = run.at(step.at);
    const given = run.replaceData(code, step.start, at);
    if (given !== DONE) return given;
    if (schema !== undefined && !run.valid(schema, run.data, step.start, at)) return RAISED;
  }
  switch (call.kind) {
    case 'tool':
      return yield* callTool(run, step, call);
    case 'infer':
      return yield* infer(run, step, call);
    case 'approve':
      return yield* approve(run, step, call);
    default:
      return unreachable(call);
  }
}

function* callTool(run: State, step: StepOf<'call'>, call: CallOf<'tool'>): Steps {
  const { frame } = run;
  const { tool } = call;
  const at = run.at(step.at);
  const args = run.value(call.arguments, run.data, step.start, at);
  if (args === undefined) return run.interrupted();
  if (args.kind === 'symbol') throw new Unexplored('arguments that are not known as an object');
  if (args.kind !== 'object')
    return invalid(run, step, `the arguments are ${args.kind === 'list' ? 'array' : args.kind}, no object`, args, at);
  const key = keyOf(run.symbols, tool, args);
  const identity: CallIdentity = { at, tool: tool.id, arguments: args, key, isRetry: run.attempt > 1 };
  const approvers = frame.approvals.approvers(identity).map(identityOf);
  const control = joinMarks(run.regions.control(), withoutAuthor(controlOf(args)));
  run.calls += 1;
  if (run.isOver('calls')) return run.overBudget('calls', at);
  const reply = yield {
    kind: 'call',
    at,
    tool: tool.id,
    arguments: args,
    control,
    approved: approvers.length > 0,
    approvers,
    attempt: approvers.length === 0 ? Math.max(run.attempt, run.intents.attempt(tool.id, args)) : run.attempt,
    keyed: key !== undefined,
    history: run.intents.before(tool.id, key),
    ...within(run, call.timeout),
  };
  if (reply.kind === 'refused') return run.refuse(at, tool.id, reply.refusals);
  frame.approvals.use(identity);
  run.intents.add(tool, key, args);
  const label = toolReplyLabel(tool, args, control);
  const limit = call.timeout === undefined ? undefined : run.clock.limit(call.timeout);
  const passed = settle(run, reply, label, step.start, at);
  if (limit !== undefined) run.expire(limit, passed, at);
  if (passed !== DONE) {
    run.intents.fail(tool.id, args);
    return passed;
  }
  if (reply.kind === 'unknown') {
    run.data = reply.value(label);
    return DONE;
  }
  assert(reply.kind === 'result', 'a call is answered with a result or a failure');
  const result = toolResult(reply.result, call.output, label);
  if (!result.ok) {
    run.intents.fail(tool.id, args);
    return run.raise(standardFailure(result.error.error, at, result.error.detail, label));
  }
  run.data = result.value;
  return DONE;
}

function* infer(run: State, step: StepOf<'call'>, call: CallOf<'infer'>): Steps {
  const at = run.at(step.at);
  const data = run.value(call.data, run.data, step.start, at);
  if (data === undefined) return run.interrupted();
  const control = joinMarks(run.regions.control(), withoutAuthor(controlOf(data)));
  run.infers += 1;
  if (run.isOver('infers')) return run.overBudget('infers', at);
  const reply = yield {
    kind: 'infer',
    at,
    instructions: call.instructions,
    data,
    schema: call.json,
    control,
    ...within(run),
  };
  if (reply.kind === 'refused') return run.refuse(at, 'infer', reply.refusals);
  const label = inferReplyLabel(data, control);
  const passed = settle(run, reply, label, step.start, at);
  if (passed !== DONE) return passed;
  if (reply.kind === 'unknown') {
    run.data = reply.value(label);
    return DONE;
  }
  assert(reply.kind === 'value', 'an infer is answered with a value or a failure');
  const result = inferResult(reply.value, call.schema, label);
  if (!result.ok) return run.raise(standardFailure(result.error.error, at, result.error.detail, label));
  run.data = result.value;
  return DONE;
}

function* approve(run: State, step: StepOf<'call'>, call: CallOf<'approve'>): Steps {
  const at = run.at(step.at);
  const args = run.value(call.arguments, run.data, step.start, at);
  if (args === undefined) return run.interrupted();
  if (args.kind === 'symbol') throw new Unexplored('arguments that are not known as an object');
  if (args.kind !== 'object')
    return invalid(run, step, `the arguments are ${args.kind === 'list' ? 'array' : args.kind}, no object`, args, at);
  const control = joinMarks(run.regions.control(), withoutAuthor(controlOf(args)));
  const reply = yield { kind: 'approve', at, tool: call.tool, arguments: args, control, ...within(run) };
  if (reply.kind === 'refused') return run.refuse(at, 'approve', reply.refusals);
  const label = approveReplyLabel(args, control);
  const passed = settle(run, reply, label, step.start, at);
  if (passed !== DONE) return passed;
  assert(
    reply.kind === 'approval' || reply.kind === 'unknown-approval',
    'an approval is answered with one, or a failure',
  );
  if (reply.kind === 'approval' && !reply.approved) {
    const declined = run.raiseError(call.otherwise, 'declined', step.start, at);
    // That the person said no depends on what they were shown, and whoever sees the error sees that.
    if (declined === RAISED) run.failure = withControl(run.raised(), deciding(label));
    return declined;
  }
  const by = reply.kind === 'approval' ? stringValue(identityText(reply.by), label) : reply.by(label);
  run.frame.approvals.give(call.tool, args, by);
  const fields: readonly (readonly [string, Value])[] = [
    ['approved', booleanValue(true, label)],
    ['by', by],
  ];
  run.data = objectValue(new Map(fields), label);
  return DONE;
}

function within(run: State, timeout = Infinity): { readonly within?: number } {
  const left = Math.min(timeout, run.clock.left ?? Infinity);
  return left === Infinity ? {} : { within: left };
}

/** Who approved: an identity from the driver, or what stands for one. */
function identityOf(by: Value): string | Term {
  if (by.kind === 'symbol') return by.term;
  assert(by.kind === 'string', 'an identity is a text');
  return by.value;
}

/** What every answer of the outside does: it takes time, and that it came, or failed, says what its label says. */
function settle(run: State, reply: Reply, label: Label, node: Node, at: At): Signal {
  const marks = deciding(label);
  run.trail = joinMarks(run.trail, marks);
  run.mayFail(node, marks);
  assert('elapsed' in reply && reply.elapsed >= 0, 'an answer says how long it took');
  const passed = run.pass(reply.elapsed, marks, node, at);
  if (passed === DONE && reply.kind === 'unknown-failure') return run.raise(run.someFailure(reply.errors, at, label));
  if (passed !== DONE || reply.kind !== 'failure') return passed;
  return run.raise(standardFailure(reply.error, at, readableText(reply.detail), label));
}

function invalid(run: State, step: Step, why: string, value: Value, at: At): Signal {
  const marks = deciding(value.label);
  run.mayFail(step.start, marks);
  return run.raise(standardFailure('validation', at, why, labelFrom(marks)));
}
