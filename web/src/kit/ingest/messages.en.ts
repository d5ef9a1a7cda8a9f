/** What is told of ingest: notices, and cases of requests that were refused or partly stored. Loaded with the first screen that shows one. */
export const messages = {
  'kit.notice.journalFull':
    'The journal is nearly full, so new data is refused until the store has caught up. Senders try again by themselves.',
  'kit.notice.diskFull':
    'The disk is nearly full, so new data is refused until there is room. Senders try again by themselves.',
  'kit.notice.journalSlow': 'The disk cannot keep up, so some requests are refused. Senders try again by themselves.',
  'kit.notice.writeFailed': 'The journal cannot be written, so new data is refused. Senders try again by themselves.',
  'kit.notice.closing': 'The server is shutting down and takes no new data.',
  'kit.notice.filling': 'The journal is {share} full: the store is behind. New data is refused at 90%.',
  'kit.notice.diskShort':
    'New data will be refused when {roomBytes} more of the disk are used. Free space on it, or lower the retention.',
  'kit.notice.damaged':
    '{count, plural, one {{exact} acknowledged request} other {{exact} acknowledged requests}} could not be read back from the journal. Everything else was kept. Senders that still have the data may send it again.',
  'kit.notice.endCut':
    '{cutBytes} at the end of the journal were no whole request and were cut off: a write that was interrupted and never acknowledged, or damage. Senders that got no answer send again.',
  'kit.notice.copyDamaged': 'Copies in the journal were damaged: {files}. Nothing was lost with them.',
  'kit.notice.deadLetters':
    '{count, plural, one {{exact} request} other {{exact} requests}} could not be stored because of the content, and were put aside. Nothing else is affected.',
  'kit.notice.storeAway': 'The store does not answer. Ingest goes on; searches wait until it is back.',
  'kit.notice.controlAway':
    'The control database has not answered since {sinceMs}. Ingest goes on with the tenants and keys known then; sign-in and changes are refused.',
  'kit.notice.load':
    '{unreadBytes} of {budgetBytes} wait for the store, {freeBytes} of the disk are free. See whether its engine runs and what the log says; npm run doctor looks at the disk.',
  'kit.notice.damageKept':
    'What is known is kept in journal/{store}/damaged of the data directory; npm run doctor lists it, and removing that folder ends this notice. Check the disk.',
  'kit.notice.deadLettersKept': 'They are kept in journal/{store}/dead-letters; the log and those files say why.',
  'kit.notice.engine': 'Its engine is {engine} and is started again by itself. If that does not help, see the log.',
  'kit.notice.operatorKnows': 'The operator has the details.',
  'kit.notice.records': 'At least {records} records are concerned.',
  'kit.notice.whose': 'Tenants: {whose}.',
  'kit.notice.between': 'Between {fromMs} and {toMs}.',
  'kit.ingest.connectionsFull':
    '{count, plural, one {{exact} connection was} other {{exact} connections were}} refused: the port has as many as it takes, and all are in use. The last came from {remote}.',
  'kit.ingest.connectionsSource':
    '{count, plural, one {{exact} connection was} other {{exact} connections were}} refused: their address has as many open as one may have. The last came from {remote}.',
  'kit.ingest.connectionsFlood':
    '{count, plural, one {{exact} connection was} other {{exact} connections were}} refused: their address had flooded the port. The last came from {remote}.',
  'kit.ingest.connectionsSlowed':
    '{count, plural, one {{exact} connection had} other {{exact} connections had}} to wait: senders behind their address flood the port. The last came from {remote}.',
  'kit.ingest.connectionsEvicted':
    '{count, plural, one {{exact} connection was} other {{exact} connections were}} closed to make room: nobody had authenticated on them, or they had been idle longest. The last was from {remote}.',
  'kit.ingest.connectionsEnded': '{remote} kept the server busy with useless requests. Its connection was closed.',
  'kit.ingest.wrongKeys':
    '{count, plural, one {{exact} request with a wrong ingest key} other {{exact} requests with wrong ingest keys}} came from {remote}: a sender there has an old key, or somebody is guessing. They are held back; keys in force are accepted from there all the same.',
  'kit.ingest.limitServices':
    'More service names today than the limit of {limit}: {count, plural, one {{exact} record is} other {{exact} records are}} listed under “(other services)”. The last new name is {name}.',
  'kit.ingest.limitOperations':
    'Service {of} sends more span names today than the limit of {limit}: {count, plural, one {{exact} span is} other {{exact} spans are}} counted under “(other operations)”. The last new name is {name}.',
  'kit.ingest.limitMetrics':
    'More metric names today than the limit of {limit}: {count, plural, one {{exact} point was} other {{exact} points were}} rejected. The last new name is {name}.',
  'kit.ingest.limitSeries':
    'More series today than the limit of {limit}: {count, plural, one {{exact} point was} other {{exact} points were}} rejected. Metric {name} grows.',
  'kit.ingest.limitSeriesBy':
    'More series today than the limit of {limit}: {count, plural, one {{exact} point was} other {{exact} points were}} rejected. Metric {name} grows by its attribute {of}.',
  'kit.ingest.limitResources':
    'More resources today than the limit of {limit}: {count, plural, one {{exact} record was} other {{exact} records were}} rejected. Service {name} sends new ones; see whether a resource attribute changes with every request.',
  'kit.ingest.limitScopes':
    'More instrumentation scopes today than the limit of {limit}: {count, plural, one {{exact} record was} other {{exact} records were}} rejected. Service {name} sends new ones.',
  'kit.ingest.limitKeys':
    'More attribute keys today than the limit of {limit}: new ones can be searched but are not suggested. The last new key is {name}.',
  'kit.ingest.idUnreadable':
    '{count, plural, one {{exact} record was} other {{exact} records were}} kept without an id that cannot be read. A trace id is 32 hex digits, a span id 16; base64 is not read.',
  'kit.ingest.badTraceId':
    '{count, plural, one {{exact} span was} other {{exact} spans were}} rejected: the trace id is not 32 hex digits (16 bytes), or all zero. The first is span {record} of the request, “{name}”.',
  'kit.ingest.badSpanId':
    '{count, plural, one {{exact} span was} other {{exact} spans were}} rejected: the span id is not 16 hex digits (8 bytes), or all zero. The first is span {record} of the request, “{name}”.',
  'kit.ingest.badParentId':
    '{count, plural, one {{exact} span was} other {{exact} spans were}} rejected: the parent span id is neither empty nor 16 hex digits (8 bytes). The first is span {record} of the request, “{name}”.',
  'kit.ingest.tooManyRecords':
    '{count, plural, one {{exact} record was} other {{exact} records were}} rejected: those beyond the first {limit}, the most that one request may have. Send smaller batches.',
  'kit.ingest.metricWithoutName':
    '{count, plural, one {{exact} point was} other {{exact} points were}} rejected: the name of the metric is empty.',
  'kit.ingest.tooManyBuckets':
    '{count, plural, one {{exact} point was} other {{exact} points were}} rejected: more buckets than the limit of {limit}. The first is a point of metric {name}.',
  'kit.ingest.badHistogram':
    '{count, plural, one {{exact} point was} other {{exact} points were}} rejected: the buckets of a histogram must be one in number above its bounds and add up to its count, and the bounds must ascend. The first is a point of metric {name}.',
} as const;
