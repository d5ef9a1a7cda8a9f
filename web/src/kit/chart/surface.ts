import { type RefObject, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { onThemeChange } from '../../theme/canvas-colours.ts';

export interface Surface {
  readonly context: CanvasRenderingContext2D;
  /** CSS pixels; the context is already scaled to the device's. */
  readonly width: number;
  readonly height: number;
}

/**
 * A canvas that fills its parent's width: drawn again when it is resized, when the theme changes and when `draw`
 * changes. `draw` must be stable (useCallback) or it draws on every render.
 */
export function useSurface(draw: (surface: Surface) => void): {
  readonly ref: RefObject<HTMLCanvasElement | null>;
  readonly width: number;
} {
  const ref = useRef<HTMLCanvasElement | null>(null);
  const [width, setWidth] = useState(0);
  const [theme, setTheme] = useState(0);

  useEffect(() => onThemeChange(() => setTheme((count) => count + 1)), []);
  useLayoutEffect(() => {
    const canvas = ref.current;
    if (!canvas) return;
    setWidth(canvas.clientWidth);
    const observer = new ResizeObserver(() => setWidth(canvas.clientWidth));
    observer.observe(canvas);
    return () => observer.disconnect();
  }, []);
  useLayoutEffect(() => {
    const canvas = ref.current;
    const context = canvas?.getContext('2d');
    if (!canvas || !context || width === 0) return;
    void theme;
    const height = canvas.clientHeight;
    const ratio = window.devicePixelRatio || 1;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    draw({ context, width, height });
  }, [draw, width, theme]);

  return { ref, width };
}
