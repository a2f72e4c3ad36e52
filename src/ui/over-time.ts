/**
 * Over time: round trips of heartbeats, and REST calls, in bins.
 */
import type { ExchangeFilter } from '../store/exchanges/filter.js';
import type { HeartbeatFilter, HeartbeatRow } from '../store/heartbeats.js';
import type { CaptureReader } from '../store/reader.js';
import { HOUR_US, MINUTE_US } from '../store/rollups.js';
import type { CallsOverTime, CallStatusClass, HeartbeatsOverTime, PageSpan } from './answers.js';
import { PAGE_BOUNDS } from './bounds.js';

/** Heartbeats of the span, in bins of `binUs`, or of an hour if they are very many. */
export function readHeartbeats(
  reader: CaptureReader,
  filter: HeartbeatFilter,
  binUs: number,
): HeartbeatsOverTime {
  const rows = reader.heartbeats({ ...filter, limit: PAGE_BOUNDS.beatRows + 1 });
  return rows.length > PAGE_BOUNDS.beatRows ? byHour(reader, filter) : byBin(rows, binUs);
}

function byBin(rows: readonly HeartbeatRow[], binUs: number): HeartbeatsOverTime {
  const bins = new Map<number, HeartbeatRow[]>();
  for (const row of rows) {
    const atUs = row.sentAtUs - (row.sentAtUs % binUs);
    const bin = bins.get(atUs);
    if (bin === undefined) bins.set(atUs, [row]);
    else bin.push(row);
  }
  const all = sortedRtts(rows);
  return {
    sent: rows.length,
    acked: all.length,
    missed: rows.length - all.length,
    rttP50Us: pickRank(all, 50),
    rttP99Us: pickRank(all, 99),
    binUs,
    bins: [...bins].map(([atUs, own]) => {
      const rtts = sortedRtts(own);
      return {
        atUs,
        sent: own.length,
        missed: own.length - rtts.length,
        rttMinUs: rtts[0] ?? null,
        rttP50Us: pickRank(rtts, 50),
        rttMaxUs: rtts.at(-1) ?? null,
      };
    }),
  };
}

function byHour(reader: CaptureReader, filter: HeartbeatFilter): HeartbeatsOverTime {
  const groups = reader.heartbeatGroups(filter, ['hour']);
  const [all] = reader.heartbeatGroups(filter, []);
  return {
    sent: all?.sent ?? 0,
    acked: all?.acked ?? 0,
    missed: all?.missed ?? 0,
    rttP50Us: all?.rttP50Us ?? null,
    rttP99Us: all?.rttP99Us ?? null,
    binUs: HOUR_US,
    bins: groups.map(({ hourAtUs = 0, sent, missed, rttP50Us, rttMaxUs }) => ({
      atUs: hourAtUs,
      sent,
      missed,
      rttMinUs: null,
      rttP50Us,
      rttMaxUs,
    })),
  };
}

function sortedRtts(rows: readonly HeartbeatRow[]): readonly number[] {
  return rows.flatMap(({ rttUs }) => rttUs ?? []).sort((one, other) => one - other);
}

/** Nearest rank. */
function pickRank(sorted: readonly number[], percentage: number): number | null {
  return sorted[Math.max(0, Math.ceil((percentage * sorted.length) / 100) - 1)] ?? null;
}

/** REST calls, in bins of whole minutes or hours. */
export function readCalls(
  reader: CaptureReader,
  filter: ExchangeFilter,
  { fromUs, untilUs }: PageSpan,
): CallsOverTime {
  const isByHour = untilUs - fromUs > PAGE_BOUNDS.timeBins * MINUTE_US;
  const { groups, total } = reader.exchangeStats(filter, ['status', isByHour ? 'hour' : 'minute']);
  const bins = new Map<number, Partial<Record<CallStatusClass, number>>>();
  let rateLimited = 0;
  for (const { status = null, hourAtUs = 0, minuteAtUs = hourAtUs, count } of groups) {
    const calls = bins.get(minuteAtUs) ?? {};
    bins.set(minuteAtUs, calls);
    const name = classifyStatus(status);
    calls[name] = (calls[name] ?? 0) + count;
    if (name === '429') rateLimited += count;
  }
  return {
    calls: total.count,
    errors: total.errors,
    rateLimited,
    durationP50Us: total.durationP50Us,
    durationP99Us: total.durationP99Us,
    binUs: isByHour ? HOUR_US : MINUTE_US,
    bins: [...bins].map(([atUs, calls]) => ({ atUs, calls })),
  };
}

const TOO_MANY_REQUESTS = 429;

function classifyStatus(status: number | null): CallStatusClass {
  if (status === null) return 'none';
  if (status === TOO_MANY_REQUESTS) return '429';
  const digit = Math.floor(status / 100);
  return digit >= 1 && digit <= 5 ? (`${digit}xx` as CallStatusClass) : 'none';
}
