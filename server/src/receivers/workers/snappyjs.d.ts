/** https://github.com/zhipeng-jia/snappyjs; blocks only, used by tests for comparison. */
declare module 'snappyjs' {
  export function compress(bytes: Uint8Array): Uint8Array;
  export function uncompress(bytes: Uint8Array): Uint8Array;
}
