export { shipped } from '../pipeline/shipped.ts';
