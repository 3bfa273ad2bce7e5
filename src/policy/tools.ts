import type { Law, Server, Tool } from '../store/model.ts';

/** Lookups and derived facts of tool contracts. */

export function toolIn(law: Law, id: string): { readonly tool: Tool; readonly server: Server } | undefined {
  const slash = id.indexOf('/');
  const server = law.servers.get(id.slice(0, slash));
  const tool = server?.tools.get(id.slice(slash + 1));
  return server === undefined || tool === undefined ? undefined : { tool, server };
}

/** Something crosses the trust boundary in a call of it. */
export function isOutgoing(tool: Tool): boolean {
  return tool.leaves.size > 0;
}

/**
 * What a server remembers between calls. Without a `memory` in its contract it is taken to remember what its reading tools
 * hand out: then its memory is as trusted as the most trusted of them claims, and holds the tags that all of them return.
 * `undefined`: nothing that is written can be read back.
 */
export function memoryOf(
  server: Server,
): { readonly trusted: boolean; readonly secrecy: readonly string[] } | undefined {
  if (server.memory !== undefined) return server.memory;
  const readers = [...server.tools.values()].filter(({ effect }) => effect === 'read');
  const [first, ...others] = readers;
  if (first === undefined) return undefined;
  return {
    trusted: readers.some(({ returns }) => returns.trust),
    secrecy: first.returns.secrecy.filter((tag) => others.every(({ returns }) => returns.secrecy.includes(tag))),
  };
}

/** The action groups of a tool: every call, its effect, its class, and `outgoing`. */
export function groupsOf(tool: Tool): readonly string[] {
  return ['call', tool.effect, tool.class, ...(isOutgoing(tool) ? ['outgoing'] : [])];
}
