export { MUTANTS } from '../../core/mutants/index.ts';
