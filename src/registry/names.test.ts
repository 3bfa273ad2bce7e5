import { describe, expect, it } from 'vitest';
import { foremost, newest, parseReference, withVersion } from './names.ts';
import type { KnownVersion } from './record.ts';

function versions(...texts: readonly string[]): readonly KnownVersion[] {
  return texts.map((text) => {
    const [version = '', channel = 'stable', revoked] = text.split(' ');
    return { version, channel, revoked: revoked === 'revoked' };
  });
}

describe('a reference', () => {
  it.each([
    ['finance/pay-invoice', { name: 'finance/pay-invoice', version: undefined }],
    ['finance/pay-invoice@1.2.3', { name: 'finance/pay-invoice', version: '1.2.3' }],
    ['a/b@1.0.0-rc.1+build', { name: 'a/b', version: '1.0.0-rc.1+build' }],
  ])('reads %s', (text, expected) => {
    expect(parseReference(text)).toEqual(expected);
  });

  it.each([
    'pay-invoice',
    'finance/pay/invoice',
    'Finance/pay-invoice',
    'fin\u0430nce/pay-invoice',
    'finance/pay-invoice@latest',
    'finance/pay-invoice@^1.0.0',
    'finance/pay-invoice@',
    'finance/pay-invoice@1.2.3@1.2.3',
    '../../etc/passwd',
    'finance/..',
    'finance/pay-invoice ',
    '',
  ])('takes %j for none', (text) => {
    expect(parseReference(text)).toBeUndefined();
  });
});

describe('the newest version', () => {
  it('is by precedence, not by text or order', () => {
    expect(newest(versions('1.10.0', '1.9.0', '1.2.0'), 'stable')?.version).toBe('1.10.0');
  });

  it('is no prerelease while there is a release', () => {
    expect(newest(versions('1.0.0', '2.0.0-rc.1'), 'stable')?.version).toBe('1.0.0');
    expect(newest(versions('2.0.0-rc.1', '2.0.0-rc.2'), 'stable')?.version).toBe('2.0.0-rc.2');
  });

  it('is not revoked, and of the channel', () => {
    const all = versions('1.0.0', '1.1.0 stable revoked', '2.0.0 candidate');
    expect(newest(all, 'stable')?.version).toBe('1.0.0');
    expect(newest(all, 'candidate')?.version).toBe('2.0.0');
    expect(newest(all, 'other')).toBeUndefined();
  });

  it('stands for the workflow, of another channel only where the stable one has none', () => {
    expect(foremost(versions('1.0.0', '2.0.0 candidate'))?.version).toBe('1.0.0');
    expect(foremost(versions('1.0.0 stable revoked', '2.0.0 candidate'))?.version).toBe('2.0.0');
    expect(foremost(versions('1.0.0 stable revoked'))).toBeUndefined();
  });

  it('keeps its place when it is replaced', () => {
    const before = versions('1.0.0', '1.1.0', '1.10.0');
    const [revoked] = versions('1.1.0 stable revoked');
    if (revoked === undefined) throw new Error('no version');
    expect(withVersion(before, revoked).map(({ version, revoked: gone }) => `${version} ${gone}`)).toEqual([
      '1.0.0 false',
      '1.1.0 true',
      '1.10.0 false',
    ]);
  });
});
