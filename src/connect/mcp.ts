import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';
import manifest from '../../package.json' with { type: 'json' };
import type { Json, JsonObject } from '../kernel/json.ts';
import { isArray, isObject, member } from '../kernel/json.ts';
import { isToolName } from '../store/words.ts';
import { ChildTransport } from './child.ts';
import { ConnectError } from './error.ts';
import { HttpTransport } from './http.ts';
import { LIMITS } from './limits.ts';
import type { InstalledPackage } from './npm.ts';
import type { Endpoint } from './transport.ts';

/** A running MCP server. Every method throws {@link ConnectError} and nothing else for what the other side does. */
export interface McpServer {
  /** Every tool of `tools/list`, all pages, as the server spelt it; sorted by name, each name once. */
  readonly tools: () => Promise<readonly JsonObject[]>;
  /** The JSON-RPC result of `tools/call`, cut down to `content`, `structuredContent` and `isError`; not validated. */
  readonly call: (tool: string, args: JsonObject, timeout: number) => Promise<JsonObject>;
  /** Ends the connection, and the process with it. Resolves when it is gone; calling it again is harmless. */
  readonly close: () => Promise<void>;
}

/** A server to start or to reach. */
export type Target =
  | {
      readonly kind: 'stdio';
      readonly package: InstalledPackage;
      readonly arguments: readonly string[];
      readonly environment: ReadonlyMap<string, string>;
      readonly cwd: string;
    }
  | Extract<Endpoint, { kind: 'http' }>;

/** Milliseconds. */
export interface Timeouts {
  readonly start: number;
  readonly list: number;
  readonly grace: number;
}

export const TIMEOUTS: Timeouts = { start: 20_000, list: 20_000, grace: 1_000 };

/** Variables that a program needs to find others and itself; nothing of them is secret. */
const HARMLESS = ['PATH', 'SystemRoot', 'SYSTEMROOT'] as const;

/** The environment of a server: what its contract sets and where programs are, nothing else of ours. */
export function serverEnvironment(
  ours: Readonly<Record<string, string | undefined>>,
  declared: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const inherited = HARMLESS.flatMap((name) => (ours[name] === undefined ? [] : [[name, ours[name]] as const]));
  return new Map([...inherited, ...declared]);
}

type Connection = Transport & { readonly fault: ConnectError | undefined };

// Results stay as the server spelt them: a schema that copies would lose members before anyone could judge them.
const anyResult = z.custom<JsonObject>((value) => typeof value === 'object' && value !== null && !Array.isArray(value));

/** Starts or reaches a server and shakes hands (Model Context Protocol, "Lifecycle"). */
export async function connect(target: Target, timeouts: Timeouts = TIMEOUTS): Promise<McpServer> {
  const { Client } = await import('@modelcontextprotocol/sdk/client/index.js');
  const connection = await open(target, timeouts);
  // We offer a server nothing: no sampling, no roots, no elicitation.
  const client = new Client({ name: 'proofmark', version: manifest.version }, { capabilities: {} });
  try {
    await client.connect(connection, { timeout: timeouts.start });
  } catch (error) {
    await connection.close();
    throw explain(error, connection, 'the server did not complete the handshake');
  }
  return {
    tools: async () => listTools(client, connection, timeouts.list),
    call: async (tool, args, timeout) => {
      const params = { name: tool, arguments: { ...args } };
      const result = await request(client, connection, 'tools/call', params, timeout);
      return Object.fromEntries(
        ['content', 'structuredContent', 'isError'].flatMap((key) => {
          const found = member(result, key);
          return found === undefined ? [] : [[key, found]];
        }),
      );
    },
    close: async () => {
      await client.close();
      await connection.close();
    },
  };
}

async function open(target: Target, timeouts: Timeouts): Promise<Connection> {
  if (target.kind === 'http') return HttpTransport.create(target.url, target.headers);
  const { JSONRPCMessageSchema } = await import('@modelcontextprotocol/sdk/types.js');
  return new ChildTransport(
    {
      script: target.package.bin,
      arguments: target.arguments,
      environment: target.environment,
      cwd: target.cwd,
      grace: timeouts.grace,
    },
    (value): value is JSONRPCMessage => JSONRPCMessageSchema.safeParse(value).success,
  );
}

async function listTools(client: Client, connection: Connection, timeout: number): Promise<readonly JsonObject[]> {
  const tools = new Map<string, JsonObject>();
  let cursor: Json | undefined;
  for (let page = 0; page < LIMITS.pages; page += 1) {
    const params = typeof cursor === 'string' ? { cursor } : {};
    const result = await request(client, connection, 'tools/list', params, timeout);
    const listed = member(result, 'tools');
    if (!isArray(listed)) throw new ConnectError('server-protocol', 'tools/list gave no list of tools');
    for (const tool of listed) {
      const name = isObject(tool) ? member(tool, 'name') : undefined;
      if (!isObject(tool) || typeof name !== 'string')
        throw new ConnectError('server-protocol', 'tools/list gave a tool without a name');
      if (!isToolName(name))
        throw new ConnectError('server-protocol', 'tools/list gave a tool whose name no contract may hold', {
          said: name,
        });
      const output = member(tool, 'outputSchema');
      if (!isObject(member(tool, 'inputSchema')) || !(output === undefined || isObject(output)))
        throw new ConnectError('server-protocol', 'tools/list gave a tool whose schemas are none', { said: name });
      if (tools.has(name))
        throw new ConnectError('server-protocol', 'tools/list gave two tools of one name', { said: name });
      tools.set(name, tool);
      if (tools.size > LIMITS.tools)
        throw new ConnectError('too-large', `tools/list gave more than ${LIMITS.tools} tools`);
    }
    cursor = member(result, 'nextCursor');
    if (cursor === undefined || cursor === null) {
      return [...tools].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, tool]) => tool);
    }
    if (typeof cursor !== 'string')
      throw new ConnectError('server-protocol', 'tools/list gave a cursor that is no text');
  }
  throw new ConnectError('too-large', `tools/list goes on after ${LIMITS.pages} pages`);
}

async function request(
  client: Client,
  connection: Connection,
  method: string,
  params: Record<string, unknown>,
  timeout: number,
): Promise<JsonObject> {
  try {
    // Both transports check the bounds of every message before the client sees it.
    return await client.request({ method, params }, anyResult, { timeout, maxTotalTimeout: timeout });
  } catch (error) {
    throw explain(error, connection, `${method} failed`);
  }
}

/** JSON-RPC error codes of the SDK's own making. */
const CONNECTION_CLOSED = -32_000;
const REQUEST_TIMEOUT = -32_001;

/** What the SDK or a transport threw, in our words. */
function explain(error: unknown, connection: Connection, what: string): ConnectError {
  if (connection.fault !== undefined) return connection.fault;
  if (error instanceof ConnectError) return error;
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  const said = error instanceof Error ? error.message : String(error);
  if (code === REQUEST_TIMEOUT) return new ConnectError('timeout', `${what}: no answer in time`, { cause: error });
  if (code === 401)
    return new ConnectError('unauthenticated', `${what}: the server asks who we are`, { said, cause: error });
  if (code === 403)
    return new ConnectError('unauthorized', `${what}: the server does not allow it`, { said, cause: error });
  if (code === CONNECTION_CLOSED) {
    const stderr = connection instanceof ChildTransport ? connection.stderr : '';
    return new ConnectError('server-closed', `${what}: the server ended`, { said: stderr.slice(-500), cause: error });
  }
  if (typeof code === 'number' && code < 0) return new ConnectError('server-refused', what, { said, cause: error });
  return new ConnectError('server-closed', `${what}: the server could not be reached`, { said, cause: error });
}
