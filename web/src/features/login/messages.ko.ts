import type { messages as en } from './messages.en.ts';

export const messages: Record<keyof typeof en, string> = {
  'login.title': '로그인',
  'login.motto': '하나의 설치로,\n모든 테넌트에 독립된 모니터링을.',
  'login.email': '이메일',
  'login.password': '비밀번호',
  'login.submit': '로그인',
  'login.busy': '로그인하는 중 …',
  'login.refused': '이메일 또는 비밀번호가 올바르지 않습니다.',
  'login.tooMany': '시도가 너무 많습니다. {seconds}초 뒤에 다시 시도하세요.',
  'login.ended': '세션이 만료되었습니다. 로그인하면 보던 화면으로 돌아갑니다.',
  'login.hint': '처음이신가요? 첫 실행 때 데이터 디렉터리의 bootstrap.json 파일에 계정 정보가 저장됩니다.',
};
