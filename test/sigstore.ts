import { createHash, generateKeyPairSync } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  fulcioHandler,
  initializeCA,
  initializeCTLog,
  initializeTLog,
  initializeTSA,
  tsaHandler,
} from '@sigstore/mock';
import { HashAlgorithm, PublicKeyDetails, TrustedRoot } from '@sigstore/protobuf-specs';
import type { Json } from '../src/kernel/json.ts';
import { at } from './sealing.ts';

/** A certificate authority, a transparency log and a timestamp authority on loopback, with the root that trusts them. */
export interface MockSigstore {
  readonly services: { readonly fulcio: string; readonly rekor: string; readonly timestamp: string };
  /** A `trusted_root.json`. */
  readonly trustedRoot: Json;
  /** What was asked for, as `POST <path>`. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

export interface MockOptions {
  /** Minutes between a certificate's beginning and what the log and the timestamp authority say of its use. */
  readonly delay?: number;
  /** Certificates stand in no log of certificates. */
  readonly unlogged?: boolean;
  /** The paths of services that answer 500. */
  readonly broken?: readonly string[];
}

export const PATHS = {
  fulcio: '/api/v2/signingCert',
  rekor: '/api/v1/log/entries',
  timestamp: '/api/v1/timestamp',
} as const;

interface Answer {
  readonly statusCode: number;
  readonly response: string | ArrayBufferView;
}

export async function startSigstore(options: MockOptions = {}): Promise<MockSigstore> {
  const requests: string[] = [];
  const handlers = new Map<string, (body: string) => Promise<Answer>>();
  const answer = async (path: string, request: IncomingMessage): Promise<Answer> => {
    const body = await text(request);
    const handler = handlers.get(path);
    if (handler === undefined || options.broken?.includes(path) === true) return { statusCode: 500, response: '{}' };
    return handler(body);
  };
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = request.url ?? '';
    requests.push(`${request.method} ${path}`);
    const { statusCode, response: content } = await answer(path, request);
    response.writeHead(statusCode, { 'content-type': 'application/json' });
    response.end(
      typeof content === 'string' ? content : Buffer.from(content.buffer, content.byteOffset, content.byteLength),
    );
  };
  const server = createServer((request, response) => void serve(request, response));
  await listening(server);
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  // The mock drops trailing zeros of milliseconds, which readers of timestamps refuse: a fixed fraction has none. A minute
  // ahead, since the mock's roots begin when they are made, after this.
  const clock = new Date(Math.floor(Date.now() / 1000) * 1000 + 60_123);
  const later = new Date(clock.getTime() + (options.delay ?? 0) * 60_000);
  const keys = { ca: keyPair(), ct: keyPair(), log: keyPair(), tsa: keyPair() };
  const ctlog = await initializeCTLog(keys.ct, clock);
  const ca = await initializeCA(keys.ca, options.unlogged === true ? undefined : ctlog, clock);
  const tlog = await initializeTLog(base, keys.log, later);
  const tsa = await initializeTSA(keys.tsa, later);
  handlers.set(PATHS.fulcio, fulcioHandler(ca).fn);
  handlers.set(PATHS.timestamp, tsaHandler(tsa).fn);
  handlers.set(PATHS.rekor, async (body) => {
    const proposed: unknown = JSON.parse(body);
    const entry: unknown = await tlog.log(canonicalEntry(proposed as Json));
    return { statusCode: 201, response: JSON.stringify(entry) };
  });

  const root: Parameters<typeof TrustedRoot.toJSON>[0] = {
    mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
    tlogs: [log(base, tlog.publicKey)],
    ctlogs: [log(base, ctlog.publicKey)],
    certificateAuthorities: [authority(base, [ca.rootCertificate])],
    timestampAuthorities: [authority(base, [tsa.intCertificate, tsa.rootCertificate])],
  };
  return {
    services: { fulcio: base, rekor: base, timestamp: base },
    trustedRoot: TrustedRoot.toJSON(root) as Json,
    requests,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** An identity token as an issuer would sign it; the mock authority looks at the claims alone. */
export function identityToken(identity: string, issuer: string): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part({ iss: issuer, sub: identity, aud: 'sigstore' })}.${part({})}`;
}

/** What the log keeps of a proposed `dsse` entry: hashes and signature, where the mock would keep the proposal itself. */
function canonicalEntry(proposed: Json): object {
  const content = at(proposed, 'spec', 'proposedContent');
  const envelope = textOf(at(content, 'envelope'));
  const dsse = JSON.parse(envelope) as Json;
  const sha256 = (data: string | Uint8Array) => ({
    algorithm: 'sha256',
    value: createHash('sha256').update(data).digest('hex'),
  });
  return {
    apiVersion: '0.0.1',
    kind: 'dsse',
    spec: {
      envelopeHash: sha256(envelope),
      payloadHash: sha256(Buffer.from(textOf(at(dsse, 'payload')), 'base64')),
      signatures: [{ signature: at(dsse, 'signatures', 0, 'sig'), verifier: at(content, 'verifiers', 0) }],
    },
  };
}

function textOf(value: Json): string {
  return typeof value === 'string' ? value : '';
}

function log(baseUrl: string, publicKey: Buffer) {
  return {
    baseUrl,
    hashAlgorithm: HashAlgorithm.SHA2_256,
    publicKey: {
      rawBytes: publicKey,
      keyDetails: PublicKeyDetails.PKIX_ECDSA_P256_SHA_256,
      validFor: { start: new Date(0), end: undefined },
    },
    logId: { keyId: createHash('sha256').update(publicKey).digest() },
    checkpointKeyId: undefined,
    operator: '',
  };
}

function authority(uri: string, certificates: readonly ArrayBufferView[]) {
  return {
    subject: { commonName: 'mock', organization: 'mock' },
    uri,
    certChain: {
      certificates: certificates.map(({ buffer, byteOffset, byteLength }) => ({
        rawBytes: Buffer.from(buffer, byteOffset, byteLength),
      })),
    },
    validFor: { start: new Date(0), end: undefined },
    operator: '',
  };
}

function keyPair() {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

async function listening(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
}

async function text(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks).toString('utf8');
}
