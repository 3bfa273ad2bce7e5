/** A JSON pointer (RFC 6901): `''` is the whole document, `/do/0/read` a member. */
export type Pointer = string & { readonly __pointer: unique symbol };

export const ROOT = '' as Pointer;

/** The pointer of a member or item below `base`. */
export function child(base: Pointer, ...tokens: readonly (string | number)[]): Pointer {
  let pointer: string = base;
  for (const token of tokens) pointer += `/${escapeToken(String(token))}`;
  return pointer as Pointer;
}

/** The tokens of a pointer, unescaped; `undefined` where the text is no pointer. */
export function tokensOf(pointer: string): readonly string[] | undefined {
  if (pointer === '') return [];
  if (!pointer.startsWith('/') || /~(?![01])/u.test(pointer)) return undefined;
  return pointer
    .slice(1)
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** A pointer from text that is known to be one (a literal of ours, or already checked with {@link tokensOf}). */
export function pointerOf(text: string): Pointer {
  return text as Pointer;
}

function escapeToken(token: string): string {
  return /[~/]/.test(token) ? token.replaceAll('~', '~0').replaceAll('/', '~1') : token;
}
