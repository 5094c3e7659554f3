/** A change of the code that some test must notice. */
export interface Mutant {
  /** What the code does no longer. */
  readonly name: string;
  readonly file: string;
  /** Stands in the file once. */
  readonly find: string;
  readonly replace: string;
  /** The test files that are run. Default: those of the file's room. */
  readonly tests?: readonly string[];
}

const simulation = 'server/test/simulation';

/** By the beginning of the mutated file's path. */
export const testsOf: Readonly<Record<string, readonly string[]>> = {
  'server/src/flow/': ['server/test/flow'],
  'server/src/lane/': ['server/test/lane', 'server/test/cluster', simulation],
  'server/src/cluster/': ['server/test/cluster', simulation],
  'server/src/attempt/': ['server/test/attempt', simulation],
  'server/src/security/': ['server/test/security'],
  'server/src/store/queries/': ['server/test/store/sqlite.test.ts'],
};

const engine = 'server/src/lane/engine.ts';
const lanes = 'server/src/lane/lanes.ts';
const lane = 'server/src/lane/lane.ts';
const known = 'server/src/lane/known-webhook.ts';
const intake = 'server/src/lane/intake.ts';
const ledger = 'server/src/lane/ledger.ts';
const dispatcher = 'server/src/lane/dispatcher.ts';
const memory = 'server/src/lane/memory.ts';
const wire = 'server/src/lane/wire.ts';
const pace = 'server/src/lane/pace.ts';
const member = 'server/src/cluster/member.ts';
const holdings = 'server/src/store/queries/holdings.ts';
const lease = 'server/src/cluster/lease.ts';
const decide = 'server/src/attempt/decide.ts';
const publish = 'server/src/store/queries/publish.ts';
const placement = 'server/src/store/queries/placement.ts';
const claim = 'server/src/store/queries/claim.ts';
const deliveries = 'server/src/store/queries/deliveries.ts';
const maintenance = 'server/src/store/queries/maintenance.ts';
const record = 'server/src/store/queries/record.ts';
const succession = 'server/src/store/queries/succession.ts';
const lineage = 'server/src/store/queries/lineage.ts';
const sessions = 'server/src/store/queries/sessions.ts';
const attempts = 'server/src/security/failed-attempts.ts';

export const mutants: readonly Mutant[] = [
  // A lease that has ended
  {
    name: 'an engine whose lease has ended is suspended',
    file: dispatcher,
    find: 'const engine = this.#engine;\n    if (!engine) return;',
    replace: 'const engine = this.#engine;\n    if (engine) return;',
  },
  {
    name: 'a node whose lease has ended comes back under a new id',
    file: member,
    find: 'this.#incarnation += 1;',
    replace: '',
  },
  {
    name: 'a node that is back has an engine',
    file: dispatcher,
    find: 'if (!this.#stopped) this.start();',
    replace: '',
  },
  {
    name: 'what an earlier id still records is not expired by its own process',
    file: member,
    find: '[id, ...this.#retiring.keys()]',
    replace: '[id]',
  },
  {
    name: 'an engine that is retiring releases what a publish still assigned to it',
    file: dispatcher,
    find: '[...this.#retiring.keys(), ...(this.#engine ? [this.#engine] : [])]',
    replace: '[...(this.#engine ? [this.#engine] : [])]',
  },
  {
    name: 'a node that does not know whether its lease holds asks',
    file: lease,
    find: 'if (this.#held && this.#leftMs() <= 0) this.#end();',
    replace: '',
  },
  {
    name: 'a lease ends here before it ends in the store',
    file: member,
    find: 'leaseMs * (worth - margin)',
    replace: 'leaseMs * (worth + margin)',
  },
  {
    name: 'a node may send for as long as its lease holds',
    file: member,
    find: 'return !this.#parts.shared || (!this.#lost && this.#lease.holds());',
    replace: 'return true;',
  },
  {
    name: 'what waits for its connection is withdrawn when lane or lease end',
    file: engine,
    find: 'wanted: () => lane.stillSends(target) && member.holds(),',
    replace: 'wanted: () => true,',
  },
  // Whose lane it is
  {
    name: 'an assignment of a term that has ended is stale',
    file: lane,
    find: 'if (term <= this.#term) return;',
    replace: 'if (this.isOwned) return;',
  },
  {
    name: 'the term of a lane that was forgotten is remembered',
    file: lanes,
    find: 'this.#ended.get(webhookId)?.term ?? 0',
    replace: '0',
  },
  {
    name: 'a lane that the store does not know as this node’s is revoked',
    file: lanes,
    find: 'this.#parts.ledger.release(lane.revoke());',
    replace: '',
  },
  {
    name: 'a lane that was assigned after the store was asked is not revoked',
    file: lanes,
    find: "lane.mode === 'free' || lane.assignedAt >= at || ids.has",
    replace: "lane.mode === 'free' || ids.has",
  },
  {
    name: 'a lane is relinquished once nothing of it is held',
    file: lane,
    find: "if (this.#mode !== 'leaving' || this.#held > 0 || this.#refilling) return false;",
    replace: "if (this.#mode !== 'leaving' || this.#refilling) return false;",
  },
  {
    name: 'a lane that was left is relinquished when its last delivery is recorded',
    file: engine,
    find: 'this.#lanes.relinquish([...lanes]);',
    replace: '',
  },
  {
    name: 'the answer for a term that ended before does not free a lane that was assigned again',
    file: lane,
    find: "if (this.#mode === 'relinquishing' && term === this.#term) this.#setMode('free');",
    replace: "this.#setMode('free');",
  },
  {
    name: 'a lane is left to the node of its slot',
    file: lanes,
    find: 'else if (isForgotten || this.#isGuest(lane, now)) leaving.push(lane);',
    replace: 'else if (isForgotten) leaving.push(lane);',
  },
  {
    name: 'who comes after an owner that left in the middle minds its rate',
    file: lane,
    find: "this.#setMode('owned');\n    this.#restFromOwner();",
    replace: "this.#setMode('owned');",
  },
  {
    name: 'a lane in the middle of its work says when it was left',
    file: lane,
    find: 'return this.freshAt() <= clock.elapsed() ? null : clock.now();',
    replace: 'return null;',
  },
  {
    name: 'a lane that is left before its webhook was known says when it was left before',
    file: lane,
    find: 'if (!this.webhook.target) return this.#leftAt;',
    replace: '',
  },
  {
    name: 'a lane that was forgotten leaves no timer',
    file: lane,
    find: 'this.#alarm.stop();',
    replace: 'this.#alarm.clear();',
  },
  // Memory
  {
    name: 'lanes are shed when memory is full',
    file: lanes,
    find: 'this.leave(busy.slice(0, shedAtOnce));',
    replace: '',
  },
  {
    name: 'lanes make room when memory is almost full',
    file: intake,
    find: 'if (!memory.isCrowded || now < this.#makeRoomAt) return;',
    replace: 'if (now >= 0) return;',
  },
  {
    name: 'lanes share memory that fills',
    file: memory,
    find: 'Math.max(1, Math.floor(this.#settings.windowPerWebhook * Math.min(1, 2 * this.#free)))',
    replace: 'this.#settings.windowPerWebhook',
  },
  {
    name: 'memory that is full takes no births',
    file: engine,
    find: 'return this.#stopping || this.#memory.isFull;',
    replace: 'return this.#stopping;',
  },
  // What comes in
  {
    name: 'what left memory while the store was asked is not taken again',
    file: intake,
    find: 'if (this.#questions > 0) this.#dropped.add(deliveryId);',
    replace: '',
  },
  {
    name: 'what was fetched and sent before an answer came is not taken again',
    file: intake,
    find: 'const isOver = (this.#fetched.get(id) ?? askedAt) > askedAt && !memory.has(id);',
    replace: 'const isOver = false;',
  },
  {
    name: 'what news did not tell of is found by looking',
    file: intake,
    find: 'if (this.#parts.shared) this.#looks.start();',
    replace: '',
  },
  {
    name: 'what comes to a lane of another node is released',
    file: intake,
    find: 'ledger.release(strays);',
    replace: '',
  },
  {
    name: 'what finds no room is requeued',
    file: intake,
    find: 'ledger.requeue(surplus);',
    replace: '',
  },
  {
    name: 'a backlog that could not be fetched is fetched later',
    file: intake,
    find: 'lane.refilled();\n      lane.queuesBehind();',
    replace: 'lane.refilled();',
  },
  {
    name: 'a stopped node takes nothing more',
    file: intake,
    find: "if (this.#stopped || lane.mode === 'free' || lane.mode === 'relinquishing') strays.push(each);",
    replace: "if (lane.mode === 'free' || lane.mode === 'relinquishing') strays.push(each);",
  },
  // What goes back
  {
    name: 'results are recorded until the store has them',
    file: ledger,
    find: 'givesUp: () => ending.aborted,\n    });\n    for',
    replace: 'givesUp: () => true,\n    });\n    for',
  },
  {
    name: 'deliveries are given back until the store has them',
    file: ledger,
    find: 'givesUp: () => this.#stopping || ending.aborted,',
    replace: 'givesUp: () => true,',
  },
  {
    name: 'nothing is sent while results wait that the store cannot take',
    file: ledger,
    find: 'return this.#failing || this.#results.size',
    replace: 'return this.#results.size',
  },
  {
    name: 'a request that was withdrawn is released',
    file: engine,
    find: 'else this.#ledger.release([work]);',
    replace: '',
  },
  // Order, rates, concurrency
  {
    name: 'nothing overtakes what comes again in a lane that keeps order',
    file: engine,
    find: 'if (lane.inOrder && comesAgain) {',
    replace: 'if (lane.inOrder && !comesAgain) {',
  },
  {
    name: 'a lane that keeps order has one request on the wire',
    file: lane,
    find: 'const most = this.inOrder ? 1 : Math',
    replace: 'const most = this.inOrder ? 2 : Math',
  },
  {
    name: 'what was fetched by another ordering goes back',
    file: engine,
    find: 'if (lane.isMisordered) this.#ledger.release(lane.drain());',
    replace: '',
  },
  {
    name: 'a request counts toward its rate',
    file: lane,
    find: 'for (const pace of this.#paces) pace.spend(now);',
    replace: '',
  },
  {
    name: 'a rate counts every request of its window',
    file: pace,
    find: 'return (this.#times[this.#next] ?? 0) + this.#windowMs;',
    replace: 'return this.#times[this.#next] ?? 0;',
  },
  {
    name: 'a lane waits until its pace allows',
    file: lane,
    find: 'this.#queue.length > 0 && this.readyAt() <= now;',
    replace: 'this.#queue.length > 0;',
  },
  {
    name: 'the wire has so many places',
    file: wire,
    find: 'if (!gate.hasRoom(party, now)) return true;',
    replace: '',
  },
  {
    name: 'one organization leaves places to others',
    file: wire,
    find: 'if ((this.#insideOf.get(party) ?? 0) < this.#share) return false;',
    replace: 'return false;',
  },
  {
    name: 'an event with many webhooks is fanned out in steps',
    file: publish,
    find: 'if (this.#audience.wide.has(matchKey(event))) return true;',
    replace: '',
  },
  {
    name: 'what follows an event that is being fanned out queues behind it',
    file: publish,
    find: 'return isFull || this.#busy.has(event.organizationId);',
    replace: 'return isFull;',
  },
  {
    name: 'a claim brings so many bytes',
    file: holdings,
    find: 'if (left <= 0) break;',
    replace: '',
  },
  {
    name: 'what a claim has no room for is left as it is',
    file: claim,
    find: 'if (left === 0 && next) break;',
    replace: '',
  },
  {
    name: 'large events fill the memory',
    file: memory,
    find: 'Math.max(this.#deliveries.size / window, (this.#bytes + this.#reserved) / windowBytes)',
    replace: 'this.#deliveries.size / window',
  },
  {
    name: 'lanes that wait for the wire have their turn',
    file: wire,
    find: 'for (const gate of gates) this.#callWaiting(gate);\n  }\n\n  forgetIdleHosts',
    replace: '}\n\n  forgetIdleHosts',
  },
  // What is known of a webhook
  {
    name: 'a webhook that was changed elsewhere is loaded again',
    file: known,
    find: 'return !this.#loading && !this.#outdated && (this.revision',
    replace: 'return !this.#loading && (this.revision',
  },
  {
    name: 'a webhook is as new as its deliveries need',
    file: known,
    find: 'this.#needed = Math.max(this.#needed, revision);',
    replace: '',
  },
  {
    name: 'a closed webhook gets nothing',
    file: engine,
    find: 'if (lane.webhook.isClosed) {',
    replace: 'if (lane.webhook.isClosed && now < 0) {',
  },
  // Decisions
  {
    name: 'being throttled is no failure',
    file: decide,
    find: "...waiting(situation, wait),\n    outcome: 'throttled',",
    replace: "...failed(situation, null),\n    outcome: 'throttled',",
  },
  {
    name: 'a failing webhook is disabled by its provider’s count',
    file: decide,
    find: 'standing.consecutiveFailures + 1 >= policy.disableAfterFailures',
    replace: 'standing.consecutiveFailures > policy.disableAfterFailures',
  },
  {
    name: 'a trouble of this side is not charged to the receiver',
    file: decide,
    find: "if (result.code === 'hindered') return",
    replace: "if (result.code === 'hindered' && situation.now < 0) return",
  },
  {
    name: 'a receiver’s Retry-After has an end',
    file: decide,
    find: 'Math.min(Math.max(wait, 0), longestRetryAfter)',
    replace: 'Math.max(wait, 0)',
  },
  {
    name: 'what fails in one moment is one failure',
    file: decide,
    find: '!standing.together && !isMoment',
    replace: '!standing.together',
  },
  {
    name: 'requests that fail together are one failure',
    file: known,
    find: 'together: this.#failuresSeen > seen',
    replace: 'together: false',
  },
  {
    name: 'a receiver whose requests wait for each other gets fewer at a time',
    file: lane,
    find: 'durationMs > slowMs && durationMs >= this.#quickestMs * queuedFactor',
    replace: 'durationMs > slowMs && durationMs < 0',
  },
  {
    name: 'delivered means taken',
    file: decide,
    find: 'answer.received === delivery.eventId',
    replace: 'answer.received !== undefined',
  },
  {
    name: 'an answer that is known to mean "not now" is no success',
    file: decide,
    find: 'if (busy || status === 429)',
    replace: 'if ((busy && !isSuccess(policy, status)) || status === 429)',
  },
  {
    name: 'an outage of a platform uses up no retry',
    file: decide,
    find: 'return policy.waitsOutOutages ? unreached(situation, null) : failed(situation, null);',
    replace: 'return failed(situation, null);',
  },
  {
    name: 'a pause that goes on is one pause',
    file: decide,
    find: 'const at = before?.at ?? now;',
    replace: 'const at = now;',
  },
  {
    name: 'what waits for a hook that its platform ends is kept',
    file: decide,
    find: 'const keeps = webhook.restHook && !delivery.test;',
    replace: 'const keeps = false;',
  },
  {
    name: 'what comes back to a lane goes before what is younger',
    file: lane,
    find: 'this.#queue.splice(after + 1, 0, work);',
    replace: 'this.#queue.push(work);',
  },
  // The store's policy
  {
    name: 'an event goes to the heir of a hook alone',
    file: succession,
    find: 'await collectInstead(tx, hook);',
    replace: '',
  },
  {
    name: 'an heir takes what it wants and nothing else',
    file: succession,
    find: ".where('events.type', 'in', [...heir.events])",
    replace: '',
  },
  {
    name: 'what is on the wire does not move',
    file: succession,
    find: ".where('deliveries.owner', 'is', null)\n    .where('deliveries.test', '=', 0)",
    replace: ".where('deliveries.test', '=', 0)",
  },
  {
    name: 'new deliveries queue behind a backlog',
    file: placement,
    find: 'if (!lane.active || lane.inOrder || lane.backlogged) return null;',
    replace: 'if (!lane.active || lane.inOrder) return null;',
  },
  {
    name: 'deliveries of a lane that keeps order are taken from the store alone',
    file: placement,
    find: 'if (!lane.active || lane.inOrder || lane.backlogged) return null;',
    replace: 'if (!lane.active || lane.backlogged) return null;',
  },
  {
    name: 'who is told of an event fetches nothing that keeps an order',
    file: holdings,
    find: ".$if('eventIds' in of, (query) => query.where(keepsNoOrder))",
    replace: '',
  },
  {
    name: 'a publish that assigns a lane begins a term',
    file: placement,
    find: 'const nextTerm = sql<number>`term + 1`;',
    replace: 'const nextTerm = sql<number>`term`;',
  },
  {
    name: 'a claim that assigns a lane begins a term',
    file: claim,
    find: '{ ...lane, term: lane.term + 1 }',
    replace: '{ ...lane }',
  },
  {
    name: 'nothing is claimed of a lane that keeps order while one of it is on its way',
    file: claim,
    find: 'return held.has(lane.webhook_id) ? blocked(lane, request) : takeInOrder(lane, rows, request);',
    replace: 'return takeInOrder(lane, rows, request);',
  },
  {
    name: 'a term that has ended relinquishes nothing',
    file: deliveries,
    find: ".whereRef('lanes.term', '=', 'ended.column2')",
    replace: '',
  },
  {
    name: 'a node relinquishes only its own lanes',
    file: deliveries,
    find: ".where(heldBy(node, 'lanes'))\n            .execute();\n        }",
    replace: '.execute();\n        }',
  },
  {
    name: 'what a node held that ended is due again',
    file: maintenance,
    find: 'await lanesDueAgain(tx, released);\n  return released.length;',
    replace: 'return released.length;',
  },
  {
    name: 'only who leases a delivery completes it',
    file: record,
    find: ".set(deliveredNow(now)).where('id', 'in', ids).where(heldBy(node)).execute()",
    replace: ".set(deliveredNow(now)).where('id', 'in', ids).execute()",
  },
  {
    name: 'an attempt that was recorded before counts once',
    file: record,
    find: 'return results.filter(({ attempt }) => inserted.has(attempt.id));',
    replace: 'return [...results];',
  },
  // Loops and batches
  {
    name: 'a loop that is woken while it runs runs again',
    file: 'server/src/flow/loop.ts',
    find: 'this.#again = true;\n    if (!this.#active)',
    replace: 'if (!this.#active) this.#again = true;\n    if (!this.#active)',
  },
  {
    name: 'stopping a loop waits for its run',
    file: 'server/src/flow/loop.ts',
    find: 'await this.#running;',
    replace: '',
  },
  {
    name: 'what is added during a write is written',
    file: 'server/src/flow/batch.ts',
    find: 'while (this.#waiting.length > 0) {',
    replace: 'if (this.#waiting.length > 0) {',
  },

  // Credentials
  {
    name: 'what was made with a revoked key ends at any depth',
    file: lineage,
    find: 'parents = [...keys, ...links].map((each) => each.id);',
    replace: 'parents = [];',
  },
  {
    name: 'nothing is made with a revoked key',
    file: lineage,
    find: 'return key !== undefined;',
    replace: 'return true;',
  },
  {
    name: 'a link that made something is kept',
    file: lineage,
    find: '.set({ kept_until: forever })',
    replace: ".set({ kind: 'link' })",
  },
  {
    name: 'a session ends with its link',
    file: sessions,
    find: "or([eb('sessions.link', 'is', null), eb('links.id', 'is not', null)])",
    replace: "or([eb('sessions.hash', '=', hash), eb('links.id', 'is not', null)])",
  },
  {
    name: 'a link for a single use signs in once',
    file: sessions,
    find: "or([eb('single_use', '=', 0), eb('used_at', 'is', null)])",
    replace: "or([eb('single_use', '>=', 0), eb('used_at', 'is', null)])",
  },
  {
    name: 'a key that was revoked is not known any more',
    file: attempts,
    find: 'this.#known.delete(hash);',
    replace: '',
  },
  {
    name: 'an address that fails too often has to wait',
    file: attempts,
    find: 'this.#byAddress.add(address, now);',
    replace: '',
  },
];
