/** What a file system says when it cannot do what it is asked to, through no fault of ours; one sentence without the path. */
const SENTENCES: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk is full: the quota is used up',
  EROFS: 'the disk can only be read',
  EACCES: 'permission is denied',
  EPERM: 'it is not permitted',
  EIO: 'the disk fails',
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open',
};

/** The sentence for an error of the file system, or `undefined` where the error is another. */
export function diskSentence(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return Object.hasOwn(SENTENCES, code) ? SENTENCES[code] : undefined;
}

/** Whether a disk had no room: what was there before is then still there, and what was begun is not. */
export function isFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}
