import { describe, expect, it } from 'vitest';
import { LOCAL_BUILDER } from '../seal/statement.ts';
import { originOf } from './origin.ts';

const JOB = {
  GITHUB_ACTIONS: 'true',
  GITHUB_SERVER_URL: 'https://github.example',
  GITHUB_REPOSITORY: 'acme/store',
  GITHUB_WORKFLOW_REF: 'acme/store/.github/workflows/publish.yml@refs/heads/main',
  GITHUB_SHA: 'a'.repeat(40),
};

describe('where a package is made', () => {
  it('is the workflow and the commit of a GitHub job', () => {
    expect(originOf(JOB)).toEqual({
      builder: 'https://github.example/acme/store/.github/workflows/publish.yml@refs/heads/main',
      source: { uri: 'git+https://github.example/acme/store', commit: 'a'.repeat(40) },
    });
  });

  it.each([
    ['outside a job', {}],
    ['without a commit', { ...JOB, GITHUB_SHA: undefined }],
    ['with a branch for a commit', { ...JOB, GITHUB_SHA: 'main' }],
    ['with a server that is none', { ...JOB, GITHUB_SERVER_URL: 'file:///x y' }],
    ['with a workflow that is none', { ...JOB, GITHUB_WORKFLOW_REF: 'a b' }],
  ])('is this machine %s', (_, env) => {
    expect(originOf(env)).toEqual({ builder: LOCAL_BUILDER });
  });
});
