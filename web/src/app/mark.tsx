/** The house: an eave over a courtyard with a lit door. */
export function Mark({ size = 28 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" fill="none" aria-hidden="true">
      <path
        d="M3 13.8c5.2-.6 9.4-2.9 13-7.6 3.6 4.7 7.8 7 13 7.6"
        stroke="currentColor"
        strokeWidth="2.6"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
      <path d="M7 15.200V26h18V15.2" stroke="currentColor" strokeWidth="2.2" strokeLinejoin="round" opacity=".85" />
      <rect x="12.8" y="17.4" width="6.4" height="6.4" fill="var(--mark-bad)" />
    </svg>
  );
}
