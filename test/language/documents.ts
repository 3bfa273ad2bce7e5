import type { Json } from '../../src/kernel/json.ts';
import type { Draw } from '../expression/programs.ts';
import { type Members, standard } from './harness.ts';

/** An error of the documents' own. */
const ODD = 'https://x.example/errors/e';

/**
 * Documents that say what happened: every task adds a line to the list that flows from task to task, with the virtual time at
 * which it began, and some export how long the list was. Conditions look at the length of the list and at the context.
 */
export function drawDocument(draw: Draw, depth: number): Members {
  const documents = new Documents(draw);
  return {
    ...(draw(8) === 0 ? { timeout: { after: { milliseconds: 5 + draw(40) } } } : {}),
    ...(draw(4) === 0 ? { output: { as: '{ data: ., context: $context }' } } : {}),
    do: documents.list(depth),
  };
}

class Documents {
  readonly #draw: Draw;
  #names = 0;

  constructor(draw: Draw) {
    this.#draw = draw;
  }

  #oneOf<T>(...items: readonly T[]): T {
    return items[this.#draw(items.length)] as T;
  }

  #maybe(share: number, members: () => Members): Members {
    return this.#draw(share) === 0 ? members() : {};
  }

  list(depth: number): readonly Members[] {
    const names = Array.from({ length: 1 + this.#draw(4) }, () => `t${(this.#names += 1)}`);
    return names.map((name, i) => ({ [name]: this.#task(name, depth, names.slice(i + 1)) }));
  }

  /** `later`: names of the list to which a jump leads forward. */
  #task(name: string, depth: number, later: readonly string[]): Members {
    const body = this.#body(name, depth, later);
    // A jump alone would leave what is behind it without a way there.
    const jumps = this.#maybe(5, () => ({ if: this.#condition(), then: this.#then(later) }));
    return {
      ...body,
      ...this.#maybe(6, () => ({ if: this.#condition() })),
      ...('switch' in body || 'raise' in body ? {} : jumps),
      ...this.#maybe(8, () => ({ input: { from: '. + ["from"]' } })),
      ...this.#maybe(8, () => ({ output: { as: this.#oneOf('. + ["as"]', 'if length > 6 then .[3:] else . end') } })),
      ...this.#maybe(5, () => ({ export: { as: `$context + { ${name}: length }` } })),
      ...this.#maybe(7, () => ({ timeout: { after: { milliseconds: 1 + this.#draw(6) } } })),
    };
  }

  #then(later: readonly string[]): string {
    return this.#oneOf('continue', 'exit', 'exit', 'end', ...later, ...later);
  }

  #condition(): string {
    return this.#oneOf(
      'true',
      'false',
      'length > 3',
      'length % 2 == 0',
      '($context | length) > 1',
      '$task.startedAt.epoch.milliseconds > 6',
      'any(. == "from")',
    );
  }

  #body(name: string, depth: number, later: readonly string[]): Members {
    const log = { set: `\${ . + ["${name} \\($task.startedAt.epoch.milliseconds)"] }` };
    const next = depth - 1;
    const leaf = this.#draw(12);
    if (depth === 0 || leaf < 5) {
      switch (leaf % 7) {
        case 0:
          return { wait: { milliseconds: this.#draw(9) } };
        case 1:
          return {
            ...this.#call(),
            output: { as: `$input + [.structuredContent]` },
          };
        case 2:
          return this.#draw(2) === 0
            ? { set: '${ .[0].x + . }' }
            : { raise: { error: { type: ODD, status: this.#oneOf(400, 500), title: 'E' } } };
        default:
          return log;
      }
    }
    switch (this.#draw(6)) {
      case 0:
        return { do: this.list(next) };
      case 1:
        return {
          for: { in: this.#oneOf('[1, 2]', '[range(3)]', '.[0:2]', '[]') },
          ...this.#maybe(3, () => ({ while: this.#oneOf('$index < 1', 'length < 8', '$item != 2', '$input != []') })),
          do: this.list(next),
        };
      case 2: {
        const arms: Members[] = Array.from({ length: 1 + this.#draw(2) }, (_, i) => ({
          [`c${i}`]: { when: this.#condition(), then: this.#then(later) },
        }));
        if (this.#draw(2) === 0)
          arms.splice(this.#draw(arms.length + 1), 0, { otherwise: { then: this.#then(later) } });
        return { switch: arms };
      }
      case 3: {
        const branches = Array.from({ length: 1 + this.#draw(3) }, () => {
          const branch = `t${(this.#names += 1)}`;
          return { [branch]: this.#task(branch, next, []) };
        });
        return this.#draw(3) === 0
          ? { fork: { branches, compete: true } }
          : { fork: { branches }, output: { as: '[.[][]]' } };
      }
      default:
        return { try: [...this.#slow(), ...this.list(next)], catch: this.#catch(next, later) };
    }
  }

  /** A task that may time out, at times. */
  #slow(): readonly Members[] {
    const name = `t${(this.#names += 1)}`;
    const wait = { wait: { milliseconds: 1 + this.#draw(4) }, timeout: { after: { milliseconds: 2 } } };
    return this.#draw(4) === 0 ? [{ [name]: wait }] : [];
  }

  #catch(depth: number, later: readonly string[]): Members {
    const caught = `t${(this.#names += 1)}`;
    const backoff = this.#oneOf<Json>({ constant: {} }, { linear: {} }, { exponential: {} });
    return {
      ...this.#maybe(3, () => ({ errors: { with: this.#filter() } })),
      ...this.#maybe(4, () => ({ when: this.#oneOf('$error.status >= 400', 'length > 2', '$error.status == 500') })),
      ...this.#maybe(6, () => ({ exceptWhen: '$error.status == 408' })),
      ...this.#maybe(3, () => ({
        retry: {
          delay: { milliseconds: this.#draw(4) },
          backoff,
          limit: {
            attempt: { count: 1 + this.#draw(3) },
            ...this.#maybe(3, () => ({ duration: { milliseconds: this.#draw(9) } })),
          },
        },
      })),
      ...this.#maybe(2, () => ({
        do: [
          { [caught]: { set: '${ . + ["caught \\($error.status) \\($error.instance)"] }' } },
          ...(depth > 0 ? this.list(depth - 1) : []),
        ],
      })),
      ...this.#maybe(5, () => ({ then: this.#then(later) })),
    };
  }

  #filter(): Members {
    return this.#draw(2) === 0
      ? { status: this.#oneOf(400, 408, 500) }
      : { type: this.#oneOf(standard('runtime'), standard('timeout'), ODD) };
  }

  #call(): Members {
    return {
      call: 'mcp',
      with: {
        method: 'tools/call',
        transport: { http: { endpoint: 'https://s.example/mcp' } },
        parameters: { name: 't', arguments: { length: '${ length }' } },
        ...this.#maybe(4, () => ({ timeout: { milliseconds: 1 + this.#draw(4) } })),
      },
    };
  }
}
