import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { onThemeChange, readToken } from '../theme/canvas-colours.ts';
import styles from './sparkline.module.css';

let themes = 0;
const subscribeTheme = (listener: () => void) =>
  onThemeChange(() => {
    themes++;
    listener();
  });

interface Props {
  readonly values: readonly number[];
  readonly label: string;
  readonly token?: `--${string}`;
  readonly look?: 'area' | 'bars';
  /** Pixels, or the width of what it stands in. */
  readonly width?: number | 'fill';
  readonly height?: number;
  /** Top of the scale; absent: the largest value. */
  readonly max?: number;
}

/** A line of values as small as a word. No axes: it shows shape, the figures stand beside it. */
export function Sparkline(props: Props) {
  const { values, label, token = '--series-1', look = 'area', height = 22, max } = props;
  const fill = props.width === 'fill';
  const ref = useRef<HTMLCanvasElement>(null);
  const [own, setOwn] = useState(0);
  const width = props.width === undefined ? 96 : props.width === 'fill' ? own : props.width;
  useEffect(() => {
    const canvas = ref.current;
    if (!fill || !canvas) return;
    const observer = new ResizeObserver(() => setOwn(canvas.clientWidth));
    observer.observe(canvas);
    return () => observer.disconnect();
  }, [fill]);
  const theme = useSyncExternalStore(subscribeTheme, () => themes);
  useEffect(() => {
    const canvas = ref.current;
    const context = canvas?.getContext('2d');
    if (!canvas || !context || width === 0) return;
    void theme;
    const ratio = window.devicePixelRatio || 1;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    drawSparkline(context, {
      values,
      width,
      height,
      look,
      max,
      colour: readToken(token),
      base: readToken('--line-strong'),
    });
  }, [values, width, height, look, max, token, theme]);
  return (
    <canvas
      ref={ref}
      role="img"
      aria-label={label}
      className={styles.spark}
      style={{ width: fill ? '100%' : width, height }}
    />
  );
}

const LEAST_SLOT = 3;

function mergeNeighbours(values: readonly number[], size: number): readonly number[] {
  if (size <= 1) return values;
  const merged: number[] = [];
  for (let i = 0; i < values.length; i += size)
    merged.push(values.slice(i, i + size).reduce((sum, value) => sum + value, 0));
  return merged;
}

interface Drawing {
  readonly values: readonly number[];
  readonly width: number;
  readonly height: number;
  readonly look: 'area' | 'bars';
  readonly max: number | undefined;
  readonly colour: string;
  readonly base: string;
}

function drawSparkline(context: CanvasRenderingContext2D, drawing: Drawing): void {
  const { values, width, height, look, colour, base } = drawing;
  const top = drawing.max ?? Math.max(...values, 0);
  const floor = height - 0.5;
  context.strokeStyle = base;
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(0, floor);
  context.lineTo(width, floor);
  context.stroke();
  if (!(top > 0) || values.length === 0) return;
  const yOf = (value: number) => floor - (Math.min(value, top) / top) * (height - 3);
  context.fillStyle = colour;
  if (look === 'bars') {
    // Bars thinner than this melt into each other; neighbours are added up instead.
    const merged = mergeNeighbours(values, Math.ceil((LEAST_SLOT * values.length) / width));
    const tallest = drawing.max ?? Math.max(...merged);
    const slot = width / merged.length;
    merged.forEach((value, i) => {
      if (value <= 0) return;
      const tall = Math.max(1.5, (Math.min(value, tallest) / tallest) * (height - 3));
      context.fillRect(i * slot, floor - tall, slot - 1, tall);
    });
    return;
  }
  const xOf = (i: number) => (values.length === 1 ? width / 2 : (i / (values.length - 1)) * (width - 2) + 1);
  context.beginPath();
  values.forEach((value, i) => {
    if (i === 0) context.moveTo(xOf(i), yOf(value));
    else context.lineTo(xOf(i), yOf(value));
  });
  context.strokeStyle = colour;
  context.lineWidth = 1.4;
  context.lineJoin = 'round';
  context.stroke();
  context.lineTo(xOf(values.length - 1), floor);
  context.lineTo(xOf(0), floor);
  context.closePath();
  context.globalAlpha = 0.14;
  context.fill();
  context.globalAlpha = 1;
}
