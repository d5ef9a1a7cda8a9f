import type { messages as english } from './messages.en.ts';

export const messages: Record<keyof typeof english, string> = {
  'kit.notice.journalFull':
    '저널이 거의 가득 차, 저장소가 밀린 데이터를 처리할 때까지 새 데이터를 받지 않습니다. 송신자는 자동으로 다시 보냅니다.',
  'kit.notice.diskFull':
    '디스크가 거의 가득 차, 공간이 생길 때까지 새 데이터를 받지 않습니다. 송신자는 자동으로 다시 보냅니다.',
  'kit.notice.journalSlow': '디스크가 느려 일부 요청을 거부하고 있습니다. 송신자는 자동으로 다시 보냅니다.',
  'kit.notice.writeFailed': '저널에 쓸 수 없어 새 데이터를 받지 않습니다. 송신자는 자동으로 다시 보냅니다.',
  'kit.notice.closing': '서버가 종료되는 중이어서 새 데이터를 받지 않습니다.',
  'kit.notice.filling': '저장소의 처리가 밀려 저널이 {share} 찼습니다. 90%가 되면 새 데이터를 받지 않습니다.',
  'kit.notice.diskShort':
    '디스크를 {roomBytes} 더 쓰면 새 데이터를 받지 않습니다. 디스크 공간을 확보하거나 보관 기간을 줄이세요.',
  'kit.notice.damaged':
    '수신이 확인된 요청 {count, plural, other {{exact}건}}을 저널에서 읽을 수 없어 제외했습니다. 나머지는 모두 보존되었습니다. 아직 데이터를 가지고 있는 송신자는 다시 보낼 수 있습니다.',
  'kit.notice.endCut':
    '저널 끝의 {cutBytes}가 온전한 요청이 아니어서 잘라 냈습니다. 쓰다가 중단되어 수신이 확인되지 않은 데이터이거나 손상된 데이터입니다. 응답을 받지 못한 송신자는 다시 보냅니다.',
  'kit.notice.copyDamaged': '저널의 사본이 손상되었습니다: {files}. 잃은 데이터는 없습니다.',
  'kit.notice.deadLetters':
    '요청 {count, plural, other {{exact}건}}은 내용에 문제가 있어 저장하지 못하고 따로 보관했습니다. 다른 데이터에는 영향이 없습니다.',
  'kit.notice.storeAway': '저장소가 응답하지 않습니다. 수집은 계속되며, 검색은 저장소가 돌아올 때까지 기다립니다.',
  'kit.notice.controlAway':
    '{sinceMs}부터 관리 데이터베이스가 응답하지 않습니다. 수집은 그때까지 알려진 테넌트와 키로 계속되지만 로그인과 설정 변경은 할 수 없습니다.',
  'kit.notice.load':
    '저장을 기다리는 데이터 {unreadBytes}(한도 {budgetBytes}), 디스크 여유 {freeBytes}. 엔진이 실행 중인지와 로그를 확인하세요. npm run doctor로 디스크를 점검할 수 있습니다.',
  'kit.notice.damageKept':
    '확인된 내용은 데이터 디렉터리의 journal/{store}/damaged에 있습니다. npm run doctor로 볼 수 있고, 이 폴더를 지우면 알림이 사라집니다. 디스크를 점검하세요.',
  'kit.notice.deadLettersKept': 'journal/{store}/dead-letters에 있으며, 원인은 로그와 그 파일에 있습니다.',
  'kit.notice.engine': '엔진 상태: {engine}. 자동으로 다시 시작됩니다. 그래도 돌아오지 않으면 로그를 확인하세요.',
  'kit.notice.operatorKnows': '자세한 내용은 운영자가 확인할 수 있습니다.',
  'kit.notice.records': '레코드 {records}개 이상이 해당됩니다.',
  'kit.notice.whose': '테넌트: {whose}.',
  'kit.notice.between': '시각: {fromMs} ~ {toMs}.',
  'kit.ingest.connectionsFull':
    '포트가 받을 수 있는 연결이 모두 사용 중이어서 연결 {count, plural, other {{exact}개}}를 거부했습니다. 마지막 연결은 {remote}에서 왔습니다.',
  'kit.ingest.connectionsSource':
    '한 주소에서 열 수 있는 연결 수를 넘어 연결 {count, plural, other {{exact}개}}를 거부했습니다. 마지막 연결은 {remote}에서 왔습니다.',
  'kit.ingest.connectionsFlood':
    '같은 주소에서 조금 전 포트에 과도한 부하를 일으켜 연결 {count, plural, other {{exact}개}}를 거부했습니다. 마지막 연결은 {remote}에서 왔습니다.',
  'kit.ingest.connectionsSlowed':
    '연결 {count, plural, other {{exact}개}}를 잠시 기다리게 했습니다. 같은 주소를 쓰는 송신자가 포트에 과도한 부하를 일으키고 있습니다. 마지막 연결은 {remote}에서 왔습니다.',
  'kit.ingest.connectionsEvicted':
    '새 연결을 받으려고 연결 {count, plural, other {{exact}개}}를 닫았습니다. 인증하지 않았거나 가장 오래 쓰이지 않은 연결입니다. 마지막 연결은 {remote}에서 왔습니다.',
  'kit.ingest.connectionsEnded': '{remote}에서 쓸모없는 요청으로 서버에 부하를 일으켜 연결을 닫았습니다.',
  'kit.ingest.wrongKeys':
    '{remote}에서 잘못된 수집 키로 보낸 요청이 {count, plural, other {{exact}건}} 있었습니다. 예전 키를 쓰는 송신자가 있거나 누군가 키를 추측하고 있습니다. 이런 요청은 제한하지만, 사용 중인 키로 보낸 요청은 그대로 받습니다.',
  'kit.ingest.limitServices':
    '오늘 서비스 이름이 한도 {limit}개를 넘었습니다. 레코드 {count, plural, other {{exact}개}}는 “(other services)”에 모았습니다. 마지막 새 이름: {name}',
  'kit.ingest.limitOperations':
    '서비스 {of}의 스팬 이름이 오늘 한도 {limit}개를 넘었습니다. 스팬 {count, plural, other {{exact}개}}는 “(other operations)”로 집계했습니다. 마지막 새 이름: {name}',
  'kit.ingest.limitMetrics':
    '오늘 메트릭 이름이 한도 {limit}개를 넘어 데이터 포인트 {count, plural, other {{exact}개}}를 거부했습니다. 마지막 새 이름: {name}',
  'kit.ingest.limitSeries':
    '오늘 시계열이 한도 {limit}개를 넘어 데이터 포인트 {count, plural, other {{exact}개}}를 거부했습니다. 늘어나는 메트릭: {name}',
  'kit.ingest.limitSeriesBy':
    '오늘 시계열이 한도 {limit}개를 넘어 데이터 포인트 {count, plural, other {{exact}개}}를 거부했습니다. 늘어나는 메트릭: {name}, 원인 속성: {of}',
  'kit.ingest.limitResources':
    '오늘 리소스가 한도 {limit}개를 넘어 레코드 {count, plural, other {{exact}개}}를 거부했습니다. 새 리소스를 보내는 서비스: {name}. 요청마다 바뀌는 리소스 속성이 있는지 확인하세요.',
  'kit.ingest.limitScopes':
    '오늘 계측 스코프가 한도 {limit}개를 넘어 레코드 {count, plural, other {{exact}개}}를 거부했습니다. 새 스코프를 보내는 서비스: {name}',
  'kit.ingest.limitKeys':
    '오늘 속성 키가 한도 {limit}개를 넘었습니다. 새 키로 검색할 수는 있지만 자동 완성에는 나오지 않습니다. 마지막 새 키: {name}',
  'kit.ingest.idUnreadable':
    '레코드 {count, plural, other {{exact}개}}는 읽을 수 없는 ID를 빼고 저장했습니다. 트레이스 ID는 16진수 32자리, 스팬 ID는 16자리여야 하며 base64는 지원하지 않습니다.',
  'kit.ingest.badTraceId':
    '트레이스 ID가 16진수 32자리(16바이트)가 아니거나 모두 0이어서 스팬 {count, plural, other {{exact}개}}를 거부했습니다. 첫 번째는 요청의 {record}번째 스팬 “{name}”입니다.',
  'kit.ingest.badSpanId':
    '스팬 ID가 16진수 16자리(8바이트)가 아니거나 모두 0이어서 스팬 {count, plural, other {{exact}개}}를 거부했습니다. 첫 번째는 요청의 {record}번째 스팬 “{name}”입니다.',
  'kit.ingest.badParentId':
    '부모 스팬 ID가 비어 있거나 16진수 16자리(8바이트)여야 하는데 그렇지 않은 스팬 {count, plural, other {{exact}개}}를 거부했습니다. 첫 번째는 요청의 {record}번째 스팬 “{name}”입니다.',
  'kit.ingest.tooManyRecords':
    '요청당 레코드 한도 {limit}개를 넘어 {count, plural, other {{exact}개}}를 거부했습니다. 더 작게 나누어 보내세요.',
  'kit.ingest.metricWithoutName':
    '메트릭 이름이 비어 있어 데이터 포인트 {count, plural, other {{exact}개}}를 거부했습니다.',
  'kit.ingest.tooManyBuckets':
    '버킷 수가 한도 {limit}개를 넘은 데이터 포인트 {count, plural, other {{exact}개}}를 거부했습니다. 첫 번째는 메트릭 {name}의 데이터 포인트입니다.',
  'kit.ingest.badHistogram':
    '버킷 수가 경계 수보다 하나 많지 않거나, 버킷의 합이 count와 다르거나, 경계가 오름차순이 아닌 히스토그램 데이터 포인트 {count, plural, other {{exact}개}}를 거부했습니다. 첫 번째는 메트릭 {name}의 데이터 포인트입니다.',
};
