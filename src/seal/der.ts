/** DER (X.690) as far as certificates and timestamps need it: written in its one form, and read only from that form. */

export const TAG = {
  integer: 0x02,
  bits: 0x03,
  octets: 0x04,
  oid: 0x06,
  utf8: 0x0c,
  sequence: 0x30,
  set: 0x31,
  /** Context-specific, constructed. */
  context0: 0xa0,
  /** GeneralName: rfc822Name and uniformResourceIdentifier. */
  email: 0x81,
  uri: 0x86,
} as const;

export interface Der {
  readonly tag: number;
  readonly content: Buffer;
  /** The whole value: tag, length and content. */
  readonly bytes: Buffer;
}

/** A value: tag, length in its shortest form, content. */
export function der(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const joined = Buffer.concat(content);
  const size: number[] = [];
  for (let rest = joined.length; rest > 0; rest = Math.floor(rest / 256)) size.unshift(rest % 256);
  const head = joined.length < 128 ? [tag, joined.length] : [tag, 0x80 + size.length, ...size];
  return Buffer.concat([Buffer.from(head), joined]);
}

/** The values that stand one after the other in `bytes`; absent where that is not all, or not written in the one form. */
export function derValues(bytes: Buffer): readonly Der[] | undefined {
  const values: Der[] = [];
  for (let at = 0; at < bytes.length;) {
    const tag = bytes[at] ?? 0;
    const first = bytes[at + 1] ?? 0;
    const extra = first < 128 ? 0 : first - 128;
    if (extra > 3) return undefined;
    const length =
      extra === 0 ? first : bytes.subarray(at + 2, at + 2 + extra).reduce((sum, byte) => sum * 256 + byte, 0);
    const start = at + 2 + extra;
    const content = bytes.subarray(start, start + length);
    const whole = bytes.subarray(at, start + length);
    if (!der(tag, content).equals(whole)) return undefined;
    values.push({ tag, content, bytes: whole });
    at = start + length;
  }
  return values;
}

/** The values inside of one with the given tag, which must have exactly these tags. */
export function derFields(value: Der | undefined, tag: number, ...tags: readonly number[]): readonly Der[] | undefined {
  if (value?.tag !== tag) return undefined;
  const fields = derValues(value.content);
  return fields?.length === tags.length && fields.every((field, i) => field.tag === tags[i]) ? fields : undefined;
}
