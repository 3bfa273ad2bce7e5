import { createServer, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type Context, OpenAPIBackend } from 'openapi-backend';
import { git } from '../repository.ts';

/**
 * GitHub's REST API on loopback, over a bare git repository that stands for the remote. Every request, and every answer with a
 * status that GitHub's own OpenAPI description documents, is held against that description (`generated/openapi.json`).
 */
export interface StandIn {
  readonly url: string;
  readonly releases: readonly StoredRelease[];
  /** `METHOD operation`, in order, refused ones included. */
  readonly requests: readonly string[];
  /** What broke the description: requests of the client, or answers of this stand-in. */
  readonly broken: readonly string[];
  /** Answers in place of the API, until it gives `undefined`. */
  fault: ((operation: string) => Fault | undefined) | undefined;
  close(): Promise<void>;
}

export interface Fault {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly message?: string;
}

export interface StoredRelease {
  readonly id: number;
  readonly tag: string;
  readonly commit: string;
  readonly body: string;
  draft: boolean;
  readonly assets: Map<string, Buffer>;
}

/** Tokens that the stand-in knows, with what they may do. */
export const TOKENS = { write: 'ghs_write', read: 'ghs_read' } as const;

type Answer = { readonly status: number; readonly body?: unknown };

/** @param remote a bare repository; `main` is its default branch. */
export async function startStandIn(remote: string): Promise<StandIn> {
  const releases: StoredRelease[] = [];
  const requests: string[] = [];
  const broken: string[] = [];
  const api = new OpenAPIBackend({
    definition: definition(),
    strict: true,
    coerceTypes: true,
    ajvOpts: {
      strict: false,
      formats: { binary: true, 'date-time': true, email: true, 'repo.nwo': true, uri: true },
    },
  });
  let url = '';
  const mock = (context: Context, status: number): Record<string, unknown> => {
    const made: unknown = api.mockResponseForOperation(operationOf(context), { code: status }).mock;
    return (Array.isArray(made) ? made[0] : made) as Record<string, unknown>;
  };
  const shown = (context: Context, status: number, release: StoredRelease): Record<string, unknown> => ({
    ...mock(context, status),
    id: release.id,
    tag_name: release.tag,
    target_commitish: release.commit,
    draft: release.draft,
    body: release.body,
    html_url: `https://github.com/octo-org/store/releases/tag/${release.tag}`,
    upload_url: `${url}/repos/octo-org/store/releases/${release.id}/assets{?name,label}`,
    assets: [],
  });
  const find = (context: Context): StoredRelease | undefined =>
    releases.find(({ id }) => id === Number(parameter(context, 'release_id')));
  api.register({
    notFound: (): Answer => ({ status: 404, body: { message: 'Not Found' } }),
    'repos/compare-commits-with-basehead': (context: Context): Answer => {
      const [base = '', head = ''] = parameter(context, 'basehead').split('...');
      const [from, to] = [resolved(remote, base), resolved(remote, head)];
      if (from === undefined || to === undefined) return { status: 404, body: mock(context, 404) };
      const shared = git(remote, 'merge-base', from, to);
      const status = from === to ? 'identical' : shared === to ? 'behind' : shared === from ? 'ahead' : 'diverged';
      return { status: 200, body: { ...mock(context, 200), status } };
    },
    'git/list-matching-refs': (context: Context): Answer => {
      const lines = git(remote, 'for-each-ref', '--format=%(refname) %(objectname) %(objecttype)').split('\n');
      const prefix = `refs/${parameter(context, 'ref')}`;
      const found = lines.filter((line) => line.startsWith(prefix)).map((line) => line.split(' '));
      const body = found.map(([ref, sha, type]) => {
        const one = mock(context, 200);
        return { ...one, ref, object: { ...(one['object'] as object), sha, type } };
      });
      return { status: 200, body };
    },
    'repos/list-releases': (context: Context): Answer => ({
      status: 200,
      body: releases.map((release) => shown(context, 200, release)),
    }),
    'repos/create-release': (context: Context): Answer => {
      const given = context.request.requestBody as Record<string, unknown>;
      const release: StoredRelease = {
        id: 1 + releases.reduce((most, { id }) => Math.max(most, id), 0),
        tag: String(given['tag_name']),
        commit: String(given['target_commitish']),
        body: String(given['body']),
        draft: given['draft'] === true,
        assets: new Map(),
      };
      if (!release.draft) return { status: 422, body: { ...mock(context, 422), message: 'Validation Failed' } };
      releases.push(release);
      return { status: 201, body: shown(context, 201, release) };
    },
    'repos/upload-release-asset': (context: Context): Answer => {
      const release = find(context);
      const name = String((context.request.query as Record<string, unknown>)['name']);
      if (release?.draft !== true || release.assets.has(name)) return { status: 422 };
      const bytes = context.request.body as Buffer;
      release.assets.set(name, bytes);
      return {
        status: 201,
        body: { ...mock(context, 201), name, size: bytes.length, digest: null, state: 'uploaded' },
      };
    },
    'repos/update-release': (context: Context): Answer => {
      const release = find(context);
      if (release === undefined) return { status: 404, body: mock(context, 404) };
      if ((context.request.requestBody as Record<string, unknown>)['draft'] === false) {
        release.draft = false;
        // As GitHub does: the tag is made now, and one that is there already stays where it is.
        const tag = `refs/tags/${release.tag}`;
        if (resolved(remote, tag) === undefined) git(remote, 'update-ref', tag, release.commit);
      }
      return { status: 200, body: shown(context, 200, release) };
    },
    'repos/delete-release': (context: Context): Answer => {
      const release = find(context);
      if (release === undefined) return { status: 404, body: mock(context, 404) };
      releases.splice(releases.indexOf(release), 1);
      return { status: 204 };
    },
    validationFail: (context: Context): Answer => {
      broken.push(`request ${operationOf(context)}: ${JSON.stringify(context.validation.errors)}`);
      return { status: 422, body: { message: 'Validation Failed', documentation_url: 'https://docs.github.example' } };
    },
  });
  await api.init();

  const self: StandIn = {
    url: '',
    releases,
    requests,
    broken,
    fault: undefined,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };

  const answer = async (request: IncomingMessage): Promise<Answer & { readonly headers?: Fault['headers'] }> => {
    const body = await bodyOf(request);
    const { method = '', url: target = '', headers } = request;
    const [path = '', query = ''] = target.split('?');
    const isJson = headers['content-type'] === 'application/json';
    const given = {
      method,
      path,
      query,
      headers: headers as Record<string, string>,
      body: (isJson && body.length > 0 ? JSON.parse(body.toString('utf8')) : body) as unknown,
    };
    const operation = api.matchOperation(given)?.operationId;
    requests.push(`${method} ${operation ?? path}`);
    if (operation === undefined) broken.push(`request ${method} ${path}: the description has no such operation`);
    const fault = self.fault?.(operation ?? '');
    if (fault !== undefined) return { ...fault, body: { message: fault.message ?? 'Server Error' } };
    const token = headers.authorization?.replace('Bearer ', '');
    if (token !== TOKENS.write && token !== TOKENS.read) return { status: 401, body: { message: 'Bad credentials' } };
    if (token === TOKENS.read && method !== 'GET')
      return { status: 403, body: { message: 'Resource not accessible by integration' } };
    const answered = (await api.handleRequest(given)) as Answer;
    if (
      operation !== undefined &&
      answered.status in (api.getOperation(operation)?.responses ?? {}) &&
      answered.status !== 204
    ) {
      const { errors } = api.validateResponse(answered.body, operation, answered.status);
      if ((errors?.length ?? 0) > 0) broken.push(`answer ${operation} ${answered.status}: ${JSON.stringify(errors)}`);
    }
    return answered;
  };

  const server = createServer((request, response) => {
    void (async () => {
      try {
        const { status, body, headers } = await answer(request);
        response.writeHead(status, { 'content-type': 'application/json', ...headers });
        response.end(body === undefined ? undefined : JSON.stringify(body));
      } catch (error) {
        broken.push(`the stand-in failed: ${String(error)}`);
        response.writeHead(500).end();
      }
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  return Object.assign(self, { url });
}

function definition(): ConstructorParameters<typeof OpenAPIBackend>[0]['definition'] {
  const text = readFileSync('test/github/generated/openapi.json', 'utf8');
  return nullable(JSON.parse(text)) as ConstructorParameters<typeof OpenAPIBackend>[0]['definition'];
}

/** OpenAPI 3.0 allows `nullable` beside `allOf` or `$ref`; the validator knows it only beside `type`. */
function nullable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(nullable);
  if (typeof value !== 'object' || value === null) return value;
  const { nullable: isNullable, ...rest } = Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, nullable(item)]),
  );
  if (isNullable === undefined) return rest;
  return isNullable === true && rest['type'] === undefined
    ? { anyOf: [rest, { enum: [null] }] }
    : { ...rest, nullable: isNullable };
}

function operationOf(context: Context): string {
  return context.operation.operationId ?? '';
}

function parameter(context: Context, name: string): string {
  return decodeURIComponent(String((context.request.params as Record<string, unknown>)[name]));
}

function resolved(remote: string, name: string): string | undefined {
  try {
    return git(remote, 'rev-parse', '--verify', '--quiet', `${name}^{commit}`);
  } catch {
    return undefined;
  }
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
