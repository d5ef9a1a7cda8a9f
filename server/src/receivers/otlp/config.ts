import type { Values } from '#base';
import { PIPELINE_CONFIG } from '#pipeline';

/** The decoder has no settings besides the limits on what a record may carry. */
export const OTLP_CONFIG = PIPELINE_CONFIG;
export type OtlpConfig = Values<typeof OTLP_CONFIG>;
