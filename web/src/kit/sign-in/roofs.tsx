import styles from './front-page.module.css';

/** A tiled roof, 400 wide, at the origin: straight ridge, hollow slopes, eaves that rise towards their tips. */
function Roof({ x, y, scale }: { x: number; y: number; scale: number }) {
  const tiles = Array.from({ length: 23 }, (_, n) => n);
  return (
    <g transform={`translate(${x} ${y}) scale(${scale})`}>
      <path
        d="M0 44C52 50 98 40 128 6q72 5 144 0c30 34 76 44 128 38v12c-60 12-130 16-200 16S60 68 0 56z"
        className={styles.tileField}
      />
      <path d="M0 44C52 50 98 40 128 6M400 44C348 50 302 40 272 6" className={styles.eave} />
      <path d="M122 5q78 6 156 0" className={styles.ridge} />
      {tiles.map((n) => {
        const at = (n - 11) / 11;
        return <circle key={n} cx={200 + at * 192} cy={68 - at ** 2 * 15} r={4} className={styles.tile} />;
      })}
    </g>
  );
}

/** A quiet village of roofs at dusk; a single door is lit. Decoration only. */
export function Roofs() {
  const bars = Array.from({ length: 13 }, (_, n) => n);
  return (
    <svg className={styles.roofs} viewBox="0 0 720 900" preserveAspectRatio="xMidYMax slice" aria-hidden="true">
      <circle cx="528" cy="212" r="46" className={styles.moon} />
      <path d="M0 520c90-70 150-92 236-58 60-74 132-118 214-60 66-44 170-40 270 38v460H0z" className={styles.hill} />
      <Roof x={380} y={486} scale={0.86} />
      <Roof x={-90} y={540} scale={1.05} />
      <rect x="60" y="700" width="600" height="200" className={styles.wall} />
      <g className={styles.lattice}>
        {bars.map((n) => (
          <path key={n} d={`M${120 + n * 40} 716v184`} />
        ))}
        <path d="M60 760h600M60 776h600M60 842h600M60 858h600" />
      </g>
      <rect x="320" y="716" width="80" height="184" className={styles.lit} />
      <path d="M360 716v184M320 760h80M320 776h80M320 842h80M320 858h80" className={styles.litLines} />
      <Roof x={-40} y={600} scale={2} />
    </svg>
  );
}
