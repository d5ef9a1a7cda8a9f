import { type PointerEvent, useCallback, useRef, useState } from 'react';
import { type Surface, useSurface } from '../../kit/chart/surface.ts';
import { readToken } from '../../theme/canvas-colours.ts';
import { tokenOfService } from '../../theme/service-colours.ts';
import type { TraceModel } from './model.ts';
import type { Zoom } from './waterfall.tsx';

interface Props {
  readonly model: TraceModel;
  readonly zoom: Zoom;
  readonly height?: number;
  readonly label: string;
  readonly formatDuration: (nanos: number) => string;
  readonly onZoom: (zoom: Zoom | null) => void;
}

const RULER = 16;

/** The whole trace at a glance; drag to zoom the waterfall, double click to see all again. */
export function Minimap({ model, zoom, height = 84, label, formatDuration, onZoom }: Props) {
  const [drag, setDrag] = useState<{ readonly from: number; readonly to: number } | null>(null);
  const began = useRef(0);

  const draw = useCallback(
    ({ context, width, height: full }: Surface) => {
      const plot = full - RULER;
      const total = Math.max(1, model.duration);
      const tall = Math.max(1, Math.min(6, plot / Math.max(1, model.count)));
      // More rows than pixels: several rows share a line, the first drawn wins nothing, so draw errors last.
      for (const pass of [0, 1]) {
        for (let row = 0; row < model.count; row++) {
          if ((model.errors[row] === 1) !== (pass === 1)) continue;
          context.fillStyle =
            pass === 1 ? readToken('--mark-bad') : readToken(tokenOfService(model.services[model.service[row]!]!));
          const y = RULER + (row / Math.max(1, model.count)) * plot;
          context.fillRect(
            (model.start[row]! / total) * width,
            y,
            Math.max(1, (model.length[row]! / total) * width),
            Math.max(1, tall - 0.5),
          );
        }
      }
      context.font = `10px ${readToken('--font')}`;
      context.fillStyle = readToken('--ink-3');
      context.strokeStyle = readToken('--line');
      context.textBaseline = 'middle';
      const ticks = Math.max(2, Math.floor(width / 140));
      for (let i = 0; i <= ticks; i++) {
        const x = (i / ticks) * width;
        context.beginPath();
        context.moveTo(Math.round(x) + 0.5, RULER - 4);
        context.lineTo(Math.round(x) + 0.5, full);
        context.stroke();
        context.textAlign = i === 0 ? 'left' : i === ticks ? 'right' : 'center';
        context.fillText(formatDuration((i / ticks) * total), i === 0 ? 2 : i === ticks ? width - 2 : x, 6);
      }
      const shown = drag ?? zoom;
      const from = (Math.min(shown.from, shown.to) / total) * width;
      const to = (Math.max(shown.from, shown.to) / total) * width;
      context.fillStyle = readToken('--paper');
      context.globalAlpha = 0.72;
      context.fillRect(0, RULER, from, plot);
      context.fillRect(to, RULER, width - to, plot);
      context.globalAlpha = 1;
      if (from > 0 || to < width) {
        context.strokeStyle = readToken('--accent');
        context.strokeRect(from + 0.5, RULER + 0.5, Math.max(1, to - from - 1), plot - 1);
      }
    },
    [model, zoom, drag, formatDuration],
  );
  const { ref } = useSurface(draw);

  const at = (event: PointerEvent) => {
    const box = event.currentTarget.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - box.left) / Math.max(1, box.width))) * model.duration;
  };

  return (
    <canvas
      ref={ref}
      role="img"
      aria-label={label}
      style={{ display: 'block', width: '100%', height, cursor: 'col-resize', touchAction: 'pan-y' }}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        began.current = at(event);
        setDrag({ from: began.current, to: began.current });
      }}
      onPointerMove={(event) => drag && setDrag({ from: began.current, to: at(event) })}
      onPointerUp={(event) => {
        if (!drag) return;
        const to = at(event);
        setDrag(null);
        // A click is not a zoom.
        if (Math.abs(to - began.current) < model.duration * 0.004) return;
        onZoom({ from: Math.min(to, began.current), to: Math.max(to, began.current) });
      }}
      onDoubleClick={() => onZoom(null)}
    />
  );
}
