import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import { ConnectError } from './error.ts';
import { checkBounds, LIMITS } from './limits.ts';

/**
 * An MCP server over streamable HTTP (Model Context Protocol 2025-06-18, "Streamable HTTP"): the SDK's transport with every
 * response body and every message bounded. Redirects are followed only within the endpoint's origin.
 */
export class HttpTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;

  /** Why the connection ended, when the server broke a bound. */
  fault: ConnectError | undefined;

  #inner: Transport | undefined;

  static async create(url: URL, headers: ReadonlyMap<string, string>): Promise<HttpTransport> {
    const { StreamableHTTPClientTransport } = await import('@modelcontextprotocol/sdk/client/streamableHttp.js');
    const outer = new HttpTransport();
    outer.#inner = new StreamableHTTPClientTransport(url, {
      requestInit: { headers: Object.fromEntries(headers) },
      fetch: async (input, init) => outer.#bound(await fetch(input, init)),
      reconnectionOptions: {
        initialReconnectionDelay: 500,
        maxReconnectionDelay: 500,
        reconnectionDelayGrowFactor: 1,
        maxRetries: 1,
      },
    });
    return outer;
  }

  async start(): Promise<void> {
    const inner = this.#transport();
    inner.onclose = () => this.onclose?.();
    inner.onerror = (error) => this.onerror?.(error);
    inner.onmessage = (message: JSONRPCMessage) => {
      try {
        checkBounds(message);
      } catch (error) {
        this.#break(
          error instanceof ConnectError
            ? error
            : new ConnectError('server-protocol', 'a reply could not be read', { cause: error }),
        );
        return;
      }
      this.onmessage?.(message);
    };
    await inner.start();
  }

  async send(message: JSONRPCMessage): Promise<void> {
    await this.#transport().send(message);
  }

  async close(): Promise<void> {
    await this.#transport().close();
  }

  get sessionId(): string | undefined {
    return this.#inner?.sessionId;
  }

  setProtocolVersion(version: string): void {
    this.#inner?.setProtocolVersion?.(version);
  }

  #transport(): Transport {
    if (this.#inner === undefined) throw new ConnectError('server-closed', 'the connection was never opened');
    return this.#inner;
  }

  #break(fault: ConnectError): void {
    this.fault ??= fault;
    // Closing rejects what waits for an answer; without it a cut stream would be waited for until its time-out.
    void this.close();
  }

  #bound(response: Response): Response {
    if (response.body === null) return response;
    let bytes = 0;
    const counted = response.body.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        transform: (chunk, controller) => {
          bytes += chunk.byteLength;
          if (bytes <= LIMITS.messageBytes) {
            controller.enqueue(chunk);
            return;
          }
          const fault = new ConnectError('too-large', `the server sent more than ${LIMITS.messageBytes} bytes`);
          controller.error(fault);
          this.#break(fault);
        },
      }),
    );
    return new Response(counted, {
      status: response.status,
      statusText: response.statusText,
      headers: response.headers,
    });
  }
}
