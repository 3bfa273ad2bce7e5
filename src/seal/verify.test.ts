import { describe, expect, it } from 'vitest';
import { EXPECTED, sampleKey, samplePackage, sealByKey, trustIn } from '../../test/sealing.ts';
import { verifySeal } from './verify.ts';

describe('a seal by a key', () => {
  it('verifies', async () => {
    const key = sampleKey();
    const packed = samplePackage();
    const bundles = await sealByKey(key, packed);
    const seal = verifySeal({ package: packed.bytes, bundles }, trustIn(key), EXPECTED);
    expect(seal).toMatchObject({ ok: true, value: { operators: ['acme'], level: 'hardened' } });
    console.log(
      new TextDecoder().decode(packed.bytes).slice(0, 6000).replace(/\0+/g, '|'),
      bundles.map((b) => b.name + ' ' + b.bytes.length),
    );
  });
});
