import type { Provider } from '@bellhop/shared';
import { builtInProviders } from '@bellhop/shared';

/** The vendors to choose from. A build with BELLHOP_CONFIG puts those of that file here (build.ts). */
export const vendors: readonly Provider[] = builtInProviders;
