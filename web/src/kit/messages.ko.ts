import type { messages as en } from './messages.en.ts';

export const messages: Record<keyof typeof en, string> = {
  'kit.close': '닫기',
  'kit.copy': '복사',
  'kit.copied': '복사됨',
  'kit.copyFailed': '브라우저가 복사를 허용하지 않았습니다',
  'kit.asOf': '{at} 기준',
  'kit.retry': '다시 시도',
  'kit.failure.title': '응답을 받지 못했습니다',
  'kit.failure.network': 'Hanok에 연결할 수 없습니다',
  'kit.failure.networkWhy': '서버가 응답하지 않습니다. 다시 시작하는 중이거나 네트워크가 끊겼을 수 있습니다.',
  'kit.failure.again': '{seconds}초 뒤에 다시 시도합니다',
  'kit.failure.signedOut': '세션이 만료되었습니다',
  'kit.nothing.looking': '더 긴 기간에서 찾는 중 …',
  'kit.nothing.nowhere': '이 기간에도, 최근 90일 안에도 일치하는 데이터가 없습니다.',
  'kit.nothing.newest': '가장 최근에 일치한 시각은 {when}입니다.',
  'kit.nothing.show': '{range} 보기',
  'kit.query.fault': '검색어를 해석할 수 없습니다',
  'kit.query.clear': '검색어 지우기',
  'kit.facets.also': '{value}도 포함',
  'kit.facets.release': '{value} 필터 해제',
  'kit.failure.missing': '찾을 수 없습니다',
  'kit.failure.curl': 'curl로 복사',
  'kit.failure.request': '요청',
  'kit.partial': '일부만 표시됩니다: {message}',
  'kit.hint.unknown': '이 기간에 {field} 필드가 수신되지 않았습니다.',
  'kit.hint.nearest': '이 기간에 {field} 필드가 수신되지 않았습니다. 혹시 {nearest}을(를) 찾으셨나요?',
  'kit.cost': '({rows}행, {bytes} 읽음)',
  'kit.secret.kept': '저장했습니다',
  'kit.secret.refused': '지금 한 번만 표시됩니다. 복사하거나 저장했다고 확인해 주세요.',
  'kit.table.columns': '열',
  'kit.table.resize': '{column} 열 너비',
  'kit.chart.help.pick': 'Enter를 누르면 커서 위치의 트레이스와 로그를 엽니다.',
  'kit.chart.help': '화살표 키로 차트를 따라 이동하고, 구간을 선택한 뒤 Enter로 확대합니다.',
  'kit.chart.incomplete': '일부만 집계한 구간',
  'kit.chart.noValue': '값 없음',
  'kit.chart.incompleteShort': '일부',
  'kit.chart.table': '값을 표로 보기',
  'kit.chart.time': '시각',
  'kit.chart.noData': '이 기간에는 데이터가 없습니다',
  'kit.chart.more': '{count, plural, other {시리즈 #개는 그리지 않았습니다}}',
  'kit.mark.timePlaced': '시각이 크게 어긋나 수신 시각으로 저장',
  'kit.mark.timeMissing': '시각 없이 전송됨',
  'kit.mark.valueCut': '긴 값 잘림',
  'kit.mark.keyCut': '긴 키 잘림',
  'kit.mark.attributesDropped': '한도를 넘은 속성 제외됨',
  'kit.mark.depthCut': '깊은 중첩 생략됨',
  'kit.mark.severityDerived': '레벨 추정됨',
  'kit.mark.businessIdDiffered': '다른 테넌트로 표기되어 전송됨',
  'kit.mark.serviceMissing': '서비스 이름 없음',
  'kit.mark.utf8Repaired': '깨진 문자 대체됨',
  'kit.mark.severityOutOfRange': '레벨 번호가 범위를 벗어남',
  'kit.mark.idUnreadable': '읽을 수 없는 ID 제외됨',
  'kit.mark.keysRepeated': '중복된 키',
  'kit.mark.enumUnknown': '알 수 없는 종류 또는 상태',
  'kit.mark.nameLimited': '이름 개수 한도 초과',
  'kit.ingest.connectionsFull':
    '연결 {count, plural, other {{exact}개}}를 거부했습니다. 포트가 받을 수 있는 연결이 모두 사용 중입니다. 마지막 연결은 {remote}에서 왔습니다.',
  'kit.ingest.connectionsSource':
    '연결 {count, plural, other {{exact}개}}를 거부했습니다. 한 주소에서 열 수 있는 연결 수를 넘었습니다. 마지막 연결은 {remote}에서 왔습니다.',
  'kit.ingest.connectionsFlood':
    '연결 {count, plural, other {{exact}개}}를 거부했습니다. 같은 주소에서 조금 전 포트에 과도한 부하를 일으켰습니다. 마지막 연결은 {remote}에서 왔습니다.',
  'kit.ingest.connectionsSlowed':
    '연결 {count, plural, other {{exact}개}}를 잠시 기다리게 했습니다. 같은 주소를 쓰는 송신자가 포트에 과도한 부하를 일으키고 있습니다. 마지막 연결은 {remote}에서 왔습니다.',
  'kit.ingest.connectionsEvicted':
    '새 연결을 받기 위해 연결 {count, plural, other {{exact}개}}를 닫았습니다. 인증된 적이 없거나 가장 오래 사용되지 않은 연결입니다. 마지막 연결은 {remote}에서 왔습니다.',
  'kit.ingest.connectionsEnded': '{remote}에서 불필요한 요청으로 서버에 부하를 일으켜 연결을 닫았습니다.',
  'kit.ingest.limitServices':
    '오늘 서비스 이름이 한도 {limit}개를 넘었습니다. 레코드 {count, plural, other {{exact}개}}는 “(other services)”에 모았습니다. 마지막 새 이름: {name}',
  'kit.ingest.limitOperations':
    '서비스 {of}의 스팬 이름이 오늘 한도 {limit}개를 넘었습니다. 스팬 {count, plural, other {{exact}개}}는 “(other operations)”로 집계했습니다. 마지막 새 이름: {name}',
  'kit.ingest.limitMetrics':
    '오늘 메트릭 이름이 한도 {limit}개를 넘어 데이터 포인트 {count, plural, other {{exact}개}}를 거절했습니다. 마지막 새 이름: {name}',
  'kit.ingest.limitSeries':
    '오늘 시리즈가 한도 {limit}개를 넘어 데이터 포인트 {count, plural, other {{exact}개}}를 거절했습니다. 늘어나는 메트릭: {name}',
  'kit.ingest.limitSeriesBy':
    '오늘 시리즈가 한도 {limit}개를 넘어 데이터 포인트 {count, plural, other {{exact}개}}를 거절했습니다. 늘어나는 메트릭: {name}, 원인 속성: {of}',
  'kit.ingest.limitResources':
    '오늘 리소스가 한도 {limit}개를 넘어 레코드 {count, plural, other {{exact}개}}를 거절했습니다. 새 리소스를 보내는 서비스: {name}. 요청마다 바뀌는 리소스 속성이 있는지 확인하세요.',
  'kit.ingest.limitScopes':
    '오늘 계측 스코프가 한도 {limit}개를 넘어 레코드 {count, plural, other {{exact}개}}를 거절했습니다. 새 스코프를 보내는 서비스: {name}',
  'kit.ingest.limitKeys':
    '오늘 속성 키가 한도 {limit}개를 넘었습니다. 새 키로 검색할 수는 있지만 자동 완성에는 나오지 않습니다. 마지막 새 키: {name}',
  'kit.ingest.idUnreadable':
    '읽을 수 없는 ID를 빼고 레코드 {count, plural, other {{exact}개}}를 저장했습니다. 트레이스 ID는 16진수 32자리, 스팬 ID는 16자리여야 하며 base64는 읽지 않습니다.',
  'kit.ingest.badTraceId':
    '트레이스 ID가 16진수 32자리(16바이트)가 아니거나 모두 0이어서 스팬 {count, plural, other {{exact}개}}를 거절했습니다.',
  'kit.ingest.badSpanId':
    '스팬 ID가 16진수 16자리(8바이트)가 아니거나 모두 0이어서 스팬 {count, plural, other {{exact}개}}를 거절했습니다.',
  'kit.ingest.badParentId':
    '상위 스팬 ID가 비어 있지도, 16진수 16자리(8바이트)도 아니어서 스팬 {count, plural, other {{exact}개}}를 거절했습니다.',
  'kit.ingest.tooManyRecords':
    '한 요청에 보낼 수 있는 레코드 수를 넘어 {count, plural, other {{exact}개}}를 거절했습니다. 더 작게 나누어 보내세요.',
  'kit.ingest.tooManyBuckets': '버킷 수가 한도를 넘은 데이터 포인트 {count, plural, other {{exact}개}}를 거절했습니다.',
};
