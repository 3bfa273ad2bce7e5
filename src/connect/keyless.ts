import { createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import type { Signature, Signer } from '@sigstore/sign';
import { err, ok, type Result } from '../kernel/result.ts';
import { writeBundle } from '../seal/bundle.ts';
import type { BundleSigner } from '../seal/sign.ts';
import { PAYLOAD_TYPE } from '../seal/statement.ts';
import { ConnectError } from './error.ts';

/** Signing without a key of one's own: a certificate for an identity token, an entry in a log, and where asked for a timestamp. */

/** The services to ask, by their addresses. */
export interface SigstoreServices {
  /** The certificate authority. */
  readonly fulcio: string;
  /** The transparency log. */
  readonly rekor: string;
  /** A timestamp authority; absent: the time is the log's. */
  readonly timestamp?: string;
}

/** Sigstore's public instance. */
export const PUBLIC_SIGSTORE: SigstoreServices = {
  fulcio: 'https://fulcio.sigstore.dev',
  rekor: 'https://rekor.sigstore.dev',
};

/**
 * The services at the addresses that a user names, Sigstore's public ones where none is named ('' or absent); or the name of an address
 * that cannot be used: only https, and http on loopback, since the identity token is sent there.
 */
export function servicesAt(given: {
  readonly [service in keyof SigstoreServices]?: string | undefined;
}): Result<SigstoreServices, keyof SigstoreServices> {
  const at = { ...PUBLIC_SIGSTORE };
  for (const service of ['fulcio', 'rekor', 'timestamp'] as const) {
    const address = given[service] ?? '';
    if (address === '') continue;
    if (!ADDRESS.test(address) || !URL.canParse(address)) return err(service);
    Object.assign(at, { [service]: address.replace(/\/+$/, '') });
  }
  return ok(at);
}

const ADDRESS = /^(?:https:\/\/[^\s/]+|http:\/\/(?:127\.0\.0\.1|localhost|\[::1\]))(?::\d+)?(?:\/\S*)?$/;

/** An identity token (OpenID Connect) for Sigstore; a secret until it has expired. */
export type IdentityToken = () => Promise<string>;

const TOKEN_LIMIT = 20_000;
const MILLISECONDS = 20_000;

/** How long one request may take, in milliseconds, and how often it is repeated when a service fails. */
export interface Patience {
  readonly timeout: number;
  readonly retry: number;
}

const PATIENCE: Patience = { timeout: MILLISECONDS, retry: 2 };

/**
 * The identity of a GitHub Actions job, where it may ask for one (`permissions: id-token: write`); absent elsewhere. The token is asked
 * for when it is needed, since it lasts for minutes.
 */
export function githubIdentity(env: Readonly<Record<string, string | undefined>>): IdentityToken | undefined {
  const [address, bearer] = [env['ACTIONS_ID_TOKEN_REQUEST_URL'], env['ACTIONS_ID_TOKEN_REQUEST_TOKEN']];
  if (address === undefined || address === '' || bearer === undefined || bearer === '') return undefined;
  return async () => {
    const url = new URL(address);
    url.searchParams.set('audience', 'sigstore');
    const body = await ask(url, bearer);
    let answer: unknown;
    try {
      answer = JSON.parse(body);
    } catch {
      answer = undefined;
    }
    const value = typeof answer === 'object' && answer !== null && 'value' in answer ? answer.value : undefined;
    if (typeof value !== 'string' || !isToken(value))
      throw new ConnectError('identity-token', 'the address for identity tokens gave none');
    return value;
  };
}

async function ask(url: URL, bearer: string): Promise<string> {
  let response: Response;
  try {
    response = await fetch(url, {
      headers: { accept: 'application/json', authorization: `Bearer ${bearer}` },
      redirect: 'error',
      signal: AbortSignal.timeout(MILLISECONDS),
    });
  } catch (error) {
    throw new ConnectError('identity-token', 'the address for identity tokens cannot be reached', { cause: error });
  }
  if (!response.ok) {
    await response.body?.cancel();
    throw new ConnectError('identity-token', `the address for identity tokens answered ${response.status}`, {
      remedy: 'a job needs `permissions: id-token: write`, which a pull request from a fork never has',
    });
  }
  return text(response);
}

async function text({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const stream: AsyncIterable<Uint8Array> | readonly Uint8Array[] = body ?? [];
  for await (const chunk of stream) {
    size += chunk.length;
    if (size > TOKEN_LIMIT) throw new ConnectError('identity-token', 'the address for identity tokens sent too much');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Three parts of base64url, the second of which is claims: what the libraries below take apart without asking. */
function isToken(value: string): boolean {
  if (!/^[\w-]+\.[\w-]+\.[\w-]*$/.test(value)) return false;
  try {
    const claims: unknown = JSON.parse(Buffer.from(value.split('.')[1] ?? '', 'base64url').toString('utf8'));
    return typeof claims === 'object' && claims !== null;
  } catch {
    return false;
  }
}

/**
 * Signs with an ephemeral key that the certificate authority certifies for the identity: one certificate for all statements of a seal,
 * one log entry for each. Throws {@link ConnectError}; the token is in no message of it.
 */
export function keylessSigner(
  token: IdentityToken,
  services: SigstoreServices = PUBLIC_SIGSTORE,
  patience: Patience = PATIENCE,
): BundleSigner {
  let key: Promise<Signer> | undefined;
  return {
    sign: async (statement) => {
      const { DSSEBundleBuilder, RekorWitness, TSAWitness } = await import('@sigstore/sign');
      const { rekor, timestamp } = services;
      const witnesses = [
        new RekorWitness({ rekorBaseURL: rekor, fetchOnConflict: true, ...patience }),
        ...(timestamp === undefined ? [] : [new TSAWitness({ tsaBaseURL: timestamp, ...patience })]),
      ];
      try {
        key ??= certified(token, services.fulcio, patience);
        const builder = new DSSEBundleBuilder({ signer: await key, witnesses });
        return writeBundle(await builder.create({ data: Buffer.from(statement), type: PAYLOAD_TYPE }));
      } catch (error) {
        throw asConnectError(error);
      }
    },
  };
}

/** A signer with one ephemeral key and the certificate for it. */
async function certified(token: IdentityToken, fulcio: string, patience: Patience): Promise<Signer> {
  const { FulcioSigner } = await import('@sigstore/sign');
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const publicKey = createPublicKey(privateKey).export({ format: 'pem', type: 'spki' }).toString();
  const keyHolder: Signer = {
    sign: async (data): Promise<Signature> => ({
      signature: sign('sha256', data, privateKey),
      key: { $case: 'publicKey', publicKey },
    }),
  };
  const identity = await token();
  const authority = new FulcioSigner({
    fulcioBaseURL: fulcio,
    identityProvider: { getToken: async () => identity },
    keyHolder,
    ...patience,
  });
  const { key } = await authority.sign(Buffer.from(''));
  return { sign: async (data) => ({ signature: sign('sha256', data, privateKey), key }) };
}

/** The library's errors quote requests, and one of them the token: only their code is passed on. */
function asConnectError(error: unknown): ConnectError {
  if (error instanceof ConnectError) return error;
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  const known = CAUSES.find(([prefix]) => code.startsWith(prefix));
  return new ConnectError('sigstore', known?.[1] ?? 'the seal could not be signed without a key', {
    remedy: 'nothing was sealed; run it again, or seal with --key',
  });
}

const CAUSES: readonly (readonly [string, string])[] = [
  ['IDENTITY_TOKEN', 'the identity token cannot be used'],
  ['CA_', 'the certificate authority gave no certificate'],
  ['TLOG_', 'the transparency log took no entry'],
  ['TSA_', 'the timestamp authority gave no timestamp'],
];
