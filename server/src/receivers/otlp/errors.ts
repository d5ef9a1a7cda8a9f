import { errorCatalogue, failer } from '#base';

export const OTLP_ERRORS = errorCatalogue({
  'otlp.malformed': {
    kind: 'caller',
    status: 400,
    grpc: 3,
    retry: false,
    fix: 'Send OpenTelemetry protobuf, or JSON in the OTLP encoding, as the content-type says.',
  },
});

export const fail = failer(OTLP_ERRORS);
