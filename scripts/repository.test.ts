import { describe, expect, it } from 'vitest';
import { checkText } from './repository.ts';

const host = ['registry', 'npmjs', 'org'].join('.');

describe('what no file may hold', () => {
  it('is the host of a package registry', () => {
    expect(checkText('docs/a.md', `npm set registry https://${host}/`)).toEqual([`docs/a.md names ${host}`]);
    expect(checkText('docs/a.md', 'https://www.npmjs.com/package/zod')).toEqual([]);
  });

  it('is, in a lockfile, where a package comes from', () => {
    expect(checkText('package-lock.json', '{ "resolved": "https://mirror.example/zod.tgz" }')).toEqual([
      'package-lock.json says where packages come from',
    ]);
    expect(checkText('package-lock.json', '{ "integrity": "sha512-AA==" }')).toEqual([]);
  });
});
