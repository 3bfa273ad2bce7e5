import { spawn } from 'node:child_process';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import { ConnectError } from './error.ts';
import { LIMITS, parseReply } from './limits.ts';
import { forget, watch } from './running.ts';

export interface ChildOptions {
  /** The script that Node starts: absolute. */
  readonly script: string;
  readonly arguments: readonly string[];
  /** The whole environment of the child: it inherits nothing. */
  readonly environment: ReadonlyMap<string, string>;
  readonly cwd: string;
  /** Milliseconds that a closed server has before it is killed. */
  readonly grace: number;
}

/**
 * An MCP server as a child process that speaks lines of JSON-RPC (Model Context Protocol 2025-06-18, "stdio"). Everything it
 * writes is bounded: one message, the bytes between two of our messages, and what is kept of its error stream.
 */
export class ChildTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;

  /** Why the connection ended, when the server broke a bound or the protocol. */
  fault: ConnectError | undefined;

  readonly #options: ChildOptions;
  readonly #isMessage: (value: unknown) => value is JSONRPCMessage;
  #child: ReturnType<typeof spawn> | undefined;
  #exited: Promise<void> = Promise.resolve();
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #burst = 0;
  #stderr = '';
  #closing = false;

  constructor(options: ChildOptions, isMessage: (value: unknown) => value is JSONRPCMessage) {
    this.#options = options;
    this.#isMessage = isMessage;
  }

  /** The end of what the server wrote to its error stream: hostile text. */
  get stderr(): string {
    return this.#stderr;
  }

  async start(): Promise<void> {
    const { script, arguments: given, environment, cwd } = this.#options;
    const child = spawn(process.execPath, [script, ...given], {
      cwd,
      env: Object.fromEntries(environment),
      shell: false,
      stdio: ['pipe', 'pipe', 'pipe'],
      windowsHide: true,
    });
    this.#child = child;
    const kill = (): void => {
      child.kill('SIGKILL');
    };
    watch(kill);
    this.#exited = new Promise((done) => {
      child.once('close', () => {
        forget(kill);
        done();
        this.onclose?.();
      });
    });
    child.stdout.on('data', (chunk: Buffer) => this.#receive(chunk));
    child.stderr.on('data', (chunk: Buffer) => {
      this.#stderr = (this.#stderr + chunk.toString('latin1')).slice(-LIMITS.stderrBytes);
    });
    // A server that closes its input before we do breaks the pipe; the close event reports it.
    child.stdin.on('error', () => undefined);
    await new Promise<void>((started, failed) => {
      child.once('spawn', started);
      child.once('error', (error) => {
        forget(kill);
        failed(new ConnectError('server-start', 'the server could not be started', { cause: error }));
      });
    });
  }

  async send(message: JSONRPCMessage): Promise<void> {
    const stdin = this.#child?.stdin;
    if (!stdin?.writable) throw new ConnectError('server-closed', 'the server has ended');
    this.#burst = 0;
    await new Promise<void>((sent) => {
      stdin.write(`${JSON.stringify(message)}\n`, () => sent());
    });
  }

  /** Ends the server: closes its input, and kills it after the grace. Resolves when it is gone. */
  async close(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    if (!this.#closing) {
      this.#closing = true;
      child.stdin?.end();
    }
    const timer = setTimeout(() => child.kill('SIGKILL'), this.#options.grace);
    await this.#exited;
    clearTimeout(timer);
  }

  #receive(chunk: Buffer): void {
    if (this.#closing) return;
    this.#burst += chunk.length;
    try {
      if (this.#burst > LIMITS.burstBytes) throw tooLarge(LIMITS.burstBytes);
      let rest = chunk;
      for (let end = rest.indexOf(10); end !== -1; end = rest.indexOf(10)) {
        this.#keep(rest.subarray(0, end));
        const line = Buffer.concat(this.#pending).toString('utf8');
        this.#pending = [];
        this.#pendingBytes = 0;
        rest = rest.subarray(end + 1);
        if (line.trim() !== '') this.#deliver(line);
      }
      this.#keep(rest);
    } catch (error) {
      this.fault =
        error instanceof ConnectError
          ? error
          : new ConnectError('server-protocol', 'a reply could not be read', { cause: error });
      this.#closing = true;
      this.#child?.kill('SIGKILL');
      this.onerror?.(this.fault);
    }
  }

  #keep(bytes: Buffer): void {
    this.#pendingBytes += bytes.length;
    if (this.#pendingBytes > LIMITS.messageBytes) throw tooLarge(LIMITS.messageBytes);
    if (bytes.length > 0) this.#pending.push(bytes);
  }

  #deliver(line: string): void {
    const message: unknown = parseReply(line);
    if (!this.#isMessage(message)) throw new ConnectError('server-protocol', 'a reply is not JSON-RPC', { said: line });
    this.onmessage?.(message);
  }
}

function tooLarge(limit: number): ConnectError {
  return new ConnectError('too-large', `the server sent more than ${limit} bytes`);
}
