import { describe, expect, it } from 'vitest';
import { digestBytes, digestFiles, digestJson, digestText, hexOf } from './digest.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

describe('digests', () => {
  it('are SHA-256 in base64, as subresource integrity writes them', () => {
    expect(digestText('')).toBe('sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=');
    expect(digestBytes(bytes('abc'))).toBe(digestText('abc'));
    expect(hexOf(digestText('abc'))).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(digestJson({ b: 1, a: 2 })).toBe(digestText('{"a":2,"b":1}'));
  });

  it('of files depend on paths and bytes, not on their order', () => {
    const a = { path: 'a', bytes: bytes('1') };
    const b = { path: 'b', bytes: bytes('2') };
    expect(digestFiles([a, b])).toBe(digestFiles([b, a]));
    expect(digestFiles([a, b])).not.toBe(digestFiles([{ ...a, path: 'c' }, b]));
    expect(digestFiles([a, b])).not.toBe(
      digestFiles([
        { ...a, bytes: b.bytes },
        { ...b, bytes: a.bytes },
      ]),
    );
    expect(digestFiles([a])).not.toBe(digestFiles([a, b]));
  });
});
