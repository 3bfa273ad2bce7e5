import { unreachable } from '../kernel/result.ts';
import {
  type Catch,
  END,
  NO_WRITES,
  type Node,
  type Program,
  type Step,
  type StepList,
  type Target,
  type Writes,
} from './model.ts';
import { listsOf } from './walk.ts';

/** The control-flow graph of one program: every path that a run may take is a path of the graph. */
export interface Graph {
  readonly entry: Node;
  readonly exit: Node;
  readonly successors: readonly (readonly Node[])[];
  /** What passing a node may write; absent: nothing. */
  readonly writes: readonly (Writes | undefined)[];
  /** Whether something sees it when the node fails. */
  readonly failing: readonly boolean[];
}

/** Where control goes from inside a construct when it does not simply go on. */
interface Outward {
  /** Where a failure is seen; absent: nothing sees it, it ends the run and is excluded (FORMATS, "Labels"). */
  readonly fail: Node | undefined;
  /** Where an explicit `raise` goes. */
  readonly raise: Node;
  /** Where the time limits around this place lead when they run out. */
  readonly limits: readonly Node[];
}

const DATA: Writes = { ...NO_WRITES, data: true };
const TIME: Writes = { ...NO_WRITES, time: true };

/**
 * The graph of a program's task lists. Failures that nothing inside the program catches have edges only where the program
 * is `guarded` (its caller's `try` sees them).
 */
export function buildGraph(
  program: Pick<Program, 'body' | 'start' | 'finish' | 'done' | 'exit' | 'size' | 'timeout'>,
  guarded: boolean,
): Graph {
  const builder = new Builder(program);
  const { start, finish, done, exit, body } = program;
  const outward: Outward = {
    fail: guarded ? exit : undefined,
    raise: exit,
    // A time limit of the caller's may run out wherever time passes.
    limits: guarded ? [exit] : [],
  };
  builder.edge(start, firstOf(body));
  builder.fail(start, outward);
  builder.list(body, outward);
  builder.edge(body.end, finish);
  builder.wrote(finish, DATA);
  builder.fail(finish, outward);
  // A node between, so that failing and not failing are two ways to the exit.
  builder.edge(finish, done);
  builder.edge(done, exit);
  return builder.graph(start);
}

function firstOf(list: StepList): Node {
  return list.steps[0]?.enter ?? list.end;
}

class Builder {
  private readonly successors: Set<Node>[];
  private readonly writes: (Writes | undefined)[];
  private readonly failing: boolean[];
  private readonly finish: Node;
  private readonly exit: Node;

  constructor({ size, finish, exit }: Pick<Program, 'size' | 'finish' | 'exit'>) {
    this.successors = Array.from({ length: size }, () => new Set());
    this.writes = Array.from({ length: size }, () => undefined);
    this.failing = Array.from({ length: size }, () => false);
    this.finish = finish;
    this.exit = exit;
  }

  graph(entry: Node): Graph {
    const { exit, writes, failing } = this;
    return { entry, exit, successors: this.successors.map((set) => [...set]), writes, failing };
  }

  edge(from: Node, to: Node): void {
    this.successors[from]?.add(to);
  }

  wrote(node: Node, what: Writes): void {
    const before = this.writes[node];
    this.writes[node] = before === undefined ? what : joinWrites(before, what);
  }

  fail(from: Node, outward: Outward): void {
    if (outward.fail === undefined) return;
    this.failing[from] = true;
    this.edge(from, outward.fail);
  }

  /**
   * Time passes at `node`, so each limit around it may run out there. It has not passed where `node` failed before that, so
   * that it counts as written behind it as well, at `then`.
   */
  private takesTime(node: Node, then: Node, outward: Outward): void {
    this.wrote(node, TIME);
    this.wrote(then, TIME);
    for (const limit of outward.limits) {
      this.failing[node] = true;
      this.edge(node, limit);
    }
  }

  private target(list: StepList, target: Target): Node {
    return target === END ? this.finish : (list.steps[target]?.enter ?? list.end);
  }

  list(list: StepList, outward: Outward): void {
    for (const step of list.steps) this.step(step, list, outward);
  }

  private step(step: Step, list: StepList, around: Outward): void {
    this.edge(step.enter, step.choice);
    this.edge(step.choice, step.start);
    if (step.if !== undefined) this.edge(step.choice, this.target(list, step.index + 1));
    if (step.partial.enter) this.fail(step.enter, around);
    if (step.partial.start) this.fail(step.start, around);
    if (step.partial.finish && step.kind !== 'raise') this.fail(step.finish, around);
    if (step.input.code !== undefined) this.wrote(step.start, DATA);
    if (step.kind !== 'raise') this.edge(step.finish, step.done);
    this.wrote(step.done, step.writes);
    if (step.kind === 'switch') for (const { then } of step.arms) this.edge(step.done, this.target(list, then));
    const exhaustive = step.kind === 'switch' && step.arms.some(({ when }) => when === undefined);
    if (!exhaustive) this.edge(step.done, this.target(list, step.then));
    const limited = step.timeout !== undefined && around.fail !== undefined;
    this.body(step, list, limited ? { ...around, limits: [...around.limits, around.fail] } : around);
  }

  private body(step: Step, list: StepList, outward: Outward): void {
    switch (step.kind) {
      case 'set':
      case 'switch':
        this.edge(step.start, step.finish);
        break;
      case 'wait':
        this.edge(step.start, step.finish);
        this.takesTime(step.start, step.finish, outward);
        break;
      case 'raise':
        // A node between, so that raising this error and failing to are two ways to whoever catches both.
        this.edge(step.start, step.finish);
        this.edge(step.finish, outward.raise);
        break;
      case 'call':
        this.edge(step.start, step.finish);
        this.fail(step.start, outward);
        this.takesTime(step.start, step.finish, outward);
        break;
      case 'run':
        this.edge(step.start, step.finish);
        this.fail(step.start, outward);
        if (step.callee.mayRaise) this.edge(step.start, outward.raise);
        this.takesTime(step.start, step.finish, outward);
        break;
      case 'do':
        this.edge(step.start, firstOf(step.do));
        this.list(step.do, outward);
        this.edge(step.do.end, step.finish);
        break;
      case 'for':
        this.edge(step.start, step.head);
        this.edge(step.head, step.test);
        this.edge(step.head, step.finish);
        if (step.partial.inner) this.fail(step.test, outward);
        this.edge(step.test, step.turn);
        this.edge(step.turn, firstOf(step.do));
        if (step.while !== undefined) this.edge(step.turn, step.finish);
        this.list(step.do, outward);
        this.edge(step.do.end, step.head);
        break;
      case 'fork':
        this.fork(step, outward);
        break;
      case 'try':
        this.attempt(step, list, outward);
        break;
      default:
        unreachable(step);
    }
  }

  /**
   * Branches run one after another, each to its end even when a sibling failed and something will see that; the join then
   * raises the first failure. In a race a failed branch is only out of it, so there failures are always seen.
   */
  private fork(step: Extract<Step, { kind: 'fork' }>, outward: Outward): void {
    const seen = step.compete || outward.fail !== undefined;
    const limited = outward.limits.length > 0;
    let before = step.start;
    for (const branch of step.branches) {
      this.edge(before, firstOf(branch));
      this.list(branch, {
        fail: seen ? branch.end : undefined,
        raise: branch.end,
        limits: limited ? [branch.end] : [],
      });
      this.wrote(branch.end, DATA);
      before = branch.end;
    }
    this.edge(before, step.finish);
    // What the branches wrote is taken over once it is decided that none of them fails the fork.
    for (const branch of step.branches) this.wrote(step.done, writesIn(branch));
    this.fail(step.finish, outward);
    this.takesTime(step.finish, step.done, outward);
    if (step.branches.some(mayRaise)) this.edge(step.finish, outward.raise);
  }

  private attempt(step: Extract<Step, { kind: 'try' }>, list: StepList, outward: Outward): void {
    const { catch: handler } = step;
    const { node, retry } = handler;
    this.edge(step.start, firstOf(step.try));
    this.list(step.try, {
      fail: node,
      raise: node,
      limits: retry?.attemptDuration === undefined ? outward.limits : [...outward.limits, node],
    });
    this.edge(step.try.end, step.finish);

    this.wrote(node, { ...NO_WRITES, data: true, errors: new Set([handler.as]) });
    if (step.partial.inner) this.fail(node, outward);
    if (retry !== undefined) {
      this.edge(node, firstOf(step.try));
      this.takesTime(node, firstOf(step.try), outward);
    }
    if (mayPass(handler)) {
      this.fail(node, outward);
      if (mayRaise(step.try)) this.edge(node, outward.raise);
    }
    const finish = handler.then === undefined ? step.finish : handler.finish;
    if (handler.do === undefined) {
      this.edge(node, finish);
    } else {
      this.edge(node, firstOf(handler.do));
      this.list(handler.do, outward);
      this.edge(handler.do.end, finish);
    }
    if (handler.then === undefined) return;
    if (step.partial.finish) this.fail(handler.finish, outward);
    this.edge(handler.finish, handler.done);
    this.wrote(handler.done, step.writes);
    this.edge(handler.done, this.target(list, handler.then));
  }
}

/** A caught error may leave the `catch` again. */
function mayPass(handler: Catch): boolean {
  const filtered = handler.errors !== undefined || handler.when !== undefined || handler.exceptWhen !== undefined;
  return filtered || (handler.retry !== undefined && handler.do === undefined);
}

/** An explicit `raise` may leave the list. */
export function mayRaise(list: StepList): boolean {
  return list.steps.some((step) => {
    switch (step.kind) {
      case 'raise':
        return true;
      case 'run':
        return step.callee.mayRaise;
      case 'do':
      case 'for':
        return mayRaise(step.do);
      case 'fork':
        return step.branches.some(mayRaise);
      case 'try':
        return (mayPass(step.catch) && mayRaise(step.try)) || (step.catch.do !== undefined && mayRaise(step.catch.do));
      case 'set':
      case 'switch':
      case 'wait':
      case 'call':
        return false;
      default:
        return unreachable(step);
    }
  });
}

/** What the steps of a list write, together. */
export function writesIn(list: StepList): Writes {
  const known = listWrites.get(list);
  if (known !== undefined) return known;
  let all = NO_WRITES;
  for (const step of list.steps) {
    all = joinWrites(all, step.writes);
    for (const inner of listsOf(step)) all = joinWrites(all, writesIn(inner));
  }
  listWrites.set(list, all);
  return all;
}

const listWrites = new WeakMap<StepList, Writes>();

export function joinWrites(a: Writes, b: Writes): Writes {
  return {
    context: a.context === 'all' || b.context === 'all' ? 'all' : new Set([...a.context, ...b.context]),
    data: a.data || b.data,
    time: a.time || b.time,
    errors: new Set([...a.errors, ...b.errors]),
  };
}
