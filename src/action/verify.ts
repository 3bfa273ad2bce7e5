import { verifyEvent } from '../github/verify.ts';
import { runAction } from './entry.ts';

await runAction(verifyEvent);
