import { concreteEnvironment } from '../../src/expression/environment.ts';
import { ExpressionError } from '../../src/expression/error.ts';
import { evaluate } from '../../src/expression/evaluate.ts';
import { parseExpression } from '../../src/expression/parse.ts';
import { isArray, isObject, type Json, type JsonObject } from '../../src/kernel/json.ts';
import { lift, lower } from '../../src/value/concrete.ts';
import { BOTTOM } from '../../src/value/label.ts';

/**
 * A second reading of the specification, as short as it can be: plain values, exceptions for what leaves a task, no labels and no
 * effects but calls. It exists to be compared with the machine; where the specification is silent it follows docs/language.md.
 */

/** What a tool answers to the `n`th call, from 0. */
export interface Answer {
  readonly elapsed: number;
  /** A runtime failure; else the structured content. */
  readonly fails: boolean;
  readonly value: Json;
}

export interface Ended {
  readonly kind: 'output' | 'error';
  /** The output, or the error. */
  readonly value: Json;
  /** Attempts of calls. */
  readonly calls: number;
}

type Members = Record<string, Json>;

class Raised extends Error {
  readonly error: JsonObject;
  readonly explicit: boolean;
  constructor(error: JsonObject, explicit: boolean) {
    super();
    this.error = error;
    this.explicit = explicit;
  }
}
class WorkflowEnd extends Error {
  readonly data: Json;
  constructor(data: Json) {
    super();
    this.data = data;
  }
}
interface Limit {
  readonly at: number;
}
class Interrupted extends Error {
  readonly limit: Limit;
  constructor(limit: Limit) {
    super();
    this.limit = limit;
  }
}

const STANDARD: Readonly<Record<string, readonly [number, string]>> = {
  expression: [400, 'Expression Error'],
  timeout: [408, 'Timeout Error'],
  runtime: [500, 'Runtime Error'],
};

function failure(name: string, instance: string): Raised {
  const [status = 0, title = ''] = STANDARD[name] ?? [];
  const type = `https://open-workflow-specification.org/spec/1.0.0/errors/${name}`;
  return new Raised({ type, status, title, instance }, false);
}

export function interpret(document: JsonObject, input: Json, answers: (n: number) => Answer): Ended {
  const run = new Interpreter(answers, input);
  const ended = (kind: Ended['kind'], value: Json): Ended => ({ kind, value, calls: run.calls });
  try {
    return ended('output', run.workflow(document, input));
  } catch (thrown) {
    if (thrown instanceof Raised) return ended('error', thrown.error);
    throw thrown;
  }
}

class Interpreter {
  calls = 0;
  #now = 0;
  #context: Json;
  readonly #limits: Limit[] = [];
  /** How many `try` stand around. */
  #guards = 0;
  readonly #variables = new Map<string, Json>();
  readonly #answers: (n: number) => Answer;

  constructor(answers: (n: number) => Answer, input: Json) {
    this.#answers = answers;
    this.#context = input;
  }

  workflow(document: Members, input: Json): Json {
    return this.#limited(document['timeout'], '', () => {
      let data: Json;
      try {
        data = this.#list(document['do'] as readonly Members[], '/do', input);
      } catch (thrown) {
        if (!(thrown instanceof WorkflowEnd)) throw thrown;
        ({ data } = thrown);
      }
      return this.#transform(document['output'], 'as', data, '');
    });
  }

  /** `first`: the number of the first task in the list of the document. */
  #list(tasks: readonly Members[], at: string, input: Json, first = 0): Json {
    const names = tasks.map((task) => Object.keys(task)[0] ?? '');
    let data = input;
    for (let i = 0; i < tasks.length;) {
      const name = names[i] ?? '';
      const place = `${at}/${first + i}/${name}`;
      const task = tasks[i]?.[name] as Members;
      const described: JsonObject = { startedAt: { epoch: { milliseconds: this.#now } } };
      this.#variables.set('task', described);
      if (task['if'] !== undefined && !truthy(this.#expression(task['if'], data, place))) {
        i += 1;
        continue;
      }
      const done = this.#task(task, place, data, described);
      data = done.data;
      const then = done.then ?? task['then'] ?? 'continue';
      if (then === 'end') throw new WorkflowEnd(data);
      if (then === 'exit') return data;
      i = then === 'continue' ? i + 1 : names.indexOf(then as string);
    }
    return data;
  }

  #task(task: Members, at: string, raw: Json, described: JsonObject): { readonly data: Json; readonly then?: Json } {
    let input: Json = raw;
    const restore = (): void => {
      this.#variables.set('task', described);
      this.#variables.set('input', input);
    };
    let then: Json | undefined;
    const made = this.#limited(task['timeout'], at, () => {
      input = this.#transform(task['input'], 'from', raw, at);
      restore();
      const body = this.#body(task, at, input, restore);
      then = body.then;
      return body.data;
    });
    restore();
    const data = this.#transform(task['output'], 'as', made, at);
    this.#variables.set('output', data);
    if (task['export'] !== undefined) this.#context = this.#transform(task['export'], 'as', data, at);
    return then === undefined ? { data } : { data, then };
  }

  #body(task: Members, at: string, input: Json, restore: () => void): { readonly data: Json; readonly then?: Json } {
    if ('set' in task) return { data: this.#template(task['set'], input, at) };
    if ('wait' in task) {
      this.#pass((task['wait'] as { readonly milliseconds: number }).milliseconds);
      return { data: input };
    }
    if ('raise' in task) {
      const error = (task['raise'] as { readonly error: JsonObject }).error;
      throw new Raised({ ...error, instance: at }, true);
    }
    if ('call' in task) {
      const { elapsed, fails, value } = this.#answers(this.calls);
      this.calls += 1;
      const { timeout } = task['with'] as { readonly timeout?: Json };
      const answered = this.#limited(timeout === undefined ? undefined : { after: timeout }, at, () => {
        this.#pass(elapsed);
        if (fails) throw failure('runtime', at);
        return { structuredContent: value };
      });
      return { data: answered };
    }
    if ('switch' in task) return this.#switch(task['switch'] as readonly Members[], at, input);
    if ('for' in task) return { data: this.#for(task, at, input, restore) };
    if ('do' in task) return { data: this.#list(task['do'] as readonly Members[], `${at}/do`, input) };
    if ('fork' in task) return { data: this.#fork(task['fork'] as Members, `${at}/fork/branches`, input) };
    return this.#try(task, at, input, restore);
  }

  #switch(cases: readonly Members[], at: string, input: Json): { readonly data: Json; readonly then?: Json } {
    const arms = cases.map((one) => Object.values(one)[0] as Members);
    const taken =
      arms.find((arm) => arm['when'] !== undefined && truthy(this.#expression(arm['when'], input, at))) ??
      arms.find((arm) => arm['when'] === undefined);
    return taken === undefined ? { data: input } : { data: input, then: taken['then'] as Json };
  }

  #for(task: Members, at: string, input: Json, restore: () => void): Json {
    const items = this.#expression((task['for'] as Members)['in'] as Json, input, at);
    if (!isArray(items)) throw failure('expression', at);
    const before = new Map(this.#variables);
    let data = input;
    for (const [i, item] of items.entries()) {
      this.#variables.set('item', item);
      this.#variables.set('index', i);
      restore();
      if (task['while'] !== undefined && !truthy(this.#expression(task['while'], data, at))) break;
      data = this.#list(task['do'] as readonly Members[], `${at}/do`, data);
    }
    for (const name of ['item', 'index']) {
      const old = before.get(name);
      if (old === undefined) this.#variables.delete(name);
      else this.#variables.set(name, old);
    }
    return data;
  }

  #fork(fork: Members, at: string, input: Json): Json {
    const competes = fork['compete'] === true;
    const begun = this.#now;
    const before = this.#context;
    const ended: {
      readonly data?: Json;
      readonly context: Json;
      readonly time: number;
      readonly thrown?: Raised | Interrupted;
    }[] = [];
    (fork['branches'] as readonly Members[]).forEach((branch, i) => {
      this.#now = begun;
      this.#context = before;
      try {
        if (competes) this.#guards += 1;
        // A branch is a list of its own.
        const data = this.#list([branch], at, input, i);
        ended.push({ data, context: this.#context, time: this.#now });
      } catch (thrown) {
        const isSeen = (thrown instanceof Raised && thrown.explicit) || this.#guards > 0;
        if (!(thrown instanceof Raised || thrown instanceof Interrupted) || !isSeen) throw thrown;
        ended.push({ context: this.#context, time: this.#now, thrown });
      } finally {
        if (competes) this.#guards -= 1;
      }
    });
    this.#context = before;
    this.#now = Math.max(begun, ...ended.map(({ time }) => time));
    const finished = ended.filter(({ thrown }) => thrown === undefined);
    const failed = ended.find(({ thrown }) => thrown !== undefined)?.thrown;
    if (failed !== undefined && (!competes || finished.length === 0)) throw failed;
    if (competes) {
      const winner = finished[0];
      this.#now = winner?.time ?? begun;
      this.#context = winner?.context ?? before;
      return winner?.data ?? null;
    }
    this.#context = Object.assign({}, before, ...ended.map(({ context }) => changes(before, context))) as Json;
    return finished.map(({ data }) => data ?? null);
  }

  #try(task: Members, at: string, input: Json, restore: () => void): { readonly data: Json; readonly then?: Json } {
    const handler = task['catch'] as Members;
    const begun = this.#now;
    const depth = this.#limits.length;
    for (let count = 1; ; count += 1) {
      let thrown: Raised;
      this.#guards += 1;
      try {
        return { data: this.#list(task['try'] as readonly Members[], `${at}/try`, input) };
      } catch (caught) {
        if (!(caught instanceof Raised)) throw caught;
        thrown = caught;
      } finally {
        this.#guards -= 1;
        this.#limits.length = depth;
      }
      restore();
      const outer = this.#variables.get('error');
      this.#variables.set('error', thrown.error);
      const leave = (): void => {
        if (outer === undefined) this.#variables.delete('error');
        else this.#variables.set('error', outer);
      };
      if (!this.#catches(handler, thrown, input, at)) {
        leave();
        throw thrown;
      }
      const retry = handler['retry'] as Members | undefined;
      if (retry !== undefined) {
        const most = ((retry['limit'] as Members)['attempt'] as { readonly count: number }).count;
        const total = milliseconds((retry['limit'] as Members)['duration']) ?? Infinity;
        const delay = delayOf(retry, count);
        if (count < most && this.#now + delay - begun <= total) {
          this.#pass(delay);
          continue;
        }
        if (handler['do'] === undefined) {
          leave();
          throw thrown;
        }
      }
      const data =
        handler['do'] === undefined ? input : this.#list(handler['do'] as readonly Members[], `${at}/catch/do`, input);
      leave();
      return handler['then'] === undefined ? { data } : { data, then: handler['then'] };
    }
  }

  #catches(handler: Members, { error }: Raised, input: Json, at: string): boolean {
    const filter = (handler['errors'] as { readonly with: JsonObject } | undefined)?.with ?? {};
    if (Object.entries(filter).some(([key, value]) => error[key] !== value)) return false;
    if (handler['when'] !== undefined && !truthy(this.#expression(handler['when'], input, at))) return false;
    return handler['exceptWhen'] === undefined || !truthy(this.#expression(handler['exceptWhen'], input, at));
  }

  #limited(timeout: Json | undefined, at: string, work: () => Json): Json {
    const after = milliseconds((timeout as Members | undefined)?.['after']);
    if (after === undefined) return work();
    const depth = this.#limits.length;
    const limit = { at: this.#now + after };
    this.#limits.push(limit);
    try {
      return work();
    } catch (thrown) {
      if (thrown instanceof Interrupted && thrown.limit === limit) throw failure('timeout', at);
      throw thrown;
    } finally {
      this.#limits.length = depth;
    }
  }

  /** Time passes up to the first limit on the way; of several at one moment the outermost. */
  #pass(time: number): void {
    const end = this.#now + time;
    const [first] = this.#limits.filter(({ at }) => at < end).toSorted((a, b) => a.at - b.at);
    this.#now = first === undefined ? end : Math.max(this.#now, first.at);
    if (first !== undefined) throw new Interrupted(first);
  }

  #transform(side: Json | undefined, key: 'from' | 'as', data: Json, at: string): Json {
    const template = (side as Members | undefined)?.[key];
    if (template === undefined) return data;
    return typeof template === 'string' ? this.#expression(template, data, at) : this.#template(template, data, at);
  }

  #template(template: Json, data: Json, at: string): Json {
    if (typeof template === 'string')
      return template.startsWith('${') ? this.#expression(template, data, at) : template;
    if (isArray(template)) return template.map((item) => this.#template(item, data, at));
    if (!isObject(template)) return template;
    return Object.fromEntries(Object.entries(template).map(([key, item]) => [key, this.#template(item, data, at)]));
  }

  #expression(text: Json, data: Json, at: string): Json {
    if (typeof text !== 'string') throw new Error(`no expression: ${JSON.stringify(text)}`);
    const source = text.replace(/^\$\{(.*)\}$/su, '$1');
    const parsed = parseExpression(source);
    if (!parsed.ok) throw new Error(`${source}: ${JSON.stringify(parsed.error)}`);
    const variables = new Map(
      [...this.#variables, ['context', this.#context] as const].map(([name, value]) => [name, lift(value, BOTTOM)]),
    );
    try {
      return lower(evaluate(parsed.value, concreteEnvironment(lift(data, BOTTOM), 1e6, variables)));
    } catch (thrown) {
      if (thrown instanceof ExpressionError) throw failure('expression', at);
      throw thrown;
    }
  }
}

function truthy(value: Json): boolean {
  return value !== null && value !== false;
}

function milliseconds(duration: Json | undefined): number | undefined {
  return (duration as { readonly milliseconds: number } | undefined)?.milliseconds;
}

function delayOf(retry: Members, count: number): number {
  const delay = milliseconds(retry['delay']) ?? 0;
  const backoff = (retry['backoff'] ?? {}) as Members;
  if ('linear' in backoff) return delay * count;
  return 'exponential' in backoff ? delay * 2 ** (count - 1) : delay;
}

/** The members of a branch's context that differ from what it began with. */
function changes(before: Json, after: Json): JsonObject {
  const old = before as JsonObject;
  return Object.fromEntries(
    Object.entries(after as JsonObject).filter(([key, value]) => JSON.stringify(old[key]) !== JSON.stringify(value)),
  );
}
