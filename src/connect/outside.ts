import { setTimeout as pause } from 'node:timers/promises';
import { listDigest } from './contract.ts';
import { ConnectError } from './error.ts';
import type { McpServer } from './mcp.ts';
import { askModel, type ModelSettings } from './model.ts';
import { openServer, type Surroundings } from './server.ts';
import { askPerson, type Person } from './terminal.ts';
import { isObject } from '../kernel/json.ts';
import { assert } from '../kernel/result.ts';
import type { FailureName } from '../machine/effect.ts';
import type { Style } from '../report/style.ts';
import type { Outside } from '../simulate/execute.ts';
import type { ScriptedReply, Server, Tool, ToolId } from '../store/model.ts';
import { lower } from '../value/concrete.ts';

/** Milliseconds after a time limit of the workflow, whose error is its own, that a call is cancelled. */
const CANCELLED_AFTER = 1_000;

/** What a run needs of the world. */
export interface OutsideOptions {
  /** The servers that the run may call, by name. */
  readonly servers: ReadonlyMap<string, Server>;
  readonly bindings: ReadonlyMap<string, string>;
  readonly where: Surroundings;
  /** Absent: a run that asks a model fails. */
  readonly model: ModelSettings | undefined;
  readonly person: Person;
  /** The identity that approves; absent: the person is asked. */
  readonly as: string | undefined;
  readonly style: Style;
  /** Milliseconds for one call of a tool. */
  readonly callTimeout: number;
}

export interface RealOutside extends Outside {
  /** Ends every server. */
  close(): Promise<void>;
}

/**
 * Starts every server of a run and hands out the world. Before anything happens each captured server must be the package of
 * its contract, and whatever was captured must list the very tools that it listed then; else this throws {@link ConnectError} and nothing is left running.
 */
export async function openOutside(options: OutsideOptions): Promise<RealOutside> {
  const running = new Map<string, McpServer>();
  const close = async (): Promise<void> => {
    await Promise.all([...running.values()].map((server) => server.close()));
  };
  try {
    for (const [name, contract] of options.servers) {
      const server = await openServer(contract, options.bindings, options.where);
      running.set(name, server);
      await checkList(contract, server);
    }
  } catch (error) {
    await close();
    throw error;
  }
  return {
    call: async ({ tool, arguments: given, within = Infinity }) => {
      const { contract, name } = toolOf(options.servers, tool);
      const server = running.get(contract.server);
      assert(server !== undefined, 'the gate lets only tools of known servers be called');
      const args = lower(given);
      assert(isObject(args), 'arguments are an object');
      const timeout = Math.min(options.callTimeout, within + CANCELLED_AFTER);
      return failing(async () => ({ kind: 'result', result: await server.call(name, args, timeout) }));
    },
    infer: async ({ instructions, data, schema }) => {
      const { model } = options;
      if (model === undefined) {
        throw new ConnectError('bad-transport', 'the workflow asks a model and none is given', {
          remedy: 'set PROOFMARK_MODEL_URL and PROOFMARK_MODEL',
        });
      }
      return failing(async () => ({
        kind: 'value',
        value: await askModel(model, { instructions, data: lower(data), schema }),
      }));
    },
    approve: async (effect) => {
      const { described } = toolOf(options.servers, effect.tool);
      return askPerson(options.person, effect, described, options.as, options.style);
    },
    wait: async (milliseconds, until) => {
      await pause(milliseconds, undefined, { signal: until }).catch((error: unknown) => {
        if (until?.aborted !== true) throw error;
      });
    },
    now: () => performance.now(),
    close,
  };
}

/** A server that tells others about its tools than it told the maintainers is not the one they judged. */
async function checkList(contract: Server, server: McpServer): Promise<void> {
  if (contract.origin.kind === 'written') return;
  if (listDigest(await server.tools()) === contract.origin.list) return;
  throw new ConnectError('package-mismatch', `the tools of ${contract.server} are not those that were captured`, {
    remedy: `see what changed: proofmark tools capture ${contract.server} --check`,
  });
}

function toolOf(
  servers: ReadonlyMap<string, Server>,
  id: ToolId,
): { readonly contract: Server; readonly name: string; readonly described: Tool } {
  const slash = id.indexOf('/');
  const name = id.slice(slash + 1);
  const contract = servers.get(id.slice(0, slash));
  const described = contract?.tools.get(name);
  assert(contract !== undefined && described !== undefined, 'the gate lets only known tools be asked about');
  return { contract, name, described };
}

async function failing(work: () => Promise<ScriptedReply>): Promise<ScriptedReply> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ConnectError)) throw error;
    return {
      kind: 'error',
      error: failureOf(error),
      detail: error.said === undefined || error.said === '' ? error.message : error.said,
    };
  }
}

/** How a failure of the outside looks to a workflow (FORMATS, "tools/<server>.yaml": what every tool can fail with). */
function failureOf({ code }: ConnectError): FailureName {
  switch (code) {
    case 'timeout':
      return 'timeout';
    case 'unauthenticated':
      return 'authentication';
    case 'unauthorized':
      return 'authorization';
    case 'hostile-reply':
    case 'too-large':
    case 'server-protocol':
      return 'validation';
    case 'server-closed':
    case 'server-start':
      return 'communication';
    case 'server-refused':
    case 'bad-transport':
    case 'missing-binding':
    case 'package-not-found':
    case 'package-mismatch':
    case 'git':
    case 'signing-key':
    case 'identity-token':
    case 'sigstore':
    case 'solver':
    case 'solvers-disagree':
      return 'runtime';
  }
}
