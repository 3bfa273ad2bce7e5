import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RegistryError } from '../registry/error.ts';
import type { IndexReader } from '../registry/files.ts';
import { folderIndex } from './index-folder.ts';

const TIMEOUT = 30_000;
const REDIRECTS = 3;

/** Milliseconds, and the function that fetches; a test gives its own. */
export interface AddressOptions {
  readonly timeout?: number;
}

/** What reads the index at a folder, a `file:`, an `https:` or (this machine only) an `http:` address. */
export function indexAt(address: string, cwd: string, { timeout = TIMEOUT }: AddressOptions = {}): IndexReader {
  if (!/^[a-z][a-z0-9+.-]+:/i.test(address)) return folderIndex(resolve(cwd, address));
  const url = parse(address);
  if (url.protocol === 'file:') return folderIndex(folderOf(url));
  if (!isAllowed(url)) {
    throw new RegistryError(
      'unavailable',
      'an index is a folder, or a file: or https: address (http: on this machine only)',
    );
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new RegistryError('unavailable', 'the address of an index has no credentials, query or fragment');
  }
  const base = new URL(url.pathname.endsWith('/') ? url.href : `${url.href}/`);
  return {
    read: async (path, limit) => get(new URL(path.split('/').map(encodeURIComponent).join('/'), base), limit, timeout),
  };
}

async function get(url: URL, limit: number, timeout: number): Promise<Uint8Array | undefined> {
  const signal = AbortSignal.timeout(timeout);
  try {
    const response = await follow(url, signal);
    // Static hosts say 403 for what is not there as well (TUF 1.0.31, 5.3.3).
    if (response.status === 404 || response.status === 403 || response.status === 410) {
      await response.body?.cancel();
      return undefined;
    }
    if (response.status !== 200) {
      await response.body?.cancel();
      throw new RegistryError('unavailable', `the index answers with status ${response.status}`);
    }
    return await bounded(response, limit);
  } catch (error) {
    if (error instanceof RegistryError) throw error;
    const message = signal.aborted ? 'the index does not answer in time' : 'the index cannot be reached';
    throw new RegistryError('unavailable', message, {
      cause: error,
      remedy: 'what is installed can be used and checked without it',
    });
  }
}

/** What is fetched is checked against signatures, so that a host may send us elsewhere; never to plain http or into this machine. */
async function follow(start: URL, signal: AbortSignal): Promise<Response> {
  let url = start;
  for (let i = 0; i <= REDIRECTS; i += 1) {
    const response = await fetch(url, { signal, redirect: 'manual' });
    const location = response.headers.get('location');
    if (response.status < 300 || response.status > 399 || location === null) return response;
    await response.body?.cancel();
    const next = new URL(location, url);
    if (next.origin !== url.origin && next.protocol !== 'https:') {
      throw new RegistryError('unavailable', 'the index redirects to an address that is not https');
    }
    url = next;
  }
  throw new RegistryError('unavailable', 'the index redirects too often');
}

async function bounded(response: Response, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  if (response.body === null) return new Uint8Array();
  const body: AsyncIterable<Uint8Array> = response.body;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > limit) throw new RegistryError('too-large', `a file of the index is larger than ${limit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function isAllowed(url: URL): boolean {
  if (url.protocol === 'https:') return true;
  return url.protocol === 'http:' && ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname);
}

function parse(address: string): URL {
  try {
    return new URL(address);
  } catch {
    throw new RegistryError('unavailable', 'this is no address of an index');
  }
}

function folderOf(url: URL): string {
  try {
    return fileURLToPath(url);
  } catch {
    throw new RegistryError('unavailable', 'a file: address names a folder of this machine');
  }
}
