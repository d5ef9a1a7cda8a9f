import type { messages as en } from './messages.en.ts';

export const messages: Record<keyof typeof en, string> = {
  'join.title': '참여',
  'join.invited': '{tenant}에 참여',
  'join.invitedWhy': '{email} 주소로 초대되었습니다.',
  'join.reset': '새 비밀번호 설정',
  'join.resetWhy': '{email} 계정의 비밀번호입니다. 설정하면 다른 기기에서는 모두 로그아웃됩니다.',
  'join.password': '비밀번호 정하기',
  'join.newPassword': '새 비밀번호',
  'join.accept': '계정을 만들고 참여',
  'join.save': '비밀번호를 설정하고 로그인',
  'join.haveAccount': '이미 계정이 있습니다: 로그인',
  'join.withAccount': '{email} 계정으로 참여',
  'join.otherAccount':
    '지금 {email} 계정으로 로그인되어 있습니다. 초대받은 주소의 계정으로 참여하려면 먼저 로그아웃하세요.',
  'join.accountExists': '이 주소의 계정이 이미 있습니다. 그 계정으로 로그인한 뒤 참여하세요.',
  'join.over.title': '쓸 수 없는 링크입니다',
  'join.over.why': '이미 썼거나 취소되었거나 7일이 지난 링크입니다. 보낸 사람에게 새 링크를 요청하세요.',
};
