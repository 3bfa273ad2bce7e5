import { compare, prerelease } from 'semver';
import type { WorkflowName } from '../store/model.ts';
import { isSemver } from '../store/version.ts';
import { isWorkflowName } from '../store/words.ts';
import type { KnownVersion } from './record.ts';

/** `finance/pay-invoice` or `finance/pay-invoice@1.2.3`; undefined for anything else, whatever it resembles. */
export function parseReference(
  text: string,
): { readonly name: WorkflowName; readonly version: string | undefined } | undefined {
  const at = text.indexOf('@');
  const name = at === -1 ? text : text.slice(0, at);
  const version = at === -1 ? undefined : text.slice(at + 1);
  if (!isWorkflowName(name) || (version !== undefined && !isSemver(version))) return undefined;
  return { name, version };
}

/** The channel that is meant where none is named. */
export const STABLE = 'stable';

/**
 * The newest version of a channel that is not revoked; a prerelease only where the channel has nothing else. Undefined where
 * there is none.
 */
export function newest(versions: readonly KnownVersion[], channel: string): KnownVersion | undefined {
  const offered = versions.filter((one) => !one.revoked && one.channel === channel);
  const released = offered.filter(({ version }) => prerelease(version) === null);
  return (released.length > 0 ? released : offered).toSorted((a, b) => compare(b.version, a.version))[0];
}

/** The version that stands for a workflow in lists: the newest stable one, else the newest of any channel. */
export function foremost(versions: readonly KnownVersion[]): KnownVersion | undefined {
  return (
    newest(versions, STABLE) ??
    versions.filter(({ revoked }) => !revoked).toSorted((a, b) => compare(b.version, a.version))[0]
  );
}

/** Adds or replaces a version, in the order of versions. */
export function withVersion(versions: readonly KnownVersion[], one: KnownVersion): readonly KnownVersion[] {
  return [...versions.filter(({ version }) => version !== one.version), one].toSorted((a, b) =>
    compare(a.version, b.version),
  );
}
