import { type RefObject, useCallback, useEffect, useLayoutEffect } from 'react';

/*
 * Layers stand on the browser's own `popover` and `dialog`: top layer, Escape, light dismissal and the return of
 * focus are the browser's. What is left for us is where a popover stands.
 */
export type Side = 'bottom' | 'top' | 'right';
export type Align = 'start' | 'end' | 'center';

interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export interface Placement {
  readonly left: number;
  readonly top: number;
  /** What is left of the window on that side; the layer scrolls inside. */
  readonly maxHeight: number;
}

const GAP = 6;
const MARGIN = 8;

/** Beside the anchor on the wanted side, on the opposite one when only that has room, always inside the window. */
export function placeLayer(
  anchor: Box,
  layer: { readonly width: number; readonly height: number },
  view: { readonly width: number; readonly height: number },
  side: Side,
  align: Align,
): Placement {
  const clamp = (value: number, size: number, room: number) => Math.max(MARGIN, Math.min(value, room - size - MARGIN));
  if (side === 'right' && anchor.left + anchor.width + GAP + layer.width + MARGIN <= view.width) {
    const top = align === 'end' ? anchor.top + anchor.height - layer.height : anchor.top;
    return {
      left: anchor.left + anchor.width + GAP,
      top: clamp(top, layer.height, view.height),
      maxHeight: view.height - 2 * MARGIN,
    };
  }
  const below = view.height - (anchor.top + anchor.height + GAP) - MARGIN;
  const above = anchor.top - GAP - MARGIN;
  const wantsBelow = side !== 'top';
  const goesBelow = wantsBelow ? layer.height <= below || below >= above : above < layer.height && below > above;
  const room = Math.max(80, goesBelow ? below : above);
  const height = Math.min(layer.height, room);
  const left =
    align === 'start'
      ? anchor.left
      : align === 'end'
        ? anchor.left + anchor.width - layer.width
        : anchor.left + (anchor.width - layer.width) / 2;
  return {
    left: clamp(left, layer.width, view.width),
    top: goesBelow ? anchor.top + anchor.height + GAP : anchor.top - GAP - height,
    maxHeight: room,
  };
}

/** Keeps an open popover beside its anchor while either of them or the window moves. */
export function usePlacement(
  layer: RefObject<HTMLElement | null>,
  anchorOf: () => HTMLElement | null,
  open: boolean,
  side: Side,
  align: Align,
): void {
  const place = useCallback(() => {
    const element = layer.current;
    const anchor = anchorOf();
    if (!element || !anchor) return;
    element.style.maxHeight = '';
    const { left, top, maxHeight } = placeLayer(
      anchor.getBoundingClientRect(),
      { width: element.offsetWidth, height: element.offsetHeight },
      { width: document.documentElement.clientWidth, height: window.innerHeight },
      side,
      align,
    );
    element.style.left = `${left}px`;
    element.style.top = `${top}px`;
    element.style.maxHeight = `${maxHeight}px`;
    element.dataset['placed'] = '';
  }, [layer, anchorOf, side, align]);

  useLayoutEffect(() => {
    if (!open) return;
    place();
    return () => {
      delete layer.current?.dataset['placed'];
    };
  }, [open, place, layer]);
  useEffect(() => {
    const element = layer.current;
    if (!open || !element) return;
    const observer = new ResizeObserver(place);
    observer.observe(element);
    window.addEventListener('resize', place);
    window.addEventListener('scroll', place, { capture: true, passive: true });
    return () => {
      observer.disconnect();
      window.removeEventListener('resize', place);
      window.removeEventListener('scroll', place, { capture: true });
    };
  }, [open, place, layer]);
}

/** Closes the popover that an element stands in. */
export function closeLayerOf(element: Element): void {
  element.closest<HTMLElement>('[popover]')?.hidePopover();
}
