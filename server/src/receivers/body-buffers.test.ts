import { describe, expect, it } from 'vitest';
import { BodyBuffers } from './body-buffers.ts';

describe('buffers of bodies', () => {
  it('are used again for a body of about the same size, and never by two at once', () => {
    const buffers = new BodyBuffers();
    const first = buffers.take(64_000);
    const second = buffers.take(64_000);
    expect(second.buffer).not.toBe(first.buffer);
    buffers.give(first.buffer);
    const third = buffers.take(60_000);
    expect(third.buffer).toBe(first.buffer);
    expect(third).toHaveLength(60_000);
    expect(buffers.take(60_000).buffer).not.toBe(first.buffer);
  });

  it('are at most a quarter larger than the body', () => {
    const buffers = new BodyBuffers();
    for (let length = 1; length < 2 * 1024 ** 2; length = Math.ceil(length * 1.07)) {
      const { buffer, byteLength } = buffers.take(length);
      expect(byteLength).toBe(length);
      expect(buffer.byteLength).toBeLessThanOrEqual(length * 1.25);
    }
  });

  it('wait for their next body up to a bound, and not when none comes', () => {
    const buffers = new BodyBuffers();
    const many = Array.from({ length: 10 }, () => buffers.take(1024 ** 2));
    for (const one of many) buffers.give(one.buffer);
    expect(buffers.kept).toBe(4 * 1024 ** 2);
    buffers.rest();
    expect(buffers.kept).toBe(4 * 1024 ** 2);
    buffers.rest();
    expect(buffers.kept).toBe(0);
    expect(many.map((one) => one.buffer)).not.toContain(buffers.take(1024 ** 2).buffer);
  });

  it('of other sizes, and those that were moved to a thread, are not taken back', () => {
    const buffers = new BodyBuffers();
    const moved = buffers.take(64_000);
    const { buffer } = moved;
    structuredClone(moved, { transfer: [buffer] });
    for (const one of [buffer, new ArrayBuffer(100), new ArrayBuffer(70_001), new ArrayBuffer(8 * 1024 ** 2)])
      buffers.give(one);
    expect(buffers.kept).toBe(0);
  });
});
