import type { LaneReport } from '../traffic/generator.ts';

interface Count {
  acknowledged: number;
  uncertain: number;
}

/** What was acknowledged since the very beginning, by `tenant signal`. */
export class Tally {
  readonly counts = new Map<string, Count>();
  readonly statuses = new Map<string, number>();
  refused = 0;
  failed = 0;
  skipped = 0;

  add(lanes: readonly LaneReport[]): void {
    for (const lane of lanes) {
      this.acknowledged(lane.name.split(' ').slice(0, 2).join(' '), lane.acceptedRecords, lane.uncertainRecords);
      this.refused += lane.refusedRequests;
      this.failed += lane.failedRequests;
      this.skipped += lane.skippedRequests;
      for (const [status, n] of Object.entries(lane.statuses))
        this.statuses.set(status, (this.statuses.get(status) ?? 0) + n);
    }
  }

  acknowledged(key: string, records: number, uncertain = 0): void {
    const count = this.counts.get(key) ?? { acknowledged: 0, uncertain: 0 };
    count.acknowledged += records;
    count.uncertain += uncertain;
    this.counts.set(key, count);
  }
}
