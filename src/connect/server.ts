import type { JsonObject } from '../kernel/json.ts';
import { ConnectError } from './error.ts';
import { connect, type McpServer, serverEnvironment } from './mcp.ts';
import { checkPin, findPackage, type InstalledPackage } from './npm.ts';
import { type Endpoint, resolveTransport } from './transport.ts';

/** Where we are: what deciding which program runs, and in which surroundings, depends on. */
export interface Surroundings {
  /** Folders at or above which node_modules may stand, in order. */
  readonly from: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** What a tool contract says of its server, as far as starting it goes. */
export interface ServerContract {
  readonly server: string;
  readonly transport: JsonObject;
  readonly origin:
    | { readonly kind: 'written' }
    | {
        readonly kind: 'captured';
        readonly package: string;
        readonly version: string;
        readonly integrity: string;
        readonly lock: string;
      }
    | { readonly kind: 'listed' };
}

/** The package of a stdio endpoint, as it is installed. */
export function packageOf(endpoint: Extract<Endpoint, { kind: 'stdio' }>, where: Surroundings): InstalledPackage {
  return findPackage(endpoint.package, where.from);
}

/** Starts or reaches what a resolved endpoint names. Throws {@link ConnectError}. */
export async function openEndpoint(
  endpoint: Endpoint,
  found: InstalledPackage | undefined,
  where: Surroundings,
): Promise<McpServer> {
  if (endpoint.kind === 'http') return connect(endpoint);
  return connect({
    kind: 'stdio',
    package: found ?? packageOf(endpoint, where),
    arguments: endpoint.arguments,
    environment: serverEnvironment(where.env, endpoint.environment),
    cwd: where.cwd,
  });
}

/**
 * Starts the server of a tool contract for a run: a package only where it is the very one that was captured. Throws
 * {@link ConnectError}.
 */
export async function openServer(
  contract: ServerContract,
  bindings: ReadonlyMap<string, string>,
  where: Surroundings,
): Promise<McpServer> {
  const endpoint = resolveTransport(contract.transport, bindings);
  if (endpoint.kind === 'http') return openEndpoint(endpoint, undefined, where);
  const { origin } = contract;
  if (
    origin.kind !== 'captured' ||
    origin.package !== endpoint.package.name ||
    origin.version !== endpoint.package.version
  ) {
    throw new ConnectError(
      'package-mismatch',
      `the tool contract of ${contract.server} pins no integrity for the package that it starts`,
      {
        remedy: `capture it: proofmark tools capture ${contract.server}`,
      },
    );
  }
  const found = packageOf(endpoint, where);
  checkPin(found, origin);
  return openEndpoint(endpoint, found, where);
}
