import { equalJson, type JsonObject } from '../kernel/json.ts';
import type { Server, ToolId } from '../store/model.ts';

/** The server whose transport is deep-equal: that is what a call belongs to (FORMATS, tools/<server>.yaml). */
export function resolveServer(transport: JsonObject, servers: ReadonlyMap<string, Server>): Server | undefined {
  return [...servers.values()].find((server) => equalJson(server.transport, transport));
}

/** The ids of every tool of every server. */
export function toolIds(servers: ReadonlyMap<string, Server>): readonly ToolId[] {
  return [...servers.values()].flatMap(({ tools }) => [...tools.values()].map(({ id }) => id));
}

/** The tool with this id, where its server has one. */
export function isKnownTool(id: string, servers: ReadonlyMap<string, Server>): id is ToolId {
  const slash = id.indexOf('/');
  return slash > 0 && servers.get(id.slice(0, slash))?.tools.has(id.slice(slash + 1)) === true;
}
