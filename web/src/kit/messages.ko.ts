import type { messages as en } from './messages.en.ts';

export const messages: Record<keyof typeof en, string> = {
  'kit.close': '닫기',
  'kit.copy': '복사',
  'kit.copied': '복사됨',
  'kit.copyFailed': '브라우저가 복사를 허용하지 않았습니다',
  'kit.retry': '다시 시도',
  'kit.failure.title': '응답을 받지 못했습니다',
  'kit.failure.network': 'Hanok에 연결할 수 없습니다',
  'kit.failure.missing': '찾을 수 없습니다',
  'kit.failure.curl': 'curl로 복사',
  'kit.failure.request': '요청',
  'kit.partial': '일부만 표시됩니다: {message}',
  'kit.cost': '({rows}행, {bytes} 읽음)',
  'kit.table.columns': '열',
  'kit.table.resize': '{column} 열 너비',
  'kit.chart.help.pick': 'Enter를 누르면 커서 위치의 트레이스와 로그를 엽니다.',
  'kit.chart.help': '화살표 키로 차트를 따라 이동하고, 구간을 선택한 뒤 Enter로 확대합니다.',
  'kit.chart.table': '값을 표로 보기',
  'kit.chart.time': '시각',
  'kit.chart.noData': '이 기간에는 데이터가 없습니다',
  'kit.chart.more': '{count, plural, other {시리즈 #개는 그리지 않았습니다}}',
};
