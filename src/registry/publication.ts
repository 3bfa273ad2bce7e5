import { digestBytes } from '../kernel/digest.ts';
import { parseDocument } from '../kernel/document.ts';
import { equalJson, type Json } from '../kernel/json.ts';
import { Reporter } from '../kernel/reporter.ts';
import type { Package } from '../seal/pack.ts';
import type { Sealed, VerifiedSeal } from '../seal/verify.ts';
import { readContract } from '../store/contract.ts';
import { RegistryError } from './error.ts';
import { type Publication, instantOf } from './publish.ts';
import { guaranteesFrom, type IndexRecord } from './record.ts';

/** The author's words of a package: for search, and quoted wherever they are shown. */
export interface AuthorWords {
  readonly domain?: string;
  readonly intents: readonly string[];
}

/** The entry of a sealed package whose seal was verified: everything in its record is computed from the package. */
export function publicationOf(sealed: Sealed, seal: VerifiedSeal, channel: string, now: Date): Publication {
  const { subject, level } = seal.package.evidence;
  const guarantees = guaranteesFrom(asJson(seal.package.evidence.guarantees));
  if (guarantees === undefined)
    throw new RegistryError('contradiction', 'the evidence of the package guarantees nothing');
  const { domain, intents } = authorWords(seal.package);
  const record: IndexRecord = {
    format: 'proofmark-record/1',
    name: subject.name,
    version: subject.version,
    channel,
    package: blobOf(sealed.package),
    bundles: sealed.bundles.map(({ bytes }) => blobOf(bytes)),
    workflow: subject.digest as IndexRecord['workflow'],
    level,
    guarantees,
    ...(domain === undefined ? {} : { domain }),
    intents: [...intents],
    published: instantOf(now),
  };
  return { record, package: sealed.package, bundles: sealed.bundles.map(({ bytes }) => bytes) };
}

/**
 * Refuses a record that says another thing than the package whose seal was verified: what search showed and what is installed
 * must be one.
 */
export function checkRecord(record: IndexRecord, seal: VerifiedSeal): void {
  const { subject, level, guarantees } = seal.package.evidence;
  const { domain, intents } = authorWords(seal.package);
  const facts: readonly (readonly [string, unknown, unknown])[] = [
    ['name', record.name, subject.name],
    ['version', record.version, subject.version],
    ['digest of the workflow', record.workflow, subject.digest],
    ['level', record.level, level],
    ['guarantees', record.guarantees, guarantees],
    ['domain', record.domain ?? null, domain ?? null],
    ['intents', record.intents, intents],
  ];
  const differs = facts.find(([, listed, found]) => !equalJson(asJson(listed), asJson(found)));
  if (differs !== undefined) {
    throw new RegistryError('contradiction', `the record says another ${differs[0]} than the package`);
  }
}

function authorWords(unpacked: Package): AuthorWords {
  const bytes = unpacked.files.find(({ path }) => path === 'contract.yaml')?.bytes ?? new Uint8Array();
  const document = parseDocument('contract.yaml', bytes);
  const contract = readContract(document, undefined, new Reporter(document));
  if (contract === undefined) throw new RegistryError('contradiction', 'the contract in the package cannot be read');
  const { domain, intents } = contract;
  return { ...(domain === undefined ? {} : { domain }), intents };
}

function blobOf(bytes: Uint8Array): IndexRecord['package'] {
  return { digest: digestBytes(bytes), size: bytes.length };
}

/** Records and evidence came from parsed documents, so that all of them is JSON. */
function asJson(value: unknown): Json {
  return value as Json;
}
