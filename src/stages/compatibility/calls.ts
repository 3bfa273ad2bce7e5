import { comparePermissions, type Permissions } from '../../prove/permissive.ts';
import { Inquiry, type Solver } from '../../prove/smt/solver.ts';
import { compileSchema } from '../../schema/compile.ts';
import { limitsOf, underProof } from '../policy/proof.ts';
import type { Release, Subject } from '../subject.ts';

/** What a new version may call beyond a release; `undefined` where the release cannot be run any more. */
export async function callsBeyond(
  subject: Subject,
  release: Release,
  solver: Solver | undefined,
): Promise<Permissions | undefined> {
  const program = subject.compile(release.workflow.document);
  if (program === undefined) return undefined;
  const { contract, name } = release.files;
  const { law, policies } = subject;
  const input = release.workflow.input?.schema;
  const compiled = input === undefined ? undefined : compileSchema(input);
  const inputSchema = compiled?.ok === true ? compiled.value : undefined;
  const cases = subject.files.cases.map(({ input: given, replies, choices }) => ({ input: given, replies, choices }));
  return comparePermissions(
    { old: { law, policies, program, contract, name, inputSchema }, now: underProof(subject) },
    limitsOf(subject),
    cases,
    new Inquiry(solver, law.config.limits.rlimit),
  );
}
