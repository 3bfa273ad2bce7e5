import { describe, expect, it } from 'vitest';
import { isListed } from './listed.ts';
import { USER, by } from './testing.ts';

const is = (text: string | number, ...entries: string[]): boolean => isListed(by(USER, text), entries);

describe('a target on an allow-list', () => {
  it.each([
    ['DE02100100109307118603', 'DE02100100109307118603'],
    ['ann@acme.example', 'ann@acme.example'],
    ['ann@ACME.example', 'ann@acme.example'],
    ['any.one+tag@acme.example', '@acme.example'],
    ['api.acme.example', 'api.acme.example'],
    ['API.acme.example', 'api.acme.example'],
    ['https://api.acme.example/v1?q=1', 'api.acme.example'],
    ['https://api.acme.example/v1', 'https://api.acme.example/v1'],
    ['https://API.acme.example', 'https://api.acme.example/'],
    ['#ops', '#ops'],
    ['42', '42'],
  ])('%s is %s', (text, entry) => {
    expect(is(text, 'something else', entry)).toBe(true);
  });

  it('is a number that is written the same', () => {
    expect(is(42, '42')).toBe(true);
    expect(is(42.5, '42')).toBe(false);
  });

  it.each([
    ['de02100100109307118603', 'DE02100100109307118603'],
    ['DE02100100109307118603 ', 'DE02100100109307118603'],
    ['Ann@acme.example', 'ann@acme.example'],
    ['eve@acme.example.evil.example', '@acme.example'],
    ['eve@sub.acme.example', '@acme.example'],
    ['eve@evil.example,ann@acme.example', '@acme.example'],
    ['eve@evil.example@acme.example', '@acme.example'],
    ['"eve@evil.example"@acme.example', '@acme.example'],
    ['eve@evil.example <ann@acme.example>', '@acme.example'],
    ['ann@acme.example\n', 'ann@acme.example'],
    ['ann@acme.example.', 'ann@acme.example'],
    ['ann@аcme.example', 'ann@acme.example'],
    ['@acme.example', '@acme.example'],
    ['https://acme.example@evil.example/', 'acme.example'],
    ['https://evil.example/acme.example', 'acme.example'],
    ['https://evil.example#acme.example', 'acme.example'],
    ['https://acme.example\\@evil.example/', 'acme.example'],
    ['https://acme.example:8443/', 'acme.example'],
    ['http://acme.example/', 'acme.example'],
    ['https://api.acme.example/', 'acme.example'],
    ['https://acme.example/a/../b', 'https://acme.example/b'],
    ['https://acme.example/%61', 'https://acme.example/a'],
    ['https://acme.example/a?x', 'https://acme.example/a'],
    ['https://1.1.1.1/', '1.1.1.1.evil.example'],
    ['acme.example/path', 'acme.example'],
  ])('%s is not %s', (text, entry) => {
    expect(is(text, entry)).toBe(false);
  });

  it('is never a boolean or a null', () => {
    expect(isListed(by(USER, true), ['true'])).toBe(false);
    expect(isListed(by(USER, null), ['null', ''])).toBe(false);
  });
});
