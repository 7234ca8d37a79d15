// The version of this program: the bundler puts the package's version in place of PACKAGE_VERSION (src/tools/build.ts).

declare const PACKAGE_VERSION: string | undefined;

/** The package's version, such as 0.1.0; from source, `source`. */
export const version: string = typeof PACKAGE_VERSION === 'string' ? PACKAGE_VERSION : 'source';
