import * as z from 'zod';
import { canonicalBytes } from '../kernel/canonical.ts';
import { parseDocument } from '../kernel/document.ts';
import { isObject, type Json, member } from '../kernel/json.ts';
import { assert, err, ok, type Result } from '../kernel/result.ts';
import { readTrust, type Trust } from '../seal/trust.ts';
import { name } from '../store/words.ts';

/** Where trust in an index begins: with a root that came another way than the index, and with whose seals count. */
export interface IndexTrust {
  /** The store whose workflows the index holds: a seal of another store's workflow is not one of them. */
  readonly store: string;
  /** The TUF root, as the bytes that a client starts from. */
  readonly root: Uint8Array;
  readonly seal: Trust;
}

const indexSchema = z.strictObject({ store: name, root: z.record(z.string(), z.unknown()) });

/** The trust of a file that says where its index begins; or what is wrong with it. */
export function readIndexTrust(file: string, bytes: Uint8Array): Result<IndexTrust, string> {
  const seal = readTrust(file, bytes);
  if (!seal.ok) return seal;
  const { value } = parseDocument(file, bytes);
  const index = isObject(value) ? member(value, 'index') : undefined;
  if (index === undefined) return err('it names no index');
  const parsed = indexSchema.safeParse(index);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return err(`index/${(issue?.path ?? []).map(String).join('/')}: ${issue?.message ?? 'wrong shape'}`);
  }
  // It came from a parsed document, so that it is JSON; its signatures cover its canonical form, not its bytes.
  return ok({ store: parsed.data.store, root: canonicalBytes(parsed.data.root as Json), seal: seal.value });
}

/** Whether every signer proves who it is by an identity that others vouch for. A key in a file proves only that it was in the file. */
export function isKeyless(trust: Trust): boolean {
  return trust.operators.every(({ signers }) => signers.every(({ kind }) => kind === 'keyless'));
}

/** A trust file with the beginning of an index put into it. `trust` is one that `readTrust` accepts. */
export function indexTrustText(trust: Uint8Array, store: string, root: Uint8Array): string {
  const { value } = parseDocument('trust.json', trust);
  assert(isObject(value), 'a trust that was read is an object');
  const parsed: unknown = JSON.parse(Buffer.from(root).toString('utf8'));
  return `${JSON.stringify({ ...value, index: { store, root: parsed } }, null, 2)}\n`;
}
