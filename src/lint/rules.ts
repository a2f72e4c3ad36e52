/**
 * Every rule, family by family. A rule is added in the file of its family, and nowhere else.
 */
import { CLOSE_RULES } from './families/closes.js';
import { EFFICIENCY_RULES } from './families/efficiency.js';
import { GATEWAY_RULES } from './families/gateway.js';
import { HEARTBEAT_RULES } from './families/heartbeat.js';
import { IDENTIFY_FIELD_RULES } from './families/identify-fields.js';
import { IDENTIFY_RULES } from './families/identify.js';
import { MEMBER_RULES } from './families/members.js';
import { RECONNECT_RULES } from './families/reconnect.js';
import { REST_RULES } from './families/rest-calls.js';
import { RESUME_RULES } from './families/resume.js';
import { SECURITY_RULES } from './families/security.js';
import { SEND_RULES } from './families/sends.js';
import { SEQUENCE_RULES } from './families/sequence.js';
import { STREAM_RULES } from './families/gateway-stream.js';
import type { Rule } from './rule.js';

/** Families of rules by their names, in the order of the documentation. */
export const RULE_FAMILIES: Readonly<Record<string, readonly Rule[]>> = {
  heartbeat: HEARTBEAT_RULES,
  identify: [...IDENTIFY_RULES, ...IDENTIFY_FIELD_RULES],
  resume: [...RESUME_RULES, ...RECONNECT_RULES],
  sends: [...SEND_RULES, ...MEMBER_RULES],
  closes: CLOSE_RULES,
  gateway: [...SEQUENCE_RULES, ...GATEWAY_RULES, ...STREAM_RULES],
  efficiency: EFFICIENCY_RULES,
  security: SECURITY_RULES,
  rest: REST_RULES,
};

/** Every rule. */
export const RULES: readonly Rule[] = Object.values(RULE_FAMILIES).flat();
