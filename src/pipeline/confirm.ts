import { equalJson, isObject, type Json, member } from '../kernel/json.ts';
import type { Package } from '../seal/pack.ts';
import type { WorkflowReport } from './report.ts';

/** What of evidence decides: who judged what, by which law, and the outcome. Counts may grow with the releases there are by now. */
const DECISIVE = ['subject', 'level', 'guarantees', 'assumptions'] as const;

/**
 * Whether a verdict given again from scratch is the one that a package was sealed with; undefined, or what differs. The verifier's own
 * digest may differ: a newer Proofmark may confirm what an older one sealed.
 */
export function differenceFrom({ evidence }: Package, report: WorkflowReport): string | undefined {
  if (!report.passed) return 'it does not pass';
  if (!isObject(report.evidence)) return 'it has no evidence';
  const given = report.evidence;
  // Evidence in a package was read from JSON.
  const packed = evidence as unknown as Json;
  if (!isObject(packed)) return 'it has no evidence';
  const differs = DECISIVE.find((key) => !equalJson(member(packed, key) ?? null, member(given, key) ?? null));
  if (differs !== undefined) return differs;
  return equalJson(lawOf(packed), lawOf(given)) ? undefined : 'law';
}

function lawOf(evidence: Json): Json {
  const digests = isObject(evidence) ? member(evidence, 'digests') : undefined;
  return isObject(digests) ? (member(digests, 'law') ?? null) : null;
}
