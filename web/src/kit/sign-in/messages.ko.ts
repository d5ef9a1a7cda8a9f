import type { messages as en } from './messages.en.ts';

export const messages: Record<keyof typeof en, string> = {
  'signIn.motto': '하나의 설치로,\n모든 테넌트에 독립된 모니터링을.',
  'signIn.code': '인증 코드',
  'signIn.code.wrong': '코드가 틀렸거나 이미 쓴 코드입니다. 지금 앱에 보이는 코드를 입력하세요.',
  'signIn.tooMany': '시도가 너무 많습니다. {seconds}초 뒤에 다시 시도하세요.',
  'signIn.short': '{count}자 이상 입력하세요.',
  'signIn.setUp.scan': '인증 앱으로 QR 코드를 스캔하세요.',
  'signIn.setUp.qr': '인증 앱용 QR 코드',
  'signIn.setUp.type': '스캔할 수 없으면 앱에 아래 키를 입력하세요.',
  'signIn.setUp.secret': '인증 앱 키',
  'signIn.setUp.then': '앱에 표시된 코드',
  'signIn.recovery.codes': '복구 코드',
  'signIn.recovery.why':
    '휴대전화가 없을 때 코드마다 한 번씩 로그인에 쓸 수 있습니다. 지금만 표시되니 안전한 곳에 보관하세요.',
};
