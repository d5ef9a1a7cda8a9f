import type { messages as en } from './messages.en.ts';

export const messages: Record<keyof typeof en, string> = {
  'account.title': '내 계정',
  'account.cancel': '취소',
  'account.password': '내 비밀번호',
  'account.password.hint': '바꾸면 다른 세션이 끝납니다',
  'account.password.current': '현재 비밀번호',
  'account.password.next': '새 비밀번호',
  'account.password.change': '비밀번호 바꾸기',
  'account.password.done': '비밀번호를 바꿨습니다',
  'account.factor': '2단계 인증',
  'account.factor.required': '필수',
  'account.factor.none':
    '지금은 비밀번호만으로 로그인합니다. 인증 앱을 설정하면 비밀번호가 유출되어도 계정이 안전합니다.',
  'account.factor.since': '{at}부터 인증 앱을 쓰고 있습니다. 복구 코드가 {count}개 남았습니다.',
  'account.factor.setUp': '인증 앱 설정',
  'account.factor.finish': '완료',
  'account.factor.newCodes': '복구 코드 새로 만들기',
  'account.factor.remove': '인증 앱 해제',
  'account.factor.kept': '보관했습니다',
  'account.sessions': '세션',
  'account.sessions.hint': '로그인한 곳',
  'account.sessions.this': '현재 세션',
  'account.sessions.since': '{at}부터',
  'account.sessions.seen': '마지막 사용 {ago}',
  'account.sessions.end': '로그아웃',
};
