import { describeMutants } from './describe.ts';

describeMutants(1, 2);
