export { type Decoded, type OtlpDecoder, openOtlpDecoder } from './decoder.ts';
export { OTLP_ERRORS } from './errors.ts';
