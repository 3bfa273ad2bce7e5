/** Semantic versions (semver.org 2.0.0), exact ones only. */
export const SEMVER =
  /^(?:0|[1-9]\d{0,8})\.(?:0|[1-9]\d{0,8})\.(?:0|[1-9]\d{0,8})(?:-(?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*)(?:\.(?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*))*)?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/;

export function isSemver(text: string): boolean {
  return text.length <= 128 && SEMVER.test(text);
}

const PACKAGE = /^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/;

/** What {@link exactPackage} takes, as the pattern of a schema. */
export const EXACT_PACKAGE = `${PACKAGE.source.slice(0, -1)}@${SEMVER.source.slice(1)}`;

/** Name and version of an npm package argument that pins one version: `@x/y@1.2.3`. */
export function exactPackage(argument: string): { readonly name: string; readonly version: string } | undefined {
  const at = argument.lastIndexOf('@');
  const [name, version] = [argument.slice(0, at), argument.slice(at + 1)];
  return at > 0 && name.length <= 214 && PACKAGE.test(name) && isSemver(version) ? { name, version } : undefined;
}
