/// <reference lib="esnext.disposable" preserve="true" />
/**
 * gatetape as a library. Only the exports of this file are public API.
 *
 *   startRecorder         library/record.ts     a proxy that records what passes
 *   openCapture           store/reader.ts       typed queries on a recorded database
 *   startMockGateway      library/mock.ts       a recorded session or a tape, served to a client under test
 *   replaySession         library/replay.ts     a recorded client played against a gateway, and compared
 *   diffRecordings        library/diff.ts       two recordings, compared payload by payload
 *   lintCapture           library/lint.ts       a recording, judged by the rules of the protocol
 *   readFlow, formatFlow  library/flow.ts       a recording as a sequence diagram
 *   decodePayloads        library/decode-payloads.ts     recorded bytes as payloads, without a connection
 *   encodeEtf, decodeEtf  library/etf.ts        the External Term Format
 *   payloadOf             store/frame-json.ts   the payload of a recorded frame
 *   eventData, opcodeData gateway/typed-payload.ts what a payload holds, by the name of its event or opcode
 *   parseFilter, printFilter filter/              the filter language, from text to tree and back
 *   OPCODES, CLOSE_CODES  gateway/              what the gateway's numbers mean
 *   GatetapeError         errors.ts             base of every error that is thrown on purpose
 */
export { GatetapeError, NetworkError, StoreError, UsageError } from './errors.js';
export { FilterError } from './filter/filter-error.js';
export type { KeyName as FilterKeyName } from './filter/keys.js';
export type {
  AllOf,
  AnyOf,
  CompareOperator,
  Excluded,
  FieldTerm,
  Filter,
  FilterValue,
  KeyTerm,
  PatternTerm,
  TextTerm,
} from './filter/nodes.js';
export { parseFilter } from './filter/parse.js';
export { printFilter } from './filter/print.js';
export { CLOSE_CODES, findCloseCode, type CloseCode } from './gateway/close-codes.js';
export { findOpcode, OPCODES, opcodeName, type Opcode } from './gateway/opcodes.js';
export type { JsonObject, JsonValue, Payload } from './gateway/payload.js';
export {
  eventData,
  opcodeData,
  type DataOf,
  type EventData,
  type EventName,
  type OpcodePayload,
} from './gateway/typed-payload.js';
export type { Log, LogEvent, LogLevel } from './host.js';
export {
  decodePayloads,
  type DecodedText,
  type DecodeOptions,
  type RecordedEncoding,
} from './library/decode-payloads.js';
export type { RecordedCompression } from './library/decompress.js';
export { diffRecordings, type DiffOptions } from './library/diff.js';
export { decodeEtfDocument as decodeEtf, encodeEtf } from './library/etf.js';
export {
  formatFlow,
  readFlow,
  type DiagramForm,
  type Flow,
  type FlowOptions,
  type FlowStep,
} from './library/flow.js';
export {
  lintCapture,
  type LintFinding,
  type LintOptions,
  type LintReport,
  type LintSeverity,
  type Skipped,
  type Thresholds,
} from './library/lint.js';
export { startMockGateway, type MockGatewayOptions } from './library/mock.js';
export {
  startRecorder,
  type LiveFinding,
  type LiveLintOptions,
  type Recorder,
  type RecorderFigures,
  type RecorderOptions,
  type Summary,
} from './library/record.js';
export type { RecordingSource } from './library/recording.js';
export { replaySession, type ReplayOptions } from './library/replay.js';
export type {
  ClientFilter,
  ExtraPayload,
  MockGateway,
  ReceivedFilter,
  ReceivedPayload,
  RestCall,
} from './mock/gateway.js';
export type { MockSpeed, Speed } from './replay/clock.js';
export type { Demands } from './replay/gateway-side/strictness.js';
export type { ChangedField, Diff, LoneItem, MovedItem } from './replay/compare/payload-diff.js';
export type { FilterInput, FrameFilter } from './store/filter.js';
export { payloadOf } from './store/frame-json.js';
export type { FrameDetail, FrameRow } from './store/frame-rows.js';
export type { ConnectionRow, SessionRow } from './store/listings.js';
export { openReader as openCapture, type CaptureReader } from './store/reader.js';
export type { Stats, StatsGroup, StatsQuery } from './store/stats/stats.js';
export { startPage, type PageOptions, type WebPage } from './ui/page.js';
export type { DecodedEtf, EtfResult } from './wire/etf/decode.js';
