import { ConnectError } from '../connect/error.ts';
import { keyFrom } from '../connect/key.ts';
import { keylessSigner, servicesAt } from '../connect/keyless.ts';
import { assert } from '../kernel/result.ts';
import type { SealedWorkflow } from '../pipeline/seal.ts';
import { refused } from '../registry/install.ts';
import { type BundleSigner, keySigner } from '../seal/sign.ts';
import { keyTrust, readTrust, type Trust } from '../seal/trust.ts';
import { verifySeal } from '../seal/verify.ts';
import { EventError } from './event.ts';
import { trustBytes } from './index-target.ts';
import type { Runner } from './runner.ts';

/** How a run signs what it seals. */
export interface Signing {
  /** A signer for one seal: a certificate of the keyless kind lasts for minutes. */
  readonly signer: () => BundleSigner;
  /** By which each seal is verified before anything is released; absent where only others can tell. */
  readonly trust: Trust | undefined;
}

/**
 * By the key of the input `key`, or without one as the job itself, by its identity token. Throws `ConnectError` where there is neither,
 * `EventError` for inputs that cannot be used.
 */
export function signingOf(runner: Pick<Runner, 'input' | 'identity' | 'workspace'>): Signing {
  const given = trustGiven(runner);
  const pem = runner.input('key');
  if (pem !== '') {
    const key = keyFrom(pem, 'the input `key`');
    const own = keyTrust('self', key.publicKey);
    assert(own.ok, 'the public half of a signing key is a trusted signer');
    return { signer: () => keySigner(key), trust: given ?? own.value };
  }
  const { identity } = runner;
  if (identity === undefined)
    throw new ConnectError('identity-token', 'there is nothing to sign with: no key, and no identity token', {
      remedy: 'Give the job `permissions: { id-token: write }`, or the step a `key`.',
    });
  const services = servicesAt({
    fulcio: runner.input('fulcio'),
    rekor: runner.input('rekor'),
    timestamp: runner.input('timestamp'),
  });
  if (!services.ok) throw new EventError(`the input \`${services.error}\` takes an https address`);
  return { signer: () => keylessSigner(identity, services.value), trust: given };
}

function trustGiven(runner: Pick<Runner, 'input' | 'workspace'>): Trust | undefined {
  if (runner.input('trust') === '') return undefined;
  const trust = readTrust('trust.json', trustBytes(runner));
  if (!trust.ok) throw new EventError(`the input \`trust\` names no trust file: ${trust.error}`);
  return trust.value;
}

/** A seal that consumers with this trust would refuse is never released. Throws `RegistryError`. */
export function checkSeal({ store, name, version, packed, bundles }: SealedWorkflow, trust: Trust): void {
  // Whether other operators have signed as well, and until when they are trusted, is not ours to say.
  const alone = { ...trust, need: 1 };
  const expected = { store, name, version, level: packed.evidence.level, day: '0000-00-00' };
  const verified = verifySeal({ package: packed.bytes, bundles }, alone, expected);
  if (!verified.ok) throw refused(`${name}@${version}`, verified.error);
}
