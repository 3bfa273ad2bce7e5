import { type Pointer, tokensOf } from '../kernel/pointer.ts';
import { either, greater, kindOf, plus, type Quantity, valueIn } from '../expression/symbolic.ts';
import { type Symbols, Unexplored } from '../expression/symbols.ts';
import type { Tool, ToolId } from '../store/model.ts';
import { isConcrete, valueAt } from '../value/concrete.ts';
import type { ObjectValue, Value } from '../value/value.ts';
import type { History, Key } from './effect.ts';

/** One thing that the workflow wants of a tool: the calls that share an idempotency key, or one call without a key. */
export interface Intent {
  readonly tool: ToolId;
  readonly key: Key | undefined;
  /** The greatest amount that any call of the intent carried, by `sum` pointer. */
  readonly amounts: ReadonlyMap<Pointer, Quantity>;
}

/**
 * Calls of which only bounds are left, where paths were put together: how many of each tool there may have been, the greatest sums
 * of their amounts, and the tools of which one may have failed.
 */
export interface Earlier {
  readonly calls: ReadonlyMap<ToolId, number>;
  /** Infinite where there is no bound. */
  readonly totals: ReadonlyMap<ToolId, ReadonlyMap<Pointer, number>>;
  readonly failed: ReadonlySet<ToolId>;
}

/** A call that failed: nobody knows whether it happened. */
export interface Failed {
  readonly tool: ToolId;
  readonly arguments: ObjectValue;
}

/** What a run wanted of tools so far. */
export interface Wanted {
  readonly earlier: Earlier;
  readonly known: readonly Intent[];
  readonly failed: readonly Failed[];
}

export const NOTHING_EARLIER: Earlier = { calls: new Map(), totals: new Map(), failed: new Set() };

/** The idempotency key that a call carries. */
export function keyOf(symbols: () => Symbols, tool: Tool, args: ObjectValue): Key | undefined {
  if (tool.key === undefined) return undefined;
  const tokens = tokensOf(tool.key) ?? [];
  const value = isConcrete(args) ? valueAt(args, tokens) : valueIn(symbols, args, tokens);
  if (value === undefined || value.kind === 'null') return undefined;
  if (isConcrete(value) || (value.kind === 'symbol' && !symbols().kinds(value.term).includes('null'))) return value;
  throw new Unexplored('an idempotency key that is not wholly known');
}

/**
 * The intents of a run so far. Counts and sums are upper bounds: two calls under one key but with different amounts count
 * with the greater, and a negative amount takes nothing off.
 */
export class Intents {
  private known: Intent[] = [];
  private earlier = NOTHING_EARLIER;
  /** Calls that the siblings of the current branch of a fork may still make. */
  private readonly pending: ReadonlyMap<ToolId, number>[] = [];
  private readonly most: number;
  private failed: Failed[] = [];
  private readonly symbols: () => Symbols;
  private readonly equal: (a: Value, b: Value) => boolean;

  /** A run makes at most `most` calls. */
  constructor(most: number, symbols: () => Symbols, equal: (a: Value, b: Value) => boolean) {
    this.most = most;
    this.symbols = symbols;
    this.equal = equal;
  }

  /** Everything before a call with this tool and key, that call's own intent left out. */
  before(tool: ToolId, key: Key | undefined): History {
    const calls = new Map([...this.earlier.calls].map(([id, count]) => [id, Math.min(this.most, count)]));
    const totals = new Map(
      [...this.earlier.totals].map(([id, sums]) => [id, new Map<Pointer, Quantity>(this.finite(sums))]),
    );
    for (const intent of this.known) {
      if (intent.tool === tool && this.isSame(intent.key, key)) continue;
      calls.set(intent.tool, (calls.get(intent.tool) ?? 0) + 1);
      if (intent.amounts.size === 0) continue;
      const sums = totals.get(intent.tool) ?? new Map<Pointer, Quantity>();
      for (const [pointer, amount] of intent.amounts)
        sums.set(pointer, plus(this.symbols, sums.get(pointer) ?? 0, amount));
      totals.set(intent.tool, sums);
    }
    for (const bounds of this.pending) {
      for (const [id, bound] of bounds) calls.set(id, Math.min(this.most, (calls.get(id) ?? 0) + bound));
    }
    return { calls, totals };
  }

  add(tool: Tool, key: Key | undefined, args: ObjectValue): void {
    const amounts = new Map<Pointer, Quantity>();
    for (const pointer of tool.sum) {
      amounts.set(pointer, this.sumAt(args, tokensOf(pointer) ?? []));
    }
    const index = this.known.findIndex((intent) => intent.tool === tool.id && this.isSame(intent.key, key));
    const earlier = this.known[index];
    if (earlier === undefined) {
      this.known.push({ tool: tool.id, key, amounts });
      return;
    }
    const merged = new Map(earlier.amounts);
    for (const [pointer, amount] of amounts)
      merged.set(pointer, greater(this.symbols, amount, merged.get(pointer) ?? 0));
    this.known[index] = { ...earlier, amounts: merged };
  }

  fail(tool: ToolId, args: ObjectValue): void {
    this.failed.push({ tool, arguments: args });
  }

  /** Which attempt a call is, as far as equal calls before it failed: a handler or a loop can try again as well as a retry. */
  attempt(tool: ToolId, args: ObjectValue): number {
    const again = this.earlier.failed.has(tool) && either(this.symbols(), 'an equal call failed before') ? 1 : 0;
    return 1 + again + this.failed.filter((call) => call.tool === tool && this.equal(call.arguments, args)).length;
  }

  copy(): Wanted {
    return { earlier: this.earlier, known: [...this.known], failed: [...this.failed] };
  }

  /** Makes it what {@link copy} gave. */
  reset({ earlier, known, failed }: Wanted): void {
    this.earlier = earlier;
    this.known = [...known];
    this.failed = [...failed];
  }

  /** From now on every count includes the calls that a sibling in a fork may still make. */
  expect(bounds: ReadonlyMap<ToolId, number>): void {
    this.pending.push(bounds);
  }

  /** Takes the last `siblings` expectations back. */
  expectLess(siblings: number): void {
    this.pending.length -= siblings;
  }

  private isSame(a: Key | undefined, b: Key | undefined): boolean {
    return a !== undefined && b !== undefined && this.equal(a, b);
  }

  /** Sums, of which those without a bound may be any. */
  private finite(sums: ReadonlyMap<Pointer, number>): readonly (readonly [Pointer, Quantity])[] {
    return [...sums].map(([pointer, sum]) => [
      pointer,
      Number.isFinite(sum) ? sum : this.symbols().fresh('total', { type: 'number', minimum: 0 }),
    ]);
  }

  /** The sum of the positive numbers at a path in which `*` is every item or member. */
  private sumAt(value: Value, tokens: readonly string[]): Quantity {
    const [token, ...rest] = tokens;
    if (token === undefined) {
      if (value.kind === 'symbol')
        return kindOf(this.symbols, value) === 'number' ? greater(this.symbols, value.term, 0) : 0;
      return value.kind === 'number' ? Math.max(0, value.value) : 0;
    }
    if (value.kind === 'list' || (value.kind === 'symbol' && token === '*'))
      throw new Unexplored('a sum over a list that is not known');
    if (token === '*' && (value.kind === 'array' || value.kind === 'object')) {
      const inner = value.kind === 'array' ? value.items : [...value.fields.values()];
      return inner.reduce<Quantity>((sum, item) => plus(this.symbols, sum, this.sumAt(item, rest)), 0);
    }
    const next = value.kind === 'symbol' ? valueIn(this.symbols, value, [token]) : valueAt(value, [token]);
    return next === undefined ? 0 : this.sumAt(next, rest);
  }
}
