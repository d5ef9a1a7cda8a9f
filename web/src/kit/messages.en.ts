export const messages = {
  'kit.close': 'Close',
  'kit.copy': 'Copy',
  'kit.copied': 'Copied',
  'kit.copyFailed': 'The browser did not allow copying',
  'kit.asOf': 'as of {at}',
  'kit.retry': 'Try again',
  'kit.failure.title': 'The request failed',
  'kit.failure.network': 'Hanok cannot be reached',
  'kit.failure.networkWhy': 'The server does not answer. It may be restarting, or the network is down.',
  'kit.failure.again': 'Trying again in {seconds, plural, one {# second} other {# seconds}}',
  'kit.failure.signedOut': 'Your session has ended',
  'kit.nothing.looking': 'Searching a longer time range …',
  'kit.nothing.nowhere': 'Nothing matches in this time range, nor in the last 90 days.',
  'kit.nothing.newest': 'The newest match was at {when}.',
  'kit.nothing.show': 'Show: {range}',
  'kit.query.fault': 'The search cannot be read',
  'kit.query.clear': 'Clear the search',
  'kit.facets.also': 'Also include {value}',
  'kit.facets.release': 'No longer filter by {value}',
  'kit.failure.missing': 'Not found',
  'kit.failure.curl': 'Copy as curl',
  'kit.failure.request': 'request',
  'kit.partial': 'The answer is incomplete: {message}',
  'kit.hint.unknown': 'Nobody sent a field called {field} in this time range.',
  'kit.hint.nearest': 'Nobody sent a field called {field} in this time range. Did you mean {nearest}?',
  'kit.cost': '({rows} rows, {bytes} read)',
  'kit.secret.kept': 'I have saved it',
  'kit.secret.refused': 'It is shown only this once. Copy it, or say that you have saved it.',
  'kit.table.columns': 'Columns',
  'kit.table.resize': 'Width of {column}',
  'kit.chart.help.pick': 'Enter opens traces and logs at the cursor.',
  'kit.chart.help': 'Arrow keys move along the chart, Enter on a marked stretch zooms in.',
  'kit.chart.incomplete': 'Incomplete step',
  'kit.chart.noValue': 'No value here',
  'kit.chart.incompleteShort': 'incomplete',
  'kit.chart.table': 'Values as a table',
  'kit.chart.time': 'Time',
  'kit.chart.noData': 'No data in this range',
  'kit.chart.more': '{count, plural, one {# more series is not drawn} other {# more series are not drawn}}',
  'kit.mark.timePlaced': 'Time far off: filed at arrival',
  'kit.mark.timeMissing': 'No time sent',
  'kit.mark.valueCut': 'Long value cut',
  'kit.mark.keyCut': 'Long key cut',
  'kit.mark.attributesDropped': 'Attributes over the limit left out',
  'kit.mark.depthCut': 'Deep nesting cut',
  'kit.mark.severityDerived': 'Level derived',
  'kit.mark.businessIdDiffered': 'Claims another tenant',
  'kit.mark.serviceMissing': 'No service name',
  'kit.mark.utf8Repaired': 'Broken characters replaced',
  'kit.mark.severityOutOfRange': 'Level number out of range',
  'kit.mark.idUnreadable': 'Unreadable id left out',
  'kit.mark.keysRepeated': 'Key sent twice',
  'kit.mark.enumUnknown': 'Unknown kind or status',
  'kit.mark.nameLimited': 'Name over the limit',
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
  'kit.ingest.connectionsEnded':
    '{remote} kept the server busy with requests that lead to nothing. Its connection was closed.',
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
    '{count, plural, one {{exact} span was} other {{exact} spans were}} rejected: the trace id is not 32 hex digits (16 bytes), or all zero.',
  'kit.ingest.badSpanId':
    '{count, plural, one {{exact} span was} other {{exact} spans were}} rejected: the span id is not 16 hex digits (8 bytes), or all zero.',
  'kit.ingest.badParentId':
    '{count, plural, one {{exact} span was} other {{exact} spans were}} rejected: the parent span id is neither empty nor 16 hex digits (8 bytes).',
  'kit.ingest.tooManyRecords':
    '{count, plural, one {{exact} record was} other {{exact} records were}} rejected: more than one request may have. Send smaller batches.',
  'kit.ingest.tooManyBuckets':
    '{count, plural, one {{exact} point was} other {{exact} points were}} rejected: more buckets than the limit.',
} as const;
