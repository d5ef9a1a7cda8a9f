import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { placeLayer } from './layer.ts';

const view = { width: 1_000, height: 800 };

describe('placeLayer', () => {
  it('stands below, or above where only that has room', () => {
    const layer = { width: 200, height: 300 };
    expect(placeLayer({ left: 100, top: 50, width: 80, height: 30 }, layer, view, 'bottom', 'start')).toEqual({
      left: 100,
      top: 86,
      maxHeight: 706,
    });
    expect(placeLayer({ left: 100, top: 700, width: 80, height: 30 }, layer, view, 'bottom', 'start').top).toBe(394);
  });

  it('is always inside a window that is large enough', () => {
    const size = fc.integer({ min: 1, max: 380 });
    fc.assert(
      fc.property(
        fc.record({
          left: fc.integer({ min: 0, max: 970 }),
          top: fc.integer({ min: 0, max: 770 }),
          width: fc.integer({ min: 1, max: 30 }),
          height: fc.integer({ min: 1, max: 30 }),
        }),
        fc.record({ width: size, height: size }),
        fc.constantFrom('bottom' as const, 'top' as const, 'right' as const),
        fc.constantFrom('start' as const, 'end' as const, 'center' as const),
        (anchor, layer, side, align) => {
          const at = placeLayer(anchor, layer, view, side, align);
          expect(at.left).toBeGreaterThanOrEqual(0);
          expect(at.left + layer.width).toBeLessThanOrEqual(view.width);
          expect(at.top).toBeGreaterThanOrEqual(0);
          expect(at.top + Math.min(layer.height, at.maxHeight)).toBeLessThanOrEqual(view.height);
        },
      ),
    );
  });
});
