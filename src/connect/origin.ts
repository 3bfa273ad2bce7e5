import { LOCAL_BUILDER } from '../seal/statement.ts';
import type { Attested } from '../seal/statement.ts';

/**
 * Where a package is made, for its provenance: the workflow of a GitHub Actions job with the commit it runs on, else this machine. What
 * a job says of itself is worth what its signature is worth: keyless, the certificate repeats it.
 */
export function originOf(env: Readonly<Record<string, string | undefined>>): Pick<Attested, 'builder' | 'source'> {
  if (env['GITHUB_ACTIONS'] !== 'true') return { builder: LOCAL_BUILDER };
  const [server, repository] = [env['GITHUB_SERVER_URL'] ?? '', env['GITHUB_REPOSITORY'] ?? ''];
  const [workflow, commit] = [env['GITHUB_WORKFLOW_REF'] ?? '', env['GITHUB_SHA'] ?? ''];
  const known =
    /^https:\/\/[A-Za-z0-9.:-]{1,200}$/.test(server) &&
    /^[\w.-]{1,100}\/[\w.-]{1,100}$/.test(repository) &&
    /^[\w./@-]{1,500}$/.test(workflow) &&
    /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/.test(commit);
  if (!known) return { builder: LOCAL_BUILDER };
  return { builder: `${server}/${workflow}`, source: { uri: `git+${server}/${repository}`, commit } };
}
