import { canonicalJson } from '../kernel/canonical.ts';
import { type Pointer, tokensOf } from '../kernel/pointer.ts';
import type { Tool, ToolId } from '../store/model.ts';
import { lower, valueAt } from '../value/concrete.ts';
import { equalValues } from '../value/order.ts';
import type { ObjectValue, Value } from '../value/value.ts';
import type { History } from './effect.ts';

/** One thing that the workflow wants of a tool: the calls that share an idempotency key, or one call without a key. */
interface Intent {
  readonly tool: ToolId;
  readonly key: string | undefined;
  /** The greatest amount that any call of the intent carried, by `sum` pointer. */
  readonly amounts: ReadonlyMap<Pointer, number>;
}

/** The idempotency key that a call carries, as text that is equal for equal keys. */
export function keyOf(tool: Tool, args: ObjectValue): string | undefined {
  if (tool.key === undefined) return undefined;
  const value = valueAt(args, tokensOf(tool.key) ?? []);
  return value === undefined || value.kind === 'null' ? undefined : canonicalJson(lower(value));
}

/**
 * The intents of a run so far. Counts and sums are upper bounds: two calls under one key but with different amounts count
 * with the greater, and a negative amount takes nothing off.
 */
export class Intents {
  private readonly known: Intent[] = [];
  /** Calls that the siblings of the current branch of a fork may still make. */
  private readonly pending: ReadonlyMap<ToolId, number>[] = [];
  private readonly most: number;
  /** Calls that failed: nobody knows whether they happened. */
  private readonly failed: { readonly tool: ToolId; readonly arguments: ObjectValue }[] = [];

  /** A run makes at most `most` calls. */
  constructor(most: number) {
    this.most = most;
  }

  /** Everything before a call with this tool and key, that call's own intent left out. */
  before(tool: ToolId, key: string | undefined): History {
    const calls = new Map<ToolId, number>();
    const totals = new Map<ToolId, Map<Pointer, number>>();
    for (const intent of this.known) {
      if (intent.tool === tool && key !== undefined && intent.key === key) continue;
      calls.set(intent.tool, (calls.get(intent.tool) ?? 0) + 1);
      if (intent.amounts.size === 0) continue;
      const sums = totals.get(intent.tool) ?? new Map<Pointer, number>();
      for (const [pointer, amount] of intent.amounts) sums.set(pointer, (sums.get(pointer) ?? 0) + amount);
      totals.set(intent.tool, sums);
    }
    for (const bounds of this.pending) {
      for (const [id, bound] of bounds) calls.set(id, Math.min(this.most, (calls.get(id) ?? 0) + bound));
    }
    return { calls, totals };
  }

  add(tool: Tool, key: string | undefined, args: ObjectValue): void {
    const amounts = new Map<Pointer, number>();
    for (const pointer of tool.sum) {
      amounts.set(pointer, sumAt(args, tokensOf(pointer) ?? []));
    }
    const index =
      key === undefined ? -1 : this.known.findIndex((intent) => intent.tool === tool.id && intent.key === key);
    const earlier = this.known[index];
    if (earlier === undefined) {
      this.known.push({ tool: tool.id, key, amounts });
      return;
    }
    const merged = new Map(earlier.amounts);
    for (const [pointer, amount] of amounts) merged.set(pointer, Math.max(amount, merged.get(pointer) ?? 0));
    this.known[index] = { ...earlier, amounts: merged };
  }

  fail(tool: ToolId, args: ObjectValue): void {
    this.failed.push({ tool, arguments: args });
  }

  /** Which attempt a call is, as far as equal calls before it failed: a handler or a loop can try again as well as a retry. */
  attempt(tool: ToolId, args: ObjectValue): number {
    return 1 + this.failed.filter((call) => call.tool === tool && equalValues(call.arguments, args)).length;
  }

  /** From now on every count includes the calls that a sibling in a fork may still make. */
  expect(bounds: ReadonlyMap<ToolId, number>): void {
    this.pending.push(bounds);
  }

  /** Takes the last `siblings` expectations back. */
  expectLess(siblings: number): void {
    this.pending.length -= siblings;
  }
}

/** The sum of the positive numbers at a path in which `*` is every item or member. */
function sumAt(value: Value, tokens: readonly string[]): number {
  const [token, ...rest] = tokens;
  if (token === undefined) return value.kind === 'number' ? Math.max(0, value.value) : 0;
  if (token === '*' && (value.kind === 'array' || value.kind === 'object')) {
    const inner = value.kind === 'array' ? value.items : [...value.fields.values()];
    return inner.reduce((sum, item) => sum + sumAt(item, rest), 0);
  }
  const next = valueAt(value, [token]);
  return next === undefined ? 0 : sumAt(next, rest);
}
