/** The mark: a Korean house under its eave. */
export function Mark({ size = 28 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" fill="none" aria-hidden="true">
      <path
        d="M2.6 14.6c4-.4 7-3 8.6-7.600h9.600c1.6 4.6 4.6 7.2 8.6 7.6"
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
