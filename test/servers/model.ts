import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A stand-in for a model: speaks chat completions on loopback and keeps what it was asked. */
export interface StandInModel {
  /** For PROOFMARK_MODEL_URL. */
  readonly url: string;
  /** The user messages, parsed. */
  readonly asked: unknown[];
  /** What it says next; a function may break the protocol. */
  answer: unknown;
  close(): Promise<void>;
}

export type Misbehaviour = (response: ServerResponse) => void;

export async function startModel(answer: unknown): Promise<StandInModel> {
  const asked: unknown[] = [];
  const model: { answer: unknown } = { answer };
  const server: Server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => {
      const { messages } = JSON.parse(body) as { readonly messages: readonly { readonly content: string }[] };
      asked.push(JSON.parse(messages[1]?.content ?? 'null'));
      if (typeof model.answer === 'function') {
        (model.answer as Misbehaviour)(response);
        return;
      }
      const content = JSON.stringify(model.answer);
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify({ choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }] }),
      );
    });
  });
  await new Promise<void>((listening) => {
    server.listen(0, '127.0.0.1', listening);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    asked,
    get answer() {
      return model.answer;
    },
    set answer(next) {
      model.answer = next;
    },
    close: () =>
      new Promise((closed) => {
        server.closeAllConnections();
        server.close(() => closed());
      }),
  };
}
