// biome-ignore lint/style/noDefaultExport: jest asks for a default export.
export { stopGlobalControlPlane as default } from './global-control-plane.ts';
