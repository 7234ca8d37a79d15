// Jest calls the default export of this once, before the test files.
// biome-ignore lint/style/noDefaultExport: jest asks for a default export.
export { prepareTier as default } from './prepare.ts';
