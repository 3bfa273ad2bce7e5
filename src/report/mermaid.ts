import { formatDuration } from '../kernel/duration.ts';
import { encodeMermaid } from '../kernel/encode.ts';
import { compareText } from '../kernel/json.ts';
import { unreachable } from '../kernel/result.ts';
import type { Observations, Sight } from '../pipeline/observe.ts';
import { toolIn } from '../policy/tools.ts';
import type { Law } from '../store/model.ts';
import { AUTHOR, joinMarks, type Marks, NO_MARKS } from '../value/label.ts';
import type { Call, Task, TaskList, Then, Workflow } from '../workflow/model.ts';
import { named } from './transcript.ts';

/**
 * A workflow as a Mermaid flowchart: tasks, arms, handlers, calls, approvals, and what leaves towards tools, model, person and
 * caller, with who could have chosen it and which secrets it reveals. Every text of the author is encoded; names of nodes
 * are ours.
 */
export function flowchart(workflow: Workflow, law: Law, seen: Observations): string {
  return new Chart(law, seen).draw(workflow);
}

/** What Mermaid draws unless it is told otherwise; GitHub does not let itself be told. */
export const MERMAID_LIMITS = { edges: 500, characters: 50_000 } as const;

const NAME = 60;
const TEXT = 80;
/** Arguments that one label names. */
const PARTS = 8;

type Id = string;

/** Where a list of tasks goes on. */
interface Exits {
  /** Behind the list. */
  readonly end: Id;
  /** The end of the workflow. */
  readonly stop: Id;
}

class Chart {
  private readonly law: Law;
  private readonly seen: Observations;
  private readonly lines: string[] = [];
  private readonly edges: string[] = [];
  /** Whom the workflow speaks to; they stand in no group. */
  private readonly places: string[] = [];
  private readonly outside = new Map<string, Id>();
  private readonly unseen: Id[] = [];
  private count = 0;
  private depth = 1;

  constructor(law: Law, seen: Observations) {
    this.law = law;
    this.seen = seen;
  }

  draw(workflow: Workflow): string {
    const start = this.node(
      '([',
      encodeMermaid(`${workflow.namespace}/${workflow.name} ${workflow.version}`, 160),
      '])',
    );
    const stop = this.node('((', 'end', '))');
    this.edge(start, this.list(workflow.do, { end: stop, stop }));
    this.effects('', stop);
    const outside = [...this.outside.values()];
    return [
      'flowchart TD',
      '  %% Labels are those of all simulated runs: cases and generated worlds.',
      '  %% Thick lines are what leaves the workflow, with who could have chosen it and what it reveals.',
      ...this.lines,
      ...this.places,
      ...this.edges,
      ...classes('outside', outside, 'stroke-width:3px'),
      ...classes('unseen', this.unseen, 'stroke-dasharray:4'),
      '',
    ].join('\n');
  }

  /** The tasks of a list; gives where it is entered. */
  private list(tasks: TaskList, exits: Exits): Id {
    const entries = tasks.map((task) => ({ task, id: this.fresh(), enter: this.fresh() }));
    const targets = new Map(entries.map(({ task, id, enter }) => [task.name, task.if === undefined ? id : enter]));
    const first = (index: number): Id => {
      const next = entries[index];
      return next === undefined ? exits.end : next.task.if === undefined ? next.id : next.enter;
    };
    const target = (then: Then, index: number): Id => {
      switch (then.kind) {
        case 'continue':
          return first(index + 1);
        case 'exit':
          return exits.end;
        case 'end':
          return exits.stop;
        case 'task':
          return targets.get(then.name) ?? exits.end;
      }
    };
    entries.forEach(({ task, id, enter }, index) => {
      if (task.if !== undefined) {
        this.put(enter, '{', `if ${encodeMermaid(task.if.source.trim(), TEXT)}`, '}');
        this.edge(enter, id, 'yes');
        this.edge(enter, first(index + 1), 'no', this.decision(task, 'skipped'));
      }
      if (!this.seen.tasks.has(task.at)) this.unseen.push(id);
      this.task(task, id, (then) => target(then, index), exits);
    });
    return first(0);
  }

  private task(task: Task, id: Id, target: (then: Then) => Id, exits: Exits): void {
    const name = encodeMermaid(task.name, NAME);
    const after = target(task.then);
    switch (task.kind) {
      case 'set':
        this.put(id, '[', `set ${name}`, ']');
        this.edge(id, after);
        return;
      case 'wait':
        this.put(id, '[', `${name}<br/>waits ${formatDuration(task.duration)}`, ']');
        this.edge(id, after);
        return;
      case 'raise':
        this.put(id, '[/', `${name}<br/>raises ${encodeMermaid(task.error.name, NAME)}`, '/]');
        this.effects(task.at, id);
        return;
      case 'call':
        this.call(task.call, name, id);
        this.effects(task.at, id);
        this.edge(id, after);
        return;
      case 'run':
        this.put(
          id,
          '[[',
          `${name}<br/>runs ${encodeMermaid(`${task.workflow.name} ${task.workflow.version}`, 160)}`,
          ']]',
        );
        this.effects(task.at, id);
        this.edge(id, after);
        return;
      case 'switch': {
        this.put(id, '{', name, '}');
        for (const arm of task.arms) {
          const label =
            arm.when === undefined ? `${encodeMermaid(arm.name, NAME)} (else)` : encodeMermaid(arm.name, NAME);
          this.edge(id, target(arm.then), label, this.decision(task, arm.name));
        }
        if (task.arms.every(({ when }) => when !== undefined)) this.edge(id, after, 'none of these');
        return;
      }
      case 'do':
        this.put(id, '[', `do ${name}`, ']');
        this.edge(
          id,
          this.group(name, () => this.list(task.do, { ...exits, end: after })),
        );
        return;
      case 'for': {
        this.put(id, '{{', `${name}<br/>for each ${encodeMermaid(task.each, NAME)}`, '}}');
        this.edge(
          id,
          this.group(name, () => this.list(task.do, { ...exits, end: id })),
          'next',
          this.counts(task),
        );
        this.edge(id, after, 'done');
        return;
      }
      case 'fork': {
        this.put(id, '[[', `${name}<br/>${task.compete ? 'the first to finish wins' : 'all of these'}`, ']]');
        const join = this.node('((', task.compete ? 'first' : 'all', '))');
        for (const branch of task.branches) {
          const list = [branch];
          this.edge(
            id,
            this.group(encodeMermaid(branch.name, NAME), () => this.list(list, { ...exits, end: join })),
          );
        }
        this.edge(join, after);
        return;
      }
      case 'try':
        this.attempt(task, id, after, target, exits);
        return;
      default:
        unreachable(task);
    }
  }

  private attempt(
    task: Extract<Task, { readonly kind: 'try' }>,
    id: Id,
    after: Id,
    target: (then: Then) => Id,
    exits: Exits,
  ): void {
    const name = encodeMermaid(task.name, NAME);
    this.put(id, '[', `try ${name}`, ']');
    this.edge(
      id,
      this.group(`try ${name}`, () => this.list(task.try, { ...exits, end: after })),
    );
    const { catch: handler } = task;
    const which = handler.errors?.type ?? handler.errors?.status?.toString();
    const filters = [
      which === undefined ? 'any error' : encodeMermaid(which, TEXT),
      ...(handler.when === undefined ? [] : [`when ${encodeMermaid(handler.when.source.trim(), TEXT)}`]),
      ...(handler.exceptWhen === undefined
        ? []
        : [`except when ${encodeMermaid(handler.exceptWhen.source.trim(), TEXT)}`]),
    ];
    const caught = this.node('{{', `catch<br/>${filters.join('<br/>')}`, '}}');
    this.edge(id, caught, 'fails', this.decision(task, 'caught'), '-.->');
    if (handler.retry !== undefined)
      this.edge(caught, id, `again, ${handler.retry.count ?? ''} attempts in all`, undefined, '-.->');
    const goOn = handler.then === undefined ? after : target(handler.then);
    const body = handler.do;
    if (body !== undefined)
      this.edge(
        caught,
        this.group('catch', () => this.list(body, { ...exits, end: goOn })),
      );
    else if (handler.retry === undefined) this.edge(caught, goOn);
    if (!this.seen.arms.has(`${task.at}:caught`)) this.unseen.push(caught);
  }

  private call(call: Call, name: string, id: Id): void {
    switch (call.kind) {
      case 'tool':
        this.put(id, '[', `${name}<br/>calls ${encodeMermaid(call.tool, 160)}`, ']');
        return;
      case 'infer':
        this.put(id, '([', `${name}<br/>asks a model`, '])');
        return;
      case 'approve':
        this.put(id, '{{', `${name}<br/>asks a person about ${encodeMermaid(call.tool, 160)}`, '}}');
        return;
      default:
        unreachable(call);
    }
  }

  /** What left at a task, towards whom, and whose it was; of a callee, all that left inside. */
  private effects(at: string, from: Id): void {
    const sights = [...this.seen.effects]
      .filter(([place]) => place === at || place.startsWith(`${at}#`))
      .flatMap(([place, found]) =>
        place === at ? found : found.filter(({ kind }) => kind !== 'return' && kind !== 'raise'),
      );
    const byTarget = new Map<Id, Sight[]>();
    for (const sight of sights) {
      const to = this.target(sight);
      byTarget.set(to, [...(byTarget.get(to) ?? []), sight]);
    }
    for (const [to, found] of byTarget) this.edge(from, to, carries(found), undefined, '==>');
  }

  private target({ kind, tool }: Sight): Id {
    switch (kind) {
      case 'call': {
        const known = tool === undefined ? undefined : toolIn(this.law, tool)?.tool;
        const what = known === undefined ? '' : `<br/>${known.effect}${known.leaves.size > 0 ? ', outgoing' : ''}`;
        return this.world(`tool ${tool ?? ''}`, '[(', `${encodeMermaid(tool ?? '', 160)}${what}`, ')]');
      }
      case 'infer':
        return this.world('model', '[(', 'a model', ')]');
      case 'approve':
        return this.world('person', '[(', 'a person', ')]');
      case 'return':
      case 'raise':
        return this.world('caller', '[(', 'the caller', ')]');
    }
  }

  private decision(task: Task, arm: string): Marks | undefined {
    return this.seen.arms.get(`${task.at}:${arm}`);
  }

  private counts(task: Task): Marks {
    const marks = ['0', '1', 'many'].map((count) => this.decision(task, count) ?? NO_MARKS);
    return marks.reduce(joinMarks, NO_MARKS);
  }

  private world(key: string, open: string, text: string, close: string): Id {
    const known = this.outside.get(key);
    if (known !== undefined) return known;
    const id = this.fresh();
    this.places.push(`  ${shape(id, open, text, close)}`);
    this.outside.set(key, id);
    return id;
  }

  private group<T>(title: string, draw: () => T): T {
    this.lines.push(`${this.indent()}subgraph s${this.count++}["${title === '' ? ' ' : title}"]`);
    this.depth += 1;
    const result = draw();
    this.depth -= 1;
    this.lines.push(`${this.indent()}end`);
    return result;
  }

  private node(open: string, text: string, close: string): Id {
    const id = this.fresh();
    this.put(id, open, text, close);
    return id;
  }

  private put(id: Id, open: string, text: string, close: string): void {
    this.lines.push(`${this.indent()}${shape(id, open, text, close)}`);
  }

  private edge(from: Id, to: Id, label = '', marks?: Marks, line = '-->'): void {
    const who = marks === undefined ? '' : because(marks);
    const text = [label, who].filter((part) => part !== '').join('<br/>');
    this.edges.push(`  ${from} ${line}${text === '' ? '' : `|"${text}"|`} ${to}`);
  }

  private fresh(): Id {
    this.count += 1;
    return `n${this.count}`;
  }

  private indent(): string {
    return '  '.repeat(this.depth);
  }
}

function shape(id: Id, open: string, text: string, close: string): string {
  // An empty text is none to Mermaid.
  return `${id}${open}"${text === '' ? ' ' : text}"${close}`;
}

function classes(name: string, ids: readonly Id[], style: string): readonly string[] {
  return ids.length === 0 ? [] : [`  classDef ${name} ${style}`, `  class ${ids.join(',')} ${name}`];
}

/** Who decided, and what the decision reveals. */
function because(marks: Marks): string {
  const words = inWords(marks);
  return words === '' ? '' : `decided by ${words}`;
}

function carries(sights: readonly Sight[]): string {
  const parts = new Map<string, Marks>();
  let control = NO_MARKS;
  for (const sight of sights) {
    for (const [name, marks] of sight.parts) {
      // What is literal in an error says nothing of its own.
      if (sight.kind === 'raise' && marks === AUTHOR.direct) continue;
      parts.set(name, joinMarks(parts.get(name) ?? NO_MARKS, marks));
    }
    control = joinMarks(control, sight.control);
  }
  const named = [...parts].toSorted(([a], [b]) => compareText(a, b));
  const lines = named.slice(0, PARTS).map(([name, marks]) => {
    const words = inWords(marks);
    const what = encodeMermaid(name, NAME);
    return what === '' ? words : `${what}#58; ${words === '' ? 'nobody' : words}`;
  });
  if (named.length > PARTS) lines.push(`and ${named.length - PARTS} more`);
  return [...lines, because(control)].filter((line) => line !== '').join('<br/>');
}

function inWords({ influence, secrecy }: Marks): string {
  const who = influence.map(named).join(', ');
  const reveals = secrecy.length === 0 ? '' : `reveals ${secrecy.join(', ')}`;
  return encodeMermaid([who, reveals].filter((part) => part !== '').join('; '), 400);
}
