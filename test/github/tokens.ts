import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Where a runner gives identity tokens to a job. */
export interface TokenService {
  readonly env: Readonly<Record<string, string>>;
  /** Bearer and query of each request. */
  readonly asked: string[];
  status: number;
  body: string;
  close(): Promise<void>;
}

export async function startTokens(token: string): Promise<TokenService> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.headers.authorization?.replace('Bearer ', '')}${request.url?.replace('/', '')}`);
    response.writeHead(service.status, { 'content-type': 'application/json' }).end(service.body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const service: TokenService = {
    env: { ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${port}/`, ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'bearer' },
    asked,
    status: 200,
    body: JSON.stringify({ value: token }),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return service;
}
