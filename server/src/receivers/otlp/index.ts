export { OTLP_CONFIG, type OtlpConfig } from './config.ts';
export { type Decoded, type OtlpDecoder, type OtlpEncoding, openOtlpDecoder } from './decoder.ts';
export { OTLP_ERRORS } from './errors.ts';
