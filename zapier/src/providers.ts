import type { Provider } from '@bellhop/shared';
import { builtInProviders } from '@bellhop/shared';

/** The vendors to choose from. With BELLHOP_CONFIG, build.ts takes those of that file instead. */
export const vendors: readonly Provider[] = builtInProviders;
