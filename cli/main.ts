#!/usr/bin/env node
import nodeModule from 'node:module';

// Node 22.8 and later keep the compiled program in the folder for temporary files, where that can be written. This file
// stays apart from the program, since the cache serves only what is loaded after this call.
const { enableCompileCache } = nodeModule as { enableCompileCache?: () => unknown };
enableCompileCache?.();

await import('./start.ts');
