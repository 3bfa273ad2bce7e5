import { isArray, isObject, type Json, type JsonObject, member } from '../kernel/json.ts';
import { ConnectError } from './error.ts';
import { LIMITS, parseReply } from './limits.ts';
import { isLoopback } from './transport.ts';

/** Any address that speaks OpenAI's chat completions. */
export interface ModelSettings {
  /** `{base}/chat/completions` is asked. */
  readonly base: URL;
  readonly model: string;
  /** Sent as a bearer token; never shown. */
  readonly key: string | undefined;
  /** Milliseconds for one reply. */
  readonly timeout: number;
}

/** Reads the settings; throws {@link ConnectError} where an address would send data or the key in the clear. */
export function modelSettings(url: string, model: string, key: string | undefined, timeout = 120_000): ModelSettings {
  if (!URL.canParse(url))
    throw new ConnectError('bad-transport', 'the model address is not a URL', { remedy: 'set PROOFMARK_MODEL_URL' });
  const base = new URL(url.endsWith('/') ? url : `${url}/`);
  if (base.protocol !== 'https:' && !(base.protocol === 'http:' && isLoopback(base))) {
    throw new ConnectError('bad-transport', 'the model address must be https (http only on loopback)', {
      remedy: 'set PROOFMARK_MODEL_URL',
    });
  }
  if (base.username !== '' || base.password !== '' || base.search !== '' || base.hash !== '') {
    throw new ConnectError('bad-transport', 'the model address holds credentials, a query or a fragment', {
      remedy: 'give the key in PROOFMARK_MODEL_KEY',
    });
  }
  return { base, model, key, timeout };
}

export interface Question {
  /** The author's words: the system message. */
  readonly instructions: string;
  /** The user message, as JSON: never joined with the instructions. */
  readonly data: Json;
  readonly schema: JsonObject;
}

/**
 * Asks a model once. The answer is any JSON: whoever asked validates it. Throws {@link ConnectError}: `hostile-reply` or
 * `server-protocol` for an answer that is not JSON within bounds, else what went wrong on the way.
 */
export async function askModel(settings: ModelSettings, question: Question): Promise<Json> {
  const signal = AbortSignal.timeout(settings.timeout);
  try {
    const response = await fetch(new URL('chat/completions', settings.base), {
      method: 'POST',
      // A redirect would carry data and key to an address that nobody configured.
      redirect: 'manual',
      signal,
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        ...(settings.key === undefined ? {} : { authorization: `Bearer ${settings.key}` }),
      },
      body: JSON.stringify({
        model: settings.model,
        messages: [
          { role: 'system', content: question.instructions },
          { role: 'user', content: JSON.stringify(question.data) },
        ],
        response_format: { type: 'json_schema', json_schema: { name: 'reply', schema: question.schema } },
        stream: false,
      }),
    });
    const body = await readBounded(response);
    if (!response.ok) throw refusal(response.status, body);
    return contentOf(parseReply(body));
  } catch (error) {
    if (error instanceof ConnectError) throw error;
    if (signal.aborted) throw new ConnectError('timeout', 'the model did not answer in time', { cause: error });
    throw new ConnectError('server-closed', 'the model could not be reached', { cause: error });
  }
}

/** `choices[0].message.content`, read as JSON on its own. */
function contentOf(body: Json): Json {
  const choices = isObject(body) ? member(body, 'choices') : undefined;
  const first = isArray(choices) ? choices[0] : undefined;
  const message = isObject(first) ? member(first, 'message') : undefined;
  if (!isObject(message))
    throw new ConnectError('server-closed', 'the model address does not answer as chat completions do');
  const content = member(message, 'content');
  if (typeof content !== 'string') {
    const said = member(message, 'refusal');
    throw new ConnectError('server-protocol', 'the model gave no answer', typeof said === 'string' ? { said } : {});
  }
  return parseReply(content);
}

function refusal(status: number, said: string): ConnectError {
  switch (status) {
    case 401:
      return new ConnectError('unauthenticated', 'the model address does not take the key', {
        said,
        remedy: 'set PROOFMARK_MODEL_KEY',
      });
    case 403:
      return new ConnectError('unauthorized', 'the model address does not allow it', { said });
    case 408:
    case 504:
      return new ConnectError('timeout', 'the model did not answer in time', { said });
    case 429:
      return new ConnectError('server-closed', 'the model address takes no more requests for now', { said });
    default:
      return status >= 500 || status < 400
        ? new ConnectError('server-closed', `the model address failed with status ${status}`, { said })
        : new ConnectError('server-refused', `the model address refused the request with status ${status}`, { said });
  }
}

async function readBounded(response: Response): Promise<string> {
  if (response.body === null) return '';
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop early cancels the body, which ends the connection.
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > LIMITS.messageBytes)
      throw new ConnectError('too-large', `the model sent more than ${LIMITS.messageBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
