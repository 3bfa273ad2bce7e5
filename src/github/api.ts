import * as z from 'zod';

/** What GitHub's REST API can refuse us, through no fault of our own. */
export type ApiCode =
  | 'no-token'
  | 'unauthorized'
  | 'forbidden'
  | 'not-found'
  | 'conflict'
  | 'invalid'
  | 'rate-limited'
  | 'unavailable'
  | 'unexpected';

/** `message` is our own sentence; `said` is the other side's, bounded, and encoded wherever it is shown. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: ApiCode;
  readonly said: string | undefined;
  readonly remedy: string | undefined;

  constructor(code: ApiCode, message: string, more: { readonly said?: string; readonly remedy?: string } = {}) {
    super(message);
    this.code = code;
    this.said = more.said?.slice(0, 500);
    this.remedy = more.remedy;
  }
}

export interface ApiOptions {
  /** `https://api.github.com`, or `https://<host>/api/v3`. */
  readonly base: string;
  readonly token: string;
  /** `owner/name`. */
  readonly repository: string;
  /** Waits; handed in so that tests need not. */
  readonly wait?: (milliseconds: number) => Promise<void>;
}

const LIMITS = {
  /** Bytes of one answer. */
  answer: 8 * 1024 * 1024,
  /** Milliseconds for one request; an upload may take ten times as long. */
  time: 30_000,
  attempts: 4,
  /** The longest wait that GitHub may ask for, in seconds; beyond it the step fails and is run again later. */
  wait: 120,
  pages: 10,
} as const;

const ref = z.object({ ref: z.string(), object: z.object({ sha: z.string(), type: z.string() }) });
const asset = z.object({ name: z.string(), state: z.string(), size: z.number(), digest: z.string().nullish() });
const release = z.object({
  id: z.int(),
  tag_name: z.string(),
  draft: z.boolean(),
  upload_url: z.string(),
  html_url: z.string(),
});
export type Release = z.output<typeof release>;
export type Ref = z.output<typeof ref>;

interface Ask {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly url: URL;
  readonly json?: object;
  readonly bytes?: Uint8Array;
}

/**
 * The few operations of GitHub's REST API that publishing needs. Reads are asked again when the server fails; what was not
 * carried out because of a rate limit is asked again after the wait that GitHub names; nothing else is repeated. Redirects
 * are errors: a token goes nowhere but to the host that it is for. Every method throws {@link ApiError}.
 */
export class GithubApi {
  readonly #base: string;
  readonly #token: string;
  readonly #repository: string;
  readonly #wait: (milliseconds: number) => Promise<void>;

  constructor({ base, token, repository, wait = sleep }: ApiOptions) {
    if (token === '')
      throw new ApiError('no-token', 'there is no token', {
        remedy: 'Give the step `token: ${{ github.token }}`, and its job `contents: write`.',
      });
    if (!/^[A-Za-z0-9_-]+\/(?!\.{1,2}$)[A-Za-z0-9_.-]+$/u.test(repository))
      throw new ApiError('unexpected', 'the name of the repository is none');
    const url = parseUrl(base);
    if (url.protocol !== 'https:' && !isLoopback(url))
      throw new ApiError('unexpected', 'the address of the API is not https');
    this.#base = base.replace(/\/+$/u, '');
    this.#token = token;
    this.#repository = repository;
    this.#wait = wait;
  }

  /** Whether `commit` is the tip of `branch` or an ancestor of it. */
  async isAncestor(commit: string, branch: string): Promise<boolean> {
    const range = `${encodeURIComponent(branch)}...${commit}`;
    const found = await this.#json(
      { method: 'GET', url: this.#url(`compare/${range}?per_page=1`) },
      z.object({ status: z.string() }),
    );
    return found.status === 'identical' || found.status === 'behind';
  }

  /** The tags that begin with `prefix`. */
  async tags(prefix: string): Promise<readonly Ref[]> {
    const url = this.#url(`git/matching-refs/${encodeURIComponent(`tags/${prefix}`)}`);
    return this.#json({ method: 'GET', url }, z.array(ref));
  }

  /** Every release with a tag, drafts included: several drafts may have one tag. */
  async releases(tag: string): Promise<readonly Release[]> {
    const found: Release[] = [];
    for (let page = 1; page <= LIMITS.pages; page += 1) {
      const url = this.#url(`releases?per_page=100&page=${page}`);
      const all = await this.#json({ method: 'GET', url }, z.array(release));
      found.push(...all.filter(({ tag_name }) => tag_name === tag));
      if (all.length < 100) break;
    }
    return found;
  }

  async createDraft(draft: {
    readonly tag: string;
    readonly commit: string;
    readonly title: string;
    readonly body: string;
  }): Promise<Release> {
    const json = {
      tag_name: draft.tag,
      target_commitish: draft.commit,
      name: draft.title,
      body: draft.body,
      draft: true,
      make_latest: 'false',
    };
    return this.#json({ method: 'POST', url: this.#url('releases'), json }, release);
  }

  /** Adds a file to a release and checks that it arrived whole. */
  async upload(to: Release, name: string, bytes: Uint8Array, sha256: string): Promise<void> {
    const url = this.#uploadUrl(to);
    url.searchParams.set('name', name);
    const found = await this.#json({ method: 'POST', url, bytes }, asset);
    const whole = found.state === 'uploaded' && found.size === bytes.length && found.name === name;
    if (!whole || (typeof found.digest === 'string' && found.digest !== `sha256:${sha256}`))
      throw new ApiError('unexpected', 'a file of the release did not arrive as it was sent', { said: found.name });
  }

  /** Makes a draft public; GitHub creates its tag. */
  async publish({ id }: Release): Promise<Release> {
    const json = { draft: false, make_latest: 'false' };
    return this.#json({ method: 'PATCH', url: this.#url(`releases/${id}`), json }, release);
  }

  async remove({ id }: Release): Promise<void> {
    await this.#ask({ method: 'DELETE', url: this.#url(`releases/${id}`) });
  }

  #url(path: string): URL {
    return new URL(`${this.#base}/repos/${this.#repository}/${path}`);
  }

  /** `upload_url` is a template on a host of its own; the token goes only to the API's host and to its uploads. */
  #uploadUrl({ upload_url: template }: Release): URL {
    const url = parseUrl(template.replace(/\{.*$/u, ''));
    const api = new URL(this.#base);
    const hosts = [api.host, api.host.replace(/^api\./u, 'uploads.')];
    if (url.protocol !== api.protocol || !hosts.includes(url.host) || url.username !== '')
      throw new ApiError('unexpected', 'GitHub names another host for uploads', { said: url.host });
    return url;
  }

  async #json<T>(ask: Ask, shape: z.ZodType<T>): Promise<T> {
    const text = await this.#ask(ask);
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      throw new ApiError('unexpected', 'GitHub answered with something that is no JSON');
    }
    const parsed = shape.safeParse(value);
    if (parsed.success) return parsed.data;
    throw new ApiError('unexpected', 'GitHub answered with something that its API does not describe', {
      said: parsed.error.issues[0]?.path.join('.') ?? '',
    });
  }

  async #ask(ask: Ask): Promise<string> {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.#once(ask);
      if (answer instanceof ApiError) {
        if (ask.method !== 'GET' || attempt >= LIMITS.attempts) throw answer;
        await this.#wait(1000 * 2 ** attempt);
        continue;
      }
      if (answer.status >= 200 && answer.status < 300) return answer.text;
      const seconds = answer.pause;
      if (seconds !== undefined && seconds <= LIMITS.wait && attempt < LIMITS.attempts) {
        await this.#wait(1000 * seconds);
        continue;
      }
      if (answer.status >= 500 && ask.method === 'GET' && attempt < LIMITS.attempts) {
        await this.#wait(1000 * 2 ** attempt);
        continue;
      }
      throw refusal(answer);
    }
  }

  async #once({ method, url, json, bytes }: Ask): Promise<Answer | ApiError> {
    const body = json === undefined ? bytes : JSON.stringify(json);
    const type = json === undefined ? 'application/octet-stream' : 'application/json';
    try {
      const response = await fetch(url, {
        method,
        headers: {
          accept: 'application/vnd.github+json',
          authorization: `Bearer ${this.#token}`,
          'user-agent': 'proofmark',
          'x-github-api-version': '2022-11-28',
          ...(body === undefined ? {} : { 'content-type': type }),
        },
        redirect: 'manual',
        signal: AbortSignal.timeout(bytes === undefined ? LIMITS.time : 10 * LIMITS.time),
        ...(body === undefined ? {} : { body }),
      });
      return { status: response.status, pause: pauseOf(response), text: await textOf(response) };
    } catch (error) {
      if (error instanceof ApiError) return error;
      // What fetch says of a host or a certificate is of no use to a reader of the log, and may hold the address.
      return new ApiError('unavailable', 'GitHub cannot be reached', { remedy: 'Run the job again.' });
    }
  }
}

interface Answer {
  readonly status: number;
  /** Seconds to wait before asking again, where a rate limit refused. */
  readonly pause: number | undefined;
  readonly text: string;
}

/** GitHub Docs, "Rate limits for the REST API": 403 or 429, with `retry-after`, or nothing left until `x-ratelimit-reset`. */
function pauseOf({ status, headers }: Response): number | undefined {
  if (status !== 403 && status !== 429) return undefined;
  const after = headers.get('retry-after');
  if (after !== null && /^\d{1,6}$/u.test(after)) return Number(after);
  if (headers.get('x-ratelimit-remaining') === '0') {
    const reset = Number(headers.get('x-ratelimit-reset'));
    return Number.isFinite(reset) ? Math.max(1, Math.ceil(reset - Date.now() / 1000)) : LIMITS.wait;
  }
  return status === 429 ? 60 : undefined;
}

async function textOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const body: AsyncIterable<Uint8Array> | undefined = response.body ?? undefined;
  if (body === undefined) return '';
  for await (const chunk of body) {
    size += chunk.length;
    if (size > LIMITS.answer) throw new ApiError('unexpected', 'GitHub answered with more than can be read');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function refusal({ status, pause, text }: Answer): ApiError {
  const said = messageOf(text);
  const more = said === undefined ? {} : { said };
  if (pause !== undefined)
    return new ApiError('rate-limited', `GitHub asks to wait ${pause} seconds before the next request`, {
      ...more,
      remedy: 'Run the job again later: what is published stays, and what is not is done then.',
    });
  switch (status) {
    case 401:
      return new ApiError('unauthorized', 'GitHub does not know the token', {
        ...more,
        remedy: 'Give the step `token: ${{ github.token }}`.',
      });
    case 403:
      return new ApiError('forbidden', 'the token may not do that', {
        ...more,
        remedy: 'Give the job `permissions: { contents: write }`.',
      });
    case 404:
      // GitHub says 404 rather than 403 where even the existence is a secret.
      return new ApiError('not-found', 'GitHub finds nothing there, or the token may not see it', {
        ...more,
        remedy: 'Give the job `permissions: { contents: write }`.',
      });
    case 409:
      return new ApiError('conflict', 'the repository is in a state that does not allow it', more);
    case 422:
      return new ApiError('invalid', 'GitHub refuses the request', more);
    case 301:
    case 302:
    case 307:
    case 308:
      return new ApiError('unexpected', 'GitHub answers from another address', {
        remedy: 'The repository may have been renamed: a token is sent nowhere but to the host that it is for.',
      });
    default:
      return status >= 500
        ? new ApiError('unavailable', `GitHub failed with ${status}`, { ...more, remedy: 'Run the job again.' })
        : new ApiError('unexpected', `GitHub answered with ${status}`, more);
  }
}

function messageOf(text: string): string | undefined {
  try {
    const parsed = z.object({ message: z.string() }).safeParse(JSON.parse(text));
    return parsed.success ? parsed.data.message : undefined;
  } catch {
    return undefined;
  }
}

function parseUrl(text: string): URL {
  try {
    return new URL(text);
  } catch {
    throw new ApiError('unexpected', 'GitHub gave an address that is none');
  }
}

function isLoopback({ hostname }: URL): boolean {
  return hostname === '127.0.0.1' || hostname === '[::1]' || hostname === 'localhost';
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}
