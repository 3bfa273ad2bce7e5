/** Semantic versions (semver.org 2.0.0), exact ones only. */
const SEMVER =
  /^(?:0|[1-9]\d{0,8})\.(?:0|[1-9]\d{0,8})\.(?:0|[1-9]\d{0,8})(?:-(?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*)(?:\.(?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*))*)?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/;

export function isSemver(text: string): boolean {
  return text.length <= 128 && SEMVER.test(text);
}

/** Name and version of a package argument that pins one version: `@x/y@1.2.3` (npm) or `x==1.2.3` (PyPI). */
export function exactVersion(argument: string): { readonly name: string; readonly version: string } | undefined {
  const npm = argument.lastIndexOf('@');
  if (npm > 0 && isSemver(argument.slice(npm + 1)))
    return { name: argument.slice(0, npm), version: argument.slice(npm + 1) };
  const [name, version, ...rest] = argument.split('==');
  if (name === undefined || version === undefined || rest.length > 0) return undefined;
  return /^[0-9]+(?:\.[0-9]+){1,3}(?:(?:a|b|rc|\.post|\.dev)[0-9]+)*$/.test(version) ? { name, version } : undefined;
}
