import { describeVariants } from './variants.ts';

describeVariants(0, 2);
