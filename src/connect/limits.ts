import type { Json } from '../kernel/json.ts';
import { ConnectError } from './error.ts';

/** Bounds on what another side may send us; counts and bytes, never seconds. */
export const LIMITS = {
  /** One JSON-RPC message, or one HTTP body. */
  messageBytes: 8 * 1024 * 1024,
  /** Everything a server sends between two answers of ours to it. */
  burstBytes: 32 * 1024 * 1024,
  depth: 64,
  nodes: 200_000,
  tools: 1_000,
  pages: 100,
  stderrBytes: 16 * 1024,
} as const;

/**
 * Checks that a parsed reply can be walked by everything behind this layer: bounded depth and size, and no member
 * `__proto__`, which libraries that copy objects would take for the prototype. Throws {@link ConnectError}.
 */
export function checkBounds(value: unknown): asserts value is Json {
  let nodes = 0;
  // A stack of our own: recursion would let the depth of a reply choose ours.
  const stack: { readonly value: unknown; readonly depth: number }[] = [{ value, depth: 0 }];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    nodes += 1;
    if (nodes > LIMITS.nodes) throw new ConnectError('hostile-reply', `a reply has more than ${LIMITS.nodes} values`);
    if (next.depth > LIMITS.depth) {
      throw new ConnectError('hostile-reply', `a reply is nested deeper than ${LIMITS.depth} levels`);
    }
    if (typeof next.value !== 'object' || next.value === null) continue;
    if (Object.hasOwn(next.value, '__proto__')) {
      throw new ConnectError('hostile-reply', 'a reply has a member named __proto__');
    }
    for (const inner of Object.values(next.value)) stack.push({ value: inner, depth: next.depth + 1 });
  }
}

/** Strict JSON within bounds, or a {@link ConnectError}. */
export function parseReply(text: string): Json {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new ConnectError('server-protocol', 'a reply is not JSON', { said: text });
  }
  checkBounds(parsed);
  return parsed;
}
