/**
 * Figures as the commands print them: those of `src/units.ts`, which the diagrams have too.
 */
export {
  bar,
  formatBytes,
  formatCount,
  formatDuration,
  formatMinute,
  formatRate,
  formatRatio,
  formatTime,
  NOTHING,
  plural,
} from '../../units.js';
